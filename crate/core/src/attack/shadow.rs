//! The shadow attack (Shokri et al. 2017, arXiv 1610.05820), with the likelihood ratio of Carlini et al. 2022 (LiRA, arXiv 2112.03570).
//!
//! The attacker tunes shadow adapters on random halves of people whom the model never saw, and so learns how confident a model is of rows that it
//! was tuned on and of rows that it was not: two normal distributions of the logit ln(p / (1 − p)) of the true answer, for each true answer apart
//! (Shokri trains an attack a class). A row's score is the log ratio of the two densities; above 0 it is called a member. Simplified: LiRA
//! fits two distributions a row, for which a browser has no time; and shadows are adapters on Original, not models from nothing.

use super::AttackEntry;
use super::membership::{Scores, found};
use super::report::Finding;
use super::scene::{Clock, Rows, Scene, both_sets, labels, skipped};
use super::tune::{TuneSpec, Tuner, passes, ready};
use crate::Result;
use crate::linear::random::SeedRng;
use crate::model::Network;
use crate::train::host::Host;
use crate::unlearn::{ParamEntry, Params, Recommender};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

pub const ENTRY: AttackEntry = AttackEntry {
    id: "shadow",
    label: "Shadow models",
    citation: "Shokri et al. 2017, arXiv 1610.05820; LiRA: Carlini et al. 2022, arXiv 2112.03570",
    summary: "The attacker trains models of his own on people of whom he knows whether they were in, learns how sure such models are of \
              them, and judges the forgotten ratings by that.",
    params: &[
        ParamEntry::int("shadows", "Shadow models", "How many the attacker trains; each costs the same.", [1.0, 16.0, 4.0]),
        ParamEntry::int("steps", "Steps of each", "More steps tell members more clearly.", [1.0, 2000.0, 60.0]),
        ParamEntry::float("lr", "Learning rate", "AdamW's step size for the shadows.", [1e-5, 0.1, 1e-4, 3e-3]),
        ParamEntry::int("batch", "Batch", "Rows a step.", [1.0, 256.0, 32.0]),
    ],
    text: &[("shadows", 2.0), ("steps", 16.0), ("lr", 1e-3), ("batch", 8.0)],
    passes: |params, extent| {
        let each = passes(spec(params), extent.n_unseen / 4) + extent.n_unseen as f64 / 2.0;
        params["shadows"] * each + both_sets(extent) - (extent.n_models * extent.n_unseen / 2) as f64
    },
};

fn spec(params: &Params) -> TuneSpec {
    TuneSpec { lr: params["lr"], batch: params["batch"] as usize, steps: params["steps"] as u32 }
}

pub async fn run<H: Host>(scene: &Scene<'_>, params: &Params, clock: &mut Clock, host: &mut H) -> Result<Finding> {
    let (pool, others) = divide(scene);
    if pool.len() < 4 || others.rows.is_empty() {
        return Ok(skipped(&ENTRY, "There are too few people of whom the model saw nothing: shadow models need some to be trained on."));
    }
    let encoded = scene.unseen.encoded;
    let truth = labels(encoded, &pool);
    let mut rng = SeedRng::seed_from_u64(u64::from(scene.seed));
    let mut seen = Fit::default();
    let spec = spec(params);
    for _ in 0..params["shadows"] as u32 {
        let mut order: Vec<usize> = (0..pool.len()).collect();
        order.shuffle(&mut rng);
        let (inside, _) = order.split_at(pool.len() / 2);
        let rows: Vec<u32> = inside.iter().map(|at| pool[*at]).collect();
        let start = ready(scene.original, scene.is_text(), &mut rng);
        let mut tuner = Tuner::new(start, encoded, &rows, spec, SeedRng::from_rng(&mut rng));
        tuner.until(spec.steps, clock, host).await?;
        let p = scene.p_yes(&Recommender::from(tuner.model().frozen()), encoded, &pool, clock, host).await?;
        let is_in: BTreeSet<usize> = inside.iter().copied().collect();
        for (at, (p, liked)) in p.iter().zip(&truth).enumerate() {
            seen.add(is_in.contains(&at), *liked, logit(*p, *liked));
        }
    }
    let mut scores: Vec<Scores> = Vec::new();
    for (_, model) in scene.models() {
        let mut of = Vec::new();
        for set in [&scene.forget, &others] {
            let p = scene.p_yes(&model, set.encoded, &set.rows, clock, host).await?;
            of.push(p.iter().zip(set.labels()).map(|(p, liked)| seen.score(liked, logit(*p, liked))).collect::<Vec<f64>>());
        }
        let others = of.pop().unwrap_or_default();
        scores.push([of.pop().unwrap_or_default(), others]);
    }
    let how = format!("trained {} shadow models of his own", params["shadows"]);
    Ok(found(&ENTRY, scene, &others, &scores, "log ratio of the densities of members and others", &how))
}

