//! Shards: how training rows are divided among several models, and which of them must be trained again.

use super::ensemble::{Ensemble, Gate, Recommender, retained_answers};
use super::fair::Fair;
use super::plan::ShardPlan;
use super::run::{Outcome, World, from_nothing};
use crate::data::group::Groups;
use crate::linear::random::SeedRng;
use crate::model::{Model, Network, Trainable};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::read;
use crate::train::pretrain::PretrainSpec;
use crate::train::progress::Progress;
use crate::{Error, Result};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, HashSet};

/// Rounds of the balanced clustering; it settles within a few.
const ROUNDS: usize = 10;

/// How rows come to their shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Division {
    /// Dealt one by one.
    Rows,
    /// Dealt by user.
    Users,
    /// Users of similar taste together, every shard with as many users (RecEraser's balanced clustering).
    Similar,
    /// Users in the order of their numbers, cut into equal parts.
    Contiguous,
}

/// Trains the shards; only those that held a forgotten row count as the method's time.
///
/// # Errors
/// If a shard would be empty, the device fails or the host cancels.
pub async fn run<H: Host>(plan: &ShardPlan, world: &World<'_>, progress: &mut Progress, host: &mut H) -> Result<Outcome> {
    let mut rng = SeedRng::seed_from_u64(u64::from(world.seed));
    let shard_of = divide(plan, world, &mut rng).await?;
    let forgotten: HashSet<u32> = world.sets.forget.iter().copied().collect();
    let touched: HashSet<usize> = world.sets.forget.iter().map(|row| shard_of[*row as usize]).collect();
    let spec = PretrainSpec { seed: world.seed, epochs: plan.epochs, ..world.training.clone() };
    let total = world.sets.retain.len() as u32;
    progress.expect(Phase::Retrain, total);
    let (mut members, mut n_steps, mut aside_ms, mut done) = (Vec::new(), 0, 0.0, 0);
    for shard in 0..plan.n_shards {
        let rows: Vec<u32> =
            (0..shard_of.len() as u32).filter(|row| shard_of[*row as usize] == shard && !forgotten.contains(row)).collect();
        if rows.is_empty() {
            return Err(Error::setting("shards", format!("must leave rows in every shard, shard {} has none", shard + 1), plan.n_shards));
        }
        let start = host.now_ms();
        let (model, steps) = from_nothing(world, &spec, &rows, |h, n, _| progress.at(Phase::Retrain, done + n, total, h), host).await?;
        done += rows.len() as u32;
        if touched.contains(&shard) {
            n_steps += steps;
        } else {
            aside_ms += host.now_ms() - start; // it was there before the request
        }
        members.push(model);
    }
    let gate = if plan.attention { Some(Gate::train(&members, &world.sets, &mut rng, progress, host).await?) } else { None };
    let fair = match plan.fairness {
        Some(place) => {
            let (rows, shards) = retained_answers(&members, &world.sets, &mut rng, progress, host).await?;
            Some(Fair::learn(place, Groups::new(world.dataset), world.sets.encoded, &rows, &shards, members[0].head_vocab_size())?)
        }
        None => None,
    };
    let trainable_params = members.iter().map(|model| model.n_params(Trainable::Base)).sum();
    Ok(Outcome { model: Recommender::Shards(Box::new(Ensemble { members, gate, fair })), n_steps, trainable_params, aside_ms })
}

