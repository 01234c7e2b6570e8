//! The result of one check of a self-test.

use serde::{Deserialize, Serialize};

/// A computation compared with its reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Check {
    /// Name of the computation.
    pub name: String,
    /// Largest difference from the reference, relative to the reference's largest number.
    pub difference: f64,
    /// Upper bound on the difference.
    pub bound: f64,
    /// Whether the difference is within the bound.
    pub ok: bool,
}
