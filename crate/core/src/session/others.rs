//! What forgetting costs other people: how much of their recommendations stays.

use super::state::Session;
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::every_nth;
use crate::data::select::Selection;
use crate::host::Host;
use crate::unlearn::Recommender;
use std::cmp::Reverse;
use std::collections::HashSet;

/// An item is recommended only if it is the target of at least this many training rows; with fewer, its score is noise.
const MIN_ROWS: u32 = 5;
/// Number of candidates that cost as much as one row, since they share their history.
const CANDIDATES_A_ROW: usize = 5;
/// Number of other people whose lists are compared.
const N_PEOPLE: usize = 20;
/// Length of a list.
const N_ITEMS: usize = 10;

/// The items that can be recommended to a user, with the prompts that ask about them.
pub(super) struct Candidates {
    /// Items that the user did not rate, ascending.
    pub(super) items: Vec<u32>,
    /// One prompt for each item.
    pub(super) prompts: Encoded,
    /// Number of items that could be ranked: a large model ranks only the most-rated ones.
    pub(super) n_known: usize,
}

/// Somebody who is not forgotten, with what Original recommends them.
struct Other {
    candidates: Candidates,
    /// Original's ten best items.
    list: Vec<u32>,
}

/// The lists of other people, with which a model's are compared.
pub(super) struct OthersLists(Vec<Other>);

impl OthersLists {
    /// Forward passes of a row that comparing another model's lists takes.
    pub(super) fn n_rows(&self) -> u32 {
        (self.0.iter().map(|other| other.candidates.items.len()).sum::<usize>() / CANDIDATES_A_ROW) as u32
    }
}

impl Session {
    /// What can be recommended to a user with these ratings, the earliest first.
    pub(super) fn candidates(&self, earlier: &[(u32, f32)]) -> Candidates {
        let rated: HashSet<u32> = earlier.iter().map(|(item, _)| *item).collect();
        let mut known: Vec<(u32, u32)> = self.n_train().into_iter().filter(|(item, n)| *n >= MIN_ROWS && !rated.contains(item)).collect();
        let n_known = known.len();
        known.sort_unstable_by_key(|(item, n)| (Reverse(*n), *item));
        known.truncate(self.quick_rows().saturating_mul(CANDIDATES_A_ROW));
        let mut items: Vec<u32> = known.into_iter().map(|(item, _)| item).collect();
        items.sort_unstable();
        let mut prompts = Encoded::default();
        for item in &items {
            prompts.push(&self.split.ask(earlier, *item), false, &self.vocabulary);
        }
        Candidates { items, prompts, n_known }
    }

    /// Candidates with their p(Yes), best first.
    pub(super) async fn ranked(&self, model: &Recommender, candidates: &Candidates, host: &mut dyn Host) -> Result<Vec<(u32, f64)>> {
        let scores = self.p_yes_of_candidates(model, &candidates.prompts, host).await?;
        let mut ranked: Vec<(u32, f64)> = candidates.items.iter().copied().zip(scores).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Ok(ranked)
    }

    /// Original's lists for at most 20 people who have no forget row, evenly spaced over those who were trained on. They are kept for the next run.
    /// `None` where lists are not compared, or the model is too large to rank every item.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub(super) async fn others_lists(&mut self, selection: &Selection, host: &mut dyn Host) -> Result<Option<OthersLists>> {
        if !self.compares_lists || self.n_train().len() > self.quick_rows().saturating_mul(CANDIDATES_A_ROW) {
            return Ok(None);
        }
        let forgotten: HashSet<u32> = selection.forget.iter().map(|row| self.split.train[*row as usize].user).collect();
        let mut others = self.split.train_users.clone();
        others.sort_unstable();
        let mut lists = Vec::new();
        // The places are chosen before the forgotten are left out, so that most people stay the same from run to run.
        for user in every_nth(&others, N_PEOPLE).into_iter().filter(|user| !forgotten.contains(user)) {
            let earlier: Vec<(u32, f32)> = self.ratings_of(user)?.into_iter().map(|rating| (rating.item, rating.rating)).collect();
            let candidates = self.candidates(&earlier);
            let list = match self.original_lists.get(&user) {
                Some(known) => known.clone(),
                None => self.best(&Recommender::from(self.original.clone()), &candidates, host).await?,
            };
            self.original_lists.insert(user, list.clone());
            lists.push(Other { candidates, list });
        }
        Ok(Some(OthersLists(lists)).filter(|lists| !lists.0.is_empty()))
    }

    /// Mean share of Original's ten best items that are among the model's ten best (overlap@10). `done` is told the share of the people who are done.
    ///
    /// # Errors
    /// If the device fails or the host cancels.
    pub(super) async fn lists_kept(
        &self,
        model: &Recommender,
        OthersLists(lists): &OthersLists,
        host: &mut dyn Host,
        mut done: impl FnMut(&mut dyn Host, f64),
    ) -> Result<f64> {
        let mut sum = 0.0;
        for (at, other) in lists.iter().enumerate() {
            sum += overlap(&other.list, &self.best(model, &other.candidates, host).await?);
            done(host, (at + 1) as f64 / lists.len() as f64);
        }
        Ok(sum / lists.len() as f64)
    }

    /// The ten items that a model ranks highest.
    async fn best(&self, model: &Recommender, candidates: &Candidates, host: &mut dyn Host) -> Result<Vec<u32>> {
        let ranked = self.ranked(model, candidates, host).await?;
        Ok(ranked.into_iter().take(N_ITEMS).map(|(item, _)| item).collect())
    }
}

/// Share of the items of a list that are in another.
fn overlap(list: &[u32], other: &[u32]) -> f64 {
    list.iter().filter(|item| other.contains(item)).count() as f64 / list.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn overlap_by_hand() {
        assert!((overlap(&[1, 2, 3, 4], &[4, 9, 1, 7]) - 0.5).abs() < 1e-12);
        assert_eq!((overlap(&[1, 2], &[2, 1]), overlap(&[], &[1])), (1.0, 0.0));
    }
}
