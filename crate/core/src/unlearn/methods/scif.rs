//! SCIF and IFRU: one influence step on selected parameters, as if the forget rows had been left out of training (IFRU, arXiv 2307.02147) or had been
//! answered as others would (SCIF, arXiv 2304.10199).
//!
//! At the original's minimum the gradients of all rows cancel, so without the forget rows D_f it moves by the Newton step
//! `θ = o + (H + λI)⁻¹ (1/n) Σ_{D_f} [∇ℓ(y) − ∇ℓ(ȳ)]`. n is the number of retain rows, H the mean curvature of their loss, λ damping. ȳ is left out (IFRU), or
//! is the mean of the user's retained answers, of the item's where the user has none (SCIF), and of all where the item has none either.
//! H is the Gauss–Newton matrix `(1/m) Σ Jᵀ (diag p − p pᵀ) J` over m retain rows, which is the Fisher information of the answers. Conjugate gradients need
//! only its products with a direction v: J v is a central difference of the logits, and the rest one backward pass.
//!
//! Selected are the factor of the adapter that starts at zero, in which ΔW is linear, and of the embedding only the rows of the tokens that the forget
//! rows name, as SCIF's are the vectors of touched users and items. Differs: the papers step on whole weights of a matrix factorisation; IFRU also
//! follows the forgotten rows through the interaction graph, here the histories of other prompts, which is left out as in all our sets. The step
//! is linear, so a large forget set needs a factor on it (`strength`) or a scale fitted to what is expected.

use super::common::{is_grown, scaling, student, targets};
use super::presets::recommended;
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::data::every_nth;
use crate::data::tokenizer::{NO, YES};
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Host, LocalFuture};
use crate::linear::LoraSpec;
use crate::model::{Model, Network, Targets, Trainable};
use crate::tensor::read;
use crate::train::gradient::{GradOutput, Memory, gradient};
use crate::unlearn::engine::calibrate::{Scaling, scaled};
use crate::unlearn::engine::loss::{one_hot, soft_cross_entropy};
use crate::unlearn::engine::plan::{Plan, Procedure};
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::task::{Outcome, RunState, Stage, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use crate::{Error, Result};
use burn::tensor::{Tensor, TensorData, activation};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows per pass.
const BATCH: usize = 64;
/// Length of the difference from which J v is found. ΔW is of the size of a few optimiser steps then: the logits' third derivative adds less than
/// their rounding.
const REACH: f64 = 1e-2;
/// Residual at which the linear system counts as solved, relative to its right-hand side.
const SOLVED: f64 = 1e-3;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "scif",
    label: "SCIF",
    family: Family::Inner,
    citation: "Li et al. 2023, Selective and Collaborative Influence Function, arXiv 2304.10199; IFRU: Zhang et al. 2023, arXiv 2307.02147",
    summary: "One step to where training would have ended without the forgotten rows, by the curvature of the others’ loss, on the vectors of what they \
              name. Nothing is trained.",
    params: &[
        student::ADAPTER.default(3.0),
        student::RANK.default(16.0),
        ParamEntry::choice(
            "after",
            "In place of the forgotten",
            "Whether the forgotten rows are left out, or answered as the person’s other ratings are on average.",
            &[Choice { value: 0.0, label: "nothing (IFRU)" }, Choice { value: 1.0, label: "the mean answer (SCIF)" }],
            0.0,
        ),
        ParamEntry::int("rows", "Rows of the curvature", "Retain rows on which the loss’s curvature is measured.", [1.0, 20000.0, 512.0]),
        ParamEntry::float("damping", "λ, damping", "Added to the curvature: larger makes a shorter step.", [1e-6, 10.0, 1e-4, 5e-3]),
        ParamEntry::int("iterations", "Conjugate gradients", "Most iterations in which the step is found.", [1.0, 200.0, 20.0]),
        ParamEntry::float("strength", "Strength", "Factor on the step: 1 is the influence function’s own.", [0.0, 20.0, 0.05, 1.0]),
        student::SCALE,
    ],
    presets: &[
        recommended!(brief),
        Preset {
            id: "calibrated",
            label: "Calibrated",
            note: "Less damping, and the step’s length found for each request, so that the forgotten rows are answered as expected of a model that never saw \
                   them (cross-fitted answers of the package). Without such answers the step may go too far.",
            params: &[("damping", 3e-3), ("scale", 3.0)],
        },
        Preset {
            id: "published",
            label: "As published",
            note: "The mean answer in place of the forgotten one, at most 200 iterations and λ 0.01, as in a later public code, on the embedding alone.",
            params: &[("targets", 3.0), ("after", 1.0), ("iterations", 200.0), ("damping", 0.01), ("strength", 1.0), ("scale", 0.0)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "The linear layers, few rows and iterations, since each is a pass over them. Not tuned.",
            params: &[("targets", 1.0), ("rank", 8.0), ("rows", 64.0), ("iterations", 8.0)],
        },
    ],
    plan,
};

/// An influence step.
#[derive(Debug, Clone, Copy)]
struct InfluencePlan {
    rank: usize,
    targets: Targets,
    /// Whether the forget rows get the mean answer, or none.
    replaced: bool,
    n_rows: usize,
    damping: f64,
    n_iterations: u32,
    strength: f64,
    scaling: Scaling,
}

fn plan(p: &Params, _: &TaskSizes) -> Result<Plan> {
    Ok(Plan::Procedure(Arc::new(InfluencePlan {
        rank: p["rank"] as usize,
        targets: targets(p),
        replaced: p["after"] == 1.0,
        n_rows: p["rows"] as usize,
        damping: p["damping"],
        n_iterations: p["iterations"] as u32,
        strength: p["strength"],
        scaling: scaling(p),
    })))
}

impl Procedure for InfluencePlan {
    fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        let (n_forget, n_retain) = (sizes.n_forget(), sizes.n_retain());
        vec![
            (Phase::Teachers, n_forget as u32, 3.0),
            // Two passes for J v and three for Jᵀ.
            (Phase::Student, self.n_iterations, 5.0 * self.n_rows.min(n_retain) as f64),
            self.scaling.stage(n_forget),
        ]
    }

    fn n_steps(&self) -> u32 {
        1
    }

    fn run<'a>(&'a self, task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Outcome>> {
        Box::pin(step(self, task, state))
    }
}

