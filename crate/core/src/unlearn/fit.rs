//! Training on rows and their true answers, a step at a time.

use super::teachers::{one_hot, soft_cross_entropy};
use crate::data::batch::{Dealer, Encoded};
use crate::linear::random::SeedRng;
use crate::model::{Model, Network, Trainable};
use crate::train::gradient::{Memory, gradient};
use crate::train::infer::read;
use crate::train::optim::Optimiser;
use crate::{Error, Result};

/// Steps between two looks at the loss: they bound the queue of an asynchronous device, and find a diverged model early.
const READ_EVERY: u32 = 20;

/// AdamW at a constant step size, without weight decay, on batches that are dealt anew in every epoch.
pub struct Fit<'a> {
    /// The model so far.
    pub model: Model,
    /// Steps done.
    pub done: u32,
    encoded: &'a Encoded,
    lr: f64,
    batch: usize,
    optimiser: Optimiser,
    dealer: Dealer,
    queue: Vec<Vec<u32>>,
}

impl<'a> Fit<'a> {
    /// Training of those numbers of `model` that `what` names and that are ready to train.
    pub fn new(model: Model, what: Trainable, encoded: &'a Encoded, rows: &[u32], lr: f64, batch: usize) -> Self {
        let (optimiser, dealer) = (Optimiser::new(what, 0.0), Dealer::new(encoded, rows.iter().copied()));
        Self { model, done: 0, encoded, lr, batch, optimiser, dealer, queue: Vec::new() }
    }

    /// One step; gives the number of its rows.
    ///
    /// # Errors
    /// If there is no row, or the device fails.
    pub async fn step(&mut self, rng: &mut SeedRng) -> Result<usize> {
        let (device, width) = (self.model.device().autodiff(), self.model.head_vocab_size());
        if self.queue.is_empty() {
            self.queue = self.dealer.epoch(self.batch, rng);
        }
        let batch = self.queue.pop().ok_or_else(|| Error::setting("rows", "must be at least one to train on", 0))?;
        let truth: Vec<Vec<f64>> = batch.iter().map(|row| one_hot(self.encoded.labels[*row as usize], width)).collect();
        let loss = |logits| soft_cross_entropy(logits, &truth, 1.0 / batch.len() as f64, &device);
        let mut pass = gradient(&self.model, self.encoded.tensor(&batch, &device), Memory::suited_to(&self.model), &loss);
        self.optimiser.step(self.lr, &mut self.model, &mut pass.grads);
        self.done += 1;
        if self.done.is_multiple_of(READ_EVERY) {
            read(pass.loss).await?;
        }
        Ok(batch.len())
    }
}
