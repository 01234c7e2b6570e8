//! The nearest neighbours of the forget users: the users on whom forgetting is most likely to have a side effect.
//!
//! Similarity is the cosine between two users' training ratings, each centred at the user's mean (Pearson's correlation with unrated items as 0,
//! as in neighbourhood recommenders since Resnick et al. 1994).

use super::split::Split;
use std::collections::{HashMap, HashSet};

/// The `n` training users outside `forget_users` with the highest similarity to any one of them, most similar first; ties by lower id.
///
/// Returns all other training users if there are fewer than `n`. A user with no rated item in common, or with all ratings equal, has similarity 0.
pub fn neighbours(split: &Split, forget_users: &HashSet<u32>, n: usize) -> Vec<u32> {
    let vectors = vectors(split);
    let mut raters: HashMap<u32, Vec<(usize, f64)>> = HashMap::new(); // item → (index in `vectors`, weight) of retain users
    for (at, vector) in vectors.iter().enumerate().filter(|(_, vector)| !forget_users.contains(&vector.user)) {
        vector.weights.iter().for_each(|(item, weight)| raters.entry(*item).or_default().push((at, *weight)));
    }

    let mut best = vec![f64::NEG_INFINITY; vectors.len()];
    let mut cosine = vec![0.0; vectors.len()];
    for forgotten in vectors.iter().filter(|vector| forget_users.contains(&vector.user)) {
        cosine.fill(0.0);
        for (item, weight) in &forgotten.weights {
            raters.get(item).into_iter().flatten().for_each(|(at, other)| cosine[*at] += weight * other);
        }
        best.iter_mut().zip(&cosine).for_each(|(best, cosine)| *best = best.max(*cosine));
    }

    let mut order: Vec<usize> = (0..vectors.len()).filter(|at| !forget_users.contains(&vectors[*at].user)).collect();
    order.sort_by(|a, b| best[*b].total_cmp(&best[*a])); // the sort is stable, and `vectors` ascends by user
    order.into_iter().take(n).map(|at| vectors[at].user).collect()
}

/// A user's centred ratings, normalised to length 1.
struct Vector {
    user: u32,
    weights: Vec<(u32, f64)>,
}

/// The vectors of all training users, ascending by user.
fn vectors(split: &Split) -> Vec<Vector> {
    let mut ratings: HashMap<u32, Vec<(u32, f64)>> = HashMap::new();
    for sample in &split.train {
        ratings.entry(sample.user).or_default().push((sample.item, f64::from(sample.rating)));
    }
    let mut vectors: Vec<Vector> = ratings.into_iter().map(|(user, ratings)| Vector { user, weights: unit(ratings) }).collect();
    vectors.sort_unstable_by_key(|vector| vector.user);
    vectors
}

/// Subtracts the mean and divides by the length; all zeros if all ratings are equal.
fn unit(mut ratings: Vec<(u32, f64)>) -> Vec<(u32, f64)> {
    let mean = ratings.iter().map(|(_, rating)| rating).sum::<f64>() / ratings.len() as f64;
    ratings.iter_mut().for_each(|(_, rating)| *rating -= mean);
    let length = ratings.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
    ratings.iter_mut().for_each(|(_, weight)| *weight = if length > 1e-9 { *weight / length } else { 0.0 });
    ratings
}

#[cfg(test)]
mod tests {
    use super::neighbours;
    use crate::data::authors::Authors;
    use crate::data::split::{Sample, Split};
    use std::collections::HashSet;

    /// Training ratings as (user, item, stars).
    fn split(ratings: &[(u32, u32, f32)]) -> Split {
        let sample = |(user, item, rating): &(u32, u32, f32)| Sample {
            user: *user,
            item: *item,
            rating: *rating,
            time: 0,
            history: 0..0,
            first: 0,
            row: 0,
        };
        Split {
            timeline: Vec::new(),
            train: ratings.iter().map(sample).collect(),
            valid: Vec::new(),
            test: Vec::new(),
            standard_forget_users: Vec::new(),
            train_users: Vec::new(),
            authors: Authors::default(),
        }
    }

    #[test]
    fn ranked_by_the_most_alike_of_the_forgotten() {
        let split = split(&[
            // Forget users: 1 likes item 10 but not 11, 2 likes 12 but not 13.
            (1, 10, 5.0),
            (1, 11, 1.0),
            (2, 12, 4.0),
            (2, 13, 2.0),
            // 9 agrees with 2 (cosine 1), 8 agrees with 1 on one of two items (½), 5 disagrees with 1 (−1, but 0 with 2), 7 and 6 share nothing (0).
            (9, 12, 5.0),
            (9, 13, 4.0),
            (8, 10, 5.0),
            (8, 99, 1.0),
            (5, 10, 1.0),
            (5, 11, 5.0),
            (7, 98, 5.0),
            (7, 97, 1.0),
            (6, 10, 3.0), // a single rating has no direction
        ]);
        let forget = HashSet::from([1, 2]);
        assert_eq!(neighbours(&split, &forget, 2), [9, 8]);
        assert_eq!(neighbours(&split, &forget, 100), [9, 8, 5, 6, 7]);
        assert_eq!(neighbours(&split, &HashSet::from([1]), 100), [8, 2, 6, 7, 9, 5]);
    }
}
