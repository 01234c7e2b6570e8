//! Accounts that push one item, added to a data set: what a shop must make its recommender forget once it finds them.
//!
//! The “average attack” of the literature on shilling (Lam and Riedl 2004; Burke et al. 2015): every account rates items as others rated them, which
//! makes it look like a person, and then gives the pushed item five stars.

use super::interaction::{Dataset, Interaction};
use super::split::MIN_HISTORY;
use crate::tensor::random::SeedRng;
use crate::{Error, Result};
use rand::seq::index::sample;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;

/// Ratings that an account gives before the pushed item: enough for it to be trained on, with as many rows again.
const COVER: usize = 2 * MIN_HISTORY as usize;
/// An item covers an account only if it has at least this many ratings.
const MIN_RATINGS: usize = 10;
/// Stars that the pushed item gets.
const PUSHED: f32 = 5.0;
/// Of a hundred ratings in time order, where the accounts come in: inside the part that is trained on.
const WHEN: [usize; 2] = [15, 50];

/// Which item is pushed, and by how many accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spam {
    /// The pushed item.
    pub item: u32,
    /// Number of accounts.
    pub accounts: u32,
    /// Seed of what they rate, how and when.
    pub seed: u32,
}

/// Adds the accounts' ratings to a data set; their user ids, which follow the highest one.
///
/// # Errors
/// If the data do not describe the item, there are no accounts, too few items have ten ratings, or the ids run out.
pub fn add_spam(dataset: &mut Dataset, spam: Spam) -> Result<Vec<u32>> {
    if dataset.item(spam.item).is_none() {
        return Err(Error::setting("item", "must be one of the data set", spam.item));
    }
    if spam.accounts == 0 {
        return Err(Error::setting("accounts", "must be at least 1", 0));
    }
    let mut ratings: BTreeMap<u32, Vec<f32>> = BTreeMap::new();
    for row in &dataset.interactions {
        ratings.entry(row.item).or_default().push(row.rating);
    }
    let cover: Vec<(u32, Vec<f32>)> =
        ratings.into_iter().filter(|(item, given)| *item != spam.item && given.len() >= MIN_RATINGS).collect();
    if cover.len() < COVER {
        return Err(Error::setting("data", format!("must have {COVER} items with at least {MIN_RATINGS} ratings"), cover.len()));
    }
    let mut times: Vec<i64> = dataset.interactions.iter().map(|row| row.time).collect();
    times.sort_unstable();
    let first = dataset.interactions.iter().map(|row| row.user).max().unwrap_or(0);
    let users: Vec<u32> = (1..=spam.accounts)
        .map(|k| first.checked_add(k).ok_or_else(|| Error::setting("accounts", "must leave user ids below 4294967296", spam.accounts)))
        .collect::<Result<_>>()?;
    let mut rng = SeedRng::seed_from_u64(u64::from(spam.seed));
    for user in &users {
        let [from, to] = WHEN.map(|percent| times.len() * percent / 100);
        let mut time = times[rng.random_range(from..to.max(from + 1))];
        let mut rate = |item, rating| {
            dataset.interactions.push(Interaction { user: *user, item, rating, time });
            time += 1;
        };
        for at in sample(&mut rng, cover.len(), COVER) {
            let (item, given) = &cover[at];
            rate(*item, given[rng.random_range(0..given.len())]);
        }
        rate(spam.item, PUSHED);
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interaction::Item;
    use crate::data::split::split;

    fn dataset() -> Dataset {
        let item = |id| Item { id, title: format!("film {id}"), genres: Vec::new(), authors: Vec::new(), year: None };
        // Thirty people rate forty films one after another; film 41 has no rating.
        let rating =
            |at: u32| Interaction { user: 1 + at % 30, item: 1 + at / 30, rating: 1.0 + (at % 9) as f32 / 2.0, time: i64::from(at) };
        Dataset {
            name: "t".into(),
            interactions: (0..1200).map(rating).collect(),
            items: (1..=41).map(item).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn every_account_is_trained_on_with_the_pushed_item() {
        let mut data = dataset();
        let users = add_spam(&mut data, Spam { item: 41, accounts: 7, seed: 1 }).unwrap();
        assert_eq!(users, (31..=37).collect::<Vec<u32>>());
        let split = split(&data).unwrap();
        for user in users {
            let rows: Vec<_> = split.train.iter().filter(|sample| sample.user == user).collect();
            assert!(rows.iter().any(|sample| sample.item == 41 && sample.label()), "account {user} is not trained on");
            assert!(!split.valid.iter().chain(&split.test).any(|sample| sample.user == user));
            let given: Vec<_> = data.interactions.iter().filter(|row| row.user == user).collect();
            assert_eq!(given.len(), COVER + 1);
            let real =
                |row: &&&Interaction| dataset().interactions.iter().any(|known| known.item == row.item && known.rating == row.rating);
            assert_eq!(given.iter().filter(real).count(), COVER, "an account rates as others rated");
        }
    }

    #[test]
    fn the_seed_decides_and_the_rest_stays() {
        let with = |seed| {
            let mut data = dataset();
            add_spam(&mut data, Spam { item: 41, accounts: 3, seed }).unwrap();
            data.interactions
        };
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
        assert_eq!(with(1)[..1200], dataset().interactions);
    }

    #[test]
    fn what_cannot_be_pushed_is_refused() {
        let refused = |spam, of: &str| {
            let error = add_spam(&mut dataset(), spam).unwrap_err().to_string();
            assert!(error.starts_with(of), "{error}");
        };
        refused(Spam { item: 42, accounts: 1, seed: 1 }, "item: must be one of the data set");
        refused(Spam { item: 41, accounts: 0, seed: 1 }, "accounts: must be at least 1");
        let mut few = dataset();
        few.interactions.retain(|row| row.item < 9);
        assert!(add_spam(&mut few, Spam { item: 41, accounts: 1, seed: 1 }).unwrap_err().to_string().contains("10 items"));
    }
}
