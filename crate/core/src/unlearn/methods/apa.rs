//! APA (adapter partition and aggregation, arXiv 2404.10327): the training rows are divided among adapters on one base, the adapters' weights are
//! added up, and only adapters that saw a forget row are trained again. Exact: the rest of the model never saw the row.
//!
//! The answer is one model's, `W + Σ ω_k s B_k A_k`, where `ω = softmax(−τ e)` and e_k is the mean loss of adapter k, nats, on one more part of the people,
//! which is held back from the base and from all adapters (τ 0 needs none). The paper takes validation rows; here those judge the result. Exactness needs
//! a base that knows no forget row. A language model's is the checkpoint that tuning started from. A nano has none: its base is
//! trained from scratch on the people of some parts, the others' go to the adapters, and a forget row among the base's people means that the base and
//! all adapters are trained again. Differs: the paper weighs the adapters anew for every row, by its nearest validation rows, which is a model per
//! row; here one ω serves all rows, so that what is left is one model. The paper's parts are clusters of prompts; here people are dealt at random, so
//! that forgetting a person touches one part. The base is not Original, so the adapters are merged and there is no adapter file.

use super::presets::recommended;
use crate::data::batch::LengthCounts;
use crate::data::every_nth;
use crate::host::event::Phase;
use crate::host::{Host, LocalFuture};
use crate::linear::{LoraSpec, Weight};
use crate::metric::{losses, p_yes};
use crate::model::{Model, Network, PretrainSpec, Targets, Trainable};
use crate::tensor::random::SeedRng;
use crate::train::infer::answer_logits;
use crate::train::optim::AdamWSpec;
use crate::unlearn::engine::fit::{FitSpec, SupervisedTrainer};
use crate::unlearn::engine::plan::{Plan, Procedure};
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::engine::scratch::train_from_scratch;
use crate::unlearn::engine::shards::{Partition, divide};
use crate::unlearn::engine::task::{Outcome, RunState, Stage, TaskSizes, UnlearnTask};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{ParamEntry, Params};
use crate::{Error, Result};
use burn::tensor::Tensor;
use rand::SeedableRng;
use std::collections::HashSet;
use std::sync::Arc;

/// Most rows on which adapters are weighed.
const MOST_HELD_BACK: usize = 2000;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "apa",
    label: "APA",
    family: Family::Exact,
    citation: "Hu et al. 2024, Exact and Efficient Unlearning for Large Language Model-based Recommendation, arXiv 2404.10327",
    summary: "People are dealt to adapters on one base, and the adapters’ weights are added up to one model. Only what saw a forgotten row is trained again: \
              exact forgetting without an ensemble.",
    params: &[
        ParamEntry::int("shards", "Adapters", "Adapters, each over its own people.", [2.0, 16.0, 2.0]),
        ParamEntry::int(
            "base_parts",
            "Parts of the base",
            "How many parts, of an adapter’s size each, a nano’s base is trained on. A language model’s base is what it started from.",
            [1.0, 16.0, 2.0],
        ),
        ParamEntry::int("rank", "LoRA rank", "Rank of each adapter.", [1.0, 64.0, 8.0]),
        ParamEntry::float("lr", "Learning rate", "AdamW's step size for the adapters.", [1e-6, 0.1, 1e-4, 3e-3]),
        ParamEntry::int("batch", "Batch", "Rows a step of an adapter.", [1.0, 256.0, 64.0]),
        ParamEntry::float("epochs", "Epochs", "Passes of every adapter over its rows.", [0.1, 20.0, 0.1, 1.0]),
        ParamEntry::float(
            "tau",
            "τ, attention",
            "Larger gives more weight to the adapter that answers people who are held back best; 0 weighs all alike and holds nobody back.",
            [0.0, 1000.0, 1.0, 0.0],
        ),
    ],
    presets: &[
        recommended!(brief),
        Preset {
            id: "published",
            label: "As published",
            note: "Four adapters and τ 1000, with four parts of the base. One more part is held back, on which the adapters are weighed.",
            params: &[("shards", 4.0), ("base_parts", 4.0), ("tau", 1000.0)],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Two adapters and small batches. Not tuned.",
            params: &[("batch", 8.0), ("lr", 1e-3)],
        },
    ],
    plan,
};

/// A plan of adapters on one base.
#[derive(Debug, Clone, Copy)]
struct AdapterShards {
    n_shards: usize,
    base_parts: usize,
    rank: usize,
    lr: f64,
    batch: usize,
    epochs: f64,
    tau: f64,
}

fn plan(p: &Params, _: &TaskSizes) -> Result<Plan> {
    let n = |key: &str| p[key] as usize;
    let of = AdapterShards {
        n_shards: n("shards"),
        base_parts: n("base_parts"),
        rank: n("rank"),
        lr: p["lr"],
        batch: n("batch"),
        epochs: p["epochs"],
        tau: p["tau"],
    };
    Ok(Plan::Procedure(Arc::new(of)))
}

