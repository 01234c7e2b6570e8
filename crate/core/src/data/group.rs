//! Two groups of users, for fairness: by what the dataset says about them, otherwise by how many ratings they gave.

use super::interaction::Dataset;
use std::collections::HashMap;

/// All users of a dataset, each in one of two groups.
#[derive(Debug, Clone)]
pub struct Groups {
    /// Names of the groups, for display: `women, men` or `fewer ratings, more ratings`.
    pub names: [&'static str; 2],
    of: HashMap<u32, bool>,
}

impl Groups {
    /// Women and men if the dataset states it; otherwise users with at most the median number of ratings, and users with more.
    pub fn new(dataset: &Dataset) -> Self {
        if !dataset.people.is_empty() {
            return Self { names: ["women", "men"], of: dataset.people.iter().map(|person| (person.id, person.male)).collect() };
        }
        let mut n_ratings: HashMap<u32, u32> = HashMap::new();
        for rating in &dataset.interactions {
            *n_ratings.entry(rating.user).or_default() += 1;
        }
        let mut counts: Vec<u32> = n_ratings.values().copied().collect();
        counts.sort_unstable();
        let median = counts.get(counts.len() / 2).copied().unwrap_or(0);
        let of = n_ratings.into_iter().map(|(user, n)| (user, n > median)).collect();
        Self { names: ["fewer ratings", "more ratings"], of }
    }

    /// Whether a user is in the second group; an unknown user is in the first.
    pub fn second(&self, user: u32) -> bool {
        self.of.get(&user).copied().unwrap_or(false)
    }
}
