//! What teaching a model one more person did.

use crate::metric::Quality;
use serde::Serialize;

/// What teaching did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct TeachReport {
    /// The person's number in the data.
    pub user: u32,
    /// Their ratings.
    pub n_ratings: u32,
    /// Those that were taught: the others are only what comes before them.
    pub n_rows: u32,
    /// The model on the person's rows before.
    pub before: Quality,
    /// After.
    pub after: Quality,
    /// The model on everybody else's held-out ratings before.
    pub others_before: Quality,
    /// After.
    pub others_after: Quality,
    /// How much lower the loss on the person's rows is than that of a model that never saw them, nats: how well it knows them.
    pub known: f64,
    /// The same for the people whom the model was made with, on average; null if the package has no cross-fitted answers.
    pub known_of_others: Option<f64>,
    /// Steps of training.
    pub steps: u32,
    /// Seconds of training.
    pub seconds: f64,
}
