//! Training an adapter on a few rows and their true answers: what an attacker with the model's weights can do.

use crate::Result;
use crate::attack::clock::Clock;
use crate::data::batch::Encoded;
use crate::host::Host;
use crate::linear::LoraSpec;
use crate::model::{Model, Network, Targets, Trainable};
use crate::tensor::random::SeedRng;
use crate::train::optim::AdamWSpec;
use crate::unlearn::engine::fit::{FitSpec, SupervisedTrainer};

/// Cost of training on a row, in forward passes.
const TRAINED: f64 = 3.0;

/// Settings of the training.
#[derive(Debug, Clone, Copy)]
pub struct TuneSpec {
    /// Constant learning rate of AdamW.
    pub lr: f64,
    /// Rows per step.
    pub batch: usize,
    /// Number of steps.
    pub steps: u32,
}

/// The model with its adapter ready to train, or with a fresh adapter if it has none.
pub fn ready(model: &Model, is_text: bool, rng: &mut SeedRng) -> Model {
    if !model.has_adapter() {
        // The adapter shapes of the students' presets.
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

/// A training run that can be paused between steps to evaluate the model.
pub struct Tuner<'a> {
    fit: SupervisedTrainer<'a>,
    lr: f64,
    rng: SeedRng,
}

impl<'a> Tuner<'a> {
    /// A training run of a [`ready`] model on the true answers of `rows`.
    pub fn new(model: Model, encoded: &'a Encoded, rows: &[u32], spec: TuneSpec, rng: SeedRng) -> Self {
        let fit = FitSpec { lr: spec.lr, batch: spec.batch, adamw: AdamWSpec::default() };
        Self { fit: SupervisedTrainer::new(model, Trainable::Adapter, encoded, rows, fit), lr: spec.lr, rng }
    }

    /// The model with its adapter as trained so far.
    pub fn model(&self) -> &Model {
        &self.fit.model
    }

    /// Trains until `step` steps are done; the clock advances with every step.
    ///
    /// # Errors
    /// If there are no rows, the device fails or the host cancels.
    pub async fn until(&mut self, step: u32, clock: &mut Clock, host: &mut dyn Host) -> Result<()> {
        while self.fit.done < step {
            let n_rows = self.fit.step(&mut self.rng, host).await.map_err(|error| error.in_training(self.fit.done, self.lr, "lr"))?;
            clock.pass(TRAINED * n_rows as f64, host);
            host.breathe().await?;
        }
        Ok(())
    }
}

/// Cost of training on `n_rows` rows, in forward passes of a row.
pub fn passes(spec: TuneSpec, n_rows: usize) -> f64 {
    TRAINED * f64::from(spec.steps) * spec.batch.min(n_rows) as f64
}
