//! A row of the metric table: what a figure is called, where it stands in a report, how it is written, which way is better, where it comes from.

use super::answers::ForgetAnswers;

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct MetricEntry {
    /// Key in the files of a comparison.
    pub id: &'static str,
    /// Where it stands in a line of a report, e.g. `forget.jsd`.
    pub path: &'static str,
    /// Its name, which stands alone.
    pub label: &'static str,
    /// Its name below its group's.
    pub short: &'static str,
    /// What it is measured on.
    pub group: MetricGroup,
    /// How it is written.
    pub format: Format,
    /// Decimals in documents and on the terminal.
    pub digits: usize,
    /// Decimals on the page.
    pub page_digits: usize,
    /// Which way is better.
    pub better: Better,
    /// What Retrain itself has, where that follows from the definition.
    pub of_retrain: Option<f64>,
    /// Whether a table in which no line has it leaves it out.
    pub rare: bool,
    /// The tables that show it; none for a figure that stands in reports alone.
    pub shown: &'static [Shown],
    /// One sentence: what it says.
    pub help: &'static str,
    /// Its definition in plain text.
    pub formula: &'static str,
    /// Where it was published; empty for what needs no source.
    pub citation: &'static str,
    /// The AUC with which it told single models that were trained on a person from models that were not, for twenty people (RESULTS.md, “Do the
    /// measures measure?”); none if that was not measured.
    pub faithfulness: Option<f64>,
    /// Computes it from the answers on the forget set; its path then begins with [`EXTRA`]. None for a figure with a field of its own.
    pub compute: Option<fn(&ForgetAnswers) -> Option<f64>>,
}

/// Faithfulness below which a metric is marked.
const TELLS_LITTLE: f64 = 0.6;

/// Where metrics without a field of their own stand in a report.
pub const EXTRA: &str = "forget.extra.";

/// What a metric is measured on, in the order of a table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricGroup {
    /// The test set.
    Test,
    /// Training rows that stay.
    Stay,
    /// The rows to forget.
    Forget,
    /// The rows to forget, against Retrain's answers.
    Distance,
    /// What an attacker can still find.
    Traces,
    /// Groups of people.
    Fairness,
    /// Time and memory.
    Cost,
    /// The validation set.
    Validation,
}

impl MetricGroup {
    /// All of them, in order, with key and name.
    pub const ALL: [(MetricGroup, &'static str, &'static str); 8] = [
        (Self::Test, "test", "Test set"),
        (Self::Stay, "stay", "Retain set"),
        (Self::Forget, "forget", "Forget set"),
        (Self::Distance, "distance", "Distance from Retrain"),
        (Self::Traces, "traces", "Traces"),
        (Self::Fairness, "fairness", "Fairness"),
        (Self::Cost, "cost", "Cost"),
        (Self::Validation, "validation", "Validation set"),
    ];
}

/// How a metric is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// With fixed decimals.
    Fixed,
    /// Of unknown size: three significant digits on the page.
    Figure,
    /// A p-value: as `Figure`, but the mean of several has no interval.
    PValue,
    /// A share, as per cent.
    Percent,
    /// A time.
    Seconds,
    /// A multiple.
    Times,
    /// A whole number.
    Count,
    /// A size in memory.
    Bytes,
}

impl Format {
    /// Its key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Figure => "figure",
            Self::PValue => "p_value",
            Self::Percent => "percent",
            Self::Seconds => "seconds",
            Self::Times => "times",
            Self::Count => "count",
            Self::Bytes => "bytes",
        }
    }

    /// Factor and unit in documents.
    pub const fn scale(self) -> (f64, &'static str) {
        match self {
            Self::Percent => (100.0, " %"),
            Self::Seconds => (1.0, " s"),
            Self::Bytes => (1e-6, " MB"),
            Self::Fixed | Self::Figure | Self::PValue | Self::Times | Self::Count => (1.0, ""),
        }
    }
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Near what Retrain has.
    NearRetrain,
    /// Near 0.
    NearZero,
    /// Near 0.5, a guess.
    NearHalf,
    /// Near 1.
    NearOne,
}

impl Better {
    /// Key and words.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Higher => ("higher", "higher"),
            Self::Lower => ("lower", "lower"),
            Self::NearRetrain => ("near_retrain", "near Retrain's"),
            Self::NearZero => ("near_zero", "near 0"),
            Self::NearHalf => ("near_half", "near 0.5"),
            Self::NearOne => ("near_one", "near 1"),
        }
    }
}

/// A table that shows metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// What `unlearn forget` prints.
    Run,
    /// What `unlearn compare` writes.
    Documents,
    /// The page's result table.
    Figures,
    /// The page's tab Compare.
    Comparison,
    /// What a narrow screen shows of it first.
    Main,
}

impl MetricEntry {
    /// A metric with fixed decimals that no table shows.
    pub const fn new(id: &'static str, path: &'static str, label: &'static str, group: MetricGroup) -> Self {
        Self {
            id,
            path,
            label,
            short: label,
            group,
            format: Format::Fixed,
            digits: 4,
            page_digits: 3,
            better: Better::NearRetrain,
            of_retrain: None,
            rare: false,
            shown: &[],
            help: "",
            formula: "",
            citation: "",
            faithfulness: None,
            compute: None,
        }
    }

    /// What a reader has to know who takes it as a sign that a person was forgotten: empty unless it was measured to tell little of that.
    pub fn caveat(&self) -> String {
        match self.faithfulness {
            Some(auc) if auc < TELLS_LITTLE => {
                format!(
                    "Tells little: over twenty people it told models trained on a person from models that were not with an AUC of {auc:.2}"
                )
            }
            _ => String::new(),
        }
    }

    /// Whether a table shows it.
    pub fn is_in(&self, table: Shown) -> bool {
        self.shown.contains(&table)
    }
}