/// Takes the influence step.
///
/// # Errors
/// If no forget row names anything that is selected, the device fails or the host cancels.
async fn step(plan: &InfluencePlan, task: &UnlearnTask<'_>, state: RunState<'_>) -> Result<Outcome> {
    let RunState { rng, progress, host } = state;
    let (encoded, n_retain) = (task.sets.encoded, task.sets.retain.len());
    // With alpha equal to the rank the product is not scaled.
    let lora = LoraSpec { rank: plan.rank, alpha: plan.rank as f64 };
    let mut model = task.original.with_adapter(&lora, plan.targets, rng);
    let changes = changes(task, plan.replaced);
    let rhs = forget_gradient(&model, task, &changes, n_retain as f64, progress, host).await?;
    if dot(&rhs, &rhs).await? == 0.0 {
        return Err(Error::setting("targets", "must reach what the forgotten rows depend on: their gradient is zero", "zero"));
    }
    let curvature = Curvature::new(&model, encoded, &every_nth(task.sets.retain, plan.n_rows), plan.damping);
    let direction = conjugate_gradients(
        &rhs,
        plan.n_iterations,
        async |v: &Direction, done: u32, host: &mut dyn Host| {
            progress.at(Phase::Student, done, plan.n_iterations, host);
            curvature.product(v, host).await
        },
        host,
    )
    .await?;
    progress.at(Phase::Student, plan.n_iterations, plan.n_iterations, host);
    model = moved(&model, &direction, plan.strength).frozen();
    let trainable_params = model.n_params(Trainable::Adapter);
    let (model, calibration) = scaled(plan.scaling, model, task, progress, host).await?;
    Ok(Outcome { model: Recommender::from(model), n_steps: 1, trainable_params, calibration, aside_ms: 0.0 })
}

/// For every forget row, the target whose cross entropy has the gradient ∇ℓ(y) − ∇ℓ(ȳ) `[forget][head_vocab]`.
fn changes(task: &UnlearnTask<'_>, replaced: bool) -> Vec<Vec<f64>> {
    let (encoded, width) = (task.sets.encoded, task.original.head_vocab_size());
    let mut means = Means::default();
    if replaced {
        task.sets.retain.iter().for_each(|row| means.add(task.users[*row as usize], encoded.target(*row), encoded.labels[*row as usize]));
    }
    let of = |row: &u32| {
        let mut target = one_hot(encoded.labels[*row as usize], width);
        if replaced {
            let yes = means.answer(task.users[*row as usize], encoded.target(*row));
            target[NO as usize] -= 1.0 - yes;
            target[YES as usize] -= yes;
        }
        target
    };
    task.sets.forget.iter().map(of).collect()
}

