//! Retrain: a model from nothing on the rows that stay. Exact, and what every other method is measured against.

use super::plan::Plan;
use super::{Family, MethodEntry, Preset};

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
