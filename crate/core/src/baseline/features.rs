//! The features of the baseline: averages over data strictly before each sample.

use crate::data::interaction::Dataset;
use crate::data::split::{MAX_HISTORY, Sample, Split};
use std::collections::HashMap;

/// Names of the features in the report, in the order of a [`Row`].
pub const NAMES: [&str; 6] = ["item mean", "item is new", "last ten", "all history", "affinity", "log count"];

/// The features of one sample.
pub type Row = [f64; NAMES.len()];

/// Number of prior answers of an item, with the share of Yes of all rows.
const ITEM_PRIOR: f64 = 5.0;
/// Number of prior ratings of a genre or author, with the user's mean.
const TAG_PRIOR: f64 = 5.0;

/// Computes the features of samples, and learns the items' means from training rows.
pub struct Features {
    /// User features by position in [`Split::timeline`].
    users: Vec<UserRow>,
    /// (Yes answers, rows) by item, over the training rows learned so far.
    items: HashMap<u32, (f64, f64)>,
    share_yes: f64,
}

impl Features {
    /// A feature extractor before any training row; `share_yes` is the share of Yes among the training rows.
    pub fn new(dataset: &Dataset, split: &Split, share_yes: f64) -> Self {
        Self { users: user_rows(dataset, split), items: HashMap::new(), share_yes }
    }

    /// The features of a training row; its answer then counts for later rows. Rows must come in time order.
    ///
    /// The item mean is therefore a running one: if it included the row's own answer, or all others', the fit would learn to recover that answer.
    pub fn learn(&mut self, sample: &Sample) -> Row {
        let row = self.of(sample);
        let (n_yes, n) = self.items.entry(sample.item).or_default();
        *n_yes += f64::from(sample.label());
        *n += 1.0;
        row
    }

    /// Features of a sample that is later than all learned rows.
    pub fn of(&self, sample: &Sample) -> Row {
        let (n_yes, n) = self.items.get(&sample.item).copied().unwrap_or_default();
        let item_mean = (n_yes + ITEM_PRIOR * self.share_yes) / (n + ITEM_PRIOR);
        let [last, all, affinity, log_count] = self.users[sample.history.end as usize].map(f64::from);
        [item_mean, f64::from(n == 0.0), last, all, affinity, log_count]
    }
}

/// A user's features before one rating of the timeline: mean of the last ten ratings, mean of all, affinity, log of their number.
type UserRow = [f32; 4];

fn user_rows(dataset: &Dataset, split: &Split) -> Vec<UserRow> {
    let (tags, n_tags) = tags(dataset);
    let mut n_ratings: HashMap<u32, usize> = HashMap::new();
    for rating in &dataset.interactions {
        *n_ratings.entry(rating.user).or_default() += 1;
    }
    let mut users: Vec<(u32, usize)> = n_ratings.into_iter().collect();
    users.sort_unstable(); // the timeline's order

    let mut rows = Vec::with_capacity(split.timeline.len());
    let mut by_tag = vec![(0.0, 0.0); n_tags]; // (sum, count) of the user's ratings
    for (_, n) in users {
        let timeline = &split.timeline[rows.len()..rows.len() + n];
        by_tag.fill((0.0, 0.0));
        let mut sum = 0.0;
        for (at, (item, rating)) in timeline.iter().enumerate() {
            let tags = tags.get(item).map_or(&[][..], Vec::as_slice);
            rows.push(user_row(&timeline[..at], sum, tags, &by_tag));
            sum += f64::from(*rating);
            for tag in tags {
                by_tag[*tag].0 += f64::from(*rating);
                by_tag[*tag].1 += 1.0;
            }
        }
    }
    rows
}

