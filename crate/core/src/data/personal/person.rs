//! One more person in a data set: their ratings are trained on, and what is validated and tested stays as it was.
//!
//! The split goes by time, and a person who comes today would be tested instead of learned from. So they are added to a split that is made already:
//! their rows come after the other training rows, and no row of anybody else moves.

use crate::data::interaction::{Dataset, Interaction};
use crate::data::split::{MAX_HISTORY, MIN_HISTORY, Sample, Split};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::Range;

/// Fewest ratings of a person: five come before the first that can be learned from, and one or two more tell nothing.
pub const MIN_RATINGS: usize = MIN_HISTORY as usize + 3;

/// A person's ratings of a data set's items.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// In any order; of two of one item the later counts.
    pub ratings: Vec<PersonRating>,
}

/// One rating.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(deny_unknown_fields)]
pub struct PersonRating {
    /// The item's id in the data set.
    pub item: u32,
    /// Stars, 0.5 to 5 in steps of 0.5.
    pub rating: f32,
    /// Seconds since 1970; without, it comes after the one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
}

/// Where a person stands in the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Their number.
    pub user: u32,
    /// Their training rows.
    pub rows: Range<u32>,
}

/// Adds a person to a data set and its split.
///
/// # Errors
/// If an item is not of the data set, a rating or time is out of range, or there are fewer than [`MIN_RATINGS`].
pub fn place(person: &Person, dataset: &mut Dataset, split: &mut Split) -> Result<Placed> {
    let ratings = in_time(person, dataset)?;
    if ratings.len() < MIN_RATINGS {
        let rule = format!(
            "at least {MIN_RATINGS} of the data set's items must be rated: the first {MIN_HISTORY} are what the model is told before it is asked"
        );
        return Err(Error::setting("ratings", rule, ratings.len()));
    }
    let people = dataset.interactions.iter().map(|row| row.user).chain(dataset.people.iter().map(|person| person.id));
    let user = people.max().unwrap_or(0).checked_add(1);
    let user = user.ok_or_else(|| Error::setting("data", "must leave a number for one more person", u32::MAX))?;
    let (first, row) = (split.timeline.len() as u32, dataset.interactions.len() as u32);
    let start = split.train.len() as u32;
    for (n_before, (item, rating, time)) in (0..).zip(ratings) {
        let at = first + n_before;
        if n_before >= MIN_HISTORY {
            let history = at - n_before.min(MAX_HISTORY)..at;
            split.train.push(Sample { user, item, rating, time, history, first, row: row + n_before });
        }
        split.timeline.push((item, rating));
        dataset.interactions.push(Interaction { user, item, rating, time });
    }
    split.train_users.push(user);
    Ok(Placed { user, rows: start..split.train.len() as u32 })
}

