//! The most and the least active training users: CURE4Rec's core and edge sets (arXiv 2408.14393, 5 % of the users each; its random set is `percent`).
//!
//! Activity is the number of a user's training rows. In the public code core users are the most active in train, since they share the most items with
//! others; the paper's other words for it, neighbours in the graph of users and items, order users the same way: by their degree.

use super::split::Split;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// Which end of the order by activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Users with the most training rows.
    Most,
    /// Users with the fewest.
    Least,
}

/// `percent` of the training users, rounded down, but at least one: those with the most or the fewest training rows; ties by lower id.
pub fn by_activity(split: &Split, which: Activity, percent: u32) -> HashSet<u32> {
    let mut n_rows: BTreeMap<u32, usize> = BTreeMap::new();
    for sample in &split.train {
        *n_rows.entry(sample.user).or_default() += 1;
    }
    let mut order: Vec<(u32, usize)> = n_rows.into_iter().collect();
    // The sort is stable, and users ascend.
    match which {
        Activity::Most => order.sort_by_key(|(_, n)| Reverse(*n)),
        Activity::Least => order.sort_by_key(|(_, n)| *n),
    }
    let n = (order.len() * percent as usize / 100).max(1);
    order.into_iter().take(n).map(|(user, _)| user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::authors::Authors;
    use crate::data::split::Sample;

    #[test]
    fn both_ends_by_hand() {
        // Training rows: users 1 to 5 have 1, 3, 2, 3 and 1.
        let users = [1, 2, 2, 2, 3, 3, 4, 4, 4, 5];
        let sample = |user: &u32| Sample { user: *user, item: 1, rating: 4.0, time: 0, history: 0..0, first: 0, row: 0 };
        let split = Split {
            timeline: Vec::new(),
            train: users.iter().map(sample).collect(),
            valid: Vec::new(),
            test: Vec::new(),
            standard_forget_users: Vec::new(),
            train_users: Vec::new(),
            authors: Authors::default(),
        };
        let chosen = |which, percent| {
            let mut users: Vec<u32> = by_activity(&split, which, percent).into_iter().collect();
            users.sort_unstable();
            users
        };
        assert_eq!((chosen(Activity::Most, 20), chosen(Activity::Most, 60)), (vec![2], vec![2, 3, 4]));
        assert_eq!((chosen(Activity::Least, 20), chosen(Activity::Least, 40)), (vec![1], vec![1, 5]));
        assert_eq!(chosen(Activity::Most, 1), [2], "at least one");
    }
}
