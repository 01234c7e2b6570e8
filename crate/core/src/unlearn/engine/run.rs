//! Carries out a plan: one loop for each kind of plan.

use super::plan::Plan;
use super::recommender::Recommender;
use super::scratch::train_from_scratch;
use super::task::{Outcome, RunState, UnlearnTask};
use super::{shards, student};
use crate::host::Host;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::model::{Model, PretrainSpec, Trainable};
use crate::tensor::random::SeedRng;
use crate::{Error, Result};
use rand::SeedableRng;

/// Carries out `plan`. `watch` is called after every step of a student with the model, the step number and whether it is the last step.
///
/// # Errors
/// If a setting is invalid, the device fails or the host cancels.
pub async fn carry_out(
    plan: &Plan,
    task: &UnlearnTask<'_>,
    progress: &mut Progress,
    host: &mut dyn Host,
    watch: impl AsyncFnMut(&Model, u32, bool, &mut dyn Host) -> Result<()>,
) -> Result<Outcome> {
    if task.resume.is_some() && !matches!(plan, Plan::Student(_)) {
        return Err(Error::setting(
            "resume",
            "a method that trains whole models, or none, starts again from the beginning",
            "a checkpoint",
        ));
    }
    match plan {
        Plan::Student(plan) => student::run(plan, task, progress, host, watch).await,
        Plan::Shards(plan) => shards::run(plan, task, progress, host).await,
        Plan::Procedure(procedure) => {
            let mut rng = SeedRng::seed_from_u64(u64::from(task.seed));
            procedure.run(task, RunState { rng: &mut rng, progress, host }).await
        }
        Plan::Retrain => {
            let spec = PretrainSpec { seed: task.seed, ..task.training.clone() };
            let rows = task.sets.retain;
            let (model, n_steps) =
                train_from_scratch(task, &spec, rows, |h, n, total| progress.at(Phase::Retrain, n, total, h), host).await?;
            let trainable_params = model.n_params(Trainable::Base);
            Ok(Outcome { model: Recommender::from(model), n_steps, trainable_params, calibration: None, aside_ms: 0.0 })
        }
    }
}
