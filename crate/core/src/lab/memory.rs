//! What a run will hold in memory, known before it starts.

use super::{Lab, all, every_nth};
use crate::model::Model;
use crate::unlearn::plan::{Plan, Setting};
use serde::Serialize;

/// Rows among which the longest is looked for.
const SAMPLED_ROWS: usize = 256;

/// Memory of a student's step: an upper estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct StepMemory {
    /// Forget rows in it.
    pub batch: u32,
    /// Bytes, weights included.
    pub bytes: u64,
    /// Bytes that do not depend on the batch; the others grow in proportion to it.
    pub fixed: u64,
}

impl Lab {
    /// What a step of a plan will hold; none where a plan trains whole models, or where the architecture's memory is not estimated.
    pub fn step_memory(&self, plan: &Plan, setting: &Setting) -> Option<StepMemory> {
        let (Plan::Student(plan) | Plan::Fused(plan), Model::Llama(original)) = (plan, &self.original) else { return None };
        let batch = plan.batch.min(setting.n_forget).max(1);
        let both = if plan.forget.is_empty() || plan.retain.is_empty() { batch } else { 2 * batch };
        let rows = plan.tunings().iter().fold(both, |most, spec| most.max(spec.batch.min(setting.n_forget)));
        let longest = every_nth(&all(&self.train), SAMPLED_ROWS).iter().map(|row| self.train.n_tokens(*row)).max().unwrap_or(1);
        let bytes = |rows| original.training_bytes(rows, longest, plan.student.targets, plan.student.lora.rank);
        Some(StepMemory { batch: batch as u32, bytes: bytes(rows), fixed: bytes(0) })
    }
}