/// Shares of Yes among retained rows.
#[derive(Default)]
struct Means {
    of_user: HashMap<u32, (f64, f64)>,
    of_item: HashMap<Vec<u32>, (f64, f64)>,
    of_all: (f64, f64),
}

impl Means {
    fn add(&mut self, user: u32, item: &[u32], liked: bool) {
        for sum in [self.of_user.entry(user).or_default(), self.of_item.entry(item.to_vec()).or_default(), &mut self.of_all] {
            *sum = (sum.0 + f64::from(liked), sum.1 + 1.0);
        }
    }

    /// The mean answer ȳ: the user's, else the item's, else all.
    fn answer(&self, user: u32, item: &[u32]) -> f64 {
        let (yes, n) = self.of_user.get(&user).or_else(|| self.of_item.get(item)).unwrap_or(&self.of_all);
        if *n > 0.0 { yes / n } else { 0.5 }
    }
}

/// One tensor for each of the adapter's parameters, in their order; `None` for those that are not selected.
type Direction = Vec<Option<Tensor<2>>>;

/// `a + scale · b`.
fn sum(a: &Direction, scale: f64, b: &Direction) -> Direction {
    a.iter().zip(b).map(|pair| if let (Some(a), Some(b)) = pair { Some(a.clone() + b.clone().mul_scalar(scale)) } else { None }).collect()
}

/// aᵀ b.
///
/// # Errors
/// If the device fails.
async fn dot(a: &Direction, b: &Direction) -> Result<f64> {
    let parts: Vec<Tensor<1>> = a.iter().zip(b).filter_map(|(a, b)| Some((a.clone()? * b.clone()?).sum())).collect();
    if parts.is_empty() {
        return Ok(0.0);
    }
    Ok(read(Tensor::cat(parts, 0)).await?.into_iter().map(f64::from).sum())
}

/// The model with `scale · v` added to the selected parameters.
fn moved(model: &Model, v: &Direction, scale: f64) -> Model {
    let (mut model, mut parts) = (model.clone(), v.iter());
    model.each_param(Trainable::Adapter, &mut |_, param| {
        if let Some(part) = parts.next().and_then(Option::as_ref) {
            *param = param.clone().inner() + part.clone().mul_scalar(scale);
        }
    });
    model
}

/// The gradients of the selected parameters.
fn selected(model: &Model, pass: &mut GradOutput) -> Direction {
    let mut direction = Vec::new();
    model.clone().each_param(Trainable::Adapter, &mut |name, param| {
        direction.push(pass.grads.take(param).filter(|_| is_grown(name)));
    });
    direction
}

/// `(1/n) Σ_{D_f} [∇ℓ(y) − ∇ℓ(ȳ)]`; of the embedding only the rows of tokens that the forget rows name.
///
/// # Errors
/// If the device fails or the host cancels.
async fn forget_gradient(
    model: &Model,
    task: &UnlearnTask<'_>,
    changes: &[Vec<f64>],
    n: f64,
    progress: &mut Progress,
    host: &mut dyn Host,
) -> Result<Direction> {
    let (encoded, forget) = (task.sets.encoded, task.sets.forget);
    let of: HashMap<u32, &Vec<f64>> = forget.iter().copied().zip(changes).collect();
    let device = model.device().autodiff();
    progress.expect(Phase::Teachers, forget.len() as u32);
    let (mut total, mut done): (Option<Direction>, usize) = (None, 0);
    for rows in LengthBucketSampler::new(encoded, forget.iter().copied()).in_order(|_| BATCH) {
        let targets: Vec<Vec<f64>> = rows.iter().map(|row| of[row].clone()).collect();
        let loss = |logits| soft_cross_entropy(logits, &targets, 1.0 / n, &device);
        let mut pass = gradient(model, encoded.tensor(rows, &device), Memory::suited_to(model), &loss);
        let found = selected(model, &mut pass);
        total = Some(total.map_or_else(|| found.clone(), |total| sum(&total, 1.0, &found)));
        done += rows.len();
        progress.at(Phase::Teachers, done as u32, forget.len() as u32, host);
        host.breathe().await?;
    }
    Ok(total.unwrap_or_default().into_iter().map(|part| part.map(|part| touched(part, model, encoded, forget))).collect())
}

