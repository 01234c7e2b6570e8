//! What a method wants done, as plain data: a method's file turns parameters into a [`Plan`], and one loop a kind of plan carries it out.
//!
//! Most approximate methods are a student with a fresh adapter and a loss that is a weighted sum of cross entropies with fixed targets; some bend one
//! of them, begin elsewhere or take steps of their own. The exact methods train models from nothing on fewer rows.

use super::Params;
use super::curve::Curve;
use super::depn::NeuronPlan;
use super::entry::{Choice, ParamEntry};
use super::fair::Fairness;
use super::mechanistic::Place;
use super::shards::Division;
use super::step::{Descend, Step};
use super::teachers::{AugmentSpec, Difference};
use crate::linear::LoraSpec;
use crate::model::Targets;
use crate::train::event::Phase;
use crate::{Error, Result};
use std::sync::Arc;

/// A longer run is a slip of the keyboard; its schedule alone would fill the memory.
const MAX_STEPS: u32 = 100_000;

/// What a plan depends on beside the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// Rows to forget.
    pub n_forget: usize,
    /// Training rows that stay.
    pub n_retain: usize,
    /// Students' steps, if the user says.
    pub steps: Option<u32>,
    /// Passes over the data with which the original was trained.
    pub epochs: u32,
    /// The original's blocks.
    pub n_blocks: usize,
    /// Requests that are made at once.
    pub n_requests: usize,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Plan {
    /// A student with an adapter on the original.
    Student(StudentPlan),
    /// Such a student for each of several requests, and their adapters fused.
    Fused(StudentPlan),
    /// Units of the original's MLPs are switched off; nothing is trained.
    Neurons(NeuronPlan),
    /// A model from nothing on the rows that stay.
    Retrain,
    /// Several models from nothing, of which only those that saw a forgotten row are trained again.
    Shards(ShardPlan),
}

/// What a row is drawn towards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Teacher {
    /// The true answer.
    Truth,
    /// The other answer.
    Flipped,
    /// An answer drawn at random, once a row.
    Coin,
    /// The original's mean answer to people it never saw, by their true answer.
    Unseen,
    /// The original model.
    Original,
    /// The original, stepped back from what a model overfitted on the forget rows knows: E2URec's forgetting teacher.
    Forgetting {
        /// How that model is made.
        augment: AugmentSpec,
        /// How far to step back.
        alpha: f64,
        /// In which form.
        difference: Difference,
        /// Whether from its answer to a prompt whose history names nothing.
        generic: bool,
    },
    /// The original tuned further on the forget rows.
    Tuned(AugmentSpec),
    /// The mean of models trained on other people than the row's.
    LeaveOneOut {
        /// How many there are, each with its own people.
        n_teachers: usize,
    },
    /// A model that never learned anything.
    Random,
}

/// `weight` × what `curve` makes of the cross entropies with what `teacher` says; a negative weight pushes away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Whose answer.
    pub teacher: Teacher,
    /// How much it counts.
    pub weight: f64,
    /// Their mean if straight. One term of the forget rows may be bent.
    pub curve: Curve,
}

/// Where a student begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beginning {
    /// At the original: the adapter changes nothing yet.
    Fresh,
    /// As far from the original as tuning on the forget rows leads, in the opposite direction (task vectors).
    Negated {
        /// How it is tuned; the adapter is the student's.
        tuned: AugmentSpec,
        /// How far back.
        lambda: f64,
    },
    /// At the original, with an adapter on the MLPs of some blocks alone.
    Located {
        /// How many blocks.
        n_blocks: usize,
        /// Which.
        place: Place,
    },
}

