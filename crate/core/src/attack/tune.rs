//! Training an adapter on a few rows and their true answers: what an attacker with the model's weights can do.

use super::scene::Clock;
use crate::Result;
use crate::data::batch::Encoded;
use crate::linear::LoraSpec;
use crate::linear::random::SeedRng;
use crate::model::{Model, Network, Targets, Trainable};
use crate::train::host::Host;
use crate::unlearn::fit::Fit;

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
    fit: Fit<'a>,
    rng: SeedRng,
}

impl<'a> Tuner<'a> {
    /// Training of a model that is [`ready`] on the true answers of `rows`.
    pub fn new(model: Model, encoded: &'a Encoded, rows: &[u32], spec: TuneSpec, rng: SeedRng) -> Self {
        Self { fit: Fit::new(model, Trainable::Adapter, encoded, rows, spec.lr, spec.batch), rng }
    }

    /// The model, with its adapter so far.
    pub fn model(&self) -> &Model {
        &self.fit.model
    }

    /// Goes on until so many steps are done; the clock goes on with every step.
    ///
    /// # Errors
    /// If there is no row, the device fails or the host cancels.
    pub async fn until<H: Host>(&mut self, step: u32, clock: &mut Clock, host: &mut H) -> Result<()> {
        while self.fit.done < step {
            let n_rows = self.fit.step(&mut self.rng).await?;
            clock.pass(TRAINED * n_rows as f64, host);
            host.breathe().await?;
        }
        Ok(())
    }
}

/// Passes that training on `n_rows` rows costs.
pub fn passes(spec: TuneSpec, n_rows: usize) -> f64 {
    TRAINED * f64::from(spec.steps) * spec.batch.min(n_rows) as f64
}
