//! Requests and reports of runs: the same objects on the page, in the worker's messages and on the command line.

use crate::data::{DataHash, ForgetSpec};
use crate::metric::{Divergence, ForgetFigures, Histogram, Quality, RankingFigures};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to unlearn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct RunRequest {
    /// Id from the method table, such as `e2urec`.
    pub method: String,
    /// The rows to forget.
    pub forget: ForgetSpec,
    /// Parameters that differ from the method's defaults, by id.
    pub params: BTreeMap<String, f64>,
    /// Optimiser steps of the student; if absent, the method's default for this forget set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// Seed of all random numbers in the run.
    pub seed: u32,
    /// Steps between two evaluations during the run; 0 to evaluate only at the end.
    pub eval_every: u32,
    /// Also report validation figures (for tuning).
    pub validate: bool,
    /// Also rank each user's next liked item among these candidates; a nano's answers to that many prompts take seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Candidates>,
}

/// The items among which a user's next liked item is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(rename_all = "snake_case")]
pub enum Candidates {
    /// 99 items that the user never rated, drawn once by a fixed seed.
    Sampled,
    /// All items that the user never rated.
    Full,
}

impl Default for RunRequest {
    fn default() -> Self {
        Self {
            method: "e2urec".into(),
            forget: ForgetSpec::default(),
            params: BTreeMap::new(),
            steps: None,
            seed: 1,
            eval_every: 0,
            validate: false,
            ranking: None,
        }
    }
}

/// Whether two groups of users are answered equally accurately, on the test set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct GroupFairness {
    /// The groups: women and men if the data say, otherwise users with fewer and with more ratings than the median.
    pub groups: Vec<String>,
    /// Equalised-odds gap: the larger of the differences of true and false positive rates at p(Yes) > 0.5.
    pub gap: f64,
    /// Share of Yes where the true answer is Yes, by group.
    pub true_positive: Vec<f64>,
    /// Share of Yes where the true answer is No, by group.
    pub false_positive: Vec<f64>,
}

/// One row of the result table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct MethodFigures {
    /// `original`, `retrain`, `augmented`, or a method's id.
    pub id: String,
    /// Seed of the run; for shipped models, of their training.
    pub seed: u32,
    /// All parameters of the run with the values used.
    pub params: BTreeMap<String, f64>,
    /// Test-set quality.
    pub test: Quality,
    /// Validation-set quality, by which parameters are chosen; null if it was not requested.
    pub valid: Option<Quality>,
    /// Forget-set quality and divergence from Retrain.
    pub forget: ForgetFigures,
    /// Retain-set quality on a fixed subset of at most 2,000 rows.
    pub retain: Quality,
    /// Quality on retain rows of the users whose ratings are most similar to the forgotten users': what forgetting costs its neighbours. Null
    /// unless whole users are forgotten.
    #[serde(default)]
    pub neighbour: Option<Quality>,
    /// Mean share of the ten items recommended to another person that are still among the ten, over 20 people (overlap@10 with Original). Null for
    /// Original, and for a model too large to rank every item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists_kept: Option<f64>,
    /// How equally two groups of users are answered, on the test set; null if it was not measured, or a group lacks one of the answers.
    #[serde(default)]
    pub fairness: Option<GroupFairness>,
    /// Where the next liked items of the users who stay are ranked, on the test set; absent if it was not requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranking: Option<RankingFigures>,
    /// Distribution of p(Yes) over the forget set.
    pub histogram: Histogram,
    /// Wall time of the method, s, including teachers and caches, excluding evaluation.
    pub seconds: f64,
    /// Optimiser steps of the student.
    pub steps: u32,
    /// Number of trainable parameters.
    pub trainable_params: u64,
    /// Highest memory in use, bytes (native: resident set; browser: wasm heap); null if it cannot be read.
    pub peak_bytes: Option<u64>,
    /// Bytes of GPU buffers in use at the end of the run; null on the CPU.
    #[serde(default)]
    pub gpu_bytes: Option<u64>,
    /// `this device` or `shipped` (trained when the package was made).
    pub source: String,
}

