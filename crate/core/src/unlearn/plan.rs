//! What a method wants done, as plain data: a method's file turns parameters into a [`Plan`], and one loop a kind of plan carries it out.
//!
//! Every approximate method here is a student with a fresh adapter and a loss that is a weighted sum of cross entropies with fixed targets. The exact
//! methods train models from nothing on fewer rows.

use super::Params;
use super::entry::{Choice, ParamEntry};
use super::shards::Division;
use super::teachers::{AugmentSpec, Difference};
use crate::linear::LoraSpec;
use crate::model::Targets;
use crate::train::event::Phase;
use crate::{Error, Result};

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
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// A student with a fresh adapter on the original.
    Student(StudentPlan),
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
    },
    /// A model that never learned anything.
    Random,
}

/// `weight` × the mean cross entropy with what `teacher` says; a negative weight pushes away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Whose answer.
    pub teacher: Teacher,
    /// How much it counts.
    pub weight: f64,
}

/// A student's run.
#[derive(Debug, Clone, PartialEq)]
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
    /// Passes of every shard over its rows.
    pub epochs: u32,
}

/// `(phase, units, cost of a unit in forward passes of a row)`.
pub type Stage = (Phase, u32, f64);

impl Plan {
    /// The stages of a run for a progress bar, and its expected cost.
    pub fn stages(&self, setting: &Setting) -> Vec<Stage> {
        let Setting { n_forget, n_retain, epochs, .. } = *setting;
        match self {
            Plan::Retrain => vec![(Phase::Retrain, n_retain as u32, 6.0 * f64::from(epochs))],
            Plan::Shards(plan) => vec![
                (Phase::Retrain, (n_retain + n_forget) as u32, 6.0 * f64::from(plan.epochs)),
                (Phase::Teachers, if plan.attention { n_retain.min(super::ensemble::GATE_ROWS) as u32 } else { 0 }, plan.n_shards as f64),
            ],
            Plan::Student(plan) => {
                let rows = |batch: usize| batch.min(n_forget) as f64;
                let n_steps = plan.student.n_steps;
                let both = if plan.retain.is_empty() || plan.forget.is_empty() { 1.0 } else { 2.0 };
                let augment = plan.augment();
                let asked = if plan.asks_original() { (f64::from(n_steps) * rows(plan.batch)).min(n_retain as f64) as u32 } else { 0 };
                let of_forget =
                    plan.forget.iter().filter(|term| matches!(term.teacher, Teacher::Forgetting { .. } | Teacher::Random)).count();
                // A trained row costs about two forward passes more than an answered one.
                vec![
                    (Phase::Augment, augment.map_or(0, |spec| spec.steps), 3.0 * augment.map_or(0.0, |spec| rows(spec.batch))),
                    (Phase::Teachers, asked + (of_forget * n_forget) as u32, 1.0),
                    (Phase::Student, n_steps, 3.0 * both * rows(plan.batch)),
                ]
            }
        }
    }

    /// Steps of the student, or of the models trained from nothing at `batch` rows a step.
    pub fn n_steps(&self, setting: &Setting, batch: usize) -> u32 {
        match self {
            Plan::Student(plan) => plan.student.n_steps,
            Plan::Retrain => (setting.n_retain.div_ceil(batch)) as u32 * setting.epochs,
            Plan::Shards(plan) => (setting.n_retain.div_ceil(batch)) as u32 * plan.epochs,
        }
    }
}

impl StudentPlan {
    /// How the overfitted model is made, where a term needs one.
    pub fn augment(&self) -> Option<AugmentSpec> {
        self.forget.iter().find_map(|term| if let Teacher::Forgetting { augment, .. } = term.teacher { Some(augment) } else { None })
    }

    /// Whether retain rows need the original's answers.
    pub fn asks_original(&self) -> bool {
        self.retain.iter().any(|term| term.teacher == Teacher::Original)
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

/// The student of a method that has all of [`student`]'s parameters.
///
/// # Errors
/// If the number of steps is out of range.
pub fn student_spec(p: &Params, setting: &Setting) -> Result<StudentSpec> {
    let targets = match p["targets"] as u32 {
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
