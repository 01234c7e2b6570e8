//! The plan of a run, as plain data: a method's file makes it from parameters, and [`super::run`] carries it out.
//!
//! Most approximate methods train a student with an adapter on a weighted sum of cross entropies with fixed targets. Some give one term another
//! shape, start elsewhere or take steps of their own. The exact methods train models from scratch on fewer rows.

use super::calibrate::{Alpha, Scaling};
use super::init::{FreshAdapter, StudentInit, StudentSpec};
use super::loss_shape::LossShape;
use super::shards::ShardPlan;
use super::step::{AdamWStep, Step};
use super::task::{Outcome, RunState, Stage, TaskSizes, UnlearnTask};
use super::teachers::{AugmentSpec, LogitDifference, OwnTeacher};
use crate::Result;
use crate::host::LocalFuture;
use crate::host::event::Phase;
use std::fmt::Debug;
use std::sync::Arc;

/// What a run does.
#[derive(Debug, Clone)]
pub enum Plan {
    /// Trains an adapter on the original.
    Student(StudentPlan),
    /// Runs a procedure of the method's own.
    Procedure(Arc<dyn Procedure>),
    /// Trains a model from scratch on the retain rows.
    Retrain,
    /// Trains several models from scratch, of which only those that saw a forget row have to be trained again.
    Shards(ShardPlan),
}

/// A method that does not use the student's loop. Its cost follows from its stages, like that of any plan; its run is its own.
pub trait Procedure: Debug + Send + Sync {
    /// The stages of a run, for the cost estimate and the progress bar.
    fn stages(&self, sizes: &TaskSizes) -> Vec<Stage>;

    /// Number of optimiser steps; 0 if it takes none.
    fn n_steps(&self) -> u32 {
        0
    }

    /// The student it trains, if any; the memory of a step is estimated from it.
    fn student(&self) -> Option<&StudentPlan> {
        None
    }

    /// Carries the procedure out.
    ///
    /// # Errors
    /// If a setting is invalid, the device fails or the host cancels.
    fn run<'a>(&'a self, task: &'a UnlearnTask<'a>, state: RunState<'a>) -> LocalFuture<'a, Result<Outcome>>;
}

/// The source of a row's soft target.
#[derive(Debug, Clone)]
pub enum Teacher {
    /// The true answer, one-hot.
    Truth,
    /// The opposite answer, one-hot.
    Flipped,
    /// A random answer, drawn once per row.
    Coin,
    /// The original's mean answer distribution on users it never saw, separately for each true answer.
    Unseen,
    /// The original model's answer.
    Original,
    /// E2URec's forgetting teacher: the original's logits minus what a model overfitted on the forget rows has gained.
    Forgetting {
        /// How the overfitted (augmented) model is trained.
        augment: AugmentSpec,
        /// α: how strongly the difference is subtracted.
        alpha: Alpha,
        /// Which form of the difference is subtracted.
        difference: LogitDifference,
        /// Whether the difference is subtracted from the original's answer to a prompt whose history names nothing.
        generic: bool,
    },
    /// The original tuned further on the forget rows.
    Tuned(AugmentSpec),
    /// A randomly initialised model.
    Random,
    /// A custom teacher of the method.
    Own(Arc<dyn OwnTeacher>),
}

/// One term of the loss: `weight` × `shape` of the cross entropies with the teacher's answers. A negative weight pushes the student away.
#[derive(Debug, Clone)]
pub struct Term {
    /// The source of the targets.
    pub teacher: Teacher,
    /// Factor of the term in the loss.
    pub weight: f64,
    /// How the rows' values become one; the mean by default. At most one term, over the forget rows, may have another shape.
    pub shape: LossShape,
}

/// A run of the student's loop.
#[derive(Debug, Clone)]
pub struct StudentPlan {
    /// Adapter, learning rate and number of steps.
    pub student: StudentSpec,
    /// Forget rows per step at most; as many retain rows are added to each batch.
    pub batch: usize,
    /// Terms over the forget rows; if empty, forget rows are not used.
    pub forget: Vec<Term>,
    /// Terms over the retain rows; if empty, retain rows are not used.
    pub retain: Vec<Term>,
    /// Share of the steps, at the start, that use the forget terms alone, with weight 1.
    pub forget_first: f64,
    /// Whether to stop early: the run ends once the forget rows' loss reaches what is expected of a model that never saw them.
    pub stop: bool,
    /// What the adapter's scale is fitted to after the last step.
    pub scaling: Scaling,
    /// Where the student starts.
    pub init: Arc<dyn StudentInit>,
    /// How a step updates the student.
    pub step: Arc<dyn Step>,
}

