//! Supervised training on rows and their true answers, one step at a time.

use super::loss::{one_hot, soft_cross_entropy};
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::host::Host;
use crate::model::{Model, Network, Trainable};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::gradient::{Memory, gradient};
use crate::train::optim::{AdamWSpec, Optimiser};
use crate::train::shards::{self, Shard};
use crate::train::sum::Sum;
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
    what: Trainable,
    optimiser: Optimiser,
    sampler: LengthBucketSampler,
    queue: Vec<Vec<u32>>,
}

impl<'a> SupervisedTrainer<'a> {
    /// A run that trains those parameters of `model` that `what` names; they must already require gradients.
    pub fn new(model: Model, what: Trainable, encoded: &'a Encoded, rows: &[u32], spec: FitSpec) -> Self {
        let (optimiser, sampler) = (Optimiser::of(what, spec.adamw), LengthBucketSampler::new(encoded, rows.iter().copied()));
        Self { model, done: 0, encoded, spec, what, optimiser, sampler, queue: Vec::new() }
    }

    /// Takes one step, shared with the other replicas, and returns the number of rows in its batch.
    ///
    /// # Errors
    /// If there are no rows, the device fails, or a replica was lost.
    pub async fn step(&mut self, rng: &mut SeedRng, host: &mut dyn Host) -> Result<usize> {
        let (device, width) = (self.model.device().autodiff(), self.model.head_vocab_size());
        if self.queue.is_empty() {
            self.queue = self.sampler.epoch(self.spec.batch, rng);
        }
        let batch = self.queue.pop().ok_or_else(|| Error::setting("rows", "must be at least one to train on", 0))?;
        let (encoded, n) = (self.encoded, batch.len());
        let of_shard = |model: &Model, shard: Shard| {
            let rows = shard.rows(&batch);
            let truth: Vec<Vec<f64>> = rows.iter().map(|row| one_hot(encoded.labels[*row as usize], width)).collect();
            let loss = |logits| soft_cross_entropy(logits, &truth, 1.0 / n as f64, &device);
            (!rows.is_empty()).then(|| gradient(model, encoded.tensor(rows, &device), Memory::suited_to(model), &loss))
        };
        let sum = shards::sum(&mut self.model, self.what, host, of_shard).await?;
        let Some(Sum { loss, grads, .. }) = sum else { return Err(Error::setting("batch", "must have a row", 0)) };
        self.optimiser.apply(self.spec.lr, &mut self.model, grads);
        self.done += 1;
        if self.done.is_multiple_of(READ_EVERY) {
            read(loss).await?;
        }
        Ok(batch.len())
    }
}
