//! What a run is asked for and what it answers: the same objects on the page, in the worker's messages and on the command line.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which training interactions are to be forgotten. Exactly one field is meant; the standard set if none is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct ForgetSpec {
    /// All training rows of these users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<u32>>,
    /// All training rows whose target is one of these items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<u32>>,
    /// All training rows whose target has this genre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Single interactions as `[user, item]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactions: Option<Vec<(u32, u32)>>,
    /// The paper's 20 % of the training users (CPython's `random.seed(42)`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standard: Option<bool>,
    /// So many percent of the training users, 1 to 90, drawn like the paper's 20 %: a smaller share is part of a larger one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// Seed of the draw for `percent`; 42 if absent. Other seeds give surrogate forget sets on which settings may be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<u32>,
    /// Several requests at once: the rows that any of these names. None of them may be such a list itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<ForgetSpec>>,
}

/// A request to unlearn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
#[serde(default, deny_unknown_fields)]
pub struct RunRequest {
    /// Id from the method table, e.g. `e2urec`.
    pub method: String,
    /// What to forget.
    pub forget: ForgetSpec,
    /// Parameters that differ from the method's defaults, by id.
    pub params: BTreeMap<String, f64>,
    /// Optimiser steps of the student; the method's default for this forget set if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// Seed of everything random in the run.
    pub seed: u32,
    /// Evaluate every so many steps while running; 0 means only at the end.
    pub eval_every: u32,
    /// Also report validation figures (for tuning).
    pub validate: bool,
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
        }
    }
}

/// Answer quality on a set of samples, from the softmax over {Yes, No}.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Quality {
    /// Area under the ROC curve; null where only one class occurs.
    pub auc: Option<f64>,
    /// Share of right answers at p(Yes) > 0.5.
    pub acc: f64,
    /// Mean negative log likelihood of the true answer, nats.
    pub logloss: f64,
    /// Expected calibration error of p(Yes) over 15 equal bins; null in figures that were made before it was measured.
    #[serde(default)]
    pub ece: Option<f64>,
}

/// Mean distance of answer distributions from a reference model's, on one set of samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Divergence {
    /// Jensen–Shannon divergence, natural logarithm.
    pub jsd: f64,
    /// ½KL(p‖q) + ½KL(q‖p): what the paper's code calls JSD.
    pub sym_kl: f64,
    /// Mean ‖p − q‖₂.
    pub l2: f64,
}

/// Divergences over the whole output vocabulary and over {Yes, No}.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Divergences {
    /// Over the whole output vocabulary.
    pub full: Divergence,
    /// Over {Yes, No}, renormalised.
    pub yes_no: Divergence,
}

/// Forget-set figures: quality, and divergence from Retrain over the full vocabulary where a Retrain exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct ForgetFigures {
    /// Area under the ROC curve; null where only one class occurs.
    pub auc: Option<f64>,
    /// Share of right answers.
    pub acc: f64,
    /// Mean negative log likelihood, nats.
    pub logloss: f64,
    /// Jensen–Shannon divergence from Retrain, full vocabulary; null without a Retrain.
    pub jsd: Option<f64>,
    /// Symmetric KL from Retrain, full vocabulary.
    pub sym_kl: Option<f64>,
    /// Mean L2 distance from Retrain, full vocabulary.
    pub l2: Option<f64>,
    /// The same three over {Yes, No}.
    pub yes_no: Option<Divergence>,
    /// Expected calibration error of p(Yes) on the forget set.
    #[serde(default)]
    pub ece: Option<f64>,
    /// Loss attack: AUC with which a row's loss tells forget rows (members) from rows of people never trained on. 0.5 is ignorance; what counts is
    /// the distance from 0.5, either way, beside Retrain's own.
    #[serde(default)]
    pub mia_auc: Option<f64>,
    /// Reference attack: the same with the loss under Retrain as the measure of how hard a row is; null without a Retrain.
    #[serde(default)]
    pub mia_reference_auc: Option<f64>,
    /// Two-sample Kolmogorov–Smirnov p-value of the confidences p(true answer) against Retrain's; null without a Retrain.
    #[serde(default)]
    pub ks_p: Option<f64>,
    /// PrivLeak (MUSE, arXiv 2407.06460) of the loss attack: (AUC − Retrain's) / Retrain's; above 0 the rows are still known, below 0 they stand out by
    /// having been forgotten. Null without a Retrain.
    #[serde(default)]
    pub priv_leak: Option<f64>,
    /// Memorisation accuracy of what is sensitive, the names of what was rated: in a language model that scores titles, the share of their tokens that
    /// it foretells; else the share of forget rows whose item it picks among ten (chance is 0.1). Null where neither can be asked.
    #[serde(default)]
    pub s_ma: Option<f64>,
    /// Extraction likelihood: share of the names' pairs of tokens that it recites from what stands before (single tokens in short names). Null for a nano.
    #[serde(default)]
    pub s_el: Option<f64>,
}

