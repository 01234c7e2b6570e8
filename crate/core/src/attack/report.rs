//! Requests and reports of attacks: the same objects on the page, in the worker's messages and on the command line.

use crate::metric::Quality;
use crate::report::RunRequest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to attack the last run's model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct AttackRequest {
    /// Ids from the attack table, in order; all attacks if empty.
    pub attacks: Vec<String>,
    /// Parameters that differ from an attack's defaults, by attack and id.
    pub params: BTreeMap<String, BTreeMap<String, f64>>,
    /// Seed of all random numbers in the attacks.
    pub seed: u32,
}

impl Default for AttackRequest {
    fn default() -> Self {
        Self { attacks: Vec::new(), params: BTreeMap::new(), seed: 1 }
    }
}

/// The report of attacks: what `unlearn attack --json` prints and `unlearnLab.attack` resolves to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct AttackReport {
    /// Version of this format.
    pub version: u32,
    /// Dataset key.
    pub dataset: String,
    /// Model package name.
    pub model: String,
    /// The device that computed the figures.
    pub device: String,
    /// The run that was attacked.
    pub run: RunRequest,
    /// Source of the Retrain for its forget set; null if there is none.
    pub retrain: Option<String>,
    /// Number of evaluated forget rows, and of all forget rows.
    pub forget_rows: (u32, u32),
    /// Seed of the attacks.
    pub seed: u32,
    /// One finding per attack, in order.
    pub findings: Vec<Finding>,
}

/// The verdict on an attack: how far the attacker gets from Retrain's result back to Original's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The attacker gets what Retrain gives: at most a fifth of the way to Original, or within one standard error. For an attack that tries to
    /// recover knowledge: at most a fifth more of the way than before it.
    Held,
    /// More than that, but less than three quarters of the way.
    Partly,
    /// At least three quarters of the way: the attacker gets what Original gives.
    Broken,
    /// Beyond Retrain, on the other side: the rows stand out because they were forgotten too well.
    Overdone,
    /// No verdict is possible: there is no Retrain, or Original and Retrain are less than one standard error apart.
    Unclear,
    /// The attack does not apply to the method's result.
    Skipped,
}

/// The finding of one attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Finding {
    /// Id of the attack in `ATTACKS`.
    pub id: String,
    /// Display name.
    pub label: String,
    /// Verdict on the attack.
    pub verdict: Verdict,
    /// The finding in plain words, with its figures.
    pub sentence: String,
    /// The figure behind the verdict, for Original.
    pub original: Option<f64>,
    /// The same figure for the unlearned model under attack.
    pub unlearned: Option<f64>,
    /// The same figure for Retrain under the same attack.
    pub retrain: Option<f64>,
    /// One standard error of the figure for this number of rows.
    pub error: Option<f64>,
    /// All parameters with the values used.
    pub params: BTreeMap<String, f64>,
    /// Wall time, s.
    pub seconds: f64,
    /// The figures behind the sentence.
    pub chart: Chart,
}

/// The figures behind a finding's sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Chart {
    /// No chart: the attack was skipped.
    None,
    /// How well a score distinguishes members from non-members.
    Roc {
        /// Name of the score; higher values mean “member”.
        score: String,
        /// One line per model.
        lines: Vec<RocLine>,
        /// All rows with their scores under each of these models, in the order of `lines`.
        samples: Vec<SampleScore>,
    },
    /// Figures as a function of steps or requests.
    Curves {
        /// The unit of x.
        x: String,
        /// One line per model and set of rows.
        lines: Vec<CurveLine>,
        /// Levels to compare with.
        levels: Vec<Level>,
    },
    /// Figures side by side.
    Bars {
        /// One bar per model and treatment.
        bars: Vec<Bar>,
    },
}

/// A model's ROC curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct RocLine {
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Area under the curve: the probability that a member scores higher than a non-member.
    pub auc: f64,
    /// True positive rate at a false positive rate of 1%.
    pub tpr_at_1: f64,
    /// True positive rate at a false positive rate of 5%.
    pub tpr_at_5: f64,
    /// The best threshold: the one with the largest difference of the two rates.
    pub best: RocPoint,
    /// The curve from strict to lax thresholds, thinned to about a hundred points.
    pub points: Vec<RocPoint>,
}

/// Rates at one threshold: rows that score at least this much are classified as members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct RocPoint {
    /// The threshold.
    pub threshold: f64,
    /// Share of the non-members that are classified as members.
    pub fpr: f64,
    /// Share of the members that are classified as members.
    pub tpr: f64,
}

/// One row of a membership attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct SampleScore {
    /// Id of the user.
    pub user: u32,
    /// Id of the rated item.
    pub item: u32,
    /// The item's title.
    pub title: String,
    /// Whether the true answer is Yes.
    pub liked: bool,
    /// Whether it is a forget row; otherwise a row of an unseen user.
    pub member: bool,
    /// Scores, one per model.
    pub scores: Vec<f64>,
}

/// A line of a [`Chart::Curves`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct CurveLine {
    /// Display name.
    pub label: String,
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Whether it is drawn; otherwise it is only in the table.
    pub drawn: bool,
    /// Points in the order of x.
    pub points: Vec<CurvePoint>,
}

/// A point of a [`CurveLine`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct CurvePoint {
    /// Number of steps or requests.
    pub x: u32,
    /// Accuracy measure: AUC, or accuracy if all rows have the same true answer.
    pub right: f64,
    /// Log loss, nats.
    pub logloss: f64,
}

/// A horizontal level of a [`Chart::Curves`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Level {
    /// Display name.
    pub label: String,
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Accuracy measure, as in [`CurvePoint`].
    pub right: f64,
}

/// A bar of a [`Chart::Bars`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Bar {
    /// Display name of the treatment of the model.
    pub label: String,
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Accuracy measure on forget rows: AUC, or accuracy if all have the same true answer.
    pub right: f64,
    /// Quality on forget rows.
    pub forget: Quality,
    /// Quality on test rows, if the attack changes it.
    pub test: Option<Quality>,
}
