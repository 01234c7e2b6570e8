//! Answer quality from p(Yes): AUC, accuracy and log loss, the test-set measures of PROTOCOL, and calibration.

use super::entry::{Better, Format, MetricEntry, MetricGroup, Shown};
use super::{auc, ece};
use serde::{Deserialize, Serialize};

/// Answer quality on a set of rows, from the softmax over {Yes, No}.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Quality {
    /// Area under the ROC curve; null if only one class occurs.
    pub auc: Option<f64>,
    /// Accuracy: share of correct answers at p(Yes) > 0.5.
    pub acc: f64,
    /// Log loss: mean negative log likelihood of the true answer, nats.
    pub logloss: f64,
    /// Expected calibration error of p(Yes) over 15 equal bins; null in figures from before it was measured.
    #[serde(default)]
    pub ece: Option<f64>,
}

/// Quality of `p_yes` (softmax over {Yes, No}) against the true answers; for an empty set zeros, no AUC and no ECE.
pub fn quality(p_yes: &[f64], labels: &[bool]) -> Quality {
    assert_eq!(p_yes.len(), labels.len(), "one label a probability");
    if p_yes.is_empty() {
        return Quality::default();
    }
    let (mut n_right, mut loss) = (0usize, 0.0);
    for (&p, &liked) in p_yes.iter().zip(labels) {
        n_right += usize::from((p > 0.5) == liked);
        loss += row_loss(p, liked);
    }
    let n = p_yes.len() as f64;
    Quality { auc: auc(p_yes, labels), acc: n_right as f64 / n, logloss: loss / n, ece: ece(p_yes, labels) }
}

/// Cross entropy of one true answer, nats; p is clamped to `[ε, 1 − ε]` with the machine epsilon of f64, like scikit-learn's `log_loss`.
pub(super) fn row_loss(p_yes: f64, liked: bool) -> f64 {
    let p = p_yes.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    -if liked { p.ln() } else { (1.0 - p).ln() }
}

/// Quality on the test set: AUC.
pub const TEST_AUC: MetricEntry = MetricEntry {
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison, Shown::Main],
    help: "Test set: 1 is perfect, 0.5 is a coin",
    ..auc_of("test_auc", "test.auc", "test AUC", MetricGroup::Test)
};

/// Quality on the test set: share of right answers.
pub const TEST_ACC: MetricEntry = MetricEntry {
    better: Better::Higher,
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison],
    help: "Test set: share of right answers",
    ..acc_of("acc", "test.acc", "test ACC", MetricGroup::Test)
};

/// Quality on the test set: log loss.
pub const TEST_LOGLOSS: MetricEntry = MetricEntry {
    better: Better::Lower,
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison],
    help: "Test set: mean negative log likelihood, nats",
    ..logloss_of("logloss", "test.logloss", "test LogLoss", MetricGroup::Test)
};

/// Quality on the test set: calibration.
pub const TEST_ECE: MetricEntry = MetricEntry {
    better: Better::Lower,
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Test set: expected calibration error",
    ..ece_of("ece", "test.ece", "test ECE", MetricGroup::Test)
};

/// Quality on rows that stay: AUC.
pub const RETAIN_AUC: MetricEntry =
    MetricEntry { help: "Retain set: a fixed subset of it", ..auc_of("retain_auc", "retain.auc", "retain AUC", MetricGroup::Stay) };

/// Quality on rows that stay of similar people: AUC.
pub const NEIGHBOUR_AUC: MetricEntry = MetricEntry {
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Retain set: the rows of the users most like the forgotten ones",
    ..auc_of("neighbour_auc", "neighbour.auc", "neighbour AUC", MetricGroup::Stay)
};

/// What forgetting costs other people: their recommendations that stay.
pub const LISTS_KEPT: MetricEntry = MetricEntry {
    short: "lists",
    format: Format::Percent,
    digits: 0,
    page_digits: 0,
    better: Better::NearRetrain,
    rare: true,
    shown: &[Shown::Run, Shown::Documents],
    help: "Of the ten items recommended to each of 20 other people, the share that still is; two Retrains differ too",
    formula: "mean |top10(Original) ∩ top10(model)| / 10",
    ..MetricEntry::new("lists_kept", "lists_kept", "others’ lists kept", MetricGroup::Stay)
};

