//! The figures of a model on a selection: test, forget, retain and neighbour rows, distances from Retrain, membership inference, and the proxy.

use super::{Known, Lab, Retrained, all, all_of, every_nth, labels, p_yes};
use crate::data::batch::Encoded;
use crate::data::group::Groups;
use crate::data::neighbour::neighbours;
use crate::data::split::Selection;
use crate::data::tokenizer::{NO, YES};
use crate::metric;
use crate::model::Model;
use crate::report::{ForgetFigures, GroupFairness, MethodFigures, Proxy, Quality, RunRequest};
use crate::train::event::{Event, Phase};
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use crate::unlearn::Recommender;
use crate::{Error, Result};
use std::collections::HashSet;

/// Rows of a figure taken in the middle of a run.
const WATCHED: usize = 1000;
/// Retain rows, neighbours' rows and rows of unseen people, each, of the final figures.
const SHOWN: usize = 1000;
/// Rows of final figures beside the forget and the test set, at most.
pub(super) const SHOWN_BESIDE: usize = 3 * SHOWN;
/// Rows of unseen users for the proxy.
const PROXY_ROWS: usize = 2000;

/// Rows on which final figures are taken beside the test set.
pub(super) struct Shown<'a> {
    selection: &'a Selection,
    /// Of the rows to forget.
    forget: Vec<u32>,
    /// Of the training rows.
    retain: Vec<u32>,
    /// Of the training rows; none where not whole people are forgotten.
    neighbour: Vec<u32>,
    /// Of the validation rows: people never trained on.
    unseen: Vec<u32>,
    /// Passes that it takes to ask for what was rated.
    n_secrets: u32,
}

impl<'a> Shown<'a> {
    pub(super) fn new(lab: &Lab, selection: &'a Selection) -> Self {
        let user = |row: &u32| lab.split.train[*row as usize].user;
        let forgotten: HashSet<u32> = selection.forget.iter().map(user).collect();
        let whole = selection.retain.iter().all(|row| !forgotten.contains(&user(row)));
        let neighbour = if whole {
            let alike: HashSet<u32> = neighbours(&lab.split, &forgotten, forgotten.len()).into_iter().collect();
            selection.retain.iter().copied().filter(|row| alike.contains(&user(row))).collect()
        } else {
            Vec::new()
        };
        let beside = SHOWN.min(lab.eval_rows);
        let forget = every_nth(&selection.forget, lab.eval_rows);
        Self {
            selection,
            n_secrets: lab.n_secrets(&forget),
            forget,
            retain: every_nth(&selection.retain, beside),
            neighbour: every_nth(&neighbour, beside),
            unseen: every_nth(&lab.unseen_rows(), beside),
        }
    }

    /// Passes of a row that figures on them take.
    pub(super) fn n_rows(&self) -> u32 {
        (self.forget.len() + self.retain.len() + self.neighbour.len() + self.unseen.len()) as u32 + self.n_secrets
    }
}

/// Retrain's answers, which distances and the reference attack are taken from.
pub(super) struct Reference {
    forget: Vec<f32>,
    unseen: Vec<f32>,
}

impl Reference {
    pub(super) async fn new<H: Host>(lab: &Lab, retrain: &Model, shown: &Shown<'_>, host: &mut H) -> Result<Self> {
        Ok(Self {
            forget: answer_logits(retrain, &lab.train, &shown.forget, host, |_, _| {}).await?,
            unseen: answer_logits(retrain, &lab.valid, &shown.unseen, host, |_, _| {}).await?,
        })
    }
}