/// A gradient of the embedding's adapter `[vocab, r]`, of which only the rows of named tokens stay; any other stays as it is.
fn touched(part: Tensor<2>, model: &Model, encoded: &Encoded, forget: &[u32]) -> Tensor<2> {
    let [n, _] = part.dims();
    // Prompts that are encoded whole name nothing that could be told apart.
    if n != model.spec().vocab_size() || model.embedding().lora.is_none() || forget.iter().all(|row| encoded.names(*row).is_empty()) {
        return part;
    }
    let mut kept = vec![0f32; n];
    for row in forget {
        let prompt = encoded.row(*row);
        encoded.names(*row).into_iter().flatten().for_each(|at| kept[prompt[at] as usize] = 1.0);
    }
    let device = part.device();
    part * Tensor::<2>::from_data(TensorData::new(kept, [n, 1]), &device)
}

/// The damped Gauss–Newton matrix `(1/m) Σ Jᵀ (diag p − p pᵀ) J + λI` of the retain rows' loss, as products with a direction.
struct Curvature<'a> {
    model: &'a Model,
    frozen: Model,
    encoded: &'a Encoded,
    /// Rows of one length, with p at them `[rows, head_vocab]`.
    batches: Vec<(Vec<u32>, Tensor<2>)>,
    n_rows: usize,
    damping: f64,
}

impl<'a> Curvature<'a> {
    fn new(model: &'a Model, encoded: &'a Encoded, rows: &[u32], damping: f64) -> Self {
        let sampler = LengthBucketSampler::new(encoded, rows.iter().copied());
        let frozen = model.frozen();
        let answers = |rows: &[u32]| activation::softmax(frozen.answer_logits(encoded.tensor(rows, &frozen.device())), 1);
        let batches = sampler.in_order(|_| BATCH).map(|rows| (rows.to_vec(), answers(rows))).collect();
        Self { model, frozen, encoded, batches, n_rows: rows.len(), damping }
    }

    /// The product with v. A row of the embedding that v leaves out stays out: the system is solved for the selected parameters alone.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    async fn product(&self, v: &Direction, host: &mut dyn Host) -> Result<Direction> {
        let length = dot(v, v).await?.sqrt();
        let reach = REACH / length;
        let (ahead, behind) = (moved(&self.frozen, v, reach), moved(&self.frozen, v, -reach));
        let device = self.model.device().autodiff();
        let mut total: Direction = v.iter().map(|part| part.as_ref().map(|part| part.clone().mul_scalar(self.damping))).collect();
        for (rows, p) in &self.batches {
            let tokens = self.encoded.tensor(rows, &self.model.device());
            // J v
            let change = (ahead.answer_logits(tokens.clone()) - behind.answer_logits(tokens)).div_scalar(2.0 * reach);
            // (diag p − p pᵀ) J v
            let weighted = p.clone() * change;
            let curved = (weighted.clone() - p.clone() * weighted.sum_dim(1)).div_scalar(self.n_rows as f64).autodiff();
            let memory = Memory::suited_to(self.model);
            let mut pass = gradient(self.model, self.encoded.tensor(rows, &device), memory, &|logits| (logits * curved.clone()).sum());
            total = sum(&total, 1.0, &selected(self.model, &mut pass));
            host.breathe().await?;
        }
        // What v leaves out is zero in it, and must be in the product.
        Ok(total.into_iter().zip(v).map(|(part, v)| part.zip(v.clone()).map(|(part, v)| part * rows_of(v))).collect())
    }
}

/// 1 for every row that has a number other than 0 `[n, 1]`.
fn rows_of(v: Tensor<2>) -> Tensor<2> {
    v.abs().sum_dim(1).greater_elem(0.0).float()
}

