//! A run: unlearning, then measuring the result.

use super::evaluate::{EvalRows, Evaluation, Reference};
use super::live::LiveEval;
use super::others::OthersLists;
use super::state::{Retrained, Session};
use crate::data::select::{Selection, requests};
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Files, Host};
use crate::model::{Model, Network};
use crate::package::{peft, sha256};
use crate::report::{MethodFigures, Report, RunRequest};
use crate::unlearn::Recommender;
use crate::unlearn::engine::expected::Expected;
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::run::carry_out;
use crate::unlearn::engine::task::{Outcome, Sets, UnlearnTask, UnseenUsers};
use crate::{Error, Result, metric};

impl Session {
    /// Unlearns as requested and measures the result.
    ///
    /// # Errors
    /// If the request is invalid, the device fails or the host cancels; the last run's model is then kept.
    pub async fn run(&mut self, request: &RunRequest, host: &mut dyn Host) -> Result<Report> {
        self.run_from(request, None, host).await
    }

    /// Resumes an interrupted run from the last checkpoint that its host received by [`Host::checkpoint`].
    ///
    /// # Errors
    /// As [`Session::run`]; if the checkpoint is damaged or belongs to another request, model or data.
    pub async fn resume(&mut self, request: &RunRequest, checkpoint: &Files, host: &mut dyn Host) -> Result<Report> {
        self.run_from(request, Some(checkpoint), host).await
    }

    async fn run_from(&mut self, request: &RunRequest, resume: Option<&Files>, host: &mut dyn Host) -> Result<Report> {
        self.check_ranking(request.ranking)?;
        let selection = self.select(&request.forget)?;
        let (plan, sizes, params) = self.plan(request, &selection)?;
        let lists = self.others_lists(&selection, host).await?;
        let rows = EvalRows::new(self, &selection);
        let n_rows = rows.n_rows();
        let n_of_lists = lists.as_ref().map_or(0, OthersLists::n_rows);
        let mut stages = vec![(Phase::Before, n_rows, 1.0)];
        stages.extend(plan.stages(&sizes));
        stages.push((Phase::After, n_rows + n_of_lists + self.test_rows().len() as u32, 1.0));
        let mut progress = Progress::new(&stages, host);
        let mut reference = match self.retrain_of(&selection) {
            Some(retrained) => Some(Reference::new(self, &retrained.model, &rows, host).await?),
            None => None,
        };
        let eval = Evaluation { rows: &rows, reference: reference.as_ref(), lists: lists.as_ref(), validate: request.validate };
        let original = self.original_figures(&eval, &mut progress, host).await?;
        let expected = self.expected(&request.forget, &selection);
        let live = LiveEval::new(self, &eval, expected.as_ref().ok(), request.eval_every, host).await?;
        let (outcome, seconds) =
            self.unlearn(&plan, request, &selection, expected.as_ref().ok(), resume, &live, &mut progress, host).await?;
        let Outcome { model, n_steps, trainable_params, calibration, .. } = outcome;
        if let (Plan::Retrain, None, Recommender::One(retrained)) = (&plan, &reference, &model) {
            // The first Retrain for this forget set becomes the reference for other runs.
            reference = Some(Reference::new(self, retrained, &rows, host).await?);
        }
        let eval = Evaluation { rows: &rows, reference: reference.as_ref(), lists: lists.as_ref(), validate: request.validate };
        // Evaluation is the first time that the effect of the last step is seen.
        let rate = plan.student().map_or(self.manifest.training.lr, |plan| plan.student.lr);
        let diverged = |error: Error| error.in_training(n_steps, rate, "lr");
        let mut figures = self.evaluate(&model, &request.method, &eval, None, &mut progress, host).await.map_err(diverged)?;
        let n_answers = f64::from(n_rows + n_of_lists) + self.test_rows().len() as f64;
        self.seconds_per_row = Some(progress.spent_ms(Phase::After, host) / 1000.0 / n_answers / model.n_members() as f64);
        figures.seed = request.seed;
        figures.params = params;
        figures.seconds = seconds;
        figures.steps = n_steps;
        figures.trainable_params = trainable_params;
        figures.peak_bytes = host.peak_bytes();
        figures.gpu_bytes = self.device.memory_pool_usage().map(|usage| usage.bytes_reserved);
        let proxy = self.proxy(&original, &figures, expected.as_ref().ok(), &rows, host).await?;
        let mut methods = vec![original];
        if eval.reference.is_some() && self.retrain_of(&selection).is_some() {
            methods.push(self.retrain_figures(&eval, &mut progress, host).await?);
        }
        if let Some(candidates) = request.ranking {
            figures.ranking = self.ranking(&model, &selection, candidates, host).await?;
            for known in &mut methods {
                let of = if known.id == "original" { Some(&self.original) } else { self.retrain_of(&selection).map(|known| &known.model) };
                if let Some(of) = of {
                    known.ranking = self.ranking(&Recommender::from(of.clone()), &selection, candidates, host).await?;
                }
            }
        }
        let gap_closed = gap_closed(&methods, &figures);
        self.keep_first_retrain(&plan, &selection, &model, &figures);
        methods.push(figures);
        let adapter_sha256 = match &model {
            Recommender::One(student) if student.has_adapter() => {
                self.adapter_of(student).await?.get(peft::WEIGHTS).map(|bytes| sha256(bytes))
            }
            _ => None,
        };
        self.unlearned = Some(model);
        let standard = self.is_standard(&selection)?;
        let report = Report {
            gap_closed,
            methods,
            proxy,
            expected: expected.as_ref().ok().map(|expected| self.expectation(expected, &selection)),
            expected_missing: expected.err(),
            calibration,
            request: Some(request.clone()),
            floor: self.manifest.floor.filter(|_| standard),
            floor_yes_no: self.manifest.floor_yes_no.filter(|_| standard),
            adapter_sha256,
            ..self.report(&selection)
        };
        self.last = Some(report.clone());
        self.findings.clear();
        Ok(report)
    }

