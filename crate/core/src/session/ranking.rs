//! Ranking of a nano: for every user who stays, where the next liked item stands among items that the user never rated. Opt-in, since it asks for many
//! answers per user.
//!
//! The next liked item is the first liked row of the user's test rows in time order. Sampled: beside 99 items drawn evenly from those with a training
//! row, once, by a seed that is the same for every model (SASRec's protocol, arXiv 1808.09781). Full: beside all of them, since sampled figures can
//! put models in another order (Krichene and Rendle 2020). Differs from leave-one-out evaluation: the split is by time, so no model has seen a later row.

use super::state::Session;
use crate::data::batch::Encoded;
use crate::data::prompt::Question;
use crate::data::select::Selection;
use crate::data::split::Sample;
use crate::host::Host;
use crate::metric::ranking::{RankingFigures, rank_of_first, ranking};
use crate::report::Candidates;
use crate::tensor::random::SeedRng;
use crate::unlearn::engine::recommender::Recommender;
use crate::{Error, Result};
use rand::SeedableRng;
use rand::seq::index::sample;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Number of sampled items beside the liked one.
const SAMPLED: usize = 99;
/// Seed of the sample, the same for every model.
const SEED: u64 = 99;

impl Session {
    /// Refuses a ranking where it is not measured.
    ///
    /// # Errors
    /// If the model is a language model.
    pub(super) fn check_ranking(&self, candidates: Option<Candidates>) -> Result<()> {
        match (candidates, self.vocabulary.text()) {
            (Some(_), Some(_)) => Err(Error::setting(
                "ranking",
                "is measured for nanos: a language model would take hours for so many prompts",
                "a language model",
            )),
            _ => Ok(()),
        }
    }

    /// The ranking figures of a model over the users that a selection does not forget whole; `None` if none of them likes anything in the test set.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub(super) async fn ranking(
        &self,
        model: &Recommender,
        selection: &Selection,
        candidates: Candidates,
        host: &mut dyn Host,
    ) -> Result<Option<RankingFigures>> {
        let known: Vec<u32> = self.n_train().into_keys().collect::<BTreeSet<_>>().into_iter().collect();
        let mut rated: HashMap<u32, HashSet<u32>> = HashMap::new();
        for interaction in &self.dataset.interactions {
            rated.entry(interaction.user).or_default().insert(interaction.item);
        }
        let mut rng = SeedRng::seed_from_u64(SEED);
        let (mut ranks, mut n_candidates) = (Vec::new(), 0);
        for next in self.next_liked(selection).values() {
            let unrated: Vec<u32> = known.iter().copied().filter(|item| !rated[&next.user].contains(item)).collect();
            let others = match candidates {
                Candidates::Full => unrated,
                Candidates::Sampled => {
                    sample(&mut rng, unrated.len(), SAMPLED.min(unrated.len())).into_iter().map(|at| unrated[at]).collect()
                }
            };
            let own = self.split.question(next);
            let mut prompts = Encoded::default();
            for item in std::iter::once(next.item).chain(others) {
                prompts.push(&Question { user: own.user, ..self.split.ask(own.earlier, item) }, true, &self.vocabulary);
            }
            n_candidates += prompts.len();
            ranks.push(rank_of_first(&self.p_yes_of_candidates(model, &prompts, host).await?));
        }
        Ok(ranking(&ranks, n_candidates as f64 / ranks.len().max(1) as f64))
    }

    /// The first liked test row of every user who is not forgotten whole, by user. Users without training rows stay too.
    fn next_liked(&self, selection: &Selection) -> BTreeMap<u32, &Sample> {
        let user = |row: &u32| self.split.train[*row as usize].user;
        let stay: HashSet<u32> = selection.retain.iter().map(user).collect();
        let gone: HashSet<u32> = selection.forget.iter().map(user).filter(|user| !stay.contains(user)).collect();
        let mut next = BTreeMap::new();
        // Test rows are in time order.
        for sample in self.split.test.iter().filter(|sample| sample.label() && !gone.contains(&sample.user)) {
            next.entry(sample.user).or_insert(sample);
        }
        next
    }
}