/// x with `A x = rhs` for a symmetric positive matrix that `product` multiplies by (Hestenes and Stiefel 1952), after at most `most` iterations.
///
/// # Errors
/// If a product fails.
async fn conjugate_gradients(
    rhs: &Direction,
    most: u32,
    mut product: impl AsyncFnMut(&Direction, u32, &mut dyn Host) -> Result<Direction>,
    host: &mut dyn Host,
) -> Result<Direction> {
    let mut x: Direction = rhs.iter().map(|part| part.as_ref().map(Tensor::zeros_like)).collect();
    let (mut residual, mut towards) = (rhs.clone(), rhs.clone());
    let first = dot(rhs, rhs).await?;
    let mut left = first;
    for done in 0..most {
        let curved = product(&towards, done, host).await?;
        let slope = dot(&towards, &curved).await?;
        // Rounding can make it so once the residual is all noise.
        if slope <= 0.0 {
            break;
        }
        let length = left / slope;
        x = sum(&x, length, &towards);
        residual = sum(&residual, -length, &curved);
        let now = dot(&residual, &residual).await?;
        if now <= SOLVED * SOLVED * first {
            break;
        }
        towards = sum(&residual, now / left, &towards);
        left = now;
    }
    Ok(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::prompt::Question;
    use crate::data::tokenizer::ItemVocabulary;
    use crate::data::vocabulary::Vocabulary;
    use crate::host::Quiet;
    use crate::model::{Decoder, DecoderSpec};
    use crate::tensor::random::SeedRng;
    use burn::tensor::Device;
    use rand::SeedableRng;

    fn direction(values: [f32; 2]) -> Direction {
        vec![None, Some(Tensor::from_floats([values], &Device::flex()))]
    }

    fn numbers(v: &Direction) -> Vec<f32> {
        v.iter().flatten().flat_map(|part| part.clone().into_data().try_to_vec::<f32>().unwrap()).collect()
    }

    #[test]
    fn a_system_by_hand() {
        // [[4, 1], [1, 3]] x = (1, 2): x = (1/11, 7/11), after two iterations.
        let times = async |v: &Direction, _: u32, _: &mut dyn Host| {
            let v = numbers(v);
            Ok(direction([4.0 * v[0] + v[1], v[0] + 3.0 * v[1]]))
        };
        let x = pollster::block_on(conjugate_gradients(&direction([1.0, 2.0]), 2, times, &mut Quiet::default())).unwrap();
        let x = numbers(&x);
        assert!((x[0] - 1.0 / 11.0).abs() < 1e-6 && (x[1] - 7.0 / 11.0).abs() < 1e-6, "{x:?}");
    }

    #[test]
    fn mean_answers_by_hand() {
        let mut means = Means::default();
        [(1, 7, true), (1, 8, false), (2, 8, false), (3, 9, true)]
            .iter()
            .for_each(|(user, item, liked)| means.add(*user, &[*item], *liked));
        assert_eq!(means.answer(1, &[8]), 0.5, "the user's");
        assert_eq!(means.answer(4, &[9]), 1.0, "the item's");
        assert_eq!(means.answer(4, &[5]), 0.5, "all");
    }

    /// vᵀ H v is the second derivative of a row's loss along v where its logits are linear in v: with the last layer alone, the variance of J v under p.
    #[test]
    fn a_product_is_the_variance_of_what_changes() {
        let spec = DecoderSpec::tiny();
        let rng = &mut SeedRng::seed_from_u64(3);
        let base = Model::from(Decoder::init(&spec, rng, &Device::flex()).unwrap());
        let model = base.with_adapter(&LoraSpec { rank: 2, alpha: 2.0 }, Targets::FeedForward, rng);
        let vocabulary = Vocabulary::from(ItemVocabulary::from_json(ItemVocabulary::json(&[1, 2], false).as_bytes()).unwrap());
        let mut encoded = Encoded::default();
        encoded.push(&Question { earlier: &[(1, 4.0)], target: 2, same_author: &[], user: None }, true, &vocabulary);
        let mut v: Direction = Vec::new();
        model.clone().each_param(Trainable::Adapter, &mut |name, param| {
            v.push(is_grown(name).then(|| crate::tensor::random::normal(param.dims(), 1.0, rng, &Device::flex())));
        });
        let curvature = Curvature::new(&model, &encoded, &[0], 0.0);
        let found = pollster::block_on(async {
            let product = curvature.product(&v, &mut Quiet::default()).await.unwrap();
            dot(&v, &product).await.unwrap()
        });
        let logits = |scale: f64| {
            let model = moved(&model.frozen(), &v, scale);
            model.answer_logits(encoded.tensor(&[0], &Device::flex())).into_data().try_to_vec::<f32>().unwrap()
        };
        let p = crate::metric::softmax(&logits(0.0));
        let change: Vec<f64> = logits(1e-3).iter().zip(logits(-1e-3)).map(|(a, b)| f64::from(a - b) / 2e-3).collect();
        let mean: f64 = p.iter().zip(&change).map(|(p, u)| p * u).sum();
        let variance: f64 = p.iter().zip(&change).map(|(p, u)| p * (u - mean).powi(2)).sum();
        assert!(variance > 0.0 && (found - variance).abs() < 0.02 * variance, "{found} {variance}");
    }
}