    /// Carries out a plan. Also returns the method's own time, s.
    #[expect(clippy::too_many_arguments, reason = "one private caller: what to do, on what, and who watches")]
    async fn unlearn(
        &self,
        plan: &Plan,
        request: &RunRequest,
        selection: &Selection,
        expected: Option<&Expected>,
        resume: Option<&Files>,
        live: &LiveEval,
        progress: &mut Progress,
        host: &mut dyn Host,
    ) -> Result<(Outcome, f64)> {
        live.watch(self, &self.original, 0, false, host).await?;
        let users: Vec<u32> = self.split.train.iter().map(|sample| sample.user).collect();
        let unseen = self.unseen_rows();
        let parts = match &request.forget.any {
            Some(any) => requests(&self.split, &self.dataset, any)?,
            None => vec![selection.forget.clone()],
        };
        let task = UnlearnTask {
            original: &self.original,
            sets: Sets { encoded: &self.train, forget: &selection.forget, retain: &selection.retain },
            unseen: UnseenUsers { encoded: &self.valid, rows: &unseen },
            requests: &parts,
            users: &users,
            dataset: &self.dataset,
            vocabulary: &self.vocabulary,
            training: &self.manifest.training,
            start: self.start.as_ref(),
            seed: request.seed,
            run: &self.run_id(request, selection)?,
            resume,
            expected,
        };
        let start = host.now_ms();
        let outcome = carry_out(plan, &task, progress, host, async |model: &Model, step, last, host: &mut dyn Host| {
            live.watch(self, model, step, last, host).await
        })
        .await?;
        let seconds = (host.now_ms() - start - outcome.aside_ms) / 1000.0;
        if outcome.calibration.as_ref().is_some_and(|calibration| !calibration.matched.is_empty()) {
            live.end(self, &outcome.model, outcome.n_steps, host).await?;
        }
        Ok((outcome, seconds))
    }

    /// Keeps a Retrain as the reference if it is the first for its forget set.
    fn keep_first_retrain(&mut self, plan: &Plan, selection: &Selection, model: &Recommender, figures: &MethodFigures) {
        if let (Plan::Retrain, Recommender::One(retrained)) = (plan, model)
            && self.retrain_of(selection).is_none()
        {
            let forget = selection.forget.clone();
            self.retrained.push(Retrained { forget, model: retrained.clone(), figures: Some(figures.clone()), source: "this device" });
        }
    }

    /// The identity of a run: a hash of its request, model, data and rows.
    pub(super) fn run_id(&self, request: &RunRequest, selection: &Selection) -> Result<String> {
        let identity = RunRequest { eval_every: 0, ranking: None, ..request.clone() };
        let what = serde_json::to_vec(&(identity, &self.manifest, &self.data_hash, &selection.forget, selection.retain.len()));
        Ok(sha256(&what.map_err(Error::json("the run's identity"))?))
    }
}

/// Share of the forget-AUC gap between Original and Retrain that a method closed.
fn gap_closed(methods: &[MethodFigures], figures: &MethodFigures) -> Option<f64> {
    let auc = |id: &str| methods.iter().find(|m| m.id == id).and_then(|m| m.forget.auc);
    metric::gap_closed(auc("original")?, auc("retrain")?, figures.forget.auc?)
}
