//! The events that a run sends to its host.

use crate::metric::{ForgetFigures, Quality};
use serde::{Deserialize, Serialize};

/// Stages of a run, in order; a method skips those it does not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Evaluating the original model.
    Before,
    /// Training the augmented model, from which the forgetting teacher is built.
    Augment,
    /// Computing the teachers' answer logits once per sample.
    Teachers,
    /// Training the student.
    Student,
    /// Finding the scale of the trained adapter.
    Calibrate,
    /// Training Retrain.
    Retrain,
    /// Evaluating the result.
    After,
    /// Attacking the result.
    Attack,
}

/// One optimiser step's loss terms; absent terms were not part of that step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct LossTerms {
    /// Step, counted from 1.
    pub step: u32,
    /// The minimised loss.
    pub total: f32,
    /// KL(forgetting teacher ‖ student) on the forget batch.
    pub kl_forget: Option<f32>,
    /// KL(remembering teacher ‖ student) on the retain batch.
    pub kl_retain: Option<f32>,
    /// Cross entropy of the answer on the retain batch.
    pub ce_retain: Option<f32>,
    /// Cross entropy of the answer on the forget batch (baselines).
    pub ce_forget: Option<f32>,
}

/// A row whose answers are told during a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct SampleRow {
    /// Whose rating it is.
    pub user: u32,
    /// The rated item.
    pub item: u32,
    /// Title with the year.
    pub title: String,
    /// Whether the person likes the item.
    pub liked: bool,
    /// Whether it is to be forgotten.
    pub forget: bool,
    /// p(Yes) of Retrain; null where there is none.
    pub retrain: Option<f32>,
    /// p(Yes) expected of a model that never saw it (cross-fitted); null where that is not known, and for rows that stay.
    pub expected: Option<f32>,
}

/// How far an adapter moves a weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct MovedWeight {
    /// Its published name, such as `model.layers.0.self_attn.q_proj`.
    pub name: String,
    /// Frobenius norm of ΔW.
    pub norm: f32,
    /// Root mean square of ΔW's entries, so that weights of different sizes compare.
    pub rms: f32,
    /// The same by head, for a projection of attention; else empty.
    pub heads: Vec<f32>,
}

/// An event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Progress of a stage.
    Progress {
        /// The stage.
        phase: Phase,
        /// Units done in this stage (steps or batches).
        done: u32,
        /// Units in this stage.
        total: u32,
        /// Time since the run's start, excluding pauses, ms.
        elapsed_ms: f64,
        /// Expected time to the end of the run, ms; null while unknown.
        left_ms: Option<f64>,
    },
    /// Loss terms of the steps since the last such event.
    Losses {
        /// One entry per step, in order.
        steps: Vec<LossTerms>,
    },
    /// Figures during the run (test and forget on a fixed subset of at most 2,000 rows each).
    Eval {
        /// Step of the student; 0 is before the first.
        step: u32,
        /// Test-set quality.
        test: Quality,
        /// Forget-set figures.
        forget: Box<ForgetFigures>,
    },
    /// The answers to a fixed sample of forget and retain rows, where those rows lie among each other, and how far the adapter has moved each weight.
    Answers {
        /// Step of the student; 0 is before the first.
        step: u32,
        /// Whether the adapter was scaled since: the last such event of a run that calibrates itself.
        calibrated: bool,
        /// The rows of the sample, forget rows first; empty but in a run's first such event.
        rows: Vec<SampleRow>,
        /// p(Yes) for each row.
        p_yes: Vec<f32>,
        /// Place of each row: its state before the output layer, along the two principal components of Original's states.
        places: Vec<[f32; 2]>,
        /// ΔW of each weight that has an adapter; empty without one.
        moved: Vec<MovedWeight>,
    },
    /// The run was paused (true) or resumed (false).
    Paused {
        /// Whether it is paused now.
        paused: bool,
        /// The student's current step.
        step: u32,
    },
}
