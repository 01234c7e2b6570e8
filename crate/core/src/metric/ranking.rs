//! Ranking: where a user's next liked item stands among candidates. HR@k and NDCG@k with one relevant item, as SASRec's evaluation has them
//! (arXiv 1808.09781).

use super::entry::{Better, MetricEntry, MetricGroup, Shown};
use serde::{Deserialize, Serialize};

/// Mean ranking figures over users, each with one relevant item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct RankingFigures {
    /// Number of users.
    pub users: u32,
    /// Mean number of candidates, the relevant item included.
    pub candidates: f64,
    /// Share of users whose item is among the first 5.
    pub hr_5: f64,
    /// The same for the first 10.
    pub hr_10: f64,
    /// The same for the first 20.
    pub hr_20: f64,
    /// Mean of 1 / log₂(rank + 2) among the first 5, ranks from 0.
    pub ndcg_5: f64,
    /// The same for the first 10.
    pub ndcg_10: f64,
    /// The same for the first 20.
    pub ndcg_20: f64,
}

/// The rank of the first of the scores among all, from 0: the number of better ones, and half of the equal ones, as their order is open.
pub fn rank_of_first(scores: &[f64]) -> f64 {
    let Some((own, others)) = scores.split_first() else { return 0.0 };
    others.iter().map(|score| if score > own { 1.0 } else { f64::from(score == own) / 2.0 }).sum()
}

/// Share of ranks below k; 0 without ranks.
pub fn hit_rate(ranks: &[f64], k: u32) -> f64 {
    mean(ranks, |rank| f64::from(rank < f64::from(k)))
}

/// Mean of 1 / log₂(rank + 2) for ranks below k, else 0. With one relevant item the ideal gain is 1.
pub fn ndcg(ranks: &[f64], k: u32) -> f64 {
    mean(ranks, |rank| if rank < f64::from(k) { 1.0 / (rank + 2.0).log2() } else { 0.0 })
}

/// The figures of the users' ranks, each among `n_candidates` on average; `None` without users.
pub fn ranking(ranks: &[f64], n_candidates: f64) -> Option<RankingFigures> {
    let [hr_5, hr_10, hr_20] = [5, 10, 20].map(|k| hit_rate(ranks, k));
    let [ndcg_5, ndcg_10, ndcg_20] = [5, 10, 20].map(|k| ndcg(ranks, k));
    let users = ranks.len() as u32;
    (users > 0).then_some(RankingFigures { users, candidates: n_candidates, hr_5, hr_10, hr_20, ndcg_5, ndcg_10, ndcg_20 })
}

fn mean(ranks: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    ranks.iter().map(|rank| of(*rank)).sum::<f64>() / ranks.len().max(1) as f64
}

/// Hit rate among the first ten.
pub const HR_10: MetricEntry = MetricEntry {
    short: "HR@10",
    better: Better::Higher,
    rare: true,
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Test set: share of the people who stay whose next liked item is among the first ten candidates",
    formula: "mean of [rank < 10], the rank counted from 0, half a place for each equal score",
    citation: "Kang and McAuley 2018, arXiv 1808.09781",
    ..MetricEntry::new("hr_10", "ranking.hr_10", "HR@10", MetricGroup::Test)
};

/// Normalised discounted cumulative gain among the first ten.
pub const NDCG_10: MetricEntry = MetricEntry {
    short: "NDCG@10",
    better: Better::Higher,
    rare: true,
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Test set: how far up the next liked item of the people who stay is among the first ten candidates",
    formula: "mean of 1 / log₂(rank + 2) for ranks below 10, else 0",
    citation: "Järvelin and Kekäläinen 2002; with one relevant item as in arXiv 1808.09781",
    ..MetricEntry::new("ndcg_10", "ranking.ndcg_10", "NDCG@10", MetricGroup::Test)
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_hand() {
        assert_eq!(rank_of_first(&[0.9, 0.1, 0.3]), 0.0);
        assert_eq!(rank_of_first(&[0.3, 0.9, 0.1, 0.4]), 2.0);
        assert_eq!(rank_of_first(&[0.3, 0.9, 0.3, 0.3]), 2.0, "one better, two equal");
        assert_eq!(rank_of_first(&[0.3]), 0.0);
    }

    #[test]
    fn figures_by_hand() {
        // Ranks 0, 2, 6 and 30: gains 1, 1/log₂ 4 = ½, 1/log₂ 8 = ⅓ and none.
        let found = ranking(&[0.0, 2.0, 6.0, 30.0], 100.0).unwrap();
        assert_eq!((found.users, found.hr_5, found.hr_10, found.hr_20), (4, 0.5, 0.75, 0.75));
        assert!((found.ndcg_5 - 1.5 / 4.0).abs() < 1e-12 && (found.ndcg_10 - (1.5 + 1.0 / 3.0) / 4.0).abs() < 1e-12);
        assert_eq!(found.ndcg_10, found.ndcg_20);
        assert_eq!(ranking(&[], 100.0), None);
    }
}