impl AdapterShards {
    /// Whether a part of the people is held back, on which the adapters are weighed.
    fn holds_back(&self) -> bool {
        self.tau > 0.0
    }

    /// Steps of an adapter whose epoch takes so many batches.
    fn n_steps_for(&self, n_batches: f64) -> u32 {
        (self.epochs * n_batches).ceil().max(1.0) as u32
    }
}

impl Procedure for AdapterShards {
    /// As for a nano; a language model's base costs nothing.
    fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        let n_parts = (self.base_parts + self.n_shards + usize::from(self.holds_back())) as f64;
        let of_base = sizes.n_retain() as f64 * self.base_parts as f64 / n_parts;
        let of_adapters = sizes.retain.n_batches(self.batch) as f64 * self.n_shards as f64 / n_parts;
        vec![
            (Phase::Retrain, of_base as u32, 6.0 * f64::from(sizes.epochs)),
            (Phase::Augment, self.n_steps_for(of_adapters), 3.0 * sizes.retain.rows_per_batch(self.batch)),
        ]
    }

    fn run<'a>(&'a self, task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Outcome>> {
        Box::pin(run(self, task, state))
    }
}

/// Trains the base and all adapters. Only the time of those that saw a forget row, or stand on a base that did, counts as the method's.
///
/// # Errors
/// If a part has no rows, a language model's package lacks its starting checkpoint, the device fails or the host cancels.
async fn run(plan: &AdapterShards, task: &UnlearnTask<'_>, state: RunState<'_>) -> Result<Outcome> {
    let RunState { rng, progress, host } = state;
    let base_parts = if task.start.is_some() { 0 } else { plan.base_parts };
    let n_parts = plan.n_shards + base_parts;
    let part_of = divide(n_parts + usize::from(plan.holds_back()), Partition::Users, task, rng).await?;
    let forgotten: HashSet<u32> = task.sets.forget.iter().copied().collect();
    // The first parts are the adapters', then come the base's, then the one that is held back.
    let rows_of = |is_in: &dyn Fn(usize) -> bool| -> Vec<u32> {
        (0..part_of.len() as u32).filter(|row| is_in(part_of[*row as usize]) && !forgotten.contains(row)).collect()
    };
    let saw = |is_in: &dyn Fn(usize) -> bool| task.sets.forget.iter().any(|row| is_in(part_of[*row as usize]));
    let (mut n_steps, mut aside_ms) = (0, 0.0);

    let start = host.now_ms();
    let of_base = |part: usize| (plan.n_shards..n_parts).contains(&part);
    let base_again = saw(&of_base);
    let base = match task.start {
        Some(start) => start.model.without_adapter().frozen(),
        None => {
            let spec = PretrainSpec { seed: task.seed, ..task.training.clone() };
            let tell = |h: &mut dyn Host, n: u32, total: u32| progress.at(Phase::Retrain, n, total, h);
            let (model, steps) = train_from_scratch(task, &spec, &rows_of(&of_base), tell, host).await?;
            n_steps += if base_again { steps } else { 0 };
            model.frozen()
        }
    };
    if !base_again {
        aside_ms += host.now_ms() - start; // it existed before the request
    }

    let lora = LoraSpec { rank: plan.rank, alpha: 2.0 * plan.rank as f64 };
    let targets = if task.start.is_some() { Targets::Linear } else { Targets::LinearEmbedding };
    let mut members = Vec::new();
    for shard in 0..plan.n_shards {
        let rows = rows_of(&|part| part == shard);
        if rows.is_empty() {
            return Err(Error::setting(
                "shards",
                format!("must leave rows to every adapter, adapter {} has none", shard + 1),
                plan.n_shards,
            ));
        }
        let start = host.now_ms();
        let again = base_again || saw(&|part| part == shard);
        // All adapters start from the same factors, so that their weights can be added up.
        let mut own = SeedRng::seed_from_u64(u64::from(task.seed));
        let mut fit = SupervisedTrainer::new(
            base.with_adapter(&lora, targets, &mut own),
            Trainable::Adapter,
            task.sets.encoded,
            &rows,
            FitSpec { lr: plan.lr, batch: plan.batch, adamw: AdamWSpec::default() },
        );
        let n = plan.n_steps_for(LengthCounts::new(task.sets.encoded, &rows).n_batches(plan.batch) as f64);
        progress.begin_part(Phase::Augment);
        while fit.done < n {
            fit.step(&mut own, host).await.map_err(|error| error.in_training(fit.done, plan.lr, "lr"))?;
            progress.at(Phase::Augment, fit.done, n, host);
            host.breathe().await?;
        }
        if again {
            n_steps += n;
        } else {
            aside_ms += host.now_ms() - start;
        }
        members.push(fit.model.frozen());
    }
    let held_back = every_nth(&rows_of(&|part| part >= n_parts), MOST_HELD_BACK);
    let shares = attention(&members, task, &held_back, plan.tau, host).await?;
    let trainable_params = members.iter().map(|member| member.n_params(Trainable::Adapter)).sum();
    Ok(Outcome { model: Recommender::from(aggregated(&members, &shares)), n_steps, trainable_params, calibration: None, aside_ms })
}

