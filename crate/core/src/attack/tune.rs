//! Training an adapter on a few rows and their true answers: what an attacker with the model's weights can do.

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

/// Trains on the true answers of `rows`; `watch` sees the model after every step.
///
/// # Errors
/// If there is no row, the device fails or the host cancels.
pub async fn tune<H: Host>(
    mut model: Model,
    encoded: &Encoded,
    rows: &[u32],
    spec: TuneSpec,
    rng: &mut SeedRng,
    host: &mut H,
    mut watch: impl AsyncFnMut(&Model, u32, &mut H) -> Result<()>,
) -> Result<Model> {
    let (device, width) = (model.device().autodiff(), model.head_vocab_size());
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let mut dealer = Dealer::new(encoded, rows.iter().copied());
    let mut queue = Vec::new();
    for step in 1..=spec.steps {
        if queue.is_empty() {
            queue = dealer.epoch(spec.batch, rng);
        }
        let batch = queue.pop().ok_or_else(|| Error::setting("attack", "must have at least one row to train on", 0))?;
        let targets: Vec<Vec<f64>> = batch.iter().map(|row| one_hot(encoded.labels[*row as usize], width)).collect();
        let loss = |logits| soft_cross_entropy(logits, &targets, 1.0 / batch.len() as f64, &device);
        let mut pass = gradient(&model, encoded.tensor(&batch, &device), Memory::suited_to(&model), &loss);
        optimiser.step(spec.lr, &mut model, &mut pass.grads);
        if step.is_multiple_of(READ_EVERY) {
            read(pass.loss).await?;
        }
        host.breathe().await?;
        watch(&model, step, host).await?;
    }
    Ok(model.frozen())
}

/// A trained row costs about two forward passes more than an answered one.
pub fn passes(spec: TuneSpec, n_rows: usize) -> f64 {
    3.0 * f64::from(spec.steps) * spec.batch.min(n_rows) as f64
}
