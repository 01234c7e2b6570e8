//! Mechanistic unlearning (arXiv 2410.12949): locates the MLPs that recall the forget rows, and trains only those not to give the answer.
//!
//! Located by first-order attribution patching: how much the loss changes if a block's MLP is removed, `∂ℓ / ∂s` at s = 1 for a factor s on its
//! output, averaged over the forget rows. Only the located MLPs get an adapter. The loss is `−ln(1 − p(y))` on forget rows and ℓ on retain rows.
//! Random blocks are the control. Adapted: the paper also locates factual recall with probes; a two-block nano has two MLPs to choose from.

use super::common::{student, student_plan};
use super::presets::{recommended, with_student};
use crate::host::{Host, LocalFuture};
use crate::model::{Model, Network, Targets};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::gradient::{Memory, gradient};
use crate::unlearn::engine::init::{StudentInit, StudentSpec};
use crate::unlearn::engine::loss::{one_hot, soft_cross_entropy};
use crate::unlearn::engine::loss_shape::LossShape;
use crate::unlearn::engine::plan::{Plan, Teacher, Term};
use crate::unlearn::engine::task::{RunState, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use crate::{Error, Result};
use burn::tensor::Tensor;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::sync::Arc;

/// Largest number of forget rows from which blocks are located.
const ROWS: usize = 256;

/// Which blocks' MLPs are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockChoice {
    /// Those with the largest attribution on the forget rows.
    Located,
    /// Randomly chosen blocks, as a control.
    Random,
}

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "mechanistic",
    label: "Mechanistic unlearning",
    family: Family::Inner,
    citation: "Guo et al. 2024, arXiv 2410.12949",
    summary: "The feed-forward layers that look the forgotten rows up are found by attribution, and only they learn not to give the answer.",
    params: with_student!([
        ParamEntry::int("blocks", "Blocks", "How many blocks’ MLPs are trained.", [1.0, 64.0, 1.0]),
        ParamEntry::choice(
            "place",
            "Which",
            "Those that attribution finds, or any: the control.",
            &[Choice { value: 0.0, label: "located" }, Choice { value: 1.0, label: "random" }],
            0.0,
        ),
        ParamEntry::float("gamma", "γ, weight of forgetting", "How much the forget rows count.", [0.0, 10.0, 0.05, 0.6]),
    ], rank 16.0, lr 3e-3, stop 1.0),
    presets: &[
        recommended!(tuned),
        Preset {
            id: "published",
            label: "As published",
            note: "Equal weights and 50 steps; the paper’s step size is for whole weights, so E2URec’s public code’s stands here.",
            params: &[("gamma", 1.0), ("lr", 1e-3), ("decay", 0.0), ("batch", 16.0), ("epochs", 0.1), ("min_steps", 50.0), ("stop", 0.0)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Six blocks and small batches, as a model of a hundred million weights needs. Not tuned.",
            params: &[("blocks", 6.0), ("rank", 8.0), ("lora_alpha", 16.0), ("lr", 1e-3), ("batch", 8.0), ("min_steps", 16.0)],
        },
        Preset {
            id: "control",
            label: "Random layers",
            note: "The paper’s control: the tuned settings on blocks drawn at random.",
            params: &[("place", 1.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let forget = Term { shape: LossShape::Complement, ..Term::new(Teacher::Truth, p["gamma"]) };
    let mut plan = student_plan(p, sizes, vec![forget], vec![Term::new(Teacher::Truth, 1.0)])?;
    let choice = if p["place"] == 0.0 { BlockChoice::Located } else { BlockChoice::Random };
    plan.init = Arc::new(LocatedMlps { n_blocks: p["blocks"] as usize, choice });
    Ok(Plan::Student(plan))
}

/// Starts at the original, with an adapter on the MLPs of some blocks only.
#[derive(Debug)]
struct LocatedMlps {
    n_blocks: usize,
    choice: BlockChoice,
}

impl StudentInit for LocatedMlps {
    fn init<'a>(
        &'a self,
        task: &'a UnlearnTask<'a>,
        spec: &'a StudentSpec,
        _: bool,
        state: RunState<'a>,
    ) -> LocalFuture<'a, Result<Model>> {
        Box::pin(async move {
            // Also needed when resuming from a checkpoint: the located blocks determine the adapter's shape.
            let targets = locate(task, self.n_blocks, self.choice, state.host).await?;
            Ok(task.original.with_adapter(&spec.lora, targets, state.rng))
        })
    }
}

/// The blocks whose MLPs get the adapter.
async fn locate(task: &UnlearnTask<'_>, n_blocks: usize, choice: BlockChoice, host: &mut dyn Host) -> Result<Targets> {
    let n_there = task.original.spec().num_hidden_layers();
    if n_blocks > n_there || n_there > 64 {
        return Err(Error::setting("blocks", format!("must be at most the model’s {n_there}, of 64 at most"), n_blocks));
    }
    let mut blocks: Vec<usize> = (0..n_there).collect();
    match choice {
        BlockChoice::Random => blocks.shuffle(&mut SeedRng::seed_from_u64(u64::from(task.seed))),
        BlockChoice::Located => {
            let importance = attribution(task, host).await?;
            blocks.sort_by(|a, b| importance[*b].total_cmp(&importance[*a]));
        }
    }
    Ok(Targets::Mlps(blocks[..n_blocks].iter().fold(0, |mask, block| mask | 1 << block)))
}

/// |∂ℓ / ∂s| of every block's MLP, averaged over the forget rows.
async fn attribution(task: &UnlearnTask<'_>, host: &mut dyn Host) -> Result<Vec<f64>> {
    let Model::Llama(original) = task.original.without_adapter() else {
        return Err(Error::setting("method", "needs a decoder, whose blocks it can tell apart", "T5"));
    };
    let (encoded, forget) = (task.sets.encoded, task.sets.forget);
    let mut model = *original;
    let device = model.device().autodiff();
    let n_rows = forget.len().min(ROWS);
    let mut sums = vec![0.0; model.blocks.len()];
    for k in 0..n_rows.div_ceil(16) {
        // Rows of one length, evenly spaced over the forget set.
        let first = forget[k * 16 * forget.len() / n_rows];
        let seq = encoded.n_tokens(first);
        let rows: Vec<u32> = forget.iter().copied().filter(|row| *row >= first && encoded.n_tokens(*row) == seq).take(16).collect();
        for block in &mut model.blocks {
            block.mlp.scale = Some(Tensor::ones([1, 1], &device).require_grad());
        }
        let truth: Vec<Vec<f64>> = rows.iter().map(|row| one_hot(encoded.labels[*row as usize], model.spec.head_vocab_size)).collect();
        let loss = |logits| soft_cross_entropy(logits, &truth, 1.0 / truth.len() as f64, &device);
        let mut pass = gradient(&model, encoded.tensor(&rows, &device), Memory::suited_to(&model), &loss);
        for (sum, block) in sums.iter_mut().zip(&model.blocks) {
            if let Some(grad) = block.mlp.scale.as_ref().and_then(|scale| pass.grads.take(scale)) {
                *sum += f64::from(read(grad).await?[0]);
            }
        }
        host.breathe().await?;
    }
    Ok(sums.into_iter().map(f64::abs).collect())
}
