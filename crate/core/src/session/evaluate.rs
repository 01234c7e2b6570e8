//! The figures of a model for a selection: quality on test, forget, retain and neighbour rows, divergence from Retrain, membership inference, and
//! the proxy.

use super::others::OthersLists;
use super::state::{CachedEval, Retrained, Session, all};
use crate::data::batch::Encoded;
use crate::data::every_nth;
use crate::data::group::Groups;
use crate::data::neighbour::neighbours;
use crate::data::select::Selection;
use crate::data::tokenizer::{NO, YES};
use crate::host::Host;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::metric::table::{METRICS, extra};
use crate::metric::{ForgetAnswers, ForgetFigures, Quality, p_yes};
use crate::model::Model;
use crate::report::{GroupFairness, MethodFigures, Proxy};
use crate::train::infer::answer_logits;
use crate::unlearn::engine::expected::Expected;
use crate::unlearn::engine::recommender::Recommender;
use crate::{Error, Result, metric};
use std::collections::HashSet;

/// Largest number of retain rows, of neighbours' rows and of unseen users' rows in final figures.
const MAX_SET_ROWS: usize = 1000;
/// Largest number of rows in final figures besides the forget and the test set.
pub(super) const MAX_OTHER_ROWS: usize = 3 * MAX_SET_ROWS;
/// Largest number of unseen users' rows for the proxy.
const PROXY_ROWS: usize = 2000;

/// The rows on which final figures are taken, besides the test set.
pub(super) struct EvalRows<'a> {
    pub(super) selection: &'a Selection,
    /// Forget rows, as training rows.
    pub(super) forget: Vec<u32>,
    /// Retain rows, as training rows.
    pub(super) retain: Vec<u32>,
    /// Rows of similar users, as training rows; empty unless whole users are forgotten.
    neighbour: Vec<u32>,
    /// Validation rows of users that no model was trained on.
    unseen: Vec<u32>,
    /// Forward passes needed to measure memorisation.
    n_secrets: u32,
}

impl<'a> EvalRows<'a> {
    pub(super) fn new(session: &Session, selection: &'a Selection) -> Self {
        let user = |row: &u32| session.split.train[*row as usize].user;
        let forgotten: HashSet<u32> = selection.forget.iter().map(user).collect();
        let whole = selection.retain.iter().all(|row| !forgotten.contains(&user(row)));
        let neighbour = if whole {
            let alike: HashSet<u32> = neighbours(&session.split, &forgotten, forgotten.len()).into_iter().collect();
            selection.retain.iter().copied().filter(|row| alike.contains(&user(row))).collect()
        } else {
            Vec::new()
        };
        let limit = MAX_SET_ROWS.min(session.eval_rows);
        let forget = every_nth(&selection.forget, session.eval_rows);
        Self {
            selection,
            n_secrets: session.n_secrets(&forget),
            forget,
            retain: every_nth(&selection.retain, limit),
            neighbour: every_nth(&neighbour, limit),
            unseen: every_nth(&session.unseen_rows(), limit),
        }
    }

    /// Forward passes of a row that figures on these rows take.
    pub(super) fn n_rows(&self) -> u32 {
        (self.forget.len() + self.retain.len() + self.neighbour.len() + self.unseen.len()) as u32 + self.n_secrets
    }
}

/// The settings of an evaluation: its rows and its reference.
#[derive(Clone, Copy)]
pub(super) struct Evaluation<'a> {
    pub(super) rows: &'a EvalRows<'a>,
    /// Retrain's answers, if there is a Retrain.
    pub(super) reference: Option<&'a Reference>,
    /// Original's lists for other people, if the model is small enough to compare them.
    pub(super) lists: Option<&'a OthersLists>,
    /// Whether to compute validation figures too.
    pub(super) validate: bool,
}

/// Retrain's answers, from which divergences and the reference attack are computed.
pub(super) struct Reference {
    pub(super) forget: Vec<f32>,
    unseen: Vec<f32>,
}

impl Reference {
    pub(super) async fn new(session: &Session, retrain: &Model, eval_rows: &EvalRows<'_>, host: &mut dyn Host) -> Result<Self> {
        Ok(Self {
            forget: answer_logits(retrain, &session.train, &eval_rows.forget, host, |_, _| {}).await?,
            unseen: answer_logits(retrain, &session.valid, &eval_rows.unseen, host, |_, _| {}).await?,
        })
    }
}

