//! Attacks on the last run's model.

use super::state::{Session, all};
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, Rows};
use crate::attack::entry::{AttackEntry, Extent};
use crate::attack::report::{AttackReport, AttackRequest};
use crate::attack::{ATTACKS, attack};
use crate::data::batch::LengthCounts;
use crate::data::every_nth;
use crate::data::select::Selection;
use crate::host::{Host, WithoutCheckpoints};
use crate::report::{Report, RunRequest};
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method;
use crate::unlearn::param::Params;
use crate::{Error, Result};

/// Largest number of rows per set that an attack evaluates.
const ROWS: usize = 1000;
/// Smallest number of rows evaluated for a language model: with fewer, the figures would be meaningless.
const FEWEST_ROWS: usize = 40;

impl Session {
    /// Attacks the last run's model, and Retrain in the same way if there is one for its forget set.
    ///
    /// # Errors
    /// If there was no run, an attack or a parameter is unknown or out of range, the device fails or the host cancels.
    pub async fn attacks(&self, request: &AttackRequest, host: &mut dyn Host) -> Result<AttackReport> {
        let (run, unlearned) = self.attacked()?;
        let chosen = self.chosen_attacks(request)?;
        let selection = self.select(&run.forget)?;
        let of_method = method(&run.method)?;
        let of_run = of_method.resolve(&run.params)?;
        let plan = |sizes: &TaskSizes| (of_method.plan)(&of_run, sizes);
        let most_rows = self.attacked_rows();
        let retrained = self.retrain_of(&selection);
        let expected = self.expected(&run.forget, &selection);
        let ctx = AttackContext {
            original: &self.original,
            unlearned,
            retrain: retrained.map(|retrained| &retrained.model),
            forget: Rows { encoded: &self.train, samples: &self.split.train, rows: every_nth(&selection.forget, most_rows) },
            unseen: Rows { encoded: &self.valid, samples: &self.split.valid, rows: every_nth(&self.unseen_rows(), most_rows) },
            test: Rows { encoded: &self.test, samples: &self.split.test, rows: every_nth(&self.test_rows(), most_rows) },
            selection: &selection,
            most_rows,
            run,
            plan: &plan,
            training: &self.manifest.training,
            start: self.start.as_ref(),
            expected: expected.as_ref().ok(),
            dataset: &self.dataset,
            split: &self.split,
            vocabulary: &self.vocabulary,
            seed: request.seed,
        };
        let passes = self.passes(&chosen, run, &selection)?;
        let mut clock = Clock::new(passes.iter().sum(), host);
        let mut findings = Vec::new();
        for ((entry, params), passes) in chosen.into_iter().zip(passes) {
            clock.begin(passes, host);
            let start = host.now_ms();
            let mut finding = (entry.run)(&ctx, &params, &mut clock, &mut WithoutCheckpoints(host)).await?;
            clock.pass(passes, host);
            finding.params = params;
            finding.seconds = (host.now_ms() - start) / 1000.0;
            findings.push(finding);
        }
        Ok(AttackReport {
            version: 1,
            dataset: self.dataset.name.clone(),
            model: self.manifest.name.clone(),
            device: self.device_name.clone(),
            run: run.clone(),
            retrain: retrained.map(|retrained| retrained.source.to_owned()),
            forget_rows: (ctx.forget.rows.len() as u32, selection.forget.len() as u32),
            seed: request.seed,
            findings,
        })
    }

    /// Stores findings for the forgetting report, replacing earlier findings of the same attacks.
    pub fn keep_findings(&mut self, report: &AttackReport) {
        for finding in &report.findings {
            self.findings.retain(|known| known.id != finding.id);
            self.findings.push(finding.clone());
        }
    }

    /// The attacks of a request, each with all its parameters.
    ///
    /// # Errors
    /// If an attack or a parameter is unknown or out of range.
    pub fn chosen_attacks(&self, request: &AttackRequest) -> Result<Vec<(&'static AttackEntry, Params)>> {
        request.params.keys().try_for_each(|id| attack(id).map(|_| ()))?;
        let all = || ATTACKS.iter().map(Ok).collect();
        let entries: Result<Vec<_>> =
            if request.attacks.is_empty() { all() } else { request.attacks.iter().map(|id| attack(id)).collect() };
        let none = Params::new();
        let resolve = |entry: &'static AttackEntry| {
            Ok((entry, entry.resolve(request.params.get(entry.id).unwrap_or(&none), self.manifest.text.is_some())?))
        };
        entries?.into_iter().map(resolve).collect()
    }

    /// Expected wall time of each attack of a request on this device, s; `None` before the device was timed.
    ///
    /// # Errors
    /// As [`Session::attacks`], except for the device.
    pub fn attack_costs(&self, request: &AttackRequest) -> Result<Option<Vec<f64>>> {
        let (run, _) = self.attacked()?;
        let passes = self.passes(&self.chosen_attacks(request)?, run, &self.select(&run.forget)?)?;
        Ok(self.seconds_per_row.map(|row| passes.into_iter().map(|passes| passes * row).collect()))
    }

    /// The last run's request and its resulting model.
    ///
    /// # Errors
    /// If there was no run.
    fn attacked(&self) -> Result<(&RunRequest, &Recommender)> {
        match (&self.last, &self.unlearned) {
            (Some(Report { request: Some(run), .. }), Some(unlearned)) => Ok((run, unlearned)),
            _ => Err(Error::setting("attack", "needs a finished run: there must be something that was forgotten", "none")),
        }
    }

    /// Cost of each attack, in forward passes of a row.
    fn passes(&self, chosen: &[(&AttackEntry, Params)], run: &RunRequest, selection: &Selection) -> Result<Vec<f64>> {
        let most = self.attacked_rows();
        let part = (selection.forget.len() / 10).max(1);
        let entry = method(&run.method)?;
        let steps = run.steps.map(|steps| (steps / 10).max(1));
        let n_blocks = self.manifest.config.num_hidden_layers();
        let epochs = self.manifest.training.epochs;
        let lengths = |rows: &[u32]| LengthCounts::new(&self.train, rows);
        let forget = lengths(&every_nth(&selection.forget, part));
        let sizes = TaskSizes { requests: vec![forget.clone()], forget, retain: lengths(&all(&self.train)), steps, epochs, n_blocks };
        let stages = (entry.plan)(&entry.resolve(&run.params)?, &sizes)?.stages(&sizes);
        let extent = Extent {
            n_forget: selection.forget.len().min(most),
            n_unseen: self.unseen_rows().len().min(most),
            n_test: self.test.len().min(most),
            n_models: 2 + usize::from(self.retrain_of(selection).is_some()),
            run: stages.iter().map(|(_, n, cost)| f64::from(*n) * cost).sum(),
        };
        Ok(chosen.iter().map(|(entry, params)| (entry.passes)(params, &extent)).collect())
    }

    /// Largest number of rows per set that attacks evaluate: as many as useful for a nano, few for a language model.
    fn attacked_rows(&self) -> usize {
        self.quick_rows().saturating_mul(8).clamp(FEWEST_ROWS, ROWS).min(self.eval_rows)
    }
}