impl Plan {
    /// The stages of a run, for the cost estimate and the progress bar.
    pub fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        match self {
            Plan::Retrain => vec![(Phase::Retrain, sizes.n_retain() as u32, 6.0 * f64::from(sizes.epochs))],
            Plan::Shards(plan) => plan.stages(sizes),
            Plan::Procedure(procedure) => procedure.stages(sizes),
            Plan::Student(plan) => plan.stages(sizes),
        }
    }

    /// Optimiser steps of the student, or of models trained from scratch with at most `batch` rows per step.
    pub fn n_steps(&self, sizes: &TaskSizes, batch: usize) -> u32 {
        match self {
            Plan::Student(plan) => plan.student.n_steps,
            Plan::Procedure(procedure) => procedure.n_steps(),
            Plan::Retrain => sizes.retain.n_batches(batch) as u32 * sizes.epochs,
            Plan::Shards(plan) => sizes.retain.n_batches(batch) as u32 * plan.epochs,
        }
    }

    /// The student that the plan trains, if any.
    pub fn student(&self) -> Option<&StudentPlan> {
        match self {
            Plan::Student(plan) => Some(plan),
            Plan::Procedure(procedure) => procedure.student(),
            Plan::Retrain | Plan::Shards(_) => None,
        }
    }
}

impl StudentPlan {
    /// A student with a fresh adapter that uses all terms from the first step to the last.
    pub fn new(student: StudentSpec, batch: usize, forget: Vec<Term>, retain: Vec<Term>) -> Self {
        Self {
            student,
            batch,
            forget,
            retain,
            forget_first: 0.0,
            stop: false,
            scaling: Scaling::AsTrained,
            init: Arc::new(FreshAdapter),
            step: Arc::new(AdamWStep),
        }
    }

    /// The stages of a run, for the cost estimate and the progress bar.
    pub fn stages(&self, sizes: &TaskSizes) -> Vec<Stage> {
        let (n_forget, n_retain) = (sizes.n_forget(), sizes.n_retain());
        let rows = |batch: usize| sizes.forget.rows_per_batch(batch);
        let n_steps = self.student.n_steps;
        let both = if self.retain.is_empty() || self.forget.is_empty() { 1.0 } else { 2.0 };
        let tunings = self.tunings();
        let n_tuned: u32 = tunings.iter().map(|spec| spec.steps).sum();
        let tuned = tunings.iter().map(|spec| f64::from(spec.steps) * rows(spec.batch)).sum::<f64>() / f64::from(n_tuned.max(1));
        let n_asked = |terms: &[Term]| terms.iter().map(Term::n_asked).sum::<usize>() as f64;
        let retained = (f64::from(n_steps) * rows(self.batch)).min(n_retain as f64);
        let asked = n_asked(&self.retain) * retained + n_asked(&self.forget) * n_forget as f64;
        let of_others = self.forget.iter().any(|term| matches!(&term.teacher, Teacher::Own(own) if own.precedes_request()));
        // A trained row costs about two forward passes more than an evaluated one.
        vec![
            (Phase::Retrain, if of_others { (n_retain + n_forget) as u32 } else { 0 }, 6.0 * f64::from(sizes.epochs)),
            (Phase::Augment, n_tuned, 3.0 * tuned),
            (Phase::Teachers, asked as u32, 1.0),
            (Phase::Student, n_steps, 3.0 * both * rows(self.batch) * self.step.cost()),
            self.scaling.stage(n_forget),
        ]
    }

    /// The tunings of the original that precede the student, in order.
    pub fn tunings(&self) -> Vec<AugmentSpec> {
        let of_terms = self.forget.iter().flat_map(|term| {
            let tuned = match term.teacher {
                Teacher::Forgetting { augment, .. } | Teacher::Tuned(augment) => Some(augment),
                _ => None,
            };
            // The gap is measured with a second tuned model, on unseen users.
            [tuned, tuned.filter(|_| term.shape == LossShape::Gap)]
        });
        of_terms.chain([self.init.tuning()]).flatten().collect()
    }
}

impl Teacher {
    /// Whether its answers come from a model.
    pub fn is_model(&self) -> bool {
        !matches!(self, Self::Truth | Self::Flipped | Self::Coin | Self::Unseen)
    }
}

impl Term {
    /// A plain term: the mean cross entropy with a teacher.
    pub fn new(teacher: Teacher, weight: f64) -> Self {
        Self { teacher, weight, shape: LossShape::Mean }
    }

    /// Number of model evaluations per row that its target needs.
    pub fn n_asked(&self) -> usize {
        let of_teacher = match &self.teacher {
            Teacher::Truth | Teacher::Flipped | Teacher::Coin | Teacher::Unseen => 0,
            Teacher::Own(own) => own.n_asked(),
            Teacher::Forgetting { generic, .. } => 1 + usize::from(*generic),
            Teacher::Original | Teacher::Random | Teacher::Tuned(_) => 1,
        };
        of_teacher + usize::from(self.shape.asks_original())
    }
}
