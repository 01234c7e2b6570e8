//! An unlearning task: the model, the rows to forget and to retain, and everything else that a method may use.

use super::expected::Expected;
use super::recommender::Recommender;
use crate::data::batch::{Encoded, LengthCounts};
use crate::data::every_nth;
use crate::data::interaction::Dataset;
use crate::data::vocabulary::Vocabulary;
use crate::host::event::Phase;
use crate::host::progress::Progress;
use crate::host::{Files, Host};
use crate::model::{Model, PretrainSpec};
use crate::report::Calibration;
use crate::tensor::random::SeedRng;
use crate::train::tune::Start;

/// The forget set and the retain set, as rows of one set of encoded training prompts.
#[derive(Clone, Copy)]
pub struct Sets<'a> {
    /// All training prompts.
    pub encoded: &'a Encoded,
    /// The forget set.
    pub forget: &'a [u32],
    /// The retain set.
    pub retain: &'a [u32],
}

/// Validation rows of users without training rows: data that no model here was trained on.
#[derive(Clone, Copy)]
pub struct UnseenUsers<'a> {
    /// All validation prompts.
    pub encoded: &'a Encoded,
    /// The rows of unseen users; may be empty.
    pub rows: &'a [u32],
}

/// The input of a method.
#[derive(Clone, Copy)]
pub struct UnlearnTask<'a> {
    /// The model that has to forget.
    pub original: &'a Model,
    /// The forget set and the retain set.
    pub sets: Sets<'a>,
    /// Data that no model was trained on.
    pub unseen: UnseenUsers<'a>,
    /// The forget rows of each request if several are made at once; otherwise one entry with all forget rows.
    pub requests: &'a [Vec<u32>],
    /// The user of every training row.
    pub users: &'a [u32],
    /// The whole dataset.
    pub dataset: &'a Dataset,
    /// The model's vocabulary.
    pub vocabulary: &'a Vocabulary,
    /// How the original was trained.
    pub training: &'a PretrainSpec,
    /// The checkpoint that a language model's Original was tuned from, if it is known; `None` for a nano, which is trained from scratch.
    pub start: Option<&'a Start>,
    /// Seed of all random numbers of the run.
    pub seed: u32,
    /// Identity of the run, from its request and its data; a checkpoint of another run is refused.
    pub run: &'a str,
    /// The files of a checkpoint of this run to resume from.
    pub resume: Option<&'a Files>,
    /// What a model that never saw the forget rows is expected to answer, if that is known.
    pub expected: Option<&'a Expected>,
}

/// Forget rows on which a run judges itself, with their true answers and what is expected of a model that never saw them.
pub struct Yardstick {
    /// The rows.
    pub rows: Vec<u32>,
    /// Their true answers.
    pub truth: Vec<bool>,
    /// What is expected.
    pub expected: Expected,
}

impl UnlearnTask<'_> {
    /// At most `most` forget rows, evenly spaced, to judge a run by; `None` if nothing is expected.
    pub fn yardstick(&self, most: usize) -> Option<Yardstick> {
        let (forget, log_odds) = (self.sets.forget, &self.expected?.log_odds);
        // By place: an attack's forget set is in the order of its people.
        let places = every_nth(&(0..forget.len() as u32).collect::<Vec<_>>(), most);
        let rows: Vec<u32> = places.iter().map(|place| forget[*place as usize]).collect();
        let expected = Expected { log_odds: places.iter().map(|place| log_odds[*place as usize]).collect() };
        Some(Yardstick { truth: self.sets.encoded.truth(&rows), expected, rows })
    }
}

/// The sizes that a plan depends on, besides its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSizes {
    /// Number of forget rows of each length.
    pub forget: LengthCounts,
    /// Number of retain rows of each length.
    pub retain: LengthCounts,
    /// The forget rows of each request if several are made at once; otherwise one entry with all of them.
    pub requests: Vec<LengthCounts>,
    /// Number of the student's steps, if the user sets it.
    pub steps: Option<u32>,
    /// Epochs with which the original was trained.
    pub epochs: u32,
    /// Number of the original's transformer blocks.
    pub n_blocks: usize,
}

impl TaskSizes {
    /// One request of so many rows, all of one length, for an original of two blocks that was trained for one epoch: for tests.
    pub fn of_one_length(n_forget: usize, n_retain: usize) -> Self {
        let forget = LengthCounts::of_one_length(n_forget);
        let retain = LengthCounts::of_one_length(n_retain);
        Self { requests: vec![forget.clone()], forget, retain, steps: None, epochs: 1, n_blocks: 2 }
    }

    /// Number of forget rows.
    pub fn n_forget(&self) -> usize {
        self.forget.n_rows()
    }

    /// Number of retain rows.
    pub fn n_retain(&self) -> usize {
        self.retain.n_rows()
    }
}

/// A stage of a run: `(phase, units, cost of one unit in forward passes of a row)`.
pub type Stage = (Phase, u32, f64);

/// The mutable state of a run: random numbers, progress and host.
pub struct RunState<'a> {
    /// Random number generator of the run.
    pub rng: &'a mut SeedRng,
    /// Progress of the run.
    pub progress: &'a mut Progress,
    /// The host that the run reports to.
    pub host: &'a mut dyn Host,
}

/// The result of a method.
pub struct Outcome {
    /// The model or models after unlearning.
    pub model: Recommender,
    /// Number of optimiser steps.
    pub n_steps: u32,
    /// Number of trainable parameters.
    pub trainable_params: u64,
    /// How the run was calibrated; `None` if nothing was to be.
    pub calibration: Option<Calibration>,
    /// Time that does not count as the method's, ms: evaluation during the run, and models that must exist before the request.
    pub aside_ms: f64,
}
