//! What a method leaves behind: one model, or several whose answers become one.

use super::fair::Fair;
use super::run::Sets;
use super::teachers::{one_hot, soft_cross_entropy};
use crate::Result;
use crate::data::batch::Encoded;
use crate::linear::random::{SeedRng, normal};
use crate::model::{Model, Network};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::{answer_logits, read};
use crate::train::progress::Progress;
use crate::train::shared::logits_after_shared;
use burn::optim::{AdamWConfig, AdamWState, Optimizer};
use burn::tensor::{Device, Tensor, TensorData, activation};
use rand::seq::SliceRandom;

/// Retain rows from which an attention over shards learns.
pub const GATE_ROWS: usize = 8000;
/// Width of the attention.
const GATE_WIDTH: usize = 8;
/// Steps of its training, of 256 rows each.
const GATE_STEPS: usize = 200;

/// What answers after a method has run.
#[derive(Debug, Clone)]
pub enum Recommender {
    /// One model, with or without an adapter.
    One(Model),
    /// One model a shard.
    Shards(Box<Ensemble>),
}

impl From<Model> for Recommender {
    fn from(model: Model) -> Self {
        Self::One(model)
    }
}

impl Recommender {
    /// Models that answer together.
    pub fn n_members(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Shards(ensemble) => ensemble.members.len(),
        }
    }

    /// Answer logits of `rows`, row-major `[rows, head_vocab]`, in the order of `rows`; `progress` is told how many are done.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn answer_logits<H: Host>(
        &self,
        encoded: &Encoded,
        rows: &[u32],
        host: &mut H,
        mut progress: impl FnMut(&mut H, usize),
    ) -> Result<Vec<f32>> {
        match self {
            Self::One(model) => answer_logits(model, encoded, rows, host, progress).await,
            Self::Shards(ensemble) => {
                let mut shards = Vec::new();
                for (at, member) in ensemble.members.iter().enumerate() {
                    let done = |n: usize| (at * rows.len() + n) / ensemble.members.len();
                    shards.push(answer_logits(member, encoded, rows, host, |h, n| progress(h, done(n))).await?);
                }
                ensemble.join(&shards, encoded, rows).await
            }
        }
    }

    /// Answer logits of all rows of `encoded`, in order, for rows that begin alike: candidates for one user.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn logits_after_shared<H: Host>(&self, encoded: &Encoded, host: &mut H) -> Result<Vec<f32>> {
        match self {
            Self::One(model) => logits_after_shared(model, encoded, host).await,
            Self::Shards(ensemble) => {
                let mut shards = Vec::new();
                for member in &ensemble.members {
                    shards.push(logits_after_shared(member, encoded, host).await?);
                }
                let rows: Vec<u32> = (0..encoded.len() as u32).collect();
                ensemble.join(&shards, encoded, &rows).await
            }
        }
    }
}

/// The models of all shards.
#[derive(Debug, Clone)]
pub struct Ensemble {
    /// One a shard.
    pub members: Vec<Model>,
    /// Weighs their answers; their mean if absent.
    pub gate: Option<Gate>,
    /// Makes them equally right for two groups of people.
    pub fair: Option<Fair>,
}

impl Ensemble {
    /// One answer of those of all shards, each row-major `[rows, head_vocab]`.
    async fn join(&self, shards: &[Vec<f32>], encoded: &Encoded, rows: &[u32]) -> Result<Vec<f32>> {
        let width = self.members[0].head_vocab_size();
        match (&self.gate, &self.fair) {
            (None, None) => Ok(mean(shards)),
            (None, Some(fair)) => Ok(fair.join(encoded, rows, shards, width)),
            (Some(gate), _) => read(gate.join(&stack(shards, width, &gate.query.device()))).await,
        }
    }
}

/// Attention over shards (RecEraser, eq. 8 and 9): `a_i = softmax_i(qᵀ ReLU(z_i W + b_i))`, joined logits `Σ a_i z_i`.
///
/// z_i are shard i's answer logits: a recommender that is a language model has no user and item vectors to attend over.
#[derive(Debug, Clone)]
pub struct Gate {
    /// `[head_vocab, width]`, shared.
    weight: Tensor<2>,
    /// `[shards, width]`.
    bias: Tensor<2>,
    /// `[width, 1]`.
    query: Tensor<2>,
}

