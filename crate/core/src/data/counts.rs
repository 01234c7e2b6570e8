//! Counts of a dataset and its split, for comparing two implementations of the split.

use super::interaction::Dataset;
use super::split::{MIN_HISTORY, Sample, Split};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// The target of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// User who gave the rating.
    pub user: u32,
    /// Rated item.
    pub item: u32,
    /// Rating in stars.
    pub rating: f32,
}

/// Counts of a dataset and of its standard split, as printed by `unlearn prepare --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Number of ratings.
    pub ratings: usize,
    /// Number of ratings with enough earlier ones to be samples.
    pub eligible_samples: usize,
    /// Number of samples within the window that is used.
    pub window_samples: usize,
    /// Number of training samples.
    pub train: usize,
    /// Number of validation samples.
    pub valid: usize,
    /// Number of test samples.
    pub test: usize,
    /// Number of users with a training sample.
    pub train_users: usize,
    /// Number of users in the standard forget set.
    pub forget_users: usize,
    /// Number of training samples in the standard forget set.
    pub forget_rows: usize,
    /// Number of training samples in the retain set.
    pub retain_rows: usize,
    /// Share of Yes in the training set, rounded to six digits.
    pub positive_rate_train: f64,
    /// Share of Yes in the test set, rounded to six digits.
    pub positive_rate_test: f64,
    /// The earliest training sample.
    pub first_sample: Option<Target>,
    /// The latest test sample.
    pub last_sample: Option<Target>,
    /// Users of the standard forget set, ascending.
    pub forget_user_ids: Vec<u32>,
}

/// Counts a dataset and its split.
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