/// Sizes of the sets of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct SetSizes {
    /// Number of forget rows.
    pub forget: u32,
    /// Number of retain rows.
    pub retain: u32,
    /// Number of validation rows.
    pub valid: u32,
    /// Number of test rows.
    pub test: u32,
}

/// Result of a run: what `unlearn forget --json` prints and `unlearnLab.run` resolves to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Report {
    /// Version of this format.
    pub version: u32,
    /// Dataset key.
    pub dataset: String,
    /// Hashes of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataHash>,
    /// Why neither the package's figures nor its Retrain were used: the data are not those it was made with. Absent if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_mismatch: Option<String>,
    /// Model package name.
    pub model: String,
    /// The device that computed the figures, such as `cpu (burn-flex)`.
    pub device: String,
    /// The request as carried out.
    pub request: Option<RunRequest>,
    /// Sizes of the sets.
    pub sizes: SetSizes,
    /// Largest number of rows per set, evenly spaced, on which figures were taken; null if all test and forget rows were used.
    #[serde(default)]
    pub evaluated_rows: Option<u32>,
    /// Number of tokens in a language model's prompts that its package did not keep, each counted once per title; null for a nano.
    #[serde(default)]
    pub unknown_tokens: Option<u32>,
    /// Figures of Original, Retrain (if one exists for this forget set), and the method.
    pub methods: Vec<MethodFigures>,
    /// Divergence between two Retrains of different seeds on the forget set: the floor that no method can be expected to beat. Null without them.
    pub floor: Option<Divergence>,
    /// The same floor over {Yes, No}.
    #[serde(default)]
    pub floor_yes_no: Option<Divergence>,
    /// Test-set quality of a logistic regression on a handful of averages (item mean, last ten, all history, genre or author affinity, count),
    /// which any model must beat. Null if it was not computed.
    #[serde(default)]
    pub baseline: Option<Quality>,
    /// Why there is no baseline; absent if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline_missing: Option<String>,
    /// Share of the forget-AUC gap between Original and Retrain that the method closed; null without a Retrain.
    pub gap_closed: Option<f64>,
    /// The proxy for Retrain: forget-set log loss compared with that of validation users no model was trained on.
    pub proxy: Proxy,
    /// What a model that never saw the forget rows is expected to answer; null if that is not known.
    #[serde(default)]
    pub expected: Option<Expectation>,
    /// Why nothing is expected; absent if something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_missing: Option<String>,
    /// How the run was calibrated; null if it was not.
    #[serde(default)]
    pub calibration: Option<Calibration>,
    /// Sha256 of the resulting adapter's safetensors bytes.
    pub adapter_sha256: Option<String>,
}

/// The expected figures of the forget set after forgetting, from cross-fitted answers: those of models that never saw the people or the ratings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Expectation {
    /// Log loss over {Yes, No}, nats.
    pub logloss: f64,
    /// AUC; null if all true answers are the same.
    pub auc: Option<f64>,
    /// Standard error of `logloss` beside a Retrain's, nats; null if it was not measured.
    pub error: Option<f64>,
}

/// How a run was calibrated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Calibration {
    /// α of the forgetting teacher, if it was found and not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
    /// Factor on the adapter as it was trained; 1 if it stayed as trained.
    pub scale: f64,
    /// What the scale was fitted to: `loss` or `auc`; empty if it stayed as trained.
    #[serde(default)]
    pub matched: String,
}

/// Proxy of forgetting that needs no Retrain: a forgotten row should have the loss of an unseen one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Proxy {
    /// Forget-set log loss before the run, nats.
    pub forget_before: f64,
    /// Forget-set log loss after the run, nats.
    pub forget_after: f64,
    /// Log loss of the original model on validation rows of users without training rows, nats.
    pub unseen: f64,
    /// AUC of the original model on those rows; null if undefined.
    pub unseen_auc: Option<f64>,
    /// Forget-set log loss that is expected of a model that never saw these rows (cross-fitted), nats. Null where it is not known.
    #[serde(default)]
    pub expected: Option<f64>,
}
