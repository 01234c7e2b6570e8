//! One training step of a student: usually AdamW on the gradient of the terms. A method with its own kind of step defines it in its file.

use super::loss::{Batch, Loss};
use super::soft_targets::SoftTargets;
use super::task::Sets;
use crate::Result;
use crate::host::LocalFuture;
use crate::model::{Model, Network};
use crate::train::gradient::{ActivationOffset, GradOutput, Memory, gradient_with_offset};
use crate::train::optim::Optimiser;
use burn::tensor::Tensor;
use std::fmt::Debug;

/// The inputs of a step.
pub struct StepInput<'a> {
    /// The student, updated in place.
    pub model: &'a mut Model,
    /// Its optimiser.
    pub optimiser: &'a mut Optimiser,
    /// All rows of the task.
    pub sets: &'a Sets<'a>,
    /// The rows of this step.
    pub batch: &'a Batch,
    /// The soft targets of the rows.
    pub targets: &'a SoftTargets,
    /// Learning rate.
    pub lr: f64,
}

/// The result of a step; it stays on the device until it is read back.
pub enum StepOutput {
    /// Answer logits of the batch before the step `[rows, head_vocab]`, from which every loss term follows.
    Logits(Tensor<2>),
    /// Only the loss `[1]`.
    Loss(Tensor<1>),
}

/// The future of a step, which may wait for the device.
pub type StepFuture<'a> = LocalFuture<'a, Result<StepOutput>>;

/// How a step updates the student. It must keep no state between steps: a resumed run has only the model, the moments and the targets.
pub trait Step: Debug + Send + Sync {
    /// Cost of a step, in forward and backward passes over a batch relative to [`AdamWStep`].
    fn cost(&self) -> f64 {
        1.0
    }

    /// The student before its first step, prepared for this kind of step.
    ///
    /// # Errors
    /// If this step cannot train the model.
    fn begin(&self, model: Model, _sets: &Sets<'_>) -> Result<Model> {
        Ok(model)
    }

    /// Takes one step.
    fn take<'a>(&'a self, input: StepInput<'a>) -> StepFuture<'a>;

    /// The student after its last step, as it will answer from then on.
    fn end(&self, model: Model, _sets: &Sets<'_>) -> Model {
        model
    }
}

/// A step of AdamW on the gradient of the terms.
#[derive(Debug)]
pub struct AdamWStep;

impl Step for AdamWStep {
    fn take<'a>(&'a self, input: StepInput<'a>) -> StepFuture<'a> {
        Box::pin(async move {
            Ok(StepOutput::Logits(train_step(input.model, input.optimiser, input.sets, input.batch, input.targets, input.lr)))
        })
    }
}

/// Takes one AdamW step on the loss of a batch. Returns the logits before the step `[rows, head_vocab]`.
pub fn train_step(
    model: &mut Model,
    optimiser: &mut Optimiser,
    sets: &Sets<'_>,
    batch: &Batch,
    targets: &SoftTargets,
    lr: f64,
) -> Tensor<2> {
    let mut pass = pass(model, sets, batch, targets);
    optimiser.step(lr, model, &mut pass.grads);
    pass.logits
}

/// The logits, loss and gradient of a batch's terms.
pub fn pass(model: &Model, sets: &Sets<'_>, batch: &Batch, targets: &SoftTargets) -> GradOutput {
    pass_with_offset(model, sets, batch, targets, None)
}

/// The same as [`pass`], with an offset added to a block's input for the forget rows `[forget · seq, d]`.
///
/// Forget and retain rows go through the model together where they have one length, and one set after the other where they have two.
pub fn pass_with_offset(
    model: &Model,
    sets: &Sets<'_>,
    batch: &Batch,
    targets: &SoftTargets,
    offset: Option<ActivationOffset>,
) -> GradOutput {
    let (device, memory) = (model.device().autodiff(), Memory::suited_to(model));
    let (forget, retain) = batch;
    let of = |rows: &[u32], offset: Option<&ActivationOffset>, loss: &Loss| {
        gradient_with_offset(model, sets.encoded.tensor(rows, &device), memory, offset, &|logits| loss.of(logits))
    };
    if is_of_one_length(sets, batch) {
        let rows: Vec<u32> = forget.iter().chain(retain).copied().collect();
        let offset = offset.map(|offset| offset.before_rows(forget.len(), retain.len()));
        return of(&rows, offset.as_ref(), &Loss::new(batch, targets, &device));
    }
    let [of_forget, of_retain] = Loss::parts(batch, targets, &device);
    of(forget, offset.as_ref(), &of_forget).and(of(retain, None, &of_retain))
}

/// Whether all rows of a batch have the same length.
fn is_of_one_length(sets: &Sets<'_>, (forget, retain): &Batch) -> bool {
    match (forget.first(), retain.first()) {
        (Some(f), Some(r)) => sets.encoded.n_tokens(*f) == sets.encoded.n_tokens(*r),
        _ => true,
    }
}
