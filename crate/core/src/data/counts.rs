//! The figures by which two implementations of the split are compared.

use super::interaction::Dataset;
use super::split::{MIN_HISTORY, Sample, Split};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// A sample's target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Who rated.
    pub user: u32,
    /// What was rated.
    pub item: u32,
    /// Stars.
    pub rating: f32,
}

/// Counts of a data set and of its standard split: what `unlearn prepare --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// All ratings.
    pub ratings: usize,
    /// Ratings with enough earlier ones.
    pub eligible_samples: usize,
    /// Those of them that are used.
    pub window_samples: usize,
    /// Training samples.
    pub train: usize,
    /// Validation samples.
    pub valid: usize,
    /// Test samples.
    pub test: usize,
    /// Users with a training sample.
    pub train_users: usize,
    /// Users of the standard forget set.
    pub forget_users: usize,
    /// Training samples of the standard forget set.
    pub forget_rows: usize,
    /// Training samples that stay.
    pub retain_rows: usize,
    /// Share of Yes in training, to six digits.
    pub positive_rate_train: f64,
    /// Share of Yes in the test set, to six digits.
    pub positive_rate_test: f64,
    /// The earliest training sample.
    pub first_sample: Option<Target>,
    /// The latest test sample.
    pub last_sample: Option<Target>,
    /// The standard forget set's users, ascending.
    pub forget_user_ids: Vec<u32>,
}

/// Counts a data set and its split.
pub fn counts(dataset: &Dataset, split: &Split) -> Counts {
    let mut n_ratings: HashMap<u32, usize> = HashMap::new();
    for rating in &dataset.interactions {
        *n_ratings.entry(rating.user).or_default() += 1;
    }
    let forget: HashSet<u32> = split.standard_forget_users.iter().copied().collect();
    let forget_rows = split.train.iter().filter(|sample| forget.contains(&sample.user)).count();
    Counts {
        ratings: dataset.interactions.len(),
        eligible_samples: n_ratings.values().map(|n| n.saturating_sub(MIN_HISTORY as usize)).sum(),
        window_samples: split.train.len() + split.valid.len() + split.test.len(),
        train: split.train.len(),
        valid: split.valid.len(),
        test: split.test.len(),
        train_users: split.train_users.len(),
        forget_users: split.standard_forget_users.len(),
        forget_rows,
        retain_rows: split.train.len() - forget_rows,
        positive_rate_train: positive_rate(&split.train),
        positive_rate_test: positive_rate(&split.test),
        first_sample: split.train.first().map(target),
        last_sample: split.test.last().map(target),
        forget_user_ids: split.standard_forget_users.clone(),
    }
}

fn target(sample: &Sample) -> Target {
    Target { user: sample.user, item: sample.item, rating: sample.rating }
}

fn positive_rate(samples: &[Sample]) -> f64 {
    let n_positive = samples.iter().filter(|sample| sample.label()).count();
    (n_positive as f64 / samples.len() as f64 * 1e6).round() / 1e6
}
