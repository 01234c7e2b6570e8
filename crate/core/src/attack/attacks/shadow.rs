//! The shadow attack (Shokri et al. 2017, arXiv 1610.05820), with the likelihood ratio of Carlini et al. 2022 (LiRA, arXiv 2112.03570).
//!
//! The attacker tunes shadow adapters on random halves of users that the model never saw. This shows how confident a model is on rows that it was
//! tuned on and on other rows: two normal distributions of the logit ln(p / (1 − p)) of the true answer, separately for each true answer (Shokri
//! trains one attack per class). A row's score is the log ratio of the two densities; above 0 it is classified as a member. Simplified: LiRA fits
//! two distributions per row, which takes too long in a browser; and shadows are adapters on Original, not models trained from scratch.

use crate::Result;
use crate::attack::clock::Clock;
use crate::attack::context::{AttackContext, Rows};
use crate::attack::entry::AttackEntry;
use crate::attack::membership::{Scores, found};
use crate::attack::report::Finding;
use crate::attack::tune::{TuneSpec, Tuner, passes, ready};
use crate::host::Host;
use crate::model::Network;
use crate::tensor::random::SeedRng;
use crate::unlearn::engine::recommender::Recommender;
use crate::unlearn::param::{ParamEntry, Params};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use std::collections::BTreeSet;

/// The attack's entry.
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
        params["shadows"] * each + extent.both_sets() - (extent.n_models * extent.n_unseen / 2) as f64
    },
    run: |ctx, params, clock, host| Box::pin(run(ctx, params, clock, host)),
};

fn spec(params: &Params) -> TuneSpec {
    TuneSpec { lr: params["lr"], batch: params["batch"] as usize, steps: params["steps"] as u32 }
}

async fn run(ctx: &AttackContext<'_>, params: &Params, clock: &mut Clock, host: &mut dyn Host) -> Result<Finding> {
    let (pool, others) = divide(ctx);
    if pool.len() < 4 || others.rows.is_empty() {
        return Ok(ENTRY.skipped("There are too few people of whom the model saw nothing: shadow models need some to be trained on."));
    }
    let encoded = ctx.unseen.encoded;
    let truth = encoded.truth(&pool);
    let mut rng = SeedRng::seed_from_u64(u64::from(ctx.seed));
    let mut seen = GaussianFit::default();
    let spec = spec(params);
    for _ in 0..params["shadows"] as u32 {
        let mut order: Vec<usize> = (0..pool.len()).collect();
        order.shuffle(&mut rng);
        let (inside, _) = order.split_at(pool.len() / 2);
        let rows: Vec<u32> = inside.iter().map(|at| pool[*at]).collect();
        let start = ready(ctx.original, ctx.is_text(), &mut rng);
        let mut tuner = Tuner::new(start, encoded, &rows, spec, SeedRng::from_rng(&mut rng));
        tuner.until(spec.steps, clock, host).await?;
        let p = ctx.p_yes(&Recommender::from(tuner.model().frozen()), encoded, &pool, clock, host).await?;
        let is_in: BTreeSet<usize> = inside.iter().copied().collect();
        for (at, (p, liked)) in p.iter().zip(&truth).enumerate() {
            seen.add(is_in.contains(&at), *liked, logit(*p, *liked));
        }
    }
    let mut scores: Vec<Scores> = Vec::new();
    for (_, model) in ctx.models() {
        let mut of = Vec::new();
        for set in [&ctx.forget, &others] {
            let p = ctx.p_yes(&model, set.encoded, &set.rows, clock, host).await?;
            of.push(p.iter().zip(set.labels()).map(|(p, liked)| seen.score(liked, logit(*p, liked))).collect::<Vec<f64>>());
        }
        let others = of.pop().unwrap_or_default();
        scores.push([of.pop().unwrap_or_default(), others]);
    }
    let how = format!("trained {} shadow models of his own", params["shadows"]);
    Ok(found(&ENTRY, ctx, &others, &scores, "log ratio of the densities of members and others", &how))
}

/// Rows of every second unseen user for the shadows, and the other users' rows to be judged: no user is in both.
fn divide<'a>(ctx: &AttackContext<'a>) -> (Vec<u32>, Rows<'a>) {
    let unseen = &ctx.unseen;
    let user = |row: &u32| unseen.samples[*row as usize].user;
    let users: BTreeSet<u32> = unseen.rows.iter().map(user).collect();
    let of_pool: BTreeSet<u32> = users.into_iter().step_by(2).collect();
    let (pool, others) = unseen.rows.iter().partition(|row| of_pool.contains(&user(row)));
    (pool, Rows { rows: others, ..unseen.clone() })
}

/// The logit ln(p / (1 − p)) of the probability of the true answer, bounded where p rounds to 0 or 1.
fn logit(p_yes: f64, liked: bool) -> f64 {
    let p = if liked { p_yes } else { 1.0 - p_yes }.clamp(1e-9, 1.0 - 1e-9);
    (p / (1.0 - p)).ln()
}

/// Normal distributions of logits, by membership and true answer.
#[derive(Default)]
struct GaussianFit {
    /// `[in][liked]`: n, sum, sum of squares.
    sums: [[(f64, f64, f64); 2]; 2],
}

impl GaussianFit {
    fn add(&mut self, is_in: bool, liked: bool, logit: f64) {
        let (n, sum, squares) = &mut self.sums[usize::from(is_in)][usize::from(liked)];
        *n += 1.0;
        *sum += logit;
        *squares += logit * logit;
    }

    /// ln of the density at `logit`, up to a constant.
    fn log_density(&self, is_in: bool, liked: bool, logit: f64) -> f64 {
        let (n, sum, squares) = self.sums[usize::from(is_in)][usize::from(liked)];
        let mean = sum / n.max(1.0);
        // A floor for sets of one row, whose standard deviation is unknown.
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
        let mut fit = GaussianFit::default();
        // In: mean 2, standard deviation 1. Out: mean 0, standard deviation 1.
        [1.0, 3.0].iter().for_each(|logit| fit.add(true, true, *logit));
        [-1.0, 1.0].iter().for_each(|logit| fit.add(false, true, *logit));
        // −½ (x − 2)² + ½ x² = 2 x − 2.
        for x in [-1.0, 0.0, 1.0, 2.5] {
            assert!((fit.score(true, x) - (2.0 * x - 2.0)).abs() < 1e-12, "at {x}");
        }
        // Out twice as wide: at its mean the ratio is −½ 2² + ln 2.
        let mut wide = GaussianFit::default();
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
