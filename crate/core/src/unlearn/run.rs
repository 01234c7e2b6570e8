//! Carries out a plan: one loop a kind of plan.

use super::ensemble::Recommender;
use super::plan::Plan;
use super::{depn, fuse, shards, student};
use crate::data::batch::Encoded;
use crate::data::interaction::Dataset;
use crate::data::vocabulary::Vocabulary;
use crate::model::{Model, Network, Trainable};
use crate::package::Files;
use crate::package::manifest::START;
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::pretrain::{PretrainSpec, pretrain};
use crate::train::progress::Progress;
use crate::train::tune::{Start, tune};
use crate::{Error, Result};

/// What is forgotten and what stays, as rows of one set of encoded training prompts.
#[derive(Clone, Copy)]
pub struct Sets<'a> {
    /// All training rows.
    pub encoded: &'a Encoded,
    /// Rows to forget.
    pub forget: &'a [u32],
    /// Rows that stay.
    pub retain: &'a [u32],
}

/// Rows of people who have no training row: data that no model here was trained on.
#[derive(Clone, Copy)]
pub struct Fresh<'a> {
    /// All validation rows.
    pub encoded: &'a Encoded,
    /// Those of such people; may be none.
    pub rows: &'a [u32],
}

/// What there is before a run.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The model that is to forget.
    pub original: &'a Model,
    /// What it is to forget.
    pub sets: Sets<'a>,
    /// What nobody was trained on.
    pub fresh: Fresh<'a>,
    /// The rows of each request where several are made at once, else all of them.
    pub requests: &'a [Vec<u32>],
    /// Who gave the rating of every training row.
    pub users: &'a [u32],
    /// The data.
    pub dataset: &'a Dataset,
    /// The model's tokens.
    pub vocabulary: &'a Vocabulary,
    /// How the original was trained.
    pub training: &'a PretrainSpec,
    /// What a language model's Original was tuned from, if it is known; a nano starts from nothing.
    pub start: Option<&'a Start>,
    /// Seed of everything random in the run.
    pub seed: u32,
    /// Name of the run, by what it is asked for and on what: a checkpoint of another is refused.
    pub run: &'a str,
    /// A checkpoint of it to go on from.
    pub resume: Option<&'a Files>,
    /// How much the forget rows' log loss is expected to rise, nats: what Retrain brought on other people when the package was made.
    pub expected_rise: Option<f64>,
}

/// What a method made.
pub struct Outcome {
    /// The model that is to have forgotten.
    pub model: Recommender,
    /// Optimiser steps.
    pub n_steps: u32,
    /// Numbers that could change.
    pub trainable_params: u64,
    /// Time that is not the method's: evaluation while it ran, models that must be there before the request. ms.
    pub aside_ms: f64,
}

/// Carries out `plan`. `watch` is called with a student after every step, and told which is the last.
///
/// # Errors
/// If a setting does not fit, the device fails or the host cancels.
pub async fn carry_out<H: Host>(
    plan: &Plan,
    world: &World<'_>,
    progress: &mut Progress,
    host: &mut H,
    watch: impl AsyncFnMut(&Model, u32, bool, &mut H) -> Result<()>,
) -> Result<Outcome> {
    if world.resume.is_some() && !matches!(plan, Plan::Student(_)) {
        return Err(Error::setting("resume", "a method that trains whole models, or none, begins anew", "a checkpoint"));
    }
    match plan {
        Plan::Student(plan) => student::run(plan, world, progress, host, watch).await,
        Plan::Shards(plan) => shards::run(plan, world, progress, host).await,
        Plan::Fused(plan) => fuse::run(plan, world, progress, host).await,
        Plan::Neurons(plan) => depn::run(plan, world, progress, host).await,
        Plan::Retrain => {
            let spec = PretrainSpec { seed: world.seed, ..world.training.clone() };
            let (model, n_steps) =
                from_nothing(world, &spec, world.sets.retain, |h, n, total| progress.at(Phase::Retrain, n, total, h), host).await?;
            let trainable_params = model.n_params(Trainable::Base);
            Ok(Outcome { model: Recommender::from(model), n_steps, trainable_params, aside_ms: 0.0 })
        }
    }
}

/// A model from nothing, or from a language model's start, on `rows`, and its steps; `tell` hears of rows seen and rows to be seen.
pub(super) async fn from_nothing<H: Host>(
    world: &World<'_>,
    spec: &PretrainSpec,
    rows: &[u32],
    mut tell: impl FnMut(&mut H, u32, u32),
    host: &mut H,
) -> Result<(Model, u32)> {
    let mut n_steps = 0;
    let n_rows = rows.len() as u32;
    let encoded = world.sets.encoded;
    let tell = |h: &mut H, step: u32, total: u32| {
        n_steps = total;
        tell(h, (u64::from(n_rows) * u64::from(step) / u64::from(total)) as u32, n_rows);
    };
    let model = match world.vocabulary {
        Vocabulary::Items(items) => pretrain(spec, world.dataset, items, encoded, rows, &world.original.device(), host, tell).await?.into(),
        Vocabulary::Text(_) => {
            let rule = "a language model is trained again from where it started, and the package does not have that";
            let start = world.start.ok_or_else(|| Error::setting("method", rule, START))?;
            tune(spec, start, encoded, rows, host, tell).await?
        }
    };
    Ok((model, n_steps))
}
