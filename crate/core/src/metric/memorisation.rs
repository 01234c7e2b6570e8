//! S-MA and S-EL as rows of the metric table. They need passes of their own, which `session/memorisation.rs` makes.

use super::entry::{MetricEntry, MetricGroup, Shown};

/// Memorisation accuracy.
pub const S_MA: MetricEntry = MetricEntry {
    shown: &[Shown::Figures, Shown::Comparison],
    help: "How often the model can be made to tell which item was rated: among ten for a nano (0.1 is a guess), token by token for a language model",
    formula: "share of names' tokens foretold from those before; for a nano, share of rows whose item is the likeliest of ten",
    citation: "arXiv 2402.05813",
    ..MetricEntry::new("s_ma", "forget.s_ma", "S-MA", MetricGroup::Traces)
};

/// Extraction likelihood.
pub const S_EL: MetricEntry = MetricEntry {
    shown: &[Shown::Comparison],
    help: "How much of a title a language model recites by itself",
    formula: "share of names' pairs of tokens recited from what stands before",
    citation: "arXiv 2402.05813",
    ..MetricEntry::new("s_el", "forget.s_el", "S-EL", MetricGroup::Traces)
};
