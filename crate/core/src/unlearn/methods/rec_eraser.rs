//! RecEraser (arXiv 2201.06820): SISA for recommenders. Similar users share a shard, shards are balanced, and a learned attention weighs the
//! shards' answers. The public code of E2URec partitions users contiguously and averages.

use super::common::{EPOCHS, SHARDS};
use crate::Result;
use crate::host::LocalFuture;
use crate::model::{Model, Network};
use crate::tensor::random::normal;
use crate::tensor::read;
use crate::unlearn::engine::loss::{one_hot, soft_cross_entropy};
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::recommender::{Answers, Join, Mean};
use crate::unlearn::engine::shards::{JoinSpec, Partition, ShardPlan, retained_answers};
use crate::unlearn::engine::task::{RunState, Sets, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use burn::optim::{AdamWConfig, AdamWState, Optimizer};
use burn::tensor::{Device, Tensor, TensorData, activation};
use std::sync::Arc;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "receraser",
    label: "RecEraser",
    family: Family::Paper,
    citation: "Chen et al. 2022, arXiv 2201.06820",
    summary: "Shards of people with similar taste, equally large, with a model each; whose answers are averaged or weighed by a small learned \
              attention. Only touched shards are trained again.",
    params: &[
        SHARDS,
        EPOCHS,
        ParamEntry::choice(
            "division",
            "Division",
            "Whether similar people share a shard (the paper), or people are cut in the order of their numbers (the public code).",
            &[Choice { value: 0.0, label: "similar people, balanced" }, Choice { value: 1.0, label: "contiguous people" }],
            0.0,
        ),
        ParamEntry::choice(
            "aggregation",
            "Aggregation",
            "How the shards' answers become one.",
            &[Choice { value: 0.0, label: "mean" }, Choice { value: 1.0, label: "learned attention" }],
            0.0,
        ),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Two shards of similar people, answers averaged: the best validation AUC of eight settings.",
            params: &[],
        },
        Preset {
            id: "published",
            label: "As in the public code",
            note: "Four contiguous shards of people, answers averaged.",
            params: &[("shards", 4.0), ("division", 1.0)],
        },
        Preset {
            id: "paper",
            label: "As in the paper",
            note: "Four balanced shards of similar people with a learned attention.",
            params: &[("shards", 4.0), ("aggregation", 1.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, _: &TaskSizes) -> Result<Plan> {
    let partition = if p["division"] == 0.0 { Partition::Similar } else { Partition::Contiguous };
    Ok(Plan::Shards(ShardPlan {
        n_shards: p["shards"] as usize,
        partition,
        join: if p["aggregation"] == 1.0 { Arc::new(LearnedAttention) } else { Arc::new(Mean) },
        epochs: p["epochs"] as u32,
    }))
}

/// Width of the attention's hidden layer.
const GATE_WIDTH: usize = 8;
/// Steps of the attention's training, of 256 rows each.
const GATE_STEPS: usize = 200;

/// A learned attention over the shards' answers.
#[derive(Debug)]
struct LearnedAttention;

impl JoinSpec for LearnedAttention {
    fn learns(&self) -> bool {
        true
    }

    fn learn<'a>(&'a self, members: &'a [Model], task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Arc<dyn Join>>> {
        Box::pin(async move { Ok(Arc::new(Gate::train(members, &task.sets, state).await?) as Arc<dyn Join>) })
    }
}

/// Attention over shards (eq. 8 and 9): `a_i = softmax_i(qᵀ ReLU(z_i W + b_i))`, joint logits `Σ a_i z_i`.
///
/// z_i are the answer logits of shard i, since a recommender that is a language model has no user and item vectors to attend over.
#[derive(Debug, Clone)]
struct Gate {
    /// W `[head_vocab, width]`, shared by all shards.
    weight: Tensor<2>,
    /// b `[shards, width]`.
    bias: Tensor<2>,
    /// q `[width, 1]`.
    query: Tensor<2>,
}

impl Gate {
    /// Trains the attention on the true answers of retain rows; the shards are frozen.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    async fn train(members: &[Model], sets: &Sets<'_>, mut state: RunState<'_>) -> Result<Self> {
        let (rows, shards) = retained_answers(members, sets, &mut state).await?;
        let RunState { rng, host, .. } = state;
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
            let joined = gate.joined(&stack(&picked, width, &device));
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

    /// The joint logits `[rows, head_vocab]` from z `[rows, shards, head_vocab]`.
    fn joined(&self, z: &Tensor<3>) -> Tensor<2> {
        let [n, k, width] = z.dims();
        let keys = z.clone().reshape([n * k, width]).matmul(self.weight.clone()).reshape([n, k, GATE_WIDTH]);
        let keys = activation::relu(keys + self.bias.clone().unsqueeze::<3>()).reshape([n * k, GATE_WIDTH]);
        let attention = activation::softmax(keys.matmul(self.query.clone()).reshape([n, k]), 1);
        (z.clone() * attention.reshape([n, k, 1])).sum_dim(1).reshape([n, width])
    }
}

impl Join for Gate {
    fn join<'a>(&'a self, answers: Answers<'a>) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async move { read(self.joined(&stack(answers.members, answers.width, &self.query.device()))).await })
    }
}

/// Stacks the logits of several models, each `[rows, width]`, to `[rows, models, width]`.
fn stack(shards: &[Vec<f32>], width: usize, device: &Device) -> Tensor<3> {
    let n = shards[0].len() / width;
    let values: Vec<f32> =
        (0..n).flat_map(|row| shards.iter().flat_map(move |z| z[row * width..(row + 1) * width].iter().copied())).collect();
    Tensor::from_data(TensorData::new(values, [n, shards.len(), width]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attention_by_hand() {
        let device = Device::flex();
        let tensor = |values: &[f32], dims: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), dims), &device);
        // Two shards, two tokens; only the first of eight hidden dimensions is used. Scores ReLU(z_1 + b) · ln 3: 1 for shard 1, 0 for shard 2.
        let mut weight = [0f32; 2 * GATE_WIDTH];
        weight[0] = 1.0;
        let mut bias = [0f32; 2 * GATE_WIDTH];
        bias[GATE_WIDTH] = -5.0;
        let mut query = [0f32; GATE_WIDTH];
        query[0] = 3f32.ln();
        let gate =
            Gate { weight: tensor(&weight, [2, GATE_WIDTH]), bias: tensor(&bias, [2, GATE_WIDTH]), query: tensor(&query, [GATE_WIDTH, 1]) };
        let z = stack(&[vec![1.0, 0.0], vec![2.0, 4.0]], 2, &device);
        let joined: Vec<f32> = gate.joined(&z).into_data().try_to_vec().unwrap();
        assert!((joined[0] - 1.25).abs() < 1e-6 && (joined[1] - 1.0).abs() < 1e-6, "{joined:?}"); // ¾ and ¼
    }
}
