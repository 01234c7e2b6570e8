//! Whether people who are forgotten together also acted together: most of them gave one item the same answer, and hardly anybody else rated it.
//!
//! A model that never saw *one* of them still learned that from the others, so cross-fitting by person does not say what a model without all of them
//! would answer (measured: RESULTS.md, “Accounts that push an item”).

use super::split::Sample;
use std::collections::HashMap;

/// Fewest people who can be said to act together: fewer share an item by chance.
const PEOPLE: usize = 10;

/// An item that forgotten people have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommonItem {
    /// Its id.
    pub item: u32,
    /// Forgotten people who rated it.
    pub people: usize,
    /// Its training ratings in all.
    pub ratings: usize,
}

/// The item that at least half of the forgotten people rated, nine in ten of them alike, and of which they hold at least four fifths of the training
/// ratings; `None` if there is none. `forget` are rows of `train`.
pub fn common_item(train: &[Sample], forget: &[u32]) -> Option<CommonItem> {
    #[derive(Default)]
    struct Count {
        liked: usize,
        disliked: usize,
    }
    let mut people: Vec<u32> = forget.iter().map(|row| train[*row as usize].user).collect();
    people.sort_unstable();
    people.dedup();
    if people.len() < PEOPLE {
        return None;
    }
    let mut counts: HashMap<u32, Count> = HashMap::new();
    for row in forget {
        let sample = &train[*row as usize];
        let count = counts.entry(sample.item).or_default();
        *(if sample.label() { &mut count.liked } else { &mut count.disliked }) += 1;
    }
    counts.retain(|_, Count { liked, disliked }| {
        let n = *liked + *disliked;
        n >= PEOPLE && 2 * n >= people.len() && 10 * (*liked).max(*disliked) >= 9 * n
    });
    let mut ratings: HashMap<u32, usize> = HashMap::new();
    for sample in train.iter().filter(|sample| counts.contains_key(&sample.item)) {
        *ratings.entry(sample.item).or_default() += 1;
    }
    let found = counts.iter().map(|(item, count)| CommonItem { item: *item, people: count.liked + count.disliked, ratings: ratings[item] });
    // Of several, the one that most share; the lowest id of those, so that the answer does not follow the map's order.
    found.filter(|of| 5 * of.people >= 4 * of.ratings).max_by_key(|of| (of.people, std::cmp::Reverse(of.item)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(user: u32, item: u32, rating: f32) -> Sample {
        Sample { user, item, rating, time: 0, history: 0..0, first: 0, row: 0 }
    }

    /// Twelve people rate item 7 with five stars and an item of their own; `others` people rate item 7 too.
    fn rows(others: u32) -> Vec<Sample> {
        let pushed = (0..12).flat_map(|user| [row(user, 100 + user, 3.0), row(user, 7, 5.0)]);
        pushed.chain((0..others).map(|user| row(50 + user, 7, 2.0))).collect()
    }

    #[test]
    fn what_they_share_is_found_where_few_others_have_it() {
        let forget: Vec<u32> = (0..24).collect();
        assert_eq!(common_item(&rows(3), &forget), Some(CommonItem { item: 7, people: 12, ratings: 15 }));
        assert_eq!(common_item(&rows(4), &forget), None, "four of sixteen are others'");
        assert_eq!(common_item(&rows(3), &forget[..18]), None, "nine people may share an item by chance");
    }

    #[test]
    fn who_disagrees_does_not_act_together() {
        let mut rows = rows(0);
        rows[1].rating = 1.0;
        assert!(common_item(&rows, &(0..24).collect::<Vec<_>>()).is_some(), "eleven of twelve agree");
        rows[3].rating = 1.0;
        assert_eq!(common_item(&rows, &(0..24).collect::<Vec<_>>()), None, "ten of twelve do not suffice");
    }
}
