//! Supervised training on rows and their true answers, one step at a time.

use super::loss::{one_hot, soft_cross_entropy};
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::model::{Model, Network, Trainable};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::gradient::{Memory, gradient};
use crate::train::optim::{AdamWSpec, Optimiser};
use crate::{Error, Result};

/// Steps between two read-backs of the loss. They bound the queue of an asynchronous device and detect a diverged model early.
const READ_EVERY: u32 = 20;

/// How rows are trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitSpec {
    /// Constant learning rate.
    pub lr: f64,
    /// Rows per step at most.
    pub batch: usize,
    /// The other settings of AdamW.
    pub adamw: AdamWSpec,
}

/// A supervised training run: AdamW with a constant learning rate, on batches redrawn every epoch.
pub struct SupervisedTrainer<'a> {
    /// The model after the steps done so far.
    pub model: Model,
    /// Optimiser steps done.
    pub done: u32,
    encoded: &'a Encoded,
    spec: FitSpec,
    optimiser: Optimiser,
    sampler: LengthBucketSampler,
    queue: Vec<Vec<u32>>,
}

impl<'a> SupervisedTrainer<'a> {
    /// A run that trains those parameters of `model` that `what` names; they must already require gradients.
    pub fn new(model: Model, what: Trainable, encoded: &'a Encoded, rows: &[u32], spec: FitSpec) -> Self {
        let (optimiser, sampler) = (Optimiser::of(what, spec.adamw), LengthBucketSampler::new(encoded, rows.iter().copied()));
        Self { model, done: 0, encoded, spec, optimiser, sampler, queue: Vec::new() }
    }

    /// Takes one step and returns the number of rows in its batch.
    ///
    /// # Errors
    /// If there are no rows, or the device fails.
    pub async fn step(&mut self, rng: &mut SeedRng) -> Result<usize> {
        let (device, width) = (self.model.device().autodiff(), self.model.head_vocab_size());
        if self.queue.is_empty() {
            self.queue = self.sampler.epoch(self.spec.batch, rng);
        }
        let batch = self.queue.pop().ok_or_else(|| Error::setting("rows", "must be at least one to train on", 0))?;
        let truth: Vec<Vec<f64>> = batch.iter().map(|row| one_hot(self.encoded.labels[*row as usize], width)).collect();
        let loss = |logits| soft_cross_entropy(logits, &truth, 1.0 / batch.len() as f64, &device);
        let mut pass = gradient(&self.model, self.encoded.tensor(&batch, &device), Memory::suited_to(&self.model), &loss);
        self.optimiser.step(self.spec.lr, &mut self.model, &mut pass.grads);
        self.done += 1;
        if self.done.is_multiple_of(READ_EVERY) {
            read(pass.loss).await?;
        }
        Ok(batch.len())
    }
}
