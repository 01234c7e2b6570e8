//! How far a model puts one item before people: what accounts that push an item are there to raise, and what forgetting them must lower.

use super::state::Session;
use crate::data::every_nth;
use crate::host::Host;
use crate::unlearn::Recommender;
use crate::{Error, Result};
use serde::Serialize;
use std::collections::HashSet;

/// Number of people whose recommendations are looked at.
const N_PEOPLE: usize = 50;
/// Length of a list.
const N_ITEMS: usize = 10;

/// How far a model puts an item before people who have not rated it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exposure {
    /// Mean p(Yes) of the item.
    pub p_yes: f64,
    /// Mean of the share of all other candidates that stand below the item: 1 if it is everybody's first, 0.5 if it stands in the middle.
    pub above: f64,
    /// Share of the people among whose ten best items it is (exposure@10).
    pub in_lists: f64,
}

/// The exposure of an item by the models of the last run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exposures {
    /// Number of people who were asked for: evenly spaced over those who are not forgotten and have not rated the item.
    pub people: u32,
    /// By Original.
    pub original: Exposure,
    /// By the last run's model; `None` before a run.
    pub unlearned: Option<Exposure>,
    /// By Retrain, where there is one for the last run's forget set.
    pub retrain: Option<Exposure>,
}

impl Session {
    /// How far the models put an item before people whom the last run did not forget.
    ///
    /// # Errors
    /// If the item is not in the data or the target of too few training rows to be recommended, everybody rated it, the device fails or the host cancels.
    pub async fn exposure(&self, item: u32, host: &mut dyn Host) -> Result<Exposures> {
        let request = self.last.as_ref().and_then(|last| last.request.as_ref());
        let selection = request.map(|request| self.select(&request.forget)).transpose()?;
        let mut out: HashSet<u32> = self.dataset.interactions.iter().filter(|row| row.item == item).map(|row| row.user).collect();
        if let Some(selection) = &selection {
            out.extend(selection.forget.iter().map(|row| self.split.train[*row as usize].user));
        }
        let mut people: Vec<u32> = self.split.train_users.iter().copied().filter(|user| !out.contains(user)).collect();
        people.sort_unstable();
        let people = every_nth(&people, N_PEOPLE);
        if people.is_empty() {
            return Err(Error::setting("item", "must not be rated by everybody", item));
        }
        let models = [
            Some(Recommender::from(self.original.clone())),
            self.unlearned.clone(),
            selection.as_ref().and_then(|selection| self.retrain_of(selection)).map(|retrained| retrained.model.clone().into()),
        ];
        let mut sums = [[0.0; 3]; 3];
        for user in &people {
            let earlier: Vec<(u32, f32)> = self.ratings_of(*user)?.into_iter().map(|rating| (rating.item, rating.rating)).collect();
            let candidates = self.candidates(&earlier);
            for (model, sums) in models.iter().zip(&mut sums) {
                let Some(model) = model else { continue };
                let ranked = self.ranked(model, &candidates, host).await?;
                let Some(place) = ranked.iter().position(|(id, _)| *id == item) else {
                    return Err(Error::setting("item", "must be the target of enough training rows to be recommended", item));
                };
                let others = ranked.len().saturating_sub(1).max(1) as f64;
                let found = [ranked[place].1, 1.0 - place as f64 / others, f64::from(u8::from(place < N_ITEMS))];
                sums.iter_mut().zip(found).for_each(|(sum, value)| *sum += value);
            }
        }
        let mean = |[p_yes, above, in_lists]: [f64; 3]| {
            let n = people.len() as f64;
            Exposure { p_yes: p_yes / n, above: above / n, in_lists: in_lists / n }
        };
        let of = |at: usize| models[at].is_some().then(|| mean(sums[at]));
        Ok(Exposures { people: people.len() as u32, original: mean(sums[0]), unlearned: of(1), retrain: of(2) })
    }
}