/// Rows of every second unseen person for the shadows, those of the others to be judged: nobody is in both.
fn divide<'a>(scene: &Scene<'a>) -> (Vec<u32>, Rows<'a>) {
    let unseen = &scene.unseen;
    let user = |row: &u32| unseen.samples[*row as usize].user;
    let users: BTreeSet<u32> = unseen.rows.iter().map(user).collect();
    let of_pool: BTreeSet<u32> = users.into_iter().step_by(2).collect();
    let (pool, others) = unseen.rows.iter().partition(|row| of_pool.contains(&user(row)));
    (pool, Rows { rows: others, ..unseen.clone() })
}

/// ln(p / (1 − p)) of the probability of the true answer, bounded where p is 0 or 1 as a float has it.
fn logit(p_yes: f64, liked: bool) -> f64 {
    let p = if liked { p_yes } else { 1.0 - p_yes }.clamp(1e-9, 1.0 - 1e-9);
    (p / (1.0 - p)).ln()
}

/// Normal distributions of logits, by membership and true answer.
#[derive(Default)]
struct Fit {
    /// `[in][liked]`: n, sum, sum of squares.
    sums: [[(f64, f64, f64); 2]; 2],
}

impl Fit {
    fn add(&mut self, is_in: bool, liked: bool, logit: f64) {
        let (n, sum, squares) = &mut self.sums[usize::from(is_in)][usize::from(liked)];
        *n += 1.0;
        *sum += logit;
        *squares += logit * logit;
    }

    /// ln of the density at `logit`, but for a constant.
    fn log_density(&self, is_in: bool, liked: bool, logit: f64) -> f64 {
        let (n, sum, squares) = self.sums[usize::from(is_in)][usize::from(liked)];
        let mean = sum / n.max(1.0);
        // A floor for sets of one row, whose deviation is not known.
        let sd = (squares / n.max(1.0) - mean * mean).max(0.0).sqrt().max(0.1);
        -0.5 * ((logit - mean) / sd).powi(2) - sd.ln()
    }

    fn score(&self, liked: bool, logit: f64) -> f64 {
        self.log_density(true, liked, logit) - self.log_density(false, liked, logit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihood_ratio_by_hand() {
        let mut fit = Fit::default();
        // In: mean 2, deviation 1. Out: mean 0, deviation 1.
        [1.0, 3.0].iter().for_each(|logit| fit.add(true, true, *logit));
        [-1.0, 1.0].iter().for_each(|logit| fit.add(false, true, *logit));
        // −½ (x − 2)² + ½ x² = 2 x − 2.
        for x in [-1.0, 0.0, 1.0, 2.5] {
            assert!((fit.score(true, x) - (2.0 * x - 2.0)).abs() < 1e-12, "at {x}");
        }
        // Out twice as wide: at its mean the ratio is −½ 2² + ln 2.
        let mut wide = Fit::default();
        [1.0, 3.0].iter().for_each(|logit| wide.add(true, false, *logit));
        [-2.0, 2.0].iter().for_each(|logit| wide.add(false, false, *logit));
        assert!((wide.score(false, 0.0) - (2f64.ln() - 2.0)).abs() < 1e-12);
    }

    #[test]
    fn logits_of_the_true_answer() {
        assert!((logit(0.75, true) - 3f64.ln()).abs() < 1e-12);
        assert!((logit(0.75, false) + 3f64.ln()).abs() < 1e-12);
        assert!(logit(1.0, true).is_finite() && logit(1.0, false).is_finite());
    }
}
