//! The recommender that a method leaves behind: one model, or several whose answers are combined.

use crate::Result;
use crate::data::batch::Encoded;
use crate::host::{Host, LocalFuture};
use crate::model::{Model, Network};
use crate::train::infer::answer_logits;
use crate::train::shared::logits_after_shared;
use std::fmt::Debug;
use std::sync::Arc;

/// The model or models that answer after a method has run.
#[derive(Debug, Clone)]
pub enum Recommender {
    /// One model, with or without an adapter.
    One(Model),
    /// One model per shard.
    Shards(Box<Ensemble>),
}

impl From<Model> for Recommender {
    fn from(model: Model) -> Self {
        Self::One(model)
    }
}

impl Recommender {
    /// Number of models that answer together.
    pub fn n_members(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Shards(ensemble) => ensemble.members.len(),
        }
    }

    /// Answer logits of `rows`, row-major `[rows, head_vocab]`, in the order of `rows`; `progress` receives the number of rows done.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn answer_logits(
        &self,
        encoded: &Encoded,
        rows: &[u32],
        host: &mut dyn Host,
        mut progress: impl FnMut(&mut dyn Host, usize),
    ) -> Result<Vec<f32>> {
        match self {
            Self::One(model) => answer_logits(model, encoded, rows, host, progress).await,
            Self::Shards(ensemble) => {
                let mut shards = Vec::new();
                for (at, member) in ensemble.members.iter().enumerate() {
                    let done = |n: usize| (at * rows.len() + n) / ensemble.members.len();
                    shards.push(answer_logits(member, encoded, rows, host, |h, n| progress(h, done(n))).await?);
                }
                ensemble.joined(&shards, encoded, rows).await
            }
        }
    }

    /// Answer logits of all rows of `encoded`, in order, row-major `[rows, head_vocab]`. The rows share a prefix: candidates for one user.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub async fn logits_after_shared(&self, encoded: &Encoded, host: &mut dyn Host) -> Result<Vec<f32>> {
        match self {
            Self::One(model) => logits_after_shared(model, encoded, host).await,
            Self::Shards(ensemble) => {
                let mut shards = Vec::new();
                for member in &ensemble.members {
                    shards.push(logits_after_shared(member, encoded, host).await?);
                }
                let rows: Vec<u32> = (0..encoded.len() as u32).collect();
                ensemble.joined(&shards, encoded, &rows).await
            }
        }
    }
}

/// Several models whose answers are combined.
#[derive(Debug, Clone)]
pub struct Ensemble {
    /// One model per shard.
    pub members: Vec<Model>,
    /// How their answers are combined.
    pub join: Arc<dyn Join>,
}

impl Ensemble {
    /// The combined answer of all members, each row-major `[rows, head_vocab]`.
    async fn joined(&self, members: &[Vec<f32>], encoded: &Encoded, rows: &[u32]) -> Result<Vec<f32>> {
        self.join.join(Answers { members, encoded, rows, width: self.members[0].head_vocab_size() }).await
    }
}

/// Answers of several models to the same rows.
#[derive(Clone, Copy)]
pub struct Answers<'a> {
    /// Logits of each model, row-major `[rows, width]`.
    pub members: &'a [Vec<f32>],
    /// The encoded prompts that `rows` index.
    pub encoded: &'a Encoded,
    /// The rows that were answered.
    pub rows: &'a [u32],
    /// Logits per row.
    pub width: usize,
}

/// How the answers of several models are combined. A method that does not take the mean implements this in its own file.
pub trait Join: Debug + Send + Sync {
    /// The combined logits, row-major `[rows, width]`.
    ///
    /// # Errors
    /// If the device fails.
    fn join<'a>(&'a self, answers: Answers<'a>) -> LocalFuture<'a, Result<Vec<f32>>>;
}

/// Combines by the mean of the logits.
#[derive(Debug)]
pub struct Mean;

impl Join for Mean {
    fn join<'a>(&'a self, answers: Answers<'a>) -> LocalFuture<'a, Result<Vec<f32>>> {
        Box::pin(async move { Ok(mean(answers.members)) })
    }
}

/// The element-wise mean of several models' logits.
pub fn mean(shards: &[Vec<f32>]) -> Vec<f32> {
    (0..shards[0].len()).map(|at| shards.iter().map(|z| z[at]).sum::<f32>() / shards.len() as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_by_hand() {
        assert_eq!(mean(&[vec![1.0, 0.0], vec![2.0, 4.0]]), [1.5, 2.0]);
    }
}