impl Session {
    /// Figures of the Retrain for a selection: known ones if there are any, otherwise measured now.
    pub(super) async fn retrain_figures(
        &self,
        eval: &Evaluation<'_>,
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<MethodFigures> {
        match self.retrain_of(eval.rows.selection) {
            Some(Retrained { figures: Some(known), model, .. }) if !eval.validate => {
                let mut figures = known.clone();
                // Figures that were shipped do not have it.
                if let (None, Some(lists)) = (figures.lists_kept, eval.lists) {
                    figures.lists_kept = Some(self.lists_kept(&Recommender::from(model.clone()), lists, host, |_, _| {}).await?);
                }
                Ok(figures)
            }
            Some(retrained) => {
                let model = Recommender::from(retrained.model.clone());
                let mut figures = self.evaluate(&model, "retrain", eval, None, progress, host).await?;
                if let Some(known) = &retrained.figures {
                    (figures.seconds, figures.steps, figures.seed) = (known.seconds, known.steps, known.seed);
                }
                Ok(figures)
            }
            None => Err(Error::setting("retrain", "must have been trained", "none")),
        }
    }

    /// The original's figures for a selection: shipped ones if there are any, otherwise measured. Figures that do not depend on the selection are
    /// measured once.
    pub(super) async fn original_figures(
        &mut self,
        eval: &Evaluation<'_>,
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<MethodFigures> {
        let shipped = self.shipped("original").filter(|_| self.shipped_rows);
        if let Some(figures) = shipped
            && !eval.validate
            && self.is_standard(eval.rows.selection)?
        {
            return Ok(figures.clone());
        }
        let shipped = shipped.map(|figures| CachedEval { test: figures.test, valid: None, fairness: figures.fairness.clone() });
        let known = self.original_quality.clone().or(shipped).filter(|known| known.valid.is_some() || !eval.validate);
        let model = Recommender::from(self.original.clone());
        let mut figures = self.evaluate(&model, "original", eval, known.clone(), progress, host).await?;
        if self.original_quality.is_none() && known.is_some() {
            figures.source = "this device, test set shipped".into();
            return Ok(figures);
        }
        let valid = figures.valid.or(known.and_then(|known| known.valid));
        self.original_quality = Some(CachedEval { test: figures.test, valid, fairness: figures.fairness.clone() });
        Ok(figures)
    }

    /// Measures Original on the test rows, which no figures of a package are there for where it was trained on this device.
    pub(super) async fn measure_original(&mut self, host: &mut dyn Host) -> Result<()> {
        let rows = self.test_rows();
        let model = Recommender::from(self.original.clone());
        let logits = model.answer_logits(&self.test, &rows, host, |_, _| {}).await?;
        let (test, fairness) = self.quality_on_test(&logits, &rows);
        self.original_quality = Some(CachedEval { test, valid: None, fairness });
        Ok(())
    }

    /// Quality and fairness of the answers to test rows.
    fn quality_on_test(&self, logits: &[f32], rows: &[u32]) -> (Quality, Option<GroupFairness>) {
        let (p, truth) = (p_yes(logits, self.width()), self.test.truth(rows));
        (metric::quality(&p, &truth), self.fairness(&p, &truth, rows))
    }

    /// Final figures of a model; figures in `known` are not measured again.
    pub(super) async fn evaluate(
        &self,
        model: &Recommender,
        id: &str,
        eval: &Evaluation<'_>,
        known: Option<CachedEval>,
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<MethodFigures> {
        let Evaluation { rows: eval_rows, reference, lists, validate } = *eval;
        let phase = if id == "original" { Phase::Before } else { Phase::After };
        let forget = &eval_rows.forget;
        let test_rows = self.test_rows();
        // Original keeps its own lists.
        let lists = lists.filter(|_| id != "original");
        let n_of_lists = lists.map_or(0, OthersLists::n_rows);
        let total = eval_rows.n_rows() + n_of_lists + if known.is_some() { 0 } else { test_rows.len() as u32 };
        let mut done = 0;
        let mut report = |host: &mut dyn Host, n: usize, n_rows: usize| {
            progress.at(phase, done + n as u32, total, host);
            done += if n == n_rows { n as u32 } else { 0 };
        };
        let forget_logits = model.answer_logits(&self.train, forget, host, |h, n| report(h, n, forget.len())).await?;
        let unseen_logits = model.answer_logits(&self.valid, &eval_rows.unseen, host, |h, n| report(h, n, eval_rows.unseen.len())).await?;
        let retain = self.quality_of(model, &self.train, &eval_rows.retain, host, |h, n| report(h, n, eval_rows.retain.len())).await?;
        let neighbour = if eval_rows.neighbour.is_empty() {
            None
        } else {
            Some(self.quality_of(model, &self.train, &eval_rows.neighbour, host, |h, n| report(h, n, eval_rows.neighbour.len())).await?)
        };
        let CachedEval { test, valid, fairness } = match known {
            Some(known) => known,
            None => {
                let logits = model.answer_logits(&self.test, &test_rows, host, |h, n| report(h, n, test_rows.len())).await?;
                let (test, fairness) = self.quality_on_test(&logits, &test_rows);
                let valid = if validate {
                    let rows = every_nth(&all(&self.valid), self.eval_rows);
                    Some(self.quality_of(model, &self.valid, &rows, host, |_, _| {}).await?)
                } else {
                    None
                };
                CachedEval { test, valid, fairness }
            }
        };
        let width = self.width();
        let (p, labels) = (p_yes(&forget_logits, width), self.train.truth(forget));
        let retrain = reference.map(|reference| reference.forget.as_slice());
        let mut figures = forget_figures(&ForgetAnswers { logits: &forget_logits, retrain, width, p_yes: &p, truth: &labels });
        self.attack(&mut figures, [&forget_logits, &unseen_logits], eval_rows, reference);
        let n_secrets = eval_rows.n_secrets as usize;
        (figures.s_ma, figures.s_el) = self.secrets(model, forget, host, |h, n| report(h, n, n_secrets)).await?;
        let lists_kept = match lists {
            Some(lists) => {
                let done = |h: &mut dyn Host, share: f64| report(h, (share * f64::from(n_of_lists)) as usize, n_of_lists as usize);
                Some(self.lists_kept(model, lists, host, done).await?)
            }
            None => None,
        };
        Ok(MethodFigures {
            id: id.into(),
            test,
            valid,
            retain,
            neighbour,
            lists_kept,
            fairness,
            forget: figures,
            histogram: metric::histogram(&p, &labels),
            source: "this device".into(),
            ..Default::default()
        })
    }

    /// Adds membership inference figures, and the distance of the confidences from Retrain's.
    fn attack(&self, figures: &mut ForgetFigures, logits: [&Vec<f32>; 2], eval_rows: &EvalRows<'_>, reference: Option<&Reference>) {
        let truth = [self.train.truth(&eval_rows.forget), self.valid.truth(&eval_rows.unseen)];
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

    pub(super) async fn quality_of(
        &self,
        model: &Recommender,
        encoded: &Encoded,
        rows: &[u32],
        host: &mut dyn Host,
        progress: impl FnMut(&mut dyn Host, usize),
    ) -> Result<Quality> {
        let logits = model.answer_logits(encoded, rows, host, progress).await?;
        Ok(metric::quality(&p_yes(&logits, self.width()), &encoded.truth(rows)))
    }

    /// The proxy for forgetting: forget-set loss compared with the expected loss, and with the loss on validation users without training rows.
    pub(super) async fn proxy(
        &self,
        before: &MethodFigures,
        after: &MethodFigures,
        expected: Option<&Expected>,
        eval_rows: &EvalRows<'_>,
        host: &mut dyn Host,
    ) -> Result<Proxy> {
        let (forget_before, forget_after) = (before.forget.logloss, after.forget.logloss);
        // On the rows that the other figures are taken on.
        let rows = &eval_rows.forget;
        let expected = expected.map(|expected| expected.of(&eval_rows.selection.forget, rows).logloss(&self.train.truth(rows)));
        if self.manifest.proxy.unseen > 0.0 {
            return Ok(Proxy { forget_before, forget_after, expected, ..self.manifest.proxy });
        }
        let unseen = self.quality_of(&Recommender::from(self.original.clone()), &self.valid, &self.unseen_rows(), host, |_, _| {}).await?;
        Ok(Proxy { forget_before, forget_after, unseen: unseen.logloss, unseen_auc: unseen.auc, expected })
    }

    /// Validation rows of users without training rows, at most [`PROXY_ROWS`].
    pub(super) fn unseen_rows(&self) -> Vec<u32> {
        let trained: HashSet<u32> = self.split.train_users.iter().copied().collect();
        let rows: Vec<u32> = (0..self.valid.len() as u32).filter(|row| !trained.contains(&self.split.valid[*row as usize].user)).collect();
        every_nth(&rows, PROXY_ROWS.min(self.eval_rows))
    }
}

pub(super) fn forget_figures(answers: &ForgetAnswers) -> ForgetFigures {
    let quality = metric::quality(answers.p_yes, answers.truth);
    let of = |retrain| metric::divergences(retrain, answers.logits, answers.width, YES as usize, NO as usize);
    let distances = answers.retrain.map(of);
    ForgetFigures {
        auc: quality.auc,
        acc: quality.acc,
        logloss: quality.logloss,
        ece: quality.ece,
        jsd: distances.map(|d| d.full.jsd),
        sym_kl: distances.map(|d| d.full.sym_kl),
        l2: distances.map(|d| d.full.l2),
        yes_no: distances.map(|d| d.yes_no),
        extra: extra(METRICS, answers),
        ..Default::default()
    }
}