/// A student's run.
#[derive(Debug, Clone)]
pub struct StudentPlan {
    /// Adapter and optimiser.
    pub student: StudentSpec,
    /// Forget rows a step; as many retain rows come beside them.
    pub batch: usize,
    /// Terms over the forget rows; none leaves them out.
    pub forget: Vec<Term>,
    /// Terms over the retain rows; none leaves them out.
    pub retain: Vec<Term>,
    /// Share of the steps at the start that use the forget terms alone, brought to weight 1.
    pub forget_first: f64,
    /// Ends the run once the forget rows cost as much as is expected of a model that never saw them.
    pub stop: bool,
    /// Where it begins.
    pub begin: Beginning,
    /// What moves it.
    pub step: Arc<dyn Step>,
}

/// How the student trains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentSpec {
    /// Its adapter.
    pub lora: LoraSpec,
    /// Where the adapter sits.
    pub targets: Targets,
    /// Highest learning rate.
    pub lr: f64,
    /// Half a cosine to zero instead of a constant rate.
    pub cosine: bool,
    /// Optimiser steps.
    pub n_steps: u32,
}

/// Models over parts of the training rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShardPlan {
    /// How many.
    pub n_shards: usize,
    /// How rows come to their shard.
    pub division: Division,
    /// A learned attention over the shards' answers instead of their mean.
    pub attention: bool,
    /// Whether answers are made equally right for groups of people, and where.
    pub fairness: Option<Fairness>,
    /// Passes of every shard over its rows.
    pub epochs: u32,
}

/// `(phase, units, cost of a unit in forward passes of a row)`.
pub type Stage = (Phase, u32, f64);

impl Plan {
    /// The stages of a run for a progress bar, and its expected cost.
    pub fn stages(&self, setting: &Setting) -> Vec<Stage> {
        let Setting { n_forget, n_retain, epochs, n_blocks, .. } = *setting;
        match self {
            Plan::Retrain => vec![(Phase::Retrain, n_retain as u32, 6.0 * f64::from(epochs))],
            Plan::Shards(plan) => vec![
                (Phase::Retrain, (n_retain + n_forget) as u32, 6.0 * f64::from(plan.epochs)),
                (
                    Phase::Teachers,
                    if plan.attention || plan.fairness.is_some() { n_retain.min(super::ensemble::GATE_ROWS) as u32 } else { 0 },
                    plan.n_shards as f64,
                ),
            ],
            Plan::Neurons(plan) => vec![(Phase::Teachers, n_blocks as u32 * plan.n_passes(n_forget), plan.pass_cost(n_forget))],
            Plan::Student(plan) | Plan::Fused(plan) => {
                let rows = |batch: usize| batch.min(n_forget) as f64;
                let n_steps = plan.student.n_steps;
                let both = if plan.retain.is_empty() || plan.forget.is_empty() { 1.0 } else { 2.0 };
                let tunings = plan.tunings();
                let n_tuned: u32 = tunings.iter().map(|spec| spec.steps).sum();
                let tuned = tunings.iter().map(|spec| f64::from(spec.steps) * rows(spec.batch)).sum::<f64>() / f64::from(n_tuned.max(1));
                let n_asked = |terms: &[Term]| terms.iter().map(|term| term.n_asked()).sum::<usize>() as f64;
                let retained = (f64::from(n_steps) * rows(plan.batch)).min(n_retain as f64);
                let asked = n_asked(&plan.retain) * retained + n_asked(&plan.forget) * n_forget as f64;
                let of_others = plan.forget.iter().any(|term| matches!(term.teacher, Teacher::LeaveOneOut { .. }));
                // A trained row costs about two forward passes more than an answered one.
                vec![
                    (Phase::Retrain, if of_others { (n_retain + n_forget) as u32 } else { 0 }, 6.0 * f64::from(epochs)),
                    (Phase::Augment, n_tuned, 3.0 * tuned),
                    (Phase::Teachers, asked as u32, 1.0),
                    (Phase::Student, n_steps, 3.0 * both * rows(plan.batch) * plan.step.cost()),
                ]
            }
        }
    }

