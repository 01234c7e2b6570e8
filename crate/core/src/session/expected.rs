//! What a model that never saw the forget rows is expected to answer: the package's cross-fitted answers, where they are right for the request.

use super::state::Session;
use crate::Result;
use crate::data::ForgetSpec;
use crate::data::common_item::common_item;
use crate::data::select::{Selection, select};
use crate::package::cross_fit::{CROSS_FIT, CrossFit};
use crate::package::manifest::CrossFitError;
use crate::report::Expectation;
use crate::unlearn::engine::expected::Expected;
use std::collections::{HashMap, HashSet};

impl Session {
    /// Adds the package's cross-fitted answers, which may be loaded later than the rest. Does nothing if the data are not those they were computed from.
    ///
    /// # Errors
    /// If the file's hash is not the manifest's, or it is of another number of rows.
    pub fn add_cross_fit(&mut self, bytes: &[u8]) -> Result<()> {
        self.manifest.verify(CROSS_FIT, bytes)?;
        if self.data_mismatch.is_none() {
            // A person who was taught later has no such answers, but exact ones.
            let n_taught = self.taught.as_ref().map_or(0, |taught| taught.rows.len());
            self.cross_fit = Some(CrossFit::read(bytes, self.train.len() - n_taught)?);
        }
        Ok(())
    }

    /// The expected answers to the forget rows of a request, or why there are none.
    ///
    /// People who are forgotten whole are answered by models that never saw them, single ratings by models that never saw the rating. For items and
    /// genres neither is right: their people stay, and a model without a fifth of everybody's rows knows less of every person. Nor for people who act
    /// together ([`common_item`]): who is left out one by one is still vouched for by the others.
    pub fn expected(&self, spec: &ForgetSpec, selection: &Selection) -> std::result::Result<Expected, String> {
        let known = self.cross_fit.as_ref().ok_or(match self.data_mismatch {
            Some(_) => "the package's cross-fitted answers are to other data",
            None => "the model has no cross-fitted answers",
        });
        if let Some(of) = common_item(&self.split.train, &selection.forget) {
            return Err(format!(
                "{} of the people gave {} the same answer and hold {} of its {} ratings: models that never saw one of them learned it from the \
                 others, so what a model without all of them would answer is not known; train Retrain",
                of.people,
                self.item(of.item).title,
                of.people,
                of.ratings
            ));
        }
        let user = |row: &u32| self.split.train[*row as usize].user;
        let stay: HashSet<u32> = selection.retain.iter().map(user).collect();
        let single = self.single_ratings(spec).map_err(|error| error.to_string())?;
        let mut log_odds = Vec::with_capacity(selection.forget.len());
        for row in &selection.forget {
            if let Some(taught) = self.taught.as_ref().filter(|taught| taught.rows.contains(row)) {
                if stay.contains(&taught.user) {
                    return Err("what a model would answer that was taught all of your ratings but these is not known; forget all of them, or train Retrain".into());
                }
                log_odds.push(taught.untaught[(row - taught.rows.start) as usize]);
                continue;
            }
            let known = known?;
            let of = if stay.contains(&user(row)) {
                if !single.contains(row) {
                    return Err("the cross-fitted answers are of models without a person or without single ratings; for an item or a genre they expect \
                                too much"
                        .into());
                }
                known.by_row.as_ref().ok_or("the cross-fitted answers are of models without a person, not without single ratings")?
            } else {
                &known.by_person
            };
            log_odds.push(of[*row as usize]);
        }
        Ok(Expected { log_odds })
    }

    /// The rows that a request names one by one.
    fn single_ratings(&self, spec: &ForgetSpec) -> Result<HashSet<u32>> {
        let parts = spec.any.as_deref().unwrap_or(std::slice::from_ref(spec));
        let mut rows = HashSet::new();
        for part in parts.iter().filter(|part| part.interactions.is_some()) {
            rows.extend(select(&self.split, &self.dataset, part)?.forget);
        }
        Ok(rows)
    }

    /// p(Yes) expected of a model that never saw a user, by the items of the user's training rows; empty where the package has no such answers.
    pub(super) fn expected_of(&self, user: u32) -> HashMap<u32, f32> {
        if let Some(taught) = self.taught.as_ref().filter(|taught| taught.user == user) {
            let rows = &self.split.train[taught.rows.start as usize..taught.rows.end as usize];
            let answers = Expected { log_odds: taught.untaught.clone() }.p_yes();
            return rows.iter().map(|sample| sample.item).zip(answers.into_iter().map(|p| p as f32)).collect();
        }
        let known = self.cross_fit.iter().flat_map(|known| self.split.train.iter().zip(&known.by_person));
        let (items, log_odds): (Vec<u32>, Vec<f64>) =
            known.filter(|(sample, _)| sample.user == user).map(|(sample, odds)| (sample.item, *odds)).unzip();
        items.into_iter().zip(Expected { log_odds }.p_yes().into_iter().map(|p| p as f32)).collect()
    }

    /// The figures of expected answers.
    pub fn expectation(&self, expected: &Expected, selection: &Selection) -> Expectation {
        let truth = self.train.truth(&selection.forget);
        let n = selection.forget.len() as f64;
        // What a model answered before it was taught is no estimate.
        let is_exact = |row: &u32| self.taught.as_ref().is_some_and(|taught| taught.rows.contains(row));
        let error = self
            .manifest
            .cross_fit_error
            .filter(|_| !selection.forget.iter().all(is_exact))
            .map(|error| (error.of_model + error.of_row / n).sqrt());
        Expectation { logloss: expected.logloss(&truth), auc: expected.auc(&truth), error }
    }
}

/// Differences of the mean loss of people, squared, as `of_model + of_row / rows` (least squares with weights by the number of rows, neither below zero).
pub(super) fn error_of(differences: &HashMap<u32, (f64, usize)>) -> CrossFitError {
    let points: Vec<(f64, f64, f64)> =
        differences.values().map(|(sum, n)| (1.0 / *n as f64, (sum / *n as f64).powi(2), *n as f64)).collect();
    let total: f64 = points.iter().map(|(_, _, w)| w).sum();
    let mean = |of: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(|point| point.2 * of(point)).sum::<f64>() / total.max(1.0);
    let (mean_x, mean_y) = (mean(&|point| point.0), mean(&|point| point.1));
    let (xy, xx) = (mean(&|(x, y, _)| (x - mean_x) * (y - mean_y)), mean(&|(x, _, _)| (x - mean_x).powi(2)));
    let slope = if xx > 0.0 { (xy / xx).clamp(0.0, if mean_x > 0.0 { mean_y / mean_x } else { 0.0 }) } else { 0.0 };
    CrossFitError { of_model: (mean_y - slope * mean_x).max(0.0), of_row: slope }
}
