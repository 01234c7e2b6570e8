//! The split defined in PROTOCOL: the last 100,000 samples in time order, 60/20/20, and the paper's 20 % of the training users.
//!
//! Forget sets are chosen from it in [`super::select`].

use super::authors::Authors;
use super::interaction::{Dataset, Interaction};
use super::mt19937::PythonRandom;
use super::prompt::Question;
use crate::{Error, Result};
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Number of earlier ratings that a rating needs to be a sample.
pub const MIN_HISTORY: u32 = 5;
/// Number of earlier ratings that a model sees: the latest ones.
pub const MAX_HISTORY: u32 = 10;
/// Number of samples that are kept: the latest ones.
pub const WINDOW: usize = 100_000;
/// Smallest number of samples that can sensibly be divided into three sets.
pub const MIN_SAMPLES: usize = 10;
/// Seed of the paper's draw of forget users.
pub const FORGET_SEED: u32 = 42;

/// The rating in stars above which the answer is Yes.
pub const LIKED_ABOVE: f32 = 3.0;

/// A sample: a rating to predict from those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// User who gave the rating.
    pub user: u32,
    /// Rated item: the target.
    pub item: u32,
    /// Rating of the target, stars.
    pub rating: f32,
    /// Time of the rating.
    pub time: i64,
    /// The latest 5 to 10 earlier ratings, as a range of [`Split::timeline`]; the target itself is at the range's end.
    pub history: Range<u32>,
    /// Start of the user's ratings in [`Split::timeline`].
    pub first: u32,
    /// Index of the rating in [`Dataset::interactions`].
    pub row: u32,
}

impl Sample {
    /// Whether the answer is Yes.
    pub fn label(&self) -> bool {
        self.rating > LIKED_ABOVE
    }
}

/// A dataset divided into training, validation and test samples.
#[derive(Debug, Clone)]
pub struct Split {
    /// All ratings as (item, rating), grouped by user in ascending order, in time order for each user.
    pub timeline: Vec<(u32, f32)>,
    /// The training samples: the first 60 % in time order.
    pub train: Vec<Sample>,
    /// The validation samples: the next 20 %.
    pub valid: Vec<Sample>,
    /// The test samples: the last 20 %.
    pub test: Vec<Sample>,
    /// The paper's 20 % of the training users, ascending.
    pub standard_forget_users: Vec<u32>,
    /// Users with a training sample, in order of first appearance.
    pub train_users: Vec<u32>,
    /// The items of each author.
    pub authors: Authors,
}

impl Split {
    /// Keeps `n` training samples, evenly spaced, as for a model that was trained on only some of them.
    pub fn keep_train(&mut self, n: usize) {
        let all = std::mem::take(&mut self.train);
        let n = n.clamp(1, all.len());
        self.train = (0..n).map(|k| all[k * all.len() / n].clone()).collect();
        let users: HashSet<u32> = self.train.iter().map(|sample| sample.user).collect();
        self.train_users.retain(|user| users.contains(user));
        self.standard_forget_users.retain(|user| users.contains(user));
    }

    /// The history of a sample, oldest first.
    pub fn history(&self, sample: &Sample) -> &[(u32, f32)] {
        &self.timeline[sample.history.start as usize..sample.history.end as usize]
    }

    /// The question of a sample: its target after all earlier ratings of the user.
    pub fn question(&self, sample: &Sample) -> Question<'_> {
        let earlier = &self.timeline[sample.first as usize..sample.history.end as usize];
        Question { user: Some(sample.user), ..self.ask(earlier, sample.item) }
    }

    /// A question about any item after any ratings, oldest first, of nobody in particular.
    pub fn ask<'a>(&'a self, earlier: &'a [(u32, f32)], target: u32) -> Question<'a> {
        Question { earlier, target, same_author: self.authors.beside(target), user: None }
    }
}

/// Splits a dataset.
///
/// # Errors
/// If fewer than [`MIN_SAMPLES`] ratings have enough earlier ones.
pub fn split(dataset: &Dataset) -> Result<Split> {
    let rows = &dataset.interactions;
    let mut order: Vec<u32> = (0..rows.len() as u32).collect();
    order.sort_by_key(|row| {
        let rating = &rows[*row as usize];
        (rating.time, rating.user, rating.item)
    });

    let mut cursors = BTreeMap::new(); // user → (start in the timeline, number of ratings so far)
    for rating in rows {
        cursors.entry(rating.user).or_insert((0u32, 0u32)).1 += 1;
    }
    let (mut start, mut n_samples) = (0, 0);
    for cursor in cursors.values_mut() {
        let n_ratings = cursor.1;
        *cursor = (start, 0);
        start += n_ratings;
        n_samples += n_ratings.saturating_sub(MIN_HISTORY) as usize;
    }

    let mut timeline = vec![(0, 0.0); rows.len()];
    // Only the window's samples are made: all those of ml-32m would take more memory than its ratings.
    let mut n_too_early = n_samples.saturating_sub(WINDOW);
    let mut train = Vec::with_capacity(n_samples - n_too_early);
    for row in order {
        let rating = &rows[row as usize];
        let (start, n_before) = cursors.get_mut(&rating.user).expect("every user was counted above");
        let at = *start + *n_before;
        timeline[at as usize] = (rating.item, rating.rating);
        if *n_before >= MIN_HISTORY && n_too_early > 0 {
            n_too_early -= 1;
        } else if *n_before >= MIN_HISTORY {
            let history = at - (*n_before).min(MAX_HISTORY)..at;
            let Interaction { user, item, rating, time } = *rating;
            train.push(Sample { user, item, rating, time, history, first: *start, row });
        }
        *n_before += 1;
    }
    let n = train.len();
    if n < MIN_SAMPLES {
        let rule = format!("at least {MIN_SAMPLES} ratings must have {MIN_HISTORY} earlier ones of the same user");
        return Err(Error::setting(&dataset.name, rule, n));
    }

    let test = train.split_off(n * 8 / 10);
    let valid = train.split_off(n * 6 / 10);

    let mut seen = HashSet::new();
    let train_users: Vec<u32> = train.iter().map(|sample| sample.user).filter(|user| seen.insert(*user)).collect();
    let standard_forget_users = draw_users(&train_users, 20, FORGET_SEED);
    Ok(Split { timeline, train, valid, test, standard_forget_users, train_users, authors: Authors::new(dataset) })
}

/// This percentage of the training users, drawn as in the paper's code, ascending.
pub fn draw_users(train_users: &[u32], percent: u32, seed: u32) -> Vec<u32> {
    let mut users = train_users.to_vec();
    PythonRandom::new(seed).shuffle(&mut users);
    users.truncate(train_users.len() * percent as usize / 100);
    users.sort_unstable();
    users
}
