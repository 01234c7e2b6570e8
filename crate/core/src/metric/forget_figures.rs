//! Figures of a model on the forget set, as reports and events carry them.

use super::divergence::Divergence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Quality on the forget set and, if there is a Retrain, the divergence from it over the full vocabulary.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct ForgetFigures {
    /// Area under the ROC curve; null if only one class occurs.
    pub auc: Option<f64>,
    /// Accuracy: share of correct answers.
    pub acc: f64,
    /// Log loss: mean negative log likelihood, nats.
    pub logloss: f64,
    /// Jensen–Shannon divergence from Retrain, full vocabulary; null without a Retrain.
    pub jsd: Option<f64>,
    /// Symmetric KL from Retrain, full vocabulary.
    pub sym_kl: Option<f64>,
    /// Mean L2 distance from Retrain, full vocabulary.
    pub l2: Option<f64>,
    /// The same three divergences over {Yes, No}.
    pub yes_no: Option<Divergence>,
    /// Expected calibration error of p(Yes) on the forget set.
    #[serde(default)]
    pub ece: Option<f64>,
    /// Loss attack: AUC with which a row's loss separates forget rows (members) from rows of users no model was trained on. 0.5 means no
    /// information; what counts is the distance from 0.5, in either direction, compared with Retrain's.
    #[serde(default)]
    pub mia_auc: Option<f64>,
    /// Reference attack: the same with the loss under Retrain subtracted as the row's difficulty; null without a Retrain.
    #[serde(default)]
    pub mia_reference_auc: Option<f64>,
    /// Two-sample Kolmogorov–Smirnov p-value of the confidences p(true answer) against Retrain's; null without a Retrain.
    #[serde(default)]
    pub ks_p: Option<f64>,
    /// PrivLeak (MUSE, arXiv 2407.06460) of the loss attack: (AUC − Retrain's) / Retrain's. Above 0 the rows are still known; below 0 they stand
    /// out as forgotten. Null without a Retrain.
    #[serde(default)]
    pub priv_leak: Option<f64>,
    /// S-MA, the memorisation accuracy on the names of rated items. For a language model that scores titles: the share of their tokens that it
    /// predicts. Otherwise: the share of forget rows whose item it picks among ten (chance is 0.1). Null if neither can be measured.
    #[serde(default)]
    pub s_ma: Option<f64>,
    /// S-EL, the extraction likelihood: share of the names' token pairs (single tokens in short names) that it generates from the preceding text.
    /// Null for a nano.
    #[serde(default)]
    pub s_el: Option<f64>,
    /// Metrics without a field of their own, by the last part of their path in the metric table; absent where there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, f64>,
}
