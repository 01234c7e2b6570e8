//! Estimates of a run's time and memory, before it starts.

use super::evaluate::MAX_OTHER_ROWS;
use super::state::{Session, all};
use crate::Result;
use crate::data::every_nth;
use crate::data::select::Selection;
use crate::host::{Alone, Host};
use crate::model::Model;
use crate::report::RunRequest;
use crate::train::infer::answer_logits;
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::engine::teachers::Overfit;
use serde::Serialize;

/// Number of rows sampled to find the longest one.
const SAMPLED_ROWS: usize = 256;

/// Upper estimate of the memory of a student's step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct StepMemory {
    /// Forget rows in the step's batch.
    pub batch: u32,
    /// Total bytes, including weights.
    pub bytes: u64,
    /// Bytes that do not depend on the batch; the rest grows in proportion to it.
    pub fixed: u64,
}

/// Expected wall time on this device, s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Time of a run with its evaluation.
    pub run: f64,
    /// Time to train Retrain.
    pub retrain: f64,
}

impl Session {
    /// Expected time of a run and of a Retrain on this device; `None` before the device was timed.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn cost(&self, request: &RunRequest, selection: &Selection) -> Result<Option<Cost>> {
        let Some(row) = self.seconds_per_row else { return Ok(None) };
        let (plan, sizes, _) = self.plan(request, selection)?;
        let passes = |plan: &Plan| plan.stages(&sizes).iter().map(|(_, n, cost)| f64::from(*n) * cost).sum::<f64>();
        let n_others = MAX_OTHER_ROWS.min(self.eval_rows.saturating_mul(3));
        let forget = every_nth(&selection.forget, self.eval_rows);
        let n_evaluated = (forget.len() + self.test.len().min(self.eval_rows) + n_others) as f64 + f64::from(self.n_secrets(&forget));
        Ok(Some(Cost { run: row * (passes(&plan) + n_evaluated), retrain: row * (passes(&Plan::Retrain) + n_evaluated) }))
    }

    /// Times a forward pass on a few rows, for [`Session::cost`].
    ///
    /// # Errors
    /// If the device fails.
    pub async fn time(&mut self, host: &mut dyn Host) -> Result<()> {
        // How often it is done depends on the clock, so it is shared with nobody.
        let host: &mut dyn Host = &mut Alone(host);
        let rows = every_nth(&all(&self.test), self.timed_rows());
        let start = host.now_ms();
        let mut best = f64::INFINITY;
        // The first passes compile and warm up, so the fastest pass of a quarter of a second counts.
        while host.now_ms() - start < 250.0 {
            let pass = host.now_ms();
            answer_logits(&self.original, &self.test, &rows, host, |_, _| {}).await?;
            best = best.min(host.now_ms() - pass);
        }
        self.seconds_per_row = Some(best / 1000.0 / rows.len() as f64);
        Ok(())
    }

    /// Estimated memory of a plan's largest step; `None` if the plan trains whole models, or there is no estimate for the architecture.
    pub fn step_memory(&self, plan: &Plan, sizes: &TaskSizes) -> Option<StepMemory> {
        let (Some(plan), Model::Llama(original)) = (plan.student(), &self.original) else { return None };
        let batch = plan.batch.min(sizes.n_forget()).max(1);
        let both = if plan.forget.is_empty() || plan.retain.is_empty() { batch } else { 2 * batch };
        let longest = every_nth(&all(&self.train), SAMPLED_ROWS).iter().map(|row| self.train.n_tokens(*row)).max().unwrap_or(1);
        let of_adapter = |rows| original.training_bytes(rows, longest, plan.student.targets, plan.student.lora.rank);
        let of_everything = |rows| original.full_training_bytes(rows, longest);
        // The largest step decides: the student's own, or one of the tunings before it, of an adapter or of all weights.
        let mut steps = vec![(of_adapter(both), of_adapter(0))];
        for spec in plan.tunings() {
            let rows = spec.batch.min(sizes.n_forget());
            steps.push(match spec.what {
                Overfit::Everything => (of_everything(rows), of_everything(0)),
                Overfit::Adapter(..) | Overfit::Embedding => (of_adapter(rows), of_adapter(0)),
            });
        }
        let (bytes, fixed) = steps.into_iter().max()?;
        Some(StepMemory { batch: batch as u32, bytes, fixed })
    }
}
