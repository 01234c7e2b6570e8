//! Sharded training: how training rows are partitioned among several models, and which of these must be trained again.

use super::recommender::{Ensemble, Join, Mean, Recommender};
use super::scratch::train_from_scratch;
use super::task::{Outcome, RunState, Sets, Stage, TaskSizes, UnlearnTask};
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Host, LocalFuture};
use crate::model::{Model, Network, PretrainSpec, Trainable};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::infer::answer_logits;
use crate::{Error, Result};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

/// Iterations of the balanced clustering; it converges within a few.
const ROUNDS: usize = 10;
/// Largest number of retain rows that a join is trained on.
const JOIN_ROWS: usize = 8000;

/// A plan of models that are each trained on a part of the rows.
#[derive(Debug, Clone)]
pub struct ShardPlan {
    /// Number of shards.
    pub n_shards: usize,
    /// How rows are assigned to shards.
    pub partition: Partition,
    /// How the shards' answers are combined.
    pub join: Arc<dyn JoinSpec>,
    /// Epochs of every shard over its rows.
    pub epochs: u32,
}

impl ShardPlan {
    /// The stages of a run, for the cost estimate and the progress bar.
    pub fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        let n_rows = if self.join.learns() { sizes.n_retain().min(JOIN_ROWS) } else { 0 };
        vec![
            (Phase::Retrain, (sizes.n_retain() + sizes.n_forget()) as u32, 6.0 * f64::from(self.epochs)),
            (Phase::Teachers, n_rows as u32, self.n_shards as f64),
        ]
    }
}

/// How a join is made once the shards are trained. A method whose join is learned implements this in its own file.
pub trait JoinSpec: Debug + Send + Sync {
    /// Whether it is trained on the shards' answers to retain rows, which costs a forward pass per shard and row.
    fn learns(&self) -> bool;

    /// The join of the models `members`.
    ///
    /// # Errors
    /// If there are too few rows to learn from, the device fails or the host cancels.
    fn learn<'a>(&'a self, members: &'a [Model], task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Arc<dyn Join>>>;
}

impl JoinSpec for Mean {
    fn learns(&self) -> bool {
        false
    }

    fn learn<'a>(&'a self, _: &'a [Model], _: &'a UnlearnTask<'a>, _: RunState<'a>) -> LocalFuture<'a, Result<Arc<dyn Join>>> {
        Box::pin(async { Ok(Arc::new(Self) as Arc<dyn Join>) })
    }
}

/// How rows are assigned to shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// Randomly, row by row.
    Rows,
    /// Randomly, user by user.
    Users,
    /// Users of similar taste together, with equally many users per shard (RecEraser's balanced clustering).
    Similar,
    /// Users in the order of their ids, cut into equal parts.
    Contiguous,
}

/// Trains all shards. Only the time of those that contained a forget row counts as the method's.
///
/// # Errors
/// If a shard has no rows, the device fails or the host cancels.
pub async fn run(plan: &ShardPlan, task: &UnlearnTask<'_>, progress: &mut Progress, host: &mut dyn Host) -> Result<Outcome> {
    let mut rng = SeedRng::seed_from_u64(u64::from(task.seed));
    let shard_of = divide(plan.n_shards, plan.partition, task, &mut rng).await?;
    let forgotten: HashSet<u32> = task.sets.forget.iter().copied().collect();
    let touched: HashSet<usize> = task.sets.forget.iter().map(|row| shard_of[*row as usize]).collect();
    let spec = PretrainSpec { seed: task.seed, epochs: plan.epochs, ..task.training.clone() };
    let total = task.sets.retain.len() as u32;
    progress.expect(Phase::Retrain, total);
    let (mut members, mut n_steps, mut aside_ms, mut done) = (Vec::new(), 0, 0.0, 0);
    for shard in 0..plan.n_shards {
        let rows: Vec<u32> =
            (0..shard_of.len() as u32).filter(|row| shard_of[*row as usize] == shard && !forgotten.contains(row)).collect();
        if rows.is_empty() {
            return Err(Error::setting("shards", format!("must leave rows in every shard, shard {} has none", shard + 1), plan.n_shards));
        }
        let start = host.now_ms();
        let (model, steps) =
            train_from_scratch(task, &spec, &rows, |h, n, _| progress.at(Phase::Retrain, done + n, total, h), host).await?;
        done += rows.len() as u32;
        if touched.contains(&shard) {
            n_steps += steps;
        } else {
            aside_ms += host.now_ms() - start; // this shard existed before the request
        }
        members.push(model);
    }
    let join = plan.join.learn(&members, task, RunState { rng: &mut rng, progress, host }).await?;
    let trainable_params = members.iter().map(|model| model.n_params(Trainable::Base)).sum();
    Ok(Outcome { model: Recommender::Shards(Box::new(Ensemble { members, join })), n_steps, trainable_params, calibration: None, aside_ms })
}

