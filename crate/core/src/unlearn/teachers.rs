//! The two frozen teachers. Their answer logits are computed once per sample and kept.

use super::fit::Fit;
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::tokenizer::{NO, YES};
use crate::linear::LoraSpec;
use crate::linear::random::SeedRng;
use crate::metric::softmax;
use crate::model::{Model, Network, Targets, Trainable};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use burn::tensor::{Device, Tensor, TensorData, activation};

/// How the forgetting teacher is made of the original's and the augmented model's logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// `v_o − α · ReLU(v_g − v_o)`: the public code's.
    Relu,
    /// `v_o − α · (v_g − v_o)`: the paper's text.
    Plain,
}

/// Logits of the forgetting teacher for one row.
pub fn forgetting_teacher(original: &[f32], augmented: &[f32], alpha: f64, difference: Difference) -> Vec<f32> {
    let shift = |gain: f32| match difference {
        Difference::Relu => gain.max(0.0),
        Difference::Plain => gain,
    };
    original.iter().zip(augmented).map(|(o, g)| o - alpha as f32 * shift(g - o)).collect()
}

/// Which numbers of the augmented model move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Overfit {
    /// A fresh adapter.
    Adapter(LoraSpec, Targets),
    /// Every weight.
    Everything,
    /// The embedding table, which is where a small model remembers people: a third less work a pass, since no other weight needs a gradient.
    Embedding,
}

/// How the augmented model g is tuned on the forget set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AugmentSpec {
    /// Which of its numbers move.
    pub what: Overfit,
    /// Constant learning rate.
    pub lr: f64,
    /// Optimiser steps.
    pub steps: u32,
    /// Rows a step.
    pub batch: usize,
}

/// Logits of the augmented model — the original tuned further on the forget set, until it knows it by heart — on the forget rows
/// `[rows, head_vocab]`.
///
/// Only the forget rows are ever shown to it, so it lives over their tokens alone: its optimiser touches as many embedding rows as the forget
/// set has items, not the whole table.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn augment<H: Host>(
    original: &Model,
    encoded: &Encoded,
    forget: &[u32],
    spec: &AugmentSpec,
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
) -> Result<Vec<f32>> {
    let (encoded, tokens) = encoded.compact(forget, original.head_vocab_size() as u32);
    let rows: Vec<u32> = (0..forget.len() as u32).collect();
    let model = overfit(&original.with_vocabulary(&tokens), &encoded, &rows, spec, rng, progress, host).await?;
    answer_logits(&model, &encoded, &rows, host, |_, _| {}).await
}

/// The original tuned further on `rows`; what was tuned still trains.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn overfit<H: Host>(
    original: &Model,
    encoded: &Encoded,
    rows: &[u32],
    spec: &AugmentSpec,
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
) -> Result<Model> {
    let (model, what) = match &spec.what {
        Overfit::Adapter(lora, targets) => (original.with_adapter(lora, *targets, rng), Trainable::Adapter),
        Overfit::Everything => (original.trainable(), Trainable::Base),
        Overfit::Embedding => (original.trainable_embedding(), Trainable::Base),
    };
    let mut fit = Fit::new(model, what, encoded, rows, spec.lr, spec.batch);
    while fit.done < spec.steps {
        fit.step(rng).await?;
        progress.at(Phase::Augment, fit.done, spec.steps, host);
        host.breathe().await?;
    }
    Ok(fit.model)
}

/// 1 at the true answer.
pub fn one_hot(liked: bool, width: usize) -> Vec<f64> {
    let mut row = vec![0.0; width];
    row[if liked { YES } else { NO } as usize] = 1.0;
    row
}

/// `−Σ_rows weight · target · log softmax(logits)` `[1]`: cross entropy with soft targets, KL up to the teacher's entropy.
pub fn soft_cross_entropy(logits: Tensor<2>, targets: &[Vec<f64>], weight: f64, device: &Device) -> Tensor<1> {
    let dims = logits.dims();
    let values: Vec<f32> = targets.iter().flatten().map(|t| (t * weight) as f32).collect();
    let targets = Tensor::from_data(TensorData::new(values, dims), device);
    (activation::log_softmax(logits, 1) * targets).sum().neg()
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
        assert_eq!(forgetting_teacher(&o, &g, 2.0, Difference::Relu), [-3.0, 2.0]);
        assert_eq!(forgetting_teacher(&o, &g, 2.0, Difference::Plain), [-3.0, 3.0]);
    }
}
