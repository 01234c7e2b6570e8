//! Answer quality from p(Yes): AUC, accuracy and log loss, as PROTOCOL's test-set measures, and calibration.

use super::{auc, ece};
use crate::report::Quality;

/// Quality of `p_yes` (softmax over {Yes, No}) against the true answers; zeros, no AUC and no ECE for an empty set.
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

/// Cross entropy of one true answer, nats; p is clamped to `[ε, 1 − ε]` with the machine epsilon of f64, as scikit-learn's `log_loss` does.
pub(super) fn row_loss(p_yes: f64, liked: bool) -> f64 {
    let p = p_yes.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    -if liked { p.ln() } else { (1.0 - p).ln() }
}

#[cfg(test)]
mod tests {
    use super::quality;
    use crate::report::Quality;

    #[test]
    fn by_hand() {
        // Losses ln 2, ln 4, ln 2 (p = .5 counts as No); mean = 4/3 · ln 2.
        let got = quality(&[0.5, 0.25, 0.5], &[false, true, true]);
        assert!((got.logloss - 4.0 / 3.0 * 2f64.ln()).abs() < 1e-12);
        assert!((got.acc - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(got.auc, Some(0.25));
        // One bin with p = .5 twice and one Yes; p = .25 and Yes costs .75, a third of the rows.
        assert!((got.ece.expect("not empty") - 0.25).abs() < 1e-12);
    }

    #[test]
    fn certain_and_wrong_stays_finite() {
        let got = quality(&[0.0], &[true]);
        assert!((got.logloss + f64::EPSILON.ln()).abs() < 1e-12);
        assert_eq!(quality(&[], &[]), Quality::default());
    }
}
