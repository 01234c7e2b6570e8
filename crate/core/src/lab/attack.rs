//! Attacks on what the last run left.

use super::{Lab, every_nth};
use crate::attack::report::{AttackReport, AttackRequest};
use crate::attack::scene::{Clock, Rows};
use crate::attack::{ATTACKS, AttackEntry, Extent, Scene, attack, carry_out};
use crate::data::split::Selection;
use crate::report::{Report, RunRequest};
use crate::train::host::Host;
use crate::unlearn::plan::Setting;
use crate::unlearn::{Params, Recommender, method};
use crate::{Error, Result};

/// Rows of any set that an attack looks at, at most.
const ROWS: usize = 1000;
/// Rows that it looks at where answers are dear: fewer would tell nothing.
const FEWEST_ROWS: usize = 40;

impl Lab {
    /// Attacks what the last run left, and does the same to Retrain where there is one for its forget set.
    ///
    /// # Errors
    /// If there was no run, an attack or a parameter is unknown or out of range, the device fails or the host cancels.
    pub async fn attacks<H: Host>(&self, request: &AttackRequest, host: &mut H) -> Result<AttackReport> {
        let (run, unlearned) = self.attacked()?;
        let chosen = self.chosen_attacks(request)?;
        let selection = self.select(&run.forget)?;
        let of_method = method(&run.method)?;
        let of_run = of_method.resolve(&run.params)?;
        let plan = |setting: &Setting| (of_method.plan)(&of_run, setting);
        let most_rows = self.attacked_rows();
        let retrained = self.retrain_of(&selection);
        let scene = Scene {
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
            expected_rise: self.expected_rise(),
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
            let mut finding = carry_out(entry, &scene, &params, &mut clock, host).await?;
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
            forget_rows: (scene.forget.rows.len() as u32, selection.forget.len() as u32),
            seed: request.seed,
            findings,
        })
    }

    /// Keeps what attacks found for the forgetting report, in the place of what the same attacks found before.
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

    /// Expected wall time of each attack of a request on this device, s; none before the device was timed.
    ///
    /// # Errors
    /// As [`Lab::attacks`], but for the device.
    pub fn attack_costs(&self, request: &AttackRequest) -> Result<Option<Vec<f64>>> {
        let (run, _) = self.attacked()?;
        let passes = self.passes(&self.chosen_attacks(request)?, run, &self.select(&run.forget)?)?;
        Ok(self.seconds_per_row.map(|row| passes.into_iter().map(|passes| passes * row).collect()))
    }

    /// The run whose result can be attacked, and that result.
    ///
    /// # Errors
    /// If there is none.
    fn attacked(&self) -> Result<(&RunRequest, &Recommender)> {
        match (&self.last, &self.unlearned) {
            (Some(Report { request: Some(run), .. }), Some(unlearned)) => Ok((run, unlearned)),
            _ => Err(Error::setting("attack", "needs a finished run: there must be something that was forgotten", "none")),
        }
    }

    /// What each attack costs, in forward passes of a row.
    fn passes(&self, chosen: &[(&AttackEntry, Params)], run: &RunRequest, selection: &Selection) -> Result<Vec<f64>> {
        let most = self.attacked_rows();
        let part = (selection.forget.len() / 10).max(1);
        let entry = method(&run.method)?;
        let steps = run.steps.map(|steps| (steps / 10).max(1));
        let n_blocks = self.manifest.config.num_hidden_layers();
        let epochs = self.manifest.training.epochs;
        let setting = Setting { n_forget: part, n_retain: self.train.len() - part, steps, epochs, n_blocks, n_requests: 1 };
        let stages = (entry.plan)(&entry.resolve(&run.params)?, &setting)?.stages(&setting);
        let extent = Extent {
            n_forget: selection.forget.len().min(most),
            n_unseen: self.unseen_rows().len().min(most),
            n_test: self.test.len().min(most),
            n_models: 2 + usize::from(self.retrain_of(selection).is_some()),
            run: stages.iter().map(|(_, n, cost)| f64::from(*n) * cost).sum(),
        };
        Ok(chosen.iter().map(|(entry, params)| (entry.passes)(params, &extent)).collect())
    }

    /// Rows of any set that attacks look at: all that a nano's attacks need, few for a language model.
    fn attacked_rows(&self) -> usize {
        self.quick_rows().saturating_mul(8).clamp(FEWEST_ROWS, ROWS).min(self.eval_rows)
    }
}