/// Whether two groups of people are answered equally right, on the test set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct GroupFairness {
    /// The groups: women and men where the data say, else people with fewer and with more ratings than the median.
    pub groups: Vec<String>,
    /// Equalised-odds gap: the larger of the differences of true- and of false-positive rates at p(Yes) > 0.5.
    pub gap: f64,
    /// Share of Yes where the true answer is Yes, by group.
    pub true_positive: Vec<f64>,
    /// Share of Yes where the true answer is No, by group.
    pub false_positive: Vec<f64>,
}

/// Twenty equal bins of p(Yes), as counts, split by true answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Histogram {
    /// Samples whose true answer is Yes, by p(Yes) in 20 equal bins.
    pub liked: Vec<u32>,
    /// Samples whose true answer is No, by p(Yes) in 20 equal bins.
    pub disliked: Vec<u32>,
}

/// One row of the result table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct MethodFigures {
    /// `original`, `retrain`, `augmented`, or a method's id.
    pub id: String,
    /// Seed of the run (of the training for shipped models).
    pub seed: u32,
    /// Every parameter of the run with the value used.
    pub params: BTreeMap<String, f64>,
    /// Test-set quality.
    pub test: Quality,
    /// Validation-set quality: what parameters are chosen by; null where it was not asked for.
    pub valid: Option<Quality>,
    /// Forget-set quality and divergence from Retrain.
    pub forget: ForgetFigures,
    /// Retain-set quality on a fixed subset of at most 2,000 rows.
    pub retain: Quality,
    /// Quality on retain rows of the people whose ratings are most like those of the forgotten: what forgetting costs its neighbours. Null where
    /// no whole people are forgotten.
    #[serde(default)]
    pub neighbour: Option<Quality>,
    /// How equally two groups of people are answered, on the test set; null where it was not measured, or a group lacks an answer.
    #[serde(default)]
    pub fairness: Option<GroupFairness>,
    /// Distribution of p(Yes) over the forget set.
    pub histogram: Histogram,
    /// Wall time of the method, teachers and caches included, evaluation excluded.
    pub seconds: f64,
    /// Student's optimiser steps.
    pub steps: u32,
    /// Numbers that the optimiser may change.
    pub trainable_params: u64,
    /// Highest memory in use, bytes (native: resident set; browser: wasm heap); null where it cannot be read.
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
    /// Rows to forget.
    pub forget: u32,
    /// Training rows that stay.
    pub retain: u32,
    /// Validation rows.
    pub valid: u32,
    /// Test rows.
    pub test: u32,
}

/// Result of a run: what `unlearn forget --json` prints and `unlearnLab.run` resolves to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Report {
    /// Version of this format.
    pub version: u32,
    /// Data set key.
    pub dataset: String,
    /// Model package name.
    pub model: String,
    /// What the numbers were computed on, e.g. `cpu (burn-flex)`.
    pub device: String,
    /// The request as carried out.
    pub request: Option<RunRequest>,
    /// Sizes of the sets.
    pub sizes: SetSizes,
    /// Rows, evenly spaced, of every set on which figures were taken, at most; null where the whole test and forget set were.
    #[serde(default)]
    pub evaluated_rows: Option<u32>,
    /// Tokens of a language model's prompts that its package did not keep, each counted once for a title; null for a nano.
    #[serde(default)]
    pub unknown_tokens: Option<u32>,
    /// Original, Retrain (where one exists for this forget set), and the method.
    pub methods: Vec<MethodFigures>,
    /// Divergence between two Retrains of different seed on the forget set: what no method can be expected to go below. Null without them.
    pub floor: Option<Divergence>,
    /// The same floor over {Yes, No}.
    #[serde(default)]
    pub floor_yes_no: Option<Divergence>,
    /// Test-set quality of a logistic regression on a handful of averages (item mean, last ten, all history, genre or author affinity, count):
    /// what any model must beat. Null where it was not computed.
    #[serde(default)]
    pub baseline: Option<Quality>,
    /// Share of the forget-AUC gap between Original and Retrain that the method closed; null without a Retrain.
    pub gap_closed: Option<f64>,
    /// What stands in for Retrain: forget-set log loss against that of validation users never trained on.
    pub proxy: Proxy,
    /// Hash of the adapter that was made (sha256 of its safetensors bytes).
    pub adapter_sha256: Option<String>,
}

/// Proxy of forgetting that needs no Retrain: a forgotten row should cost as much as an unseen one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Proxy {
    /// Forget-set log loss before.
    pub forget_before: f64,
    /// Forget-set log loss after.
    pub forget_after: f64,
    /// Log loss on validation rows of users with no training row, original model.
    pub unseen: f64,
    /// AUC on those rows, original model; null where undefined.
    pub unseen_auc: Option<f64>,
    /// What the forget-set log loss should come near: its value before, plus the rise that Retrain brought on other people when the package
    /// was made. Null for a package without Retrain.
    #[serde(default)]
    pub expected: Option<f64>,
}
