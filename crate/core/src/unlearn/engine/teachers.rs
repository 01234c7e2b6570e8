//! Teachers made from the original: tuned further on some rows, extrapolated away from such a model, or a method's own. Each answers every row
//! once.

use super::fit::{FitSpec, SupervisedTrainer};
use super::task::{RunState, UnlearnTask};
use crate::Result;
use crate::data::batch::Encoded;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Host, LocalFuture};
use crate::linear::LoraSpec;
use crate::metric::softmax;
use crate::model::{Model, Network, Targets, Trainable};
use crate::tensor::random::SeedRng;
use crate::train::infer::answer_logits;
use crate::train::optim::AdamWSpec;
use std::fmt::Debug;

/// How the forgetting teacher combines the original's logits v_o and the augmented model's v_g.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogitDifference {
    /// `v_o − α · ReLU(v_g − v_o)`, as in the public code.
    Relu,
    /// `v_o − α · (v_g − v_o)`, as in the paper's text.
    Plain,
}

/// The forgetting teacher's logits for one row, from the original's and the augmented model's.
pub fn forgetting_teacher(original: &[f32], augmented: &[f32], alpha: f64, difference: LogitDifference) -> Vec<f32> {
    let shift = |gain: f32| match difference {
        LogitDifference::Relu => gain.max(0.0),
        LogitDifference::Plain => gain,
    };
    original.iter().zip(augmented).map(|(o, g)| o - alpha as f32 * shift(g - o)).collect()
}

/// Which parameters of the augmented model are trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Overfit {
    /// A fresh adapter.
    Adapter(LoraSpec, Targets),
    /// Every weight.
    Everything,
    /// The embedding table, where a small model remembers users. A pass costs a third less, since no other weight needs a gradient.
    Embedding,
}

/// How the augmented model g is tuned on the forget set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AugmentSpec {
    /// Which parameters are trained.
    pub what: Overfit,
    /// Constant learning rate.
    pub lr: f64,
    /// Optimiser steps.
    pub steps: u32,
    /// Rows per step at most.
    pub batch: usize,
    /// The other settings of AdamW.
    pub adamw: AdamWSpec,
}

/// The augmented model's logits on the forget rows `[rows, head_vocab]`. It is the original, overfitted on the forget set.
///
/// It only ever sees the forget rows, so its vocabulary is restricted to their tokens: its optimiser touches as many embedding rows as the forget
/// set has items, not the whole table.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn augment(
    original: &Model,
    encoded: &Encoded,
    forget: &[u32],
    spec: &AugmentSpec,
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut dyn Host,
) -> Result<Vec<f32>> {
    let (encoded, tokens) = encoded.compact(forget, original.head_vocab_size() as u32);
    let rows: Vec<u32> = (0..forget.len() as u32).collect();
    let model = overfit(&original.with_vocabulary(&tokens), &encoded, &rows, spec, rng, progress, host).await?;
    let logits = answer_logits(&model, &encoded, &rows, host, |_, _| {}).await;
    logits.map_err(|error| error.in_training(spec.steps, spec.lr, "augment_lr"))
}

/// The original tuned further on `rows`; the tuned parameters still require gradients.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn overfit(
    original: &Model,
    encoded: &Encoded,
    rows: &[u32],
    spec: &AugmentSpec,
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut dyn Host,
) -> Result<Model> {
    let (model, what) = match &spec.what {
        Overfit::Adapter(lora, targets) => (original.with_adapter(lora, *targets, rng), Trainable::Adapter),
        Overfit::Everything => (original.trainable(), Trainable::Base),
        Overfit::Embedding => (original.trainable_embedding(), Trainable::Base),
    };
    let mut fit = SupervisedTrainer::new(model, what, encoded, rows, FitSpec { lr: spec.lr, batch: spec.batch, adamw: spec.adamw });
    while fit.done < spec.steps {
        fit.step(rng, host).await.map_err(|error| error.in_training(fit.done, spec.lr, "augment_lr"))?;
        progress.at(Phase::Augment, fit.done, spec.steps, host);
        host.breathe().await?;
    }
    Ok(fit.model)
}

/// A custom teacher, for methods that use none of the built-in ones; implemented in the method's file.
pub trait OwnTeacher: Debug + Send + Sync {
    /// Whether it is made of models that exist before the request: their training is part of the stated cost, but its time is not the method's.
    fn precedes_request(&self) -> bool {
        true
    }

    /// Number of evaluations of the original per row.
    fn n_asked(&self) -> usize {
        0
    }

    /// Its answer distributions for `rows` `[rows][head_vocab]`.
    ///
    /// # Errors
    /// If a setting is invalid, the device fails or the host cancels.
    fn answers<'a>(&'a self, task: &'a UnlearnTask<'a>, rows: &'a [u32], state: RunState<'a>) -> LocalFuture<'a, Result<Vec<Vec<f64>>>>;
}

/// softmax of every row of `logits` `[rows, width]`.
pub fn distributions(logits: &[f32], width: usize) -> Vec<Vec<f64>> {
    logits.chunks_exact(width).map(softmax).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgetting_teacher_by_hand() {
        let (o, g) = ([1.0, 2.0], [3.0, 1.5]);
        assert_eq!(forgetting_teacher(&o, &g, 2.0, LogitDifference::Relu), [-3.0, 2.0]);
        assert_eq!(forgetting_teacher(&o, &g, 2.0, LogitDifference::Plain), [-3.0, 3.0]);
    }
}