    /// Steps of the student, or of the models trained from nothing at `batch` rows a step.
    pub fn n_steps(&self, setting: &Setting, batch: usize) -> u32 {
        match self {
            Plan::Student(plan) | Plan::Fused(plan) => plan.student.n_steps,
            Plan::Neurons(_) => 0,
            Plan::Retrain => (setting.n_retain.div_ceil(batch)) as u32 * setting.epochs,
            Plan::Shards(plan) => (setting.n_retain.div_ceil(batch)) as u32 * plan.epochs,
        }
    }
}

impl StudentPlan {
    /// Terms with a fresh adapter, from the first step to the last.
    pub fn new(student: StudentSpec, batch: usize, forget: Vec<Term>, retain: Vec<Term>) -> Self {
        Self { student, batch, forget, retain, forget_first: 0.0, stop: false, begin: Beginning::Fresh, step: Arc::new(Descend) }
    }

    /// Tunings of the original that come before the student, in order.
    pub fn tunings(&self) -> Vec<AugmentSpec> {
        let begun = if let Beginning::Negated { tuned, .. } = self.begin { Some(tuned) } else { None };
        let of_terms = self.forget.iter().flat_map(|term| {
            let tuned = match term.teacher {
                Teacher::Forgetting { augment, .. } | Teacher::Tuned(augment) => Some(augment),
                _ => None,
            };
            // A gap is measured with a second one, on fresh data.
            [tuned, tuned.filter(|_| term.curve == Curve::Gap)]
        });
        of_terms.chain([begun]).flatten().collect()
    }
}

impl Teacher {
    /// Whether its answers are a model's.
    pub fn is_model(&self) -> bool {
        !matches!(self, Self::Truth | Self::Flipped | Self::Coin | Self::Unseen)
    }
}

impl Term {
    /// The mean cross entropy with a teacher.
    pub fn new(teacher: Teacher, weight: f64) -> Self {
        Self { teacher, weight, curve: Curve::Straight }
    }

    /// How often every row is answered by a model for it.
    pub fn n_asked(&self) -> usize {
        let of_teacher = match self.teacher {
            Teacher::Truth | Teacher::Flipped | Teacher::Coin | Teacher::Unseen | Teacher::LeaveOneOut { .. } => 0,
            Teacher::Forgetting { generic, .. } => 1 + usize::from(generic),
            Teacher::Original | Teacher::Random | Teacher::Tuned(_) => 1,
        };
        of_teacher + usize::from(self.curve.asks_original())
    }
}

/// Where an adapter may sit.
const TARGETS: &[Choice] = &[
    Choice { value: 0.0, label: "query and value" },
    Choice { value: 1.0, label: "all linear layers" },
    Choice { value: 2.0, label: "linear layers and item embedding" },
    Choice { value: 3.0, label: "item embedding" },
];

/// Parameters that every student has, with E2URec's tuned values as defaults.
pub mod student {
    use super::{Choice, ParamEntry, TARGETS};

    /// Which layers the adapter reaches.
    pub const ADAPTER: ParamEntry =
        ParamEntry::choice("targets", "Adapter on", "Which layers the student's adapter reaches.", TARGETS, 2.0);
    /// Rank.
    pub const RANK: ParamEntry = ParamEntry::int("rank", "LoRA rank", "Rank of the student's adapter.", [1.0, 64.0, 4.0]);
    /// Scale.
    pub const LORA_ALPHA: ParamEntry =
        ParamEntry::float("lora_alpha", "LoRA alpha", "The adapter's product is scaled by alpha / rank.", [0.5, 128.0, 0.5, 8.0]);
    /// Learning rate.
    pub const LR: ParamEntry = ParamEntry::float("lr", "Learning rate", "AdamW's step size for the student.", [1e-6, 0.1, 1e-4, 3e-3]);
    /// Schedule.
    pub const DECAY: ParamEntry = ParamEntry::choice(
        "decay",
        "Learning-rate schedule",
        "Constant (the public code), or falling to zero over the run.",
        &[Choice { value: 0.0, label: "constant" }, Choice { value: 1.0, label: "cosine to zero" }],
        1.0,
    );
    /// Batch.
    pub const BATCH: ParamEntry =
        ParamEntry::int("batch", "Batch", "Forget rows a step; as many retain rows come beside them.", [1.0, 256.0, 32.0]);
    /// Epochs.
    pub const EPOCHS: ParamEntry =
        ParamEntry::float("epochs", "Epochs", "Passes of the student over the forget set.", [0.1, 100.0, 0.1, 1.5]);
    /// Floor of steps.
    pub const MIN_STEPS: ParamEntry =
        ParamEntry::int("min_steps", "At least so many steps", "A floor for small forget sets.", [1.0, 10000.0, 40.0]);
    /// Early stop.
    pub const STOP: ParamEntry = ParamEntry::choice(
        "stop",
        "Stop early",
        "End the run once the forgotten rows cost what is expected of a model that never saw them.",
        &[Choice { value: 0.0, label: "no" }, Choice { value: 1.0, label: "at the expected loss" }],
        0.0,
    );
}