impl Gate {
    /// Learns from the true answers of retain rows; the shards stay as they are.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn train<H: Host>(
        members: &[Model],
        sets: &Sets<'_>,
        rng: &mut SeedRng,
        progress: &mut Progress,
        host: &mut H,
    ) -> Result<Self> {
        let (rows, shards) = retained_answers(members, sets, rng, progress, host).await?;
        let (width, device) = (members[0].head_vocab_size(), members[0].device().autodiff());
        let mut gate = Self {
            weight: normal([width, GATE_WIDTH], 0.1, rng, &device).require_grad(),
            bias: normal([members.len(), GATE_WIDTH], 0.1, rng, &device).require_grad(),
            query: normal([GATE_WIDTH, 1], 0.1, rng, &device).require_grad(),
        };
        let adamw = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(0.01).build();
        let mut states: [Option<AdamWState<2>>; 3] = [None, None, None];
        for step in 0..GATE_STEPS {
            let batch: Vec<usize> = (0..256.min(rows.len())).map(|k| (step * 256 + k) % rows.len()).collect();
            let picked: Vec<Vec<f32>> =
                shards.iter().map(|z| batch.iter().flat_map(|at| &z[at * width..(at + 1) * width]).copied().collect()).collect();
            let truth: Vec<Vec<f64>> = batch.iter().map(|at| one_hot(sets.encoded.labels[rows[*at] as usize], width)).collect();
            let joined = gate.join(&stack(&picked, width, &device));
            let mut grads = soft_cross_entropy(joined, &truth, 1.0 / batch.len() as f64, &device).backward();
            for (param, state) in [&mut gate.weight, &mut gate.bias, &mut gate.query].into_iter().zip(&mut states) {
                if let Some(grad) = param.grad_remove(&mut grads) {
                    let (moved, next) = adamw.step(0.01, param.clone().inner(), grad, state.take());
                    (*param, *state) = (moved.autodiff().require_grad(), next);
                }
            }
            host.breathe().await?;
        }
        Ok(Self { weight: gate.weight.inner(), bias: gate.bias.inner(), query: gate.query.inner() })
    }

    /// z `[rows, shards, head_vocab]` → `[rows, head_vocab]`.
    fn join(&self, z: &Tensor<3>) -> Tensor<2> {
        let [n, k, width] = z.dims();
        let keys = z.clone().reshape([n * k, width]).matmul(self.weight.clone()).reshape([n, k, GATE_WIDTH]);
        let keys = activation::relu(keys + self.bias.clone().unsqueeze::<3>()).reshape([n * k, GATE_WIDTH]);
        let attention = activation::softmax(keys.matmul(self.query.clone()).reshape([n, k]), 1);
        (z.clone() * attention.reshape([n, k, 1])).sum_dim(1).reshape([n, width])
    }
}

/// Some retain rows, and what every model answers on them `[rows, head_vocab]`.
pub(super) async fn retained_answers<H: Host>(
    members: &[Model],
    sets: &Sets<'_>,
    rng: &mut SeedRng,
    progress: &mut Progress,
    host: &mut H,
) -> Result<(Vec<u32>, Vec<Vec<f32>>)> {
    let mut rows = sets.retain.to_vec();
    rows.shuffle(rng);
    rows.truncate(GATE_ROWS);
    let total = (rows.len() * members.len()) as u32;
    progress.expect(Phase::Teachers, total);
    let mut shards = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let done = (at * rows.len()) as u32;
        shards
            .push(answer_logits(member, sets.encoded, &rows, host, |h, n| progress.at(Phase::Teachers, done + n as u32, total, h)).await?);
    }
    Ok((rows, shards))
}

/// Logits of several models, each `[rows, width]`, as `[rows, models, width]`.
fn stack(shards: &[Vec<f32>], width: usize, device: &Device) -> Tensor<3> {
    let n = shards[0].len() / width;
    let values: Vec<f32> =
        (0..n).flat_map(|row| shards.iter().flat_map(move |z| z[row * width..(row + 1) * width].iter().copied())).collect();
    Tensor::from_data(TensorData::new(values, [n, shards.len(), width]), device)
}

pub(super) fn mean(shards: &[Vec<f32>]) -> Vec<f32> {
    (0..shards[0].len()).map(|at| shards.iter().map(|z| z[at]).sum::<f32>() / shards.len() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_by_hand() {
        let device = Device::flex();
        let tensor = |values: &[f32], dims: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), dims), &device);
        // Two shards, two tokens; only the first of eight attention dims is used. Scores ReLU(z_1 + b) · ln 3: shard 1 has 1, shard 2 has 0.
        let mut weight = [0f32; 2 * GATE_WIDTH];
        weight[0] = 1.0;
        let mut bias = [0f32; 2 * GATE_WIDTH];
        bias[GATE_WIDTH] = -5.0;
        let mut query = [0f32; GATE_WIDTH];
        query[0] = 3f32.ln();
        let gate =
            Gate { weight: tensor(&weight, [2, GATE_WIDTH]), bias: tensor(&bias, [2, GATE_WIDTH]), query: tensor(&query, [GATE_WIDTH, 1]) };
        let z = stack(&[vec![1.0, 0.0], vec![2.0, 4.0]], 2, &device);
        let joined: Vec<f32> = gate.join(&z).into_data().try_to_vec().unwrap();
        assert!((joined[0] - 1.25).abs() < 1e-6 && (joined[1] - 1.0).abs() < 1e-6, "{joined:?}"); // ¾ and ¼
        assert_eq!(mean(&[vec![1.0, 0.0], vec![2.0, 4.0]]), [1.5, 2.0]);
    }
}
