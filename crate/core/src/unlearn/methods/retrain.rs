//! Retrain: a model trained from scratch on the retain rows. Exact, and the reference for every other method.

use crate::unlearn::engine::plan::Plan;
use crate::unlearn::method::{Family, MethodEntry, Preset};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "retrain",
    label: "Retrain",
    family: Family::Paper,
    citation: "exact unlearning; the reference of arXiv 2403.03536",
    summary: "A new model is trained from nothing on every row that stays. It has never seen what is to be forgotten: the aim of every other method, at full \
              cost.",
    params: &[],
    presets: &[Preset { id: "tuned", label: "As the original", note: "The settings with which the original was trained.", params: &[] }],
    plan: |_, _| Ok(Plan::Retrain),
};