/// The shard of every training row. It is decided before anything is forgotten, so it may depend on every row.
pub async fn divide(k: usize, partition: Partition, task: &UnlearnTask<'_>, rng: &mut SeedRng) -> Result<Vec<usize>> {
    let n_rows = task.sets.encoded.len();
    let by_user = |shard: &BTreeMap<u32, usize>| task.users.iter().map(|user| shard[user]).collect();
    let mut users: Vec<u32> = task.users.to_vec();
    users.sort_unstable();
    users.dedup();
    if users.len() < k {
        return Err(Error::setting("shards", format!("must not be more than the {} people with training rows", users.len()), k));
    }
    Ok(match partition {
        Partition::Rows => {
            let mut rows: Vec<usize> = (0..n_rows).collect();
            rows.shuffle(rng);
            let mut shards = vec![0; n_rows];
            rows.iter().enumerate().for_each(|(at, row)| shards[*row] = at % k);
            shards
        }
        Partition::Users => {
            users.shuffle(rng);
            by_user(&users.iter().enumerate().map(|(at, user)| (*user, at % k)).collect())
        }
        Partition::Contiguous => by_user(&users.iter().enumerate().map(|(at, user)| (*user, at * k / users.len())).collect()),
        Partition::Similar => {
            let tastes = tastes(task.original, task, &users).await?;
            let shards = balanced(&tastes, k, rng);
            by_user(&users.iter().copied().zip(shards).collect())
        }
    })
}

/// A sample of retain rows, and every model's answers to them, each row-major `[rows, head_vocab]`: the training data of a join.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn retained_answers(members: &[Model], sets: &Sets<'_>, state: &mut RunState<'_>) -> Result<(Vec<u32>, Vec<Vec<f32>>)> {
    let RunState { rng, progress, host } = state;
    let mut rows = sets.retain.to_vec();
    rows.shuffle(*rng);
    rows.truncate(JOIN_ROWS);
    let total = (rows.len() * members.len()) as u32;
    progress.expect(Phase::Teachers, total);
    let mut shards = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let done = (at * rows.len()) as u32;
        shards
            .push(answer_logits(member, sets.encoded, &rows, *host, |h, n| progress.at(Phase::Teachers, done + n as u32, total, h)).await?);
    }
    Ok((rows, shards))
}

/// A taste vector per user `[users][hidden]`: the mean of the original's embeddings of the rated items, positive if liked, negative if not.
async fn tastes(original: &Model, task: &UnlearnTask<'_>, users: &[u32]) -> Result<Vec<Vec<f32>>> {
    let table = read(original.embedding().weight.dense()).await?;
    let d = original.spec().hidden_size();
    let mut sums = vec![(vec![0f32; d], 0f32); users.len()];
    for (row, user) in task.users.iter().enumerate() {
        let at = users.binary_search(user).expect("users are those of the rows");
        let item = task.sets.encoded.target(row as u32);
        let sign = if task.sets.encoded.labels[row] { 1.0 } else { -1.0 };
        let (sum, n) = &mut sums[at];
        for token in item {
            let vector = &table[*token as usize * d..][..d];
            sum.iter_mut().zip(vector).for_each(|(s, v)| *s += sign * v / item.len() as f32);
        }
        *n += 1.0;
    }
    Ok(sums.into_iter().map(|(sum, n)| sum.into_iter().map(|s| s / n).collect()).collect())
}

/// Balanced clustering (RecEraser, algorithm 1): assigns (point, anchor) pairs by distance, nearest first, until a cluster is full; then moves the
/// anchors.
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
        // Two groups of four and two points between them, which must be shared out evenly.
        let line = [0.0, 0.1, 0.2, 0.3, 4.9, 5.1, 9.7, 9.8, 9.9, 10.0];
        let points: Vec<Vec<f32>> = line.iter().map(|x| vec![*x]).collect();
        for seed in 0..5 {
            let shards = balanced(&points, 2, &mut SeedRng::seed_from_u64(seed));
            assert_eq!(shards.iter().filter(|s| **s == 0).count(), 5, "{shards:?}");
            assert!(shards[..4].iter().all(|s| *s == shards[0]) && shards[6..].iter().all(|s| *s == shards[9]), "{shards:?}");
        }
    }
}
