//! What a method costs, as rows of the metric table; the numbers are the run's own.

use super::entry::{Better, Format, MetricEntry, MetricGroup, Shown};

/// Wall time.
pub const SECONDS: MetricEntry = MetricEntry {
    format: Format::Seconds,
    digits: 1,
    better: Better::Lower,
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison, Shown::Main],
    help: "Time of the method; evaluation is not in it",
    formula: "wall time, teachers and caches included",
    ..MetricEntry::new("seconds", "seconds", "time", MetricGroup::Cost)
};

/// Time beside Retrain's.
pub const RATIO: MetricEntry = MetricEntry {
    short: "÷ Retrain",
    format: Format::Times,
    digits: 3,
    better: Better::Lower,
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Time as a share of Retrain’s on the same device",
    formula: "time / Retrain's time",
    ..MetricEntry::new("ratio", "seconds_per_retrain", "time/Retrain", MetricGroup::Cost)
};

/// Optimiser steps.
pub const STEPS: MetricEntry = MetricEntry {
    format: Format::Count,
    digits: 0,
    better: Better::Lower,
    shown: &[Shown::Run],
    help: "Optimiser steps of the student",
    formula: "a count",
    ..MetricEntry::new("steps", "steps", "steps", MetricGroup::Cost)
};

/// Trainable numbers.
pub const TRAINED: MetricEntry = MetricEntry {
    short: "trained",
    format: Format::Count,
    digits: 0,
    better: Better::Lower,
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison],
    help: "Numbers that the method may change",
    formula: "a count",
    ..MetricEntry::new("trainable_params", "trainable_params", "trainable params", MetricGroup::Cost)
};

/// Peak of memory.
pub const MEMORY: MetricEntry = MetricEntry {
    short: "memory",
    format: Format::Bytes,
    digits: 0,
    better: Better::Lower,
    shown: &[Shown::Documents, Shown::Figures, Shown::Comparison],
    help: "Highest memory in use",
    formula: "resident set of the process, or heap of the wasm module",
    ..MetricEntry::new("peak_bytes", "peak_bytes", "peak", MetricGroup::Cost)
};