/// Quality on the forget set: AUC.
pub const FORGET_AUC: MetricEntry = MetricEntry {
    better: Better::NearRetrain,
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison, Shown::Main],
    faithfulness: Some(0.703),
    help: "Forget set: should come near Retrain’s",
    ..auc_of("forget_auc", "forget.auc", "forget AUC", MetricGroup::Forget)
};

/// Quality on the forget set: share of right answers.
pub const FORGET_ACC: MetricEntry = MetricEntry {
    shown: &[Shown::Run],
    help: "Forget set: share of right answers",
    faithfulness: Some(0.612),
    ..acc_of("forget_acc", "forget.acc", "forget ACC", MetricGroup::Forget)
};

/// Quality on the forget set: log loss.
pub const FORGET_LOGLOSS: MetricEntry = MetricEntry {
    shown: &[Shown::Run, Shown::Figures],
    help: "Forget set: mean negative log likelihood, nats",
    faithfulness: Some(0.642),
    ..logloss_of("forget_logloss", "forget.logloss", "forget LogLoss", MetricGroup::Forget)
};

/// Quality on the forget set: calibration.
pub const FORGET_ECE: MetricEntry =
    MetricEntry { help: "Forget set: expected calibration error", ..ece_of("forget_ece", "forget.ece", "forget ECE", MetricGroup::Forget) };

/// Quality on the validation set: AUC.
pub const VALID_AUC: MetricEntry = MetricEntry {
    rare: true,
    shown: &[Shown::Documents],
    help: "Validation set: what parameters are chosen by",
    ..auc_of("valid_auc", "valid.auc", "valid AUC", MetricGroup::Validation)
};

const fn auc_of(id: &'static str, path: &'static str, label: &'static str, group: MetricGroup) -> MetricEntry {
    MetricEntry {
        short: "AUC",
        page_digits: 4,
        better: Better::Higher,
        formula: "share of pairs of a liked and a disliked item in which the liked one has the higher p(Yes), ties counted half",
        citation: "Hanley and McNeil 1982",
        ..MetricEntry::new(id, path, label, group)
    }
}

const fn acc_of(id: &'static str, path: &'static str, label: &'static str, group: MetricGroup) -> MetricEntry {
    MetricEntry { short: "ACC", formula: "share of rows with (p(Yes) > 0.5) = truth", ..MetricEntry::new(id, path, label, group) }
}

const fn logloss_of(id: &'static str, path: &'static str, label: &'static str, group: MetricGroup) -> MetricEntry {
    MetricEntry { short: "LogLoss", formula: "mean of −ln p(true answer)", ..MetricEntry::new(id, path, label, group) }
}

const fn ece_of(id: &'static str, path: &'static str, label: &'static str, group: MetricGroup) -> MetricEntry {
    MetricEntry {
        short: "ECE",
        formula: "Σ over 15 bins of (share of rows) · |mean p(Yes) − share of Yes|",
        citation: "Naeini et al. 2015",
        ..MetricEntry::new(id, path, label, group)
    }
}

#[cfg(test)]
mod tests {
    use super::quality;
    use crate::metric::Quality;

    #[test]
    fn by_hand() {
        // Losses ln 2, ln 4, ln 2 (p = .5 counts as No); mean = 4/3 · ln 2.
        let got = quality(&[0.5, 0.25, 0.5], &[false, true, true]);
        assert!((got.logloss - 4.0 / 3.0 * 2f64.ln()).abs() < 1e-12);
        assert!((got.acc - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(got.auc, Some(0.25));
        // One bin with p = .5 twice and one Yes; p = .25 and Yes contributes .75, for a third of the rows.
        assert!((got.ece.expect("not empty") - 0.25).abs() < 1e-12);
    }

    #[test]
    fn certain_and_wrong_stays_finite() {
        let got = quality(&[0.0], &[true]);
        assert!((got.logloss + f64::EPSILON.ln()).abs() < 1e-12);
        assert_eq!(quality(&[], &[]), Quality::default());
    }
}
