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
    /// The run was paused (true) or resumed (false).
    Paused {
        /// Whether it is paused now.
        paused: bool,
        /// The student's current step.
        step: u32,
    },
}
