//! Training an adapter on a few rows and their true answers: what an attacker with the model's weights can do.

use super::scene::Clock;
use crate::data::batch::{Dealer, Encoded};
use crate::linear::LoraSpec;
use crate::linear::random::SeedRng;
use crate::model::{Model, Network, Targets, Trainable};
use crate::train::gradient::{Memory, gradient};
use crate::train::host::Host;
use crate::train::infer::read;
use crate::train::optim::Optimiser;
use crate::unlearn::teachers::{one_hot, soft_cross_entropy};
use crate::{Error, Result};

/// Steps between two looks at the loss: they bound the queue of an asynchronous device, and find a diverged model early.
const READ_EVERY: u32 = 20;
/// Forward passes that training on a row costs.
const TRAINED: f64 = 3.0;

/// How it is trained.
#[derive(Debug, Clone, Copy)]
pub struct TuneSpec {
    /// AdamW's constant step size.
    pub lr: f64,
    /// Rows a step.
    pub batch: usize,
    /// Steps.
    pub steps: u32,
}

/// The model with its adapter ready to train, or with a fresh one where it has none.
pub fn ready(model: &Model, is_text: bool, rng: &mut SeedRng) -> Model {
    if !model.has_adapter() {
        // The shapes of the students' presets.
        let (spec, targets) = match is_text {
            true => (LoraSpec { rank: 8, alpha: 16.0 }, Targets::Linear),
            false => (LoraSpec { rank: 4, alpha: 8.0 }, Targets::LinearEmbedding),
        };
        return model.with_adapter(&spec, targets, rng);
    }
    let mut model = model.frozen();
    model.each_param(Trainable::Adapter, &mut |_, param| *param = param.clone().autodiff().require_grad());
    model
}

/// Training in work: it stands still between two looks.
pub struct Tuner<'a> {
    /// The model, with its adapter so far.
    pub model: Model,
    encoded: &'a Encoded,
    spec: TuneSpec,
    optimiser: Optimiser,
    dealer: Dealer,
    queue: Vec<Vec<u32>>,
    rng: SeedRng,
    done: u32,
}

impl<'a> Tuner<'a> {
    /// Training of a model that is [`ready`] on the true answers of `rows`.
    pub fn new(model: Model, encoded: &'a Encoded, rows: &[u32], spec: TuneSpec, rng: SeedRng) -> Self {
        let (optimiser, dealer) = (Optimiser::new(Trainable::Adapter, 0.0), Dealer::new(encoded, rows.iter().copied()));
        Self { model, encoded, spec, optimiser, dealer, queue: Vec::new(), rng, done: 0 }
    }

    /// Goes on until so many steps are done; the clock goes on with every step.
    ///
    /// # Errors
    /// If there is no row, the device fails or the host cancels.
    pub async fn until<H: Host>(&mut self, step: u32, clock: &mut Clock, host: &mut H) -> Result<()> {
        let (device, width) = (self.model.device().autodiff(), self.model.head_vocab_size());
        while self.done < step {
            if self.queue.is_empty() {
                self.queue = self.dealer.epoch(self.spec.batch, &mut self.rng);
            }
            let batch = self.queue.pop().ok_or_else(|| Error::setting("attack", "must have at least one row to train on", 0))?;
            let targets: Vec<Vec<f64>> = batch.iter().map(|row| one_hot(self.encoded.labels[*row as usize], width)).collect();
            let loss = |logits| soft_cross_entropy(logits, &targets, 1.0 / batch.len() as f64, &device);
            let mut pass = gradient(&self.model, self.encoded.tensor(&batch, &device), Memory::suited_to(&self.model), &loss);
            self.optimiser.step(self.spec.lr, &mut self.model, &mut pass.grads);
            self.done += 1;
            if self.done.is_multiple_of(READ_EVERY) {
                read(pass.loss).await?;
            }
            clock.pass(TRAINED * batch.len() as f64, host);
            host.breathe().await?;
        }
        Ok(())
    }
}

/// Passes that training on `n_rows` rows costs.
pub fn passes(spec: TuneSpec, n_rows: usize) -> f64 {
    TRAINED * f64::from(spec.steps) * spec.batch.min(n_rows) as f64
}
