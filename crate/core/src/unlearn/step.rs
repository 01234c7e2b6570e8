//! One step of a student: most descend on the gradient of the terms; a method with a step of its own brings it in its file.

use super::curve::Curve;
use super::run::Sets;
use super::targets::Targeted;
use crate::Result;
use crate::model::{Model, Network};
use crate::train::gradient::{Memory, Pass, gradient};
use crate::train::optim::Optimiser;
use burn::tensor::{Device, Tensor, TensorData, activation};
use std::fmt::Debug;
use std::pin::Pin;

/// Forget and retain rows of one step, all of one length.
pub type Batch = (Vec<u32>, Vec<u32>);

/// What a step works on.
pub struct At<'a> {
    /// The student.
    pub model: &'a mut Model,
    /// Its optimiser.
    pub optimiser: &'a mut Optimiser,
    /// The rows.
    pub sets: &'a Sets<'a>,
    /// Those of this step.
    pub batch: &'a Batch,
    /// What its terms draw them towards.
    pub targets: &'a Targeted,
    /// Learning rate.
    pub lr: f64,
}

/// What a step tells, left on the device until somebody reads it.
pub enum Told {
    /// Answer logits of the batch before the step `[rows, head_vocab]`: every term follows from them.
    Logits(Tensor<2>),
    /// The loss alone `[1]`.
    Loss(Tensor<1>),
}

/// A step that may wait for the device.
pub type Stepping<'a> = Pin<Box<dyn Future<Output = Result<Told>> + 'a>>;

/// What moves a student. It keeps nothing between two steps: a run that goes on from a checkpoint has the model, the moments and the targets alone.
pub trait Step: Debug {
    /// Forward and backward passes over a batch, in those of [`Descend`].
    fn cost(&self) -> f64 {
        1.0
    }

    /// The student before its first step.
    ///
    /// # Errors
    /// If the model is not one that this step can move.
    fn begin(&self, model: Model, _sets: &Sets<'_>) -> Result<Model> {
        Ok(model)
    }

    /// One step.
    fn take<'a>(&'a self, at: At<'a>) -> Stepping<'a>;

    /// The student after its last step, as it answers from now on.
    fn end(&self, model: Model, _sets: &Sets<'_>) -> Model {
        model
    }
}

/// AdamW on the gradient of the terms.
#[derive(Debug)]
pub struct Descend;

impl Step for Descend {
    fn take<'a>(&'a self, at: At<'a>) -> Stepping<'a> {
        Box::pin(async move { Ok(Told::Logits(train_step(at.model, at.optimiser, at.sets, at.batch, at.targets, at.lr))) })
    }
}

/// One step: the loss of a batch, its gradient, and AdamW. Gives the logits before it `[rows, head_vocab]`.
pub fn train_step(model: &mut Model, optimiser: &mut Optimiser, sets: &Sets<'_>, batch: &Batch, targets: &Targeted, lr: f64) -> Tensor<2> {
    let mut pass = pass(model, sets, batch, targets);
    optimiser.step(lr, model, &mut pass.grads);
    pass.logits
}

/// The gradient of a batch's terms.
pub fn pass(model: &Model, sets: &Sets<'_>, batch: &Batch, targets: &Targeted) -> Pass {
    let device = model.device().autodiff();
    let loss = Loss::new(batch, targets, &device);
    let rows: Vec<u32> = batch.0.iter().chain(&batch.1).copied().collect();
    gradient(model, sets.encoded.tensor(&rows, &device), Memory::suited_to(model), &|logits| loss.of(logits))
}

/// A batch's terms as one loss of its answer logits, forget rows first.
///
/// A set's terms are a mean over its rows. A batch of forget rows alone has weight 1, whatever their weight beside retain rows is.
pub struct Loss {
    /// Σ weight · target of the straight terms, means included `[rows, head_vocab]`.
    soft: Tensor<2>,
    /// Of the forget rows: the bent term's weight and curve, targets `[forget, head_vocab]`, offsets `[forget, 1]`.
    bent: Option<(f64, Curve, Tensor<2>, Tensor<2>)>,
}

impl Loss {
    /// The loss of a batch.
    pub fn new(batch: &Batch, targets: &Targeted, device: &Device) -> Self {
        let (forget, retain) = batch;
        let alone = alone_scale(batch, targets);
        let matrix = |rows: Vec<Vec<f32>>| {
            let dims = [rows.len(), rows.first().map_or(0, Vec::len)];
            Tensor::<2>::from_data(TensorData::new(rows.concat(), dims), device)
        };
        let scaled = |row: &u32, share: f64| targets.of(*row).soft.iter().map(|p| (share * p) as f32).collect::<Vec<_>>();
        let of_forget = forget.iter().map(|row| scaled(row, alone / forget.len() as f64));
        let soft = of_forget.chain(retain.iter().map(|row| scaled(row, 1.0 / retain.len() as f64))).collect();
        let bent = targets.bent.filter(|_| !forget.is_empty()).map(|(weight, curve)| {
            let bent = |row: &u32| targets.of(*row).bent.as_ref().expect("every forget row was given its bent target");
            let soft = forget.iter().map(|row| bent(row).target.iter().map(|p| *p as f32).collect()).collect();
            let offsets = forget.iter().map(|row| vec![bent(row).offset as f32]).collect();
            (alone * weight, curve, matrix(soft), matrix(offsets))
        });
        Self { soft: matrix(soft), bent }
    }

    /// logits `[rows, head_vocab]` → `[1]`.
    pub fn of(&self, logits: Tensor<2>) -> Tensor<1> {
        let log_u = activation::log_softmax(logits, 1);
        let straight = (log_u.clone() * self.soft.clone()).sum().neg();
        match &self.bent {
            None => straight,
            Some((weight, curve, target, offset)) => {
                let n_forget = target.dims()[0];
                let x = (log_u.slice_dim(0, 0..n_forget) * target.clone()).sum_dim(1).neg() - offset.clone();
                straight + curve.of(x).mul_scalar(*weight)
            }
        }
    }
}

/// What a batch's forget terms are scaled by.
pub(super) fn alone_scale((forget, retain): &Batch, targets: &Targeted) -> f64 {
    match forget.first() {
        Some(row) if retain.is_empty() => 1.0 / targets.of(*row).weight.abs().max(f64::MIN_POSITIVE),
        _ => 1.0,
    }
}