/// The shard of every training row. It is made before anything is forgotten, so it may depend on every row.
pub(super) async fn divide(plan: &ShardPlan, world: &World<'_>, rng: &mut SeedRng) -> Result<Vec<usize>> {
    let k = plan.n_shards;
    let n_rows = world.sets.encoded.len();
    let by_user = |shard: &BTreeMap<u32, usize>| world.users.iter().map(|user| shard[user]).collect();
    let mut users: Vec<u32> = world.users.to_vec();
    users.sort_unstable();
    users.dedup();
    if users.len() < k {
        return Err(Error::setting("shards", format!("must not be more than the {} people with training rows", users.len()), k));
    }
    Ok(match plan.division {
        Division::Rows => {
            let mut rows: Vec<usize> = (0..n_rows).collect();
            rows.shuffle(rng);
            let mut shards = vec![0; n_rows];
            rows.iter().enumerate().for_each(|(at, row)| shards[*row] = at % k);
            shards
        }
        Division::Users => {
            users.shuffle(rng);
            by_user(&users.iter().enumerate().map(|(at, user)| (*user, at % k)).collect())
        }
        Division::Contiguous => by_user(&users.iter().enumerate().map(|(at, user)| (*user, at * k / users.len())).collect()),
        Division::Similar => {
            let tastes = tastes(world.original, world, &users).await?;
            let shards = balanced(&tastes, k, rng);
            by_user(&users.iter().copied().zip(shards).collect())
        }
    })
}

/// A vector a user: the mean of the original's vectors of the items the user rated, each by how much it was liked.
async fn tastes(original: &Model, world: &World<'_>, users: &[u32]) -> Result<Vec<Vec<f32>>> {
    let table = read(original.embedding().weight.dense()).await?;
    let d = original.spec().hidden_size();
    let mut sums = vec![(vec![0f32; d], 0f32); users.len()];
    for (row, user) in world.users.iter().enumerate() {
        let at = users.binary_search(user).expect("users are those of the rows");
        let item = world.sets.encoded.target(row as u32);
        let sign = if world.sets.encoded.labels[row] { 1.0 } else { -1.0 };
        let (sum, n) = &mut sums[at];
        for token in item {
            let vector = &table[*token as usize * d..][..d];
            sum.iter_mut().zip(vector).for_each(|(s, v)| *s += sign * v / item.len() as f32);
        }
        *n += 1.0;
    }
    Ok(sums.into_iter().map(|(sum, n)| sum.into_iter().map(|s| s / n).collect()).collect())
}

/// Balanced clustering (RecEraser, algorithm 1): pairs of point and anchor by distance, nearest first, until a cluster is full; then anchors move.
fn balanced(points: &[Vec<f32>], k: usize, rng: &mut SeedRng) -> Vec<usize> {
    let capacity = points.len().div_ceil(k);
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.shuffle(rng);
    let mut anchors: Vec<Vec<f32>> = order[..k].iter().map(|at| points[*at].clone()).collect();
    let mut shards = vec![0; points.len()];
    for _ in 0..ROUNDS {
        let mut pairs: Vec<(f32, usize, usize)> = Vec::with_capacity(points.len() * k);
        for (at, point) in points.iter().enumerate() {
            for (shard, anchor) in anchors.iter().enumerate() {
                pairs.push((point.iter().zip(anchor).map(|(a, b)| (a - b) * (a - b)).sum(), at, shard));
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut taken = vec![false; points.len()];
        let mut size = vec![0; k];
        for (_, at, shard) in pairs {
            if !taken[at] && size[shard] < capacity {
                (taken[at], shards[at]) = (true, shard);
                size[shard] += 1;
            }
        }
        for (shard, anchor) in anchors.iter_mut().enumerate() {
            for (dim, value) in anchor.iter_mut().enumerate() {
                let of_shard = points.iter().zip(&shards).filter(|(_, s)| **s == shard).map(|(point, _)| point[dim]);
                *value = of_shard.sum::<f32>() / size[shard].max(1) as f32;
            }
        }
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_balanced_and_alike() {
        // Two heaps of four and two between them that must be shared out evenly.
        let line = [0.0, 0.1, 0.2, 0.3, 4.9, 5.1, 9.7, 9.8, 9.9, 10.0];
        let points: Vec<Vec<f32>> = line.iter().map(|x| vec![*x]).collect();
        for seed in 0..5 {
            let shards = balanced(&points, 2, &mut SeedRng::seed_from_u64(seed));
            assert_eq!(shards.iter().filter(|s| **s == 0).count(), 5, "{shards:?}");
            assert!(shards[..4].iter().all(|s| *s == shards[0]) && shards[6..].iter().all(|s| *s == shards[9]), "{shards:?}");
        }
    }
}