fn user_row(before: &[(u32, f32)], sum: f64, tags: &[usize], by_tag: &[(f64, f64)]) -> UserRow {
    if before.is_empty() {
        return UserRow::default();
    }
    let n = before.len() as f64;
    let mean = sum / n;
    let last = &before[before.len().saturating_sub(MAX_HISTORY as usize)..];
    let last_mean = last.iter().map(|(_, rating)| f64::from(*rating)).sum::<f64>() / last.len() as f64;
    let affinity: f64 = tags.iter().map(|tag| by_tag[*tag]).map(|(sum, count)| (sum - count * mean) / (count + TAG_PRIOR)).sum();
    [last_mean as f32, mean as f32, (affinity / tags.len().max(1) as f64) as f32, n.ln() as f32]
}

/// Genres of every item (authors if it has no genres) as indices from 0, and the number of indices.
fn tags(dataset: &Dataset) -> (HashMap<u32, Vec<usize>>, usize) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut of_item = HashMap::new();
    for item in &dataset.items {
        let names = if item.genres.is_empty() { &item.authors } else { &item.genres };
        let tags: Vec<usize> = names
            .iter()
            .map(|name| {
                let next = numbers.len();
                *numbers.entry(name).or_insert(next)
            })
            .collect();
        of_item.insert(item.id, tags);
    }
    (of_item, numbers.len())
}

#[cfg(test)]
mod tests {
    use super::Features;
    use crate::data::interaction::{Dataset, Interaction, Item};
    use crate::data::split::{Sample, Split};

    use crate::data::authors::Authors;
    /// Users 3 and 8, with 8 first in the source; user 3 rates five films and then film 15, user 8 only film 15.
    fn tiny(target: f32) -> (Dataset, Split) {
        let film = |id, genres: &[&str]| {
            let genres = genres.iter().map(|genre| (*genre).to_owned()).collect();
            Item { id, title: String::new(), genres, authors: Vec::new(), year: None }
        };
        let items = vec![film(10, &["x"]), film(11, &["x", "y"]), film(12, &["y"]), film(13, &[]), film(14, &["x"]), film(15, &["x", "y"])];
        let timeline = vec![(10, 5.0), (11, 3.0), (12, 1.0), (13, 3.0), (14, 3.0), (15, target), (15, 2.0)];
        let users = [3, 3, 3, 3, 3, 3, 8];
        let rated = timeline.iter().zip(users).rev();
        let interactions = rated.map(|(&(item, rating), user)| Interaction { user, item, rating, time: 0 }).collect();
        let (train, valid, test) = (Vec::new(), Vec::new(), Vec::new());
        let split =
            Split { timeline, train, valid, test, standard_forget_users: Vec::new(), train_users: Vec::new(), authors: Authors::default() };
        (Dataset { name: "tiny".into(), interactions, items, ..Dataset::default() }, split)
    }

    fn sample(rating: f32) -> Sample {
        Sample { user: 3, item: 15, rating, time: 0, history: 0..5, first: 0, row: 0 }
    }

    #[test]
    fn by_hand() {
        let (dataset, split) = tiny(4.0);
        let mut features = Features::new(&dataset, &split, 0.6);
        // x: 5 + 3 + 3 with mean 3, (11 − 9)/(3 + 5); y: 3 + 1 with mean 3, (4 − 6)/(2 + 5); their mean is −1/56.
        let want = [0.6, 1.0, 3.0, 3.0, -1.0 / 56.0, 5f64.ln()];
        let first = features.learn(&sample(4.0));
        assert!(first.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6), "{first:?}");
        // One Yes and five prior answers, of which .6 are Yes.
        let second = features.of(&sample(4.0));
        assert!((second[0] - 4.0 / 6.0).abs() < 1e-12 && second[1] == 0.0 && second[2..] == first[2..], "{second:?}");
    }

    #[test]
    fn a_samples_own_answer_is_not_in_its_features() {
        let rows = [1.0, 5.0].map(|target| {
            let (dataset, split) = tiny(target);
            Features::new(&dataset, &split, 0.6).learn(&sample(target))
        });
        assert_eq!(rows[0], rows[1]);
    }
}