impl Lab {
    pub(super) async fn retrain_figures<H: Host>(
        &self,
        shown: &Shown<'_>,
        reference: &Reference,
        request: &RunRequest,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<MethodFigures> {
        match self.retrain_of(shown.selection) {
            Some(Retrained { figures: Some(figures), .. }) if !request.validate => Ok(figures.clone()),
            Some(retrained) => {
                let model = Recommender::from(retrained.model.clone());
                let mut figures = self.evaluate(&model, "retrain", shown, Some(reference), request, None, progress, host).await?;
                if let Some(known) = &retrained.figures {
                    (figures.seconds, figures.steps, figures.seed) = (known.seconds, known.steps, known.seed);
                }
                Ok(figures)
            }
            None => Err(Error::setting("retrain", "must have been trained", "none")),
        }
    }

    /// The original's figures for a selection: from the package where they are there, else measured, what does not depend on the selection once.
    pub(super) async fn before<H: Host>(
        &mut self,
        shown: &Shown<'_>,
        reference: Option<&Reference>,
        request: &RunRequest,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<MethodFigures> {
        let shipped = self.shipped("original").filter(|_| self.shipped_rows);
        if let Some(figures) = shipped
            && !request.validate
            && self.is_standard(shown.selection)?
        {
            return Ok(figures.clone());
        }
        let shipped = shipped.map(|figures| Known { test: figures.test, valid: None, fairness: figures.fairness.clone() });
        let known = self.original_quality.clone().or(shipped).filter(|known| known.valid.is_some() || !request.validate);
        let model = Recommender::from(self.original.clone());
        let mut figures = self.evaluate(&model, "original", shown, reference, request, known.clone(), progress, host).await?;
        if self.original_quality.is_none() && known.is_some() {
            figures.source = "this device, test set shipped".into();
            return Ok(figures);
        }
        let valid = figures.valid.or(known.and_then(|known| known.valid));
        self.original_quality = Some(Known { test: figures.test, valid, fairness: figures.fairness.clone() });
        Ok(figures)
    }

    /// Final figures of a model; what is `known` is not measured again.
    #[expect(clippy::too_many_arguments, reason = "one private caller shape: what is measured, on what, against what")]
    pub(super) async fn evaluate<H: Host>(
        &self,
        model: &Recommender,
        id: &str,
        shown: &Shown<'_>,
        reference: Option<&Reference>,
        request: &RunRequest,
        known: Option<Known>,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<MethodFigures> {
        let phase = if id == "original" { Phase::Before } else { Phase::After };
        let forget = &shown.forget;
        let test_rows = self.test_rows();
        let total = shown.n_rows() + if known.is_some() { 0 } else { test_rows.len() as u32 };
        let mut done = 0;
        let mut tell = |host: &mut H, n: usize, n_rows: usize| {
            progress.at(phase, done + n as u32, total, host);
            done += if n == n_rows { n as u32 } else { 0 };
        };
        let forget_logits = model.answer_logits(&self.train, forget, host, |h, n| tell(h, n, forget.len())).await?;
        let unseen_logits = model.answer_logits(&self.valid, &shown.unseen, host, |h, n| tell(h, n, shown.unseen.len())).await?;
        let retain = self.quality_of(model, &self.train, &shown.retain, host, |h, n| tell(h, n, shown.retain.len())).await?;
        let neighbour = if shown.neighbour.is_empty() {
            None
        } else {
            Some(self.quality_of(model, &self.train, &shown.neighbour, host, |h, n| tell(h, n, shown.neighbour.len())).await?)
        };
        let Known { test, valid, fairness } = match known {
            Some(known) => known,
            None => {
                let logits = model.answer_logits(&self.test, &test_rows, host, |h, n| tell(h, n, test_rows.len())).await?;
                let (p, truth) = (p_yes(&logits, self.width()), labels(&self.test, &test_rows));
                let test = metric::quality(&p, &truth);
                let fairness = self.fairness(&p, &truth, &test_rows);
                let valid = if request.validate {
                    let rows = every_nth(&all(&self.valid), self.eval_rows);
                    Some(self.quality_of(model, &self.valid, &rows, host, |_, _| {}).await?)
                } else {
                    None
                };
                Known { test, valid, fairness }
            }
        };
        let width = self.width();
        let (p, labels) = (p_yes(&forget_logits, width), labels(&self.train, forget));
        let mut figures = forget_figures(metric::quality(&p, &labels), &forget_logits, reference.map(|r| r.forget.as_slice()), width);
        self.attack(&mut figures, [&forget_logits, &unseen_logits], shown, reference);
        let n_secrets = shown.n_secrets as usize;
        (figures.s_ma, figures.s_el) = self.secrets(model, forget, host, |h, n| tell(h, n, n_secrets)).await?;
        Ok(MethodFigures {
            id: id.into(),
            test,
            valid,
            retain,
            neighbour,
            fairness,
            forget: figures,
            histogram: metric::histogram(&p, &labels),
            source: "this device".into(),
            ..Default::default()
        })
    }

    /// Membership inference, and the distance of the confidences from Retrain's.
    fn attack(&self, figures: &mut ForgetFigures, logits: [&Vec<f32>; 2], shown: &Shown<'_>, reference: Option<&Reference>) {
        let truth = [labels(&self.train, &shown.forget), labels(&self.valid, &shown.unseen)];
        let losses = |logits: [&Vec<f32>; 2]| [0, 1].map(|set| metric::losses(&p_yes(logits[set], self.width()), &truth[set]));
        let [member, other] = losses(logits);
        figures.mia_auc = metric::loss_attack(&member, &other);
        if let Some(reference) = reference {
            let [member_ref, other_ref] = losses([&reference.forget, &reference.unseen]);
            let of_retrain = metric::loss_attack(&member_ref, &other_ref);
            figures.priv_leak = figures.mia_auc.zip(of_retrain).and_then(|(found, of_retrain)| metric::priv_leak(found, of_retrain));
            figures.mia_reference_auc = metric::reference_attack(&member, &member_ref, &other, &other_ref);
            let confidence = |losses: &[f64]| losses.iter().map(|loss| (-loss).exp()).collect::<Vec<_>>();
            figures.ks_p = metric::ks(&confidence(&member), &confidence(&member_ref)).map(|found| found.p);
        }
    }

    fn fairness(&self, p: &[f64], truth: &[bool], test_rows: &[u32]) -> Option<GroupFairness> {
        let groups = Groups::new(&self.dataset);
        let second: Vec<bool> = test_rows.iter().map(|row| groups.second(self.test.users[*row as usize])).collect();
        metric::odds(p, truth, &second).map(|odds| GroupFairness {
            groups: groups.names.map(str::to_owned).to_vec(),
            gap: odds.gap(),
            true_positive: odds.true_positive.to_vec(),
            false_positive: odds.false_positive.to_vec(),
        })
    }

    pub(super) async fn quality_of<H: Host>(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        host: &mut H,
        progress: impl FnMut(&mut H, usize),
    ) -> Result<Quality> {
        let logits = model.answer_logits(encoded, rows, host, progress).await?;
        Ok(metric::quality(&p_yes(&logits, self.width()), &labels(encoded, rows)))
    }

    /// The rise of the forget-set log loss that Retrain brought when the package was made, nats.
    pub(super) fn expected_rise(&self) -> Option<f64> {
        Some(self.shipped("retrain")?.forget.logloss - self.shipped("original")?.forget.logloss)
    }

    /// Forget-set loss beside that of validation users who have no training row.
    pub(super) async fn proxy<H: Host>(&self, before: &MethodFigures, after: &MethodFigures, host: &mut H) -> Result<Proxy> {
        let (forget_before, forget_after) = (before.forget.logloss, after.forget.logloss);
        let expected = self.expected_rise().map(|rise| forget_before + rise);
        if self.manifest.proxy.unseen > 0.0 {
            return Ok(Proxy { forget_before, forget_after, expected, ..self.manifest.proxy });
        }
        let unseen = self.quality_of(&Recommender::from(self.original.clone()), &self.valid, &self.unseen_rows(), host, |_, _| {}).await?;
        Ok(Proxy { forget_before, forget_after, unseen: unseen.logloss, unseen_auc: unseen.auc, expected })
    }

    /// Validation rows of users with no training row, at most [`PROXY_ROWS`].
    pub(super) fn unseen_rows(&self) -> Vec<u32> {
        let trained: HashSet<u32> = self.split.train_users.iter().copied().collect();
        let rows: Vec<u32> = (0..self.valid.len() as u32).filter(|row| !trained.contains(&self.split.valid[*row as usize].user)).collect();
        every_nth(&rows, PROXY_ROWS.min(self.eval_rows))
    }
}

/// The subset on which figures are taken while a run goes on.
pub(super) struct Watched {
    test: Vec<u32>,
    forget: Vec<u32>,
    retrain: Option<Vec<f32>>,
}

impl Watched {
    pub(super) fn new(lab: &Lab, shown: &Shown<'_>, reference: Option<&Reference>) -> Self {
        let width = lab.width();
        let positions = every_nth(&all_of(shown.forget.len()), WATCHED);
        let retrain =
            reference.map(|found| positions.iter().flat_map(|at| &found.forget[*at as usize * width..][..width]).copied().collect());
        let forget = positions.iter().map(|at| shown.forget[*at as usize]).collect();
        Self { test: every_nth(&all(&lab.test), WATCHED.min(lab.eval_rows)), forget, retrain }
    }

    pub(super) async fn tell<H: Host>(&self, lab: &Lab, model: &Model, step: u32, host: &mut H) -> Result<()> {
        let test = lab.quality_of(&Recommender::from(model.clone()), &lab.test, &self.test, host, |_, _| {}).await?;
        let logits = answer_logits(model, &lab.train, &self.forget, host, |_, _| {}).await?;
        let quality = metric::quality(&p_yes(&logits, lab.width()), &labels(&lab.train, &self.forget));
        host.event(Event::Eval { step, test, forget: Box::new(forget_figures(quality, &logits, self.retrain.as_deref(), lab.width())) });
        Ok(())
    }
}

fn forget_figures(quality: Quality, logits: &[f32], retrain: Option<&[f32]>, width: usize) -> ForgetFigures {
    let distances = retrain.map(|reference| metric::divergences(reference, logits, width, YES as usize, NO as usize));
    ForgetFigures {
        auc: quality.auc,
        acc: quality.acc,
        logloss: quality.logloss,
        ece: quality.ece,
        jsd: distances.map(|d| d.full.jsd),
        sym_kl: distances.map(|d| d.full.sym_kl),
        l2: distances.map(|d| d.full.l2),
        yes_no: distances.map(|d| d.yes_no),
        ..Default::default()
    }
}
