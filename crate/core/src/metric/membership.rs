//! Membership inference: can an attacker tell from a row's loss whether the model was trained on it?
//!
//! The loss attack (Yeom et al. 2018) uses the loss itself. The reference attack (Carlini et al. 2022, Ye et al. 2022) subtracts how hard the row
//! is, measured by a model that never saw it. Both give AUCs, with 0.5 for no information. For unlearning the distance from 0.5 counts, in either
//! direction: a forget set that stands out by *high* losses is recognisable as forgotten. No shadow models and no thresholds.

use super::auc;
use super::entry::{Better, Format, MetricEntry, MetricGroup, Shown};
use super::quality::row_loss;

/// Cross entropy of the true answer of each row, nats; clamped like the log loss of [`quality`](super::quality()), which is its mean.
pub fn losses(p_yes: &[f64], labels: &[bool]) -> Vec<f64> {
    assert_eq!(p_yes.len(), labels.len(), "one label a probability");
    p_yes.iter().zip(labels).map(|(&p, &liked)| row_loss(p, liked)).collect()
}

/// AUC of the loss attack: the probability that a member's loss is below a non-member's, ties counted half. `None` if a set is empty or a loss is
/// NaN.
pub fn loss_attack(member_losses: &[f64], other_losses: &[f64]) -> Option<f64> {
    attack(member_losses.iter().map(|loss| -loss), other_losses.iter().map(|loss| -loss))
}

/// AUC of the reference attack, with the score ℓ_ref − ℓ: a member is a row that the model finds easier than a reference model that was not trained
/// on it.
///
/// `member_ref` and `other_ref` are the reference's losses on the same rows.
pub fn reference_attack(member: &[f64], member_ref: &[f64], other: &[f64], other_ref: &[f64]) -> Option<f64> {
    assert_eq!(member.len(), member_ref.len(), "one reference loss a member");
    assert_eq!(other.len(), other_ref.len(), "one reference loss a non-member");
    attack(member_ref.iter().zip(member).map(|(r, l)| r - l), other_ref.iter().zip(other).map(|(r, l)| r - l))
}

/// PrivLeak (Shi et al. 2024, MUSE, arXiv 2407.06460): the difference of an attack's AUC from Retrain's, relative to Retrain's; `None` if that is
/// 0.
pub fn priv_leak(auc: f64, of_retrain: f64) -> Option<f64> {
    (of_retrain > 0.0).then(|| (auc - of_retrain) / of_retrain)
}

/// AUC of scores that are higher for members.
fn attack(member: impl Iterator<Item = f64>, other: impl Iterator<Item = f64>) -> Option<f64> {
    let (scores, is_member): (Vec<f64>, Vec<bool>) = member.map(|score| (score, true)).chain(other.map(|score| (score, false))).unzip();
    auc(&scores, &is_member)
}

/// The loss attack.
pub const LOSS_ATTACK: MetricEntry = MetricEntry {
    short: "MIA",
    better: Better::NearHalf,
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Loss attack on membership: at an AUC of 0.5 an attacker cannot tell forgotten rows from rows never trained on; what counts is the distance from \
           0.5, either way, beside Retrain’s",
    faithfulness: Some(0.561),
    formula: "AUC of −loss, forget rows against rows of people never trained on",
    citation: "Yeom et al. 2018",
    ..MetricEntry::new("mia", "forget.mia_auc", "MIA AUC", MetricGroup::Traces)
};

/// The reference attack.
pub const REFERENCE_ATTACK: MetricEntry = MetricEntry {
    better: Better::NearHalf,
    help: "Reference attack on membership: the loss attack with how hard a row is taken off",
    formula: "AUC of (loss under Retrain − loss), forget rows against rows of people never trained on",
    citation: "Carlini et al. 2022; Ye et al. 2022",
    ..MetricEntry::new("mia_reference", "forget.mia_reference_auc", "reference MIA AUC", MetricGroup::Traces)
};

/// The loss attack beside Retrain's.
pub const PRIV_LEAK: MetricEntry = MetricEntry {
    format: Format::Percent,
    digits: 1,
    page_digits: 0,
    better: Better::NearZero,
    shown: &[Shown::Figures, Shown::Comparison],
    help: "Loss attack’s AUC beside Retrain’s, as a share of it: above 0 the rows are still known, below 0 they stand out by having been forgotten",
    formula: "(MIA AUC − Retrain's) / Retrain's",
    citation: "Shi et al. 2024, MUSE, arXiv 2407.06460",
    ..MetricEntry::new("priv_leak", "forget.priv_leak", "PrivLeak", MetricGroup::Traces)
};

#[cfg(test)]
mod tests {
    use super::{loss_attack, losses, priv_leak, reference_attack};
    use crate::metric::quality;

    #[test]
    fn losses_by_hand() {
        let (p_yes, labels) = ([0.5, 0.25, 0.0], [false, true, true]);
        let got = losses(&p_yes, &labels);
        let want = [2f64.ln(), 4f64.ln(), -f64::EPSILON.ln()];
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12), "{got:?}");
        assert!((got.iter().sum::<f64>() / 3.0 - quality(&p_yes, &labels).logloss).abs() < 1e-12);
    }

    #[test]
    fn lower_losses_mark_members() {
        // The pairs (.1, .3) (.1, .2) (.3, .3) (.3, .2) count 1 + 1 + ½ + 0 of four.
        assert_eq!(loss_attack(&[0.1, 0.3], &[0.3, 0.2]), Some(0.625));
        assert_eq!(loss_attack(&[2.0, 3.0], &[1.0]), Some(0.0)); // over-forgotten: as revealing as 1
        assert_eq!((priv_leak(0.75, 0.5), priv_leak(0.25, 0.5), priv_leak(0.5, 0.0)), (Some(0.5), Some(-0.5), None));
        assert_eq!((loss_attack(&[], &[1.0]), loss_attack(&[1.0], &[])), (None, None));
    }

    #[test]
    fn the_reference_takes_off_how_hard_a_row_is() {
        // The member is harder than the other row, so its loss alone says "not a member"; relative to the reference it gained .5, the other row 0.
        assert_eq!(loss_attack(&[1.5], &[0.25]), Some(0.0));
        assert_eq!(reference_attack(&[1.5], &[2.0], &[0.25], &[0.25]), Some(1.0));
        assert_eq!(reference_attack(&[1.0, 1.0], &[1.0, 2.0], &[0.5], &[1.0]), Some(0.5)); // 0 and 1 compared with .5
    }
}