/// How a model is overfitted on the forget rows, for methods that need one.
pub mod tuned {
    use super::{AugmentSpec, ParamEntry, Params, Setting};
    use crate::unlearn::teachers::Overfit;

    /// Learning rate.
    pub const LR: ParamEntry = ParamEntry::float(
        "augment_lr",
        "Overfitted model's learning rate",
        "AdamW's step size for the model that learns the forget set by heart.",
        [1e-6, 0.1, 1e-5, 6e-3],
    );
    /// Batch.
    pub const BATCH: ParamEntry =
        ParamEntry::int("augment_batch", "Overfitted model's batch", "Rows a step of the overfitted model.", [1.0, 512.0, 128.0]);
    /// Epochs.
    pub const EPOCHS: ParamEntry =
        ParamEntry::float("augment_epochs", "Overfitted model's epochs", "Its passes over the forget set.", [0.1, 200.0, 0.5, 2.0]);

    /// An adapter of the student's kind, or the whole embedding table where `what` says so.
    pub fn spec(p: &Params, what: Overfit, setting: &Setting) -> AugmentSpec {
        let steps = (p["augment_epochs"] * setting.n_forget as f64 / p["augment_batch"]).max(p["min_steps"] / 4.0).ceil() as u32;
        AugmentSpec { what, lr: p["augment_lr"], steps, batch: p["augment_batch"] as usize }
    }
}

/// A student's run with the parameters of [`student`]; a method that has no choice of layers sets them itself.
///
/// # Errors
/// If the number of steps is out of range.
pub fn student_plan(p: &Params, setting: &Setting, forget: Vec<Term>, retain: Vec<Term>) -> Result<StudentPlan> {
    let plan = StudentPlan::new(student_spec(p, setting)?, p["batch"] as usize, forget, retain);
    Ok(StudentPlan { stop: p["stop"] == 1.0, ..plan })
}

/// The student of a method that has [`student`]'s parameters.
///
/// # Errors
/// If the number of steps is out of range.
pub fn student_spec(p: &Params, setting: &Setting) -> Result<StudentSpec> {
    let targets = match p.get("targets").copied().unwrap_or(1.0) as u32 {
        0 => Targets::QueryValue,
        1 => Targets::Linear,
        2 => Targets::LinearEmbedding,
        _ => Targets::Embedding,
    };
    let usual = || (p["epochs"] * setting.n_forget as f64 / p["batch"]).ceil().max(p["min_steps"]) as u32;
    let n_steps = setting.steps.unwrap_or_else(usual);
    if !(1..=MAX_STEPS).contains(&n_steps) {
        return Err(Error::setting("steps", format!("must be between 1 and {MAX_STEPS}"), n_steps));
    }
    let lora = LoraSpec { rank: p["rank"] as usize, alpha: p["lora_alpha"] };
    Ok(StudentSpec { lora, targets, lr: p["lr"], cosine: p["decay"] == 1.0, n_steps })
}
