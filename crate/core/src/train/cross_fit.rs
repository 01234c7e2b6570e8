//! Cross-fitting: every row is answered by a model that was not trained on it, nor on anything in the same group. Replicas share the folds.

use super::infer::answer_logits;
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::tokenizer::{NO, YES};
use crate::host::shares::in_shares;
use crate::host::{Alone, Host};
use crate::model::{Model, Network};
use crate::tensor::random::SeedRng;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// Distance of the seeds of models without a part of the people from Original's.
pub const PEOPLE_SEEDS: u32 = 100;
/// The same of models without a part of the rows.
pub const ROW_SEEDS: u32 = 200;

/// The fold of every row, 0 to `n_folds` − 1, such that rows of one group share a fold and the folds have equally many groups. Deterministic.
pub fn folds(groups: &[u32], n_folds: u32, seed: u32) -> Vec<u32> {
    let mut order: Vec<u32> = groups.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    order.shuffle(&mut SeedRng::seed_from_u64(u64::from(seed)));
    let mut fold_of: Vec<(u32, u32)> = order.into_iter().zip((0..n_folds).cycle()).collect();
    fold_of.sort_unstable();
    let of = |group: &u32| fold_of.binary_search_by_key(group, |(known, _)| *known).map_or(0, |at| fold_of[at].1);
    groups.iter().map(of).collect()
}

/// The answers log (p(Yes) / p(No)) to every row, each by the model of its fold: `fit` trains it, given the rows of all other folds and the fold's
/// number.
///
/// # Errors
/// If a training fails, the device fails or the host cancels.
pub async fn cross_fit(
    encoded: &Encoded,
    fold_of: &[u32],
    host: &mut dyn Host,
    mut fit: impl AsyncFnMut(Vec<u32>, u32, &mut dyn Host) -> Result<Model>,
) -> Result<Vec<f64>> {
    let n_folds = fold_of.iter().max().map_or(0, |last| last + 1);
    let rows_of = |fold: usize| (0..fold_of.len() as u32).partition::<Vec<u32>, _>(|row| fold_of[*row as usize] as usize == fold);
    let sizes: Vec<usize> = (0..n_folds as usize).map(|fold| 2 * rows_of(fold).0.len()).collect();
    // A replica trains whole models, so what is within a fold is its own.
    let of_folds = in_shares(host, &sizes, async |fold, host| {
        let host: &mut dyn Host = &mut Alone(host);
        let (out, others) = rows_of(fold);
        let model = fit(others, fold as u32, host).await?;
        let width = model.head_vocab_size();
        let logits = answer_logits(&model, encoded, &out, host, |_, _| {}).await?;
        Ok(logits.chunks_exact(width).flat_map(|logits| [logits[YES as usize], logits[NO as usize]]).collect())
    })
    .await?;
    let mut answers = vec![0.0; fold_of.len()];
    for (row, answer) in (0..n_folds as usize).flat_map(|fold| rows_of(fold).0).zip(of_folds.chunks_exact(2)) {
        answers[row as usize] = f64::from(answer[0]) - f64::from(answer[1]);
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_never_divided_and_folds_are_of_one_size() {
        let groups: Vec<u32> = (0..400).map(|row| row % 23 + 5).collect();
        let fold_of = folds(&groups, 5, 1);
        for group in 5..28 {
            let of: BTreeSet<u32> = groups.iter().zip(&fold_of).filter(|(g, _)| **g == group).map(|(_, fold)| *fold).collect();
            assert_eq!(of.len(), 1);
        }
        let n_groups = |fold: u32| groups.iter().zip(&fold_of).filter(|(_, f)| **f == fold).map(|(g, _)| g).collect::<BTreeSet<_>>().len();
        assert_eq!((0..5).map(n_groups).collect::<BTreeSet<_>>(), BTreeSet::from([4, 5]));
        assert_ne!(fold_of, folds(&groups, 5, 2), "a seed draws the folds");
        assert_eq!(fold_of, folds(&groups, 5, 1));
    }
}
