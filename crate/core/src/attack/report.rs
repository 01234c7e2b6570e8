//! What attacks are asked for and what they answer: the same objects on the page, in the worker's messages and on the command line.

use crate::report::{Quality, RunRequest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to attack what the last run left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct AttackRequest {
    /// Ids from the attack table, in order; all of them if empty.
    pub attacks: Vec<String>,
    /// Parameters that differ from an attack's defaults, by attack and id.
    pub params: BTreeMap<String, BTreeMap<String, f64>>,
    /// Seed of everything random in the attacks.
    pub seed: u32,
}

impl Default for AttackRequest {
    fn default() -> Self {
        Self { attacks: Vec::new(), params: BTreeMap::new(), seed: 1 }
    }
}

/// What attacks found: what `unlearn attack --json` prints and `unlearnLab.attack` resolves to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct AttackReport {
    /// Version of this format.
    pub version: u32,
    /// Data set key.
    pub dataset: String,
    /// Model package name.
    pub model: String,
    /// What the numbers were computed on.
    pub device: String,
    /// The run that was attacked.
    pub run: RunRequest,
    /// Where the Retrain for its forget set came from; null where there is none.
    pub retrain: Option<String>,
    /// Forget rows that were looked at, of how many.
    pub forget_rows: (u32, u32),
    /// Seed of the attacks.
    pub seed: u32,
    /// One entry an attack, in order.
    pub findings: Vec<Finding>,
}

/// What came of an attack, by how far the model is from Retrain on the way back to Original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The attacker gets what Retrain gives: at most a fifth of the way to Original, or within one standard error; of an attack that tries to bring
    /// knowledge back, at most a fifth more of the way than before it.
    Held,
    /// More than that, and less than three quarters of the way.
    Partly,
    /// At least three quarters of the way: the attacker gets what Original gives.
    Broken,
    /// Beyond Retrain, on the other side: the rows stand out by being forgotten too well.
    Overdone,
    /// Nothing can be said: there is no Retrain, or Original and Retrain are less than one standard error apart.
    Unclear,
    /// The attack does not apply to what the method leaves.
    Skipped,
}

/// What one attack found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Finding {
    /// `ATTACKS` id.
    pub id: String,
    /// For people.
    pub label: String,
    /// What came of it.
    pub verdict: Verdict,
    /// What was found, in words for everyone, with its figures.
    pub sentence: String,
    /// The figure that the verdict is about, for Original.
    pub original: Option<f64>,
    /// The same for the unlearned model under attack.
    pub unlearned: Option<f64>,
    /// The same for Retrain under the same attack.
    pub retrain: Option<f64>,
    /// One standard error of the figure on so many rows.
    pub error: Option<f64>,
    /// Every parameter with the value used.
    pub params: BTreeMap<String, f64>,
    /// Wall time.
    pub seconds: f64,
    /// What stands behind the sentence.
    pub chart: Chart,
}

/// The figures behind a sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Chart {
    /// None: the attack was skipped.
    None,
    /// How well a score tells members from others.
    Roc {
        /// What the score is; higher means “member”.
        score: String,
        /// One a model.
        lines: Vec<RocLine>,
        /// Every row with its score under each of these models, in the order of `lines`.
        samples: Vec<SampleScore>,
    },
    /// Figures along a road: steps, requests.
    Curves {
        /// What x counts.
        x: String,
        /// One a model and set of rows.
        lines: Vec<CurveLine>,
        /// Levels to compare with.
        levels: Vec<Level>,
    },
    /// Figures beside one another.
    Bars {
        /// One a model and treatment.
        bars: Vec<Bar>,
    },
}

/// A model's ROC curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct RocLine {
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Area under the curve: the chance that a member scores higher than another row.
    pub auc: f64,
    /// Members found where one in a hundred others is taken for one.
    pub tpr_at_1: f64,
    /// Members found where one in twenty others is.
    pub tpr_at_5: f64,
    /// The threshold that tells them best: the largest distance of the two rates.
    pub best: RocPoint,
    /// The curve from strict to lax, thinned to about a hundred points.
    pub points: Vec<RocPoint>,
}

/// Rates at one threshold: rows whose score is at least that are called members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct RocPoint {
    /// The threshold.
    pub threshold: f64,
    /// Share of the others that are called members.
    pub fpr: f64,
    /// Share of the members that are.
    pub tpr: f64,
}

/// One row of a membership attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct SampleScore {
    /// Who rated.
    pub user: u32,
    /// What was rated.
    pub item: u32,
    /// Its title.
    pub title: String,
    /// Whether the true answer is Yes.
    pub liked: bool,
    /// Whether it is a row to forget; else one of people never trained on.
    pub member: bool,
    /// Score under every model.
    pub scores: Vec<f64>,
}

/// A line of a [`Chart::Curves`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct CurveLine {
    /// For people.
    pub label: String,
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Whether it belongs into the drawing, or into the table alone.
    pub drawn: bool,
    /// Along x.
    pub points: Vec<CurvePoint>,
}

/// A point of a [`CurveLine`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct CurvePoint {
    /// Steps, or requests.
    pub x: u32,
    /// Right answers: AUC, or accuracy where all rows have one answer.
    pub right: f64,
    /// Log loss, nats.
    pub logloss: f64,
}

/// A level of a [`Chart::Curves`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Level {
    /// For people.
    pub label: String,
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Right answers.
    pub right: f64,
}

/// A bar of a [`Chart::Bars`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Bar {
    /// What was done to the model, for people.
    pub label: String,
    /// `original`, `unlearned` or `retrain`.
    pub model: String,
    /// Right answers on forget rows: AUC, or accuracy where all have one answer.
    pub right: f64,
    /// On forget rows.
    pub forget: Quality,
    /// On test rows, where the attack changes them.
    pub test: Option<Quality>,
}