/// The ratings in time order, one for an item. Without a time a rating comes after the one before it; where none has a time, after all of the data.
fn in_time(person: &Person, dataset: &Dataset) -> Result<Vec<(u32, f32, i64)>> {
    let known = person.ratings.iter().find_map(|rating| rating.time);
    let mut last = known.map_or_else(|| dataset.interactions.iter().map(|row| row.time).max().unwrap_or(0), |time| time as i64);
    let mut by_item: HashMap<u32, (f32, i64)> = HashMap::new();
    for PersonRating { item, rating, time } in &person.ratings {
        if dataset.item(*item).is_none() {
            return Err(Error::setting("ratings.item", "must be one of the data set", item));
        }
        if !(0.5..=5.0).contains(rating) || (rating * 2.0).fract() != 0.0 {
            return Err(Error::setting("ratings.rating", "must be 0.5 to 5 in steps of 0.5", rating));
        }
        last = match time {
            // 2^53: whole numbers up to here are exact
            Some(time) if (0.0..9e15).contains(time) => *time as i64,
            Some(time) => return Err(Error::setting("ratings.time", "must be seconds since 1970", time)),
            None if known.is_some() => last,
            None => last + 1,
        };
        let of = by_item.entry(*item).or_insert((*rating, last));
        if last >= of.1 {
            *of = (*rating, last);
        }
    }
    let mut ratings: Vec<_> = by_item.into_iter().map(|(item, (rating, time))| (item, rating, time)).collect();
    ratings.sort_by_key(|(item, _, time)| (*time, *item));
    Ok(ratings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interaction::Item;
    use crate::data::split::split;

    fn dataset() -> Dataset {
        let item = |id| Item { id, title: format!("film {id}"), genres: Vec::new(), authors: Vec::new(), year: None };
        let rating = |at: u32| Interaction { user: 1 + at % 3, item: 1 + at / 3, rating: 3.0, time: i64::from(at) };
        Dataset { name: "t".into(), interactions: (0..90).map(rating).collect(), items: (1..=31).map(item).collect(), ..Default::default() }
    }

    fn person(n: u32) -> Person {
        Person {
            ratings: (0..n).map(|at| PersonRating { item: 31 - at, rating: 4.5, time: Some(f64::from(2_000_000_000 + at)) }).collect(),
        }
    }

    #[test]
    fn the_person_is_trained_on_and_nobody_elses_rows_move() {
        let mut data = dataset();
        let mut divided = split(&data).unwrap();
        let before = divided.clone();
        let placed = place(&person(12), &mut data, &mut divided).unwrap();
        let n = before.train.len();
        assert_eq!((placed.user, placed.rows.clone()), (4, n as u32..n as u32 + 7));
        assert_eq!(divided.train[..n], before.train[..]);
        assert_eq!(
            (&divided.valid, &divided.test, &divided.standard_forget_users),
            (&before.valid, &before.test, &before.standard_forget_users)
        );
        let (first, last) = (&divided.train[n], &divided.train[n + 6]);
        // By hand: the sixth rating follows five, the twelfth the latest ten of eleven.
        assert_eq!(divided.history(first), [31, 30, 29, 28, 27].map(|item| (item, 4.5)));
        assert_eq!((first.item, last.item, divided.history(last).len()), (26, 20, 10));
        assert_eq!(divided.question(last).earlier.len(), 11);
        assert_eq!(data.interactions[first.row as usize].item, 26);
        assert_eq!(divided.train_users.last(), Some(&4));
    }

    #[test]
    fn of_two_ratings_the_later_counts_and_order_stands_for_time() {
        let rating = |item, rating, time| PersonRating { item, rating, time };
        let twice = Person { ratings: vec![rating(1, 2.0, Some(50.0)), rating(2, 3.0, None), rating(1, 5.0, Some(40.0))] };
        assert_eq!(in_time(&twice, &dataset()).unwrap(), [(1, 2.0, 50), (2, 3.0, 50)]);
        let undated = Person { ratings: vec![rating(9, 2.0, None), rating(2, 3.0, None)] };
        assert_eq!(in_time(&undated, &dataset()).unwrap(), [(9, 2.0, 90), (2, 3.0, 91)]);
    }

    #[test]
    fn what_cannot_be_placed_is_refused() {
        let said = |person: &Person| {
            let mut data = dataset();
            let mut divided = split(&data).unwrap();
            place(person, &mut data, &mut divided).unwrap_err().to_string()
        };
        assert!(said(&person(7)).starts_with("ratings: at least 8 of the data set's items"));
        let with = |change: fn(&mut PersonRating)| {
            let mut person = person(9);
            change(&mut person.ratings[0]);
            said(&person)
        };
        assert!(with(|rating| rating.item = 99).starts_with("ratings.item: must be one of the data set"));
        assert!(with(|rating| rating.rating = 4.3).starts_with("ratings.rating: must be 0.5 to 5"));
        assert!(with(|rating| rating.time = Some(-1.0)).starts_with("ratings.time: must be seconds since 1970"));
    }
}