/// ω of every adapter, from its loss on the rows that were held back; all alike if there are none.
///
/// # Errors
/// If the device fails or the host cancels.
async fn attention(members: &[Model], task: &UnlearnTask<'_>, rows: &[u32], tau: f64, host: &mut dyn Host) -> Result<Vec<f64>> {
    let truth = task.sets.encoded.truth(rows);
    let mut errors = vec![0.0; members.len()];
    if !rows.is_empty() {
        for (error, member) in errors.iter_mut().zip(members) {
            let logits = answer_logits(member, task.sets.encoded, rows, host, |_, _| {}).await?;
            *error = losses(&p_yes(&logits, member.head_vocab_size()), &truth).iter().sum::<f64>() / truth.len() as f64;
        }
    }
    Ok(shares(&errors, tau))
}

/// softmax(−τ e).
fn shares(errors: &[f64], tau: f64) -> Vec<f64> {
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    let weights: Vec<f64> = errors.iter().map(|error| (-tau * (error - least)).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / total).collect()
}

/// The base with `Σ ω_k s B_k A_k` merged into it. Since Σ ω_k = 1, that is the mean of the merged members.
fn aggregated(members: &[Model], shares: &[f64]) -> Model {
    let mut sums: Vec<Tensor<2>> = Vec::new();
    for (member, share) in members.iter().zip(shares) {
        let mut parts = vec![member.embedding().merged()];
        member.clone().each_linear(&mut |_, linear| parts.push(linear.merged()));
        let parts = parts.into_iter().map(|part| part.mul_scalar(*share));
        sums = if sums.is_empty() { parts.collect() } else { sums.into_iter().zip(parts).map(|(sum, part)| sum + part).collect() };
    }
    let mut model = members[0].without_adapter();
    let mut sums = sums.into_iter();
    if let Some(table) = sums.next() {
        model.embedding_mut().weight = Weight::Dense(table);
    }
    model.each_linear(&mut |_, linear| {
        if let Some(weight) = sums.next() {
            linear.weight = Weight::Dense(weight);
        }
    });
    model.frozen()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Decoder, DecoderSpec};
    use crate::tensor::random::normal;
    use burn::tensor::Device;

    #[test]
    fn attention_by_hand() {
        assert_eq!(shares(&[0.7, 0.2, 0.4], 0.0), [1.0 / 3.0; 3]);
        let found = shares(&[0.5, 0.5 + 3f64.ln() / 10.0], 10.0);
        assert!((found[0] - 0.75).abs() < 1e-12 && (found[1] - 0.25).abs() < 1e-12, "{found:?}");
        assert_eq!(shares(&[0.5, 0.6], 1e6), [1.0, 0.0]);
    }

    /// ΔW of the sum is ¾ of the one adapter's and ¼ of the other's.
    #[test]
    fn products_are_added_up() {
        let rng = &mut SeedRng::seed_from_u64(5);
        let base = Model::from(Decoder::init(&DecoderSpec::tiny(), rng, &Device::flex()).unwrap());
        let [one, other] = [0, 1].map(|_| {
            let mut member = base.with_adapter(&LoraSpec { rank: 2, alpha: 4.0 }, Targets::LinearEmbedding, rng);
            member.each_param(Trainable::Adapter, &mut |_, param| *param = normal(param.dims(), 0.5, rng, &Device::flex()));
            member.frozen()
        });
        let numbers = |x: Tensor<2>| x.into_data().try_to_vec::<f32>().unwrap();
        let weights = |model: &Model| {
            let mut all = vec![numbers(model.embedding().merged())];
            model.clone().each_linear(&mut |_, linear| all.push(numbers(linear.merged())));
            all.concat()
        };
        let found = weights(&aggregated(&[one.clone(), other.clone()], &[0.75, 0.25]));
        let (one, other, base) = (weights(&one), weights(&other), weights(&base));
        for (at, found) in found.iter().enumerate() {
            let wanted = base[at] + 0.75 * (one[at] - base[at]) + 0.25 * (other[at] - base[at]);
            assert!((found - wanted).abs() < 1e-5, "{found} {wanted}");
        }
    }
}
