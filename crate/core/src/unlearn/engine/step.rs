//! One training step of a student: usually AdamW on the gradient of the terms. A method with its own kind of step defines it in its file.

use super::loss::{Batch, Loss};
use super::soft_targets::SoftTargets;
use super::task::Sets;
use crate::host::{Host, LocalFuture};
use crate::model::{Model, Network, Trainable};
use crate::train::gradient::{ActivationOffset, GradOutput, Memory, gradient_with_offset};
use crate::train::optim::Optimiser;
use crate::train::shards::{self, Shard};
use crate::train::sum::Sum;
use crate::{Error, Result};
use burn::tensor::{Int, Tensor, TensorData};
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
    /// With whom the step is shared.
    pub host: &'a mut dyn Host,
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
        Box::pin(async move { Ok(StepOutput::Logits(train_step(input).await?)) })
    }
}

/// Takes one AdamW step on the loss of a batch. Returns the logits before the step `[rows, head_vocab]`.
///
/// The step is shared with the other replicas if the loss is a sum over rows; otherwise each of them computes all of it.
///
/// # Errors
/// If the device fails, or a replica was lost.
pub async fn train_step(StepInput { model, optimiser, sets, batch, targets, lr, host }: StepInput<'_>) -> Result<Tensor<2>> {
    if !Loss::is_sum(targets) {
        let mut pass = pass(model, sets, batch, targets);
        optimiser.step(lr, model, &mut pass.grads);
        return Ok(pass.logits);
    }
    let part = |shard: Shard| (shard.rows(&batch.0).to_vec(), shard.rows(&batch.1).to_vec());
    let of_shard = |model: &Model, shard: Shard| {
        let part = part(shard);
        (!part.0.is_empty() || !part.1.is_empty()).then(|| pass_of_shard(model, sets, batch, &part, targets))
    };
    let Some(Sum { logits, grads, .. }) = shards::sum(model, Trainable::Adapter, host, of_shard).await? else {
        return Err(Error::setting("batch", "must have a row", 0));
    };
    optimiser.apply(lr, model, grads);
    // A shard's forget rows stand before its retain rows; the batch's stand before all of its retain rows.
    let places = shards::all().flat_map(|shard| {
        let (forget, retain) = part(shard);
        [(true, forget.len()), (false, retain.len())]
    });
    Ok(forget_first(logits, places))
}

/// The rows of `logits` with those of the forget rows first. They come in groups, of which is known whether they are forget rows, and how many.
fn forget_first(logits: Tensor<2>, groups: impl Iterator<Item = (bool, usize)>) -> Tensor<2> {
    let (mut forget, mut retain, mut at) = (Vec::new(), Vec::new(), 0);
    for (is_forget, n) in groups {
        if is_forget { &mut forget } else { &mut retain }.extend(at..at + n as i32);
        at += n as i32;
    }
    if retain.is_empty() || forget.is_empty() {
        return logits;
    }
    forget.extend(retain);
    let (n, device) = (forget.len(), logits.device());
    logits.select(0, Tensor::<1, Int>::from_data(TensorData::new(forget, [n]), &device))
}

/// The logits, loss and gradient of a batch's terms.
pub fn pass(model: &Model, sets: &Sets<'_>, batch: &Batch, targets: &SoftTargets) -> GradOutput {
    pass_of_shard(model, sets, batch, batch, targets)
}

/// The same as [`pass`], of what a part of the batch's rows adds.
fn pass_of_shard(model: &Model, sets: &Sets<'_>, batch: &Batch, part: &Batch, targets: &SoftTargets) -> GradOutput {
    let device = model.device().autodiff();
    pass_with_loss(model, sets, part, None, |rows| Loss::of_shard(batch, rows, targets, &device))
}

/// The same as [`pass`], with an offset added to a block's input for the forget rows `[forget · seq, d]`.
pub fn pass_with_offset(
    model: &Model,
    sets: &Sets<'_>,
    batch: &Batch,
    targets: &SoftTargets,
    offset: Option<ActivationOffset>,
) -> GradOutput {
    let device = model.device().autodiff();
    pass_with_loss(model, sets, batch, offset, |rows| Loss::of_shard(batch, rows, targets, &device))
}

/// A pass with the loss that `loss` makes for rows. Forget and retain rows go through the model together where they have one length, and one set after
/// the other where they have two.
fn pass_with_loss(
    model: &Model,
    sets: &Sets<'_>,
    (forget, retain): &Batch,
    offset: Option<ActivationOffset>,
    loss: impl Fn(&Batch) -> Loss,
) -> GradOutput {
    let (device, memory) = (model.device().autodiff(), Memory::suited_to(model));
    let of = |rows: &[u32], offset: Option<&ActivationOffset>, loss: &Loss| {
        gradient_with_offset(model, sets.encoded.tensor(rows, &device), memory, offset, &|logits| loss.of(logits))
    };
    if is_of_one_length(sets, forget, retain) {
        let rows: Vec<u32> = forget.iter().chain(retain).copied().collect();
        let offset = offset.map(|offset| offset.before_rows(forget.len(), retain.len()));
        return of(&rows, offset.as_ref(), &loss(&(forget.clone(), retain.clone())));
    }
    let (of_forget, of_retain) = (loss(&(forget.clone(), Vec::new())), loss(&(Vec::new(), retain.clone())));
    of(forget, offset.as_ref(), &of_forget).and(of(retain, None, &of_retain))
}

/// Whether all rows of a batch have the same length.
fn is_of_one_length(sets: &Sets<'_>, forget: &[u32], retain: &[u32]) -> bool {
    match (forget.first(), retain.first()) {
        (Some(f), Some(r)) => sets.encoded.n_tokens(*f) == sets.encoded.n_tokens(*r),
        _ => true,
    }
}
