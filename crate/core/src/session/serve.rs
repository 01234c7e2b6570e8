//! What a user sees of the recommender: ratings with the models' answers, and recommendations, each before and after the last run.

use super::state::Session;
use crate::data::batch::Encoded;
use crate::data::interaction::Interaction;
use crate::data::split::Sample;
use crate::host::Host;
use crate::unlearn::Recommender;
use crate::{Error, Result};
use serde::Serialize;
use std::collections::HashMap;

/// Largest number of recommendations per request.
const MAX_K: u32 = 100;

/// An item for display.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Its id in the dataset.
    pub id: u32,
    /// Its title, with the year if it is known.
    pub title: String,
    /// Its genres, or its authors if it has no genres.
    pub genres: Vec<String>,
}

/// One rating of a user, with the models' probabilities that the user likes the item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rating {
    /// The rated item.
    pub item: Item,
    /// Stars.
    pub rating: f32,
    /// Time of the rating, as given in the dataset.
    pub time: i64,
    /// `train`, `valid`, `test`, or `context` if the rating only occurs in histories.
    pub set: &'static str,
    /// p(Yes) of the original; `None` if it was not asked.
    pub before: Option<f32>,
    /// p(Yes) of the last run's model; `None` if it was not asked.
    pub after: Option<f32>,
    /// p(Yes) expected of a model that never saw the user (cross-fitted); `None` where the package has no such answers, and for rows that were not
    /// trained on.
    pub expected: Option<f32>,
}

/// A user's ratings in time order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserRatings {
    /// The user's id.
    pub user: u32,
    /// All ratings of the user.
    pub ratings: Vec<Rating>,
}

/// One recommendation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendation {
    /// The recommended item.
    pub item: Item,
    /// The model's probability that the user likes it.
    pub p_yes: f32,
    /// Its rank, from 1.
    pub rank: u32,
    /// Its rank in the other model's list; `None` before a run.
    pub other_rank: Option<u32>,
}

/// The recommendations of the original and of the last run's model for one user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recommendations {
    /// The user's id.
    pub user: u32,
    /// The original's list, best first.
    pub before: Vec<Recommendation>,
    /// The last run's model's list; `None` before a run.
    pub after: Option<Vec<Recommendation>>,
    /// Number of items that were ranked.
    pub n_compared: u32,
    /// Number of items that could be ranked: a large model ranks only the most-rated ones.
    pub n_candidates: u32,
}

impl Session {
    /// A user's ratings with the models' answers. A large model is asked only about as many as a user will wait for.
    ///
    /// # Errors
    /// If the user is not in the data, the device fails or the host cancels.
    pub async fn user(&self, user: u32, host: &mut dyn Host) -> Result<UserRatings> {
        let ratings = self.ratings_of(user)?;
        let mut set_of: HashMap<u32, (&'static str, &Sample)> = HashMap::new();
        for (name, samples) in [("train", &self.split.train), ("valid", &self.split.valid), ("test", &self.split.test)] {
            set_of.extend(samples.iter().filter(|sample| sample.user == user).map(|sample| (sample.item, (name, sample))));
        }
        // The latest training rows come first, as the page shows them first.
        let samples: Vec<_> = ratings.iter().filter_map(|interaction| set_of.get(&interaction.item)).collect();
        let mut order: Vec<usize> = (0..samples.len()).rev().collect();
        order.sort_by_key(|at| samples[*at].0 != "train");
        order.truncate(self.quick_rows());
        order.sort_unstable();
        let answered: Vec<&Sample> = order.into_iter().map(|at| samples[at].1).collect();
        let prompts = Encoded::new(answered.iter().copied(), &self.split, &self.vocabulary);
        let answers =
            |p: Vec<f64>| -> HashMap<u32, f32> { answered.iter().map(|sample| sample.item).zip(p.into_iter().map(|p| p as f32)).collect() };
        let before = answers(self.p_yes(&Recommender::from(self.original.clone()), &prompts, host).await?);
        let after = match &self.unlearned {
            Some(model) => answers(self.p_yes(model, &prompts, host).await?),
            None => HashMap::new(),
        };
        let expected = self.expected_of(user);
        let rating = |interaction: &Interaction| Rating {
            item: self.item(interaction.item),
            rating: interaction.rating,
            time: interaction.time,
            set: set_of.get(&interaction.item).map_or("context", |(name, _)| *name),
            before: before.get(&interaction.item).copied(),
            after: after.get(&interaction.item).copied(),
            expected: expected.get(&interaction.item).copied(),
        };
        Ok(UserRatings { user, ratings: ratings.into_iter().map(rating).collect() })
    }

    /// The k items, not rated by the user, that each model ranks highest, each list with the ranks in the other.
    ///
    /// # Errors
    /// If the user is not in the data, `k` is not between 1 and 100, the device fails or the host cancels.
    pub async fn recommend(&self, user: u32, k: u32, host: &mut dyn Host) -> Result<Recommendations> {
        if !(1..=MAX_K).contains(&k) {
            return Err(Error::setting("k", format!("must be between 1 and {MAX_K}"), k));
        }
        let ratings = self.ratings_of(user)?;
        let earlier: Vec<(u32, f32)> = ratings.iter().map(|i| (i.item, i.rating)).collect();
        let candidates = self.candidates(&earlier);
        let before = self.ranked(&Recommender::from(self.original.clone()), &candidates, host).await?;
        let after = match &self.unlearned {
            Some(model) => Some(self.ranked(model, &candidates, host).await?),
            None => None,
        };
        Ok(Recommendations {
            user,
            before: self.top(&before, after.as_deref(), k),
            after: after.as_ref().map(|ranked| self.top(ranked, Some(&before), k)),
            n_compared: candidates.items.len() as u32,
            n_candidates: candidates.n_known as u32,
        })
    }

    /// An item for display.
    pub fn item(&self, id: u32) -> Item {
        match self.dataset.item(id) {
            Some(found) => Item {
                id,
                title: found.title_and_year(),
                genres: if found.genres.is_empty() { found.authors.clone() } else { found.genres.clone() },
            },
            None => Item { id, title: format!("item {id}"), genres: Vec::new() },
        }
    }

    /// Number of training rows by target item.
    pub fn n_train(&self) -> HashMap<u32, u32> {
        let mut n: HashMap<u32, u32> = HashMap::new();
        for sample in &self.split.train {
            *n.entry(sample.item).or_default() += 1;
        }
        n
    }

    /// A user's ratings in time order.
    pub(super) fn ratings_of(&self, user: u32) -> Result<Vec<&Interaction>> {
        let mut ratings: Vec<_> = self.dataset.interactions.iter().filter(|interaction| interaction.user == user).collect();
        if ratings.is_empty() {
            return Err(Error::setting("user", "must be one of the data set", user));
        }
        ratings.sort_by_key(|interaction| (interaction.time, interaction.item));
        Ok(ratings)
    }

    fn top(&self, ranked: &[(u32, f64)], other: Option<&[(u32, f64)]>, k: u32) -> Vec<Recommendation> {
        let others: HashMap<u32, u32> =
            other.map(|other| other.iter().zip(1..).map(|((item, _), rank)| (*item, rank)).collect()).unwrap_or_default();
        let entry = |((item, p), rank): (&(u32, f64), u32)| Recommendation {
            item: self.item(*item),
            p_yes: *p as f32,
            rank,
            other_rank: others.get(item).copied(),
        };
        ranked.iter().zip(1..).take(k as usize).map(entry).collect()
    }
}
