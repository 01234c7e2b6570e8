//! Answer quality from p(Yes): AUC, accuracy and log loss, as PROTOCOL's test-set measures.

use super::auc;
use crate::report::Quality;

/// Quality of `p_yes` (softmax over {Yes, No}) against the true answers; zeros and no AUC for an empty set.
///
/// The log loss clamps to `[ε, 1 − ε]` with the machine epsilon of f64, as scikit-learn does.
pub fn quality(p_yes: &[f64], labels: &[bool]) -> Quality {
    assert_eq!(p_yes.len(), labels.len(), "one label a probability");
    if p_yes.is_empty() {
        return Quality::default();
    }
    let (mut n_right, mut loss) = (0usize, 0.0);
    for (&p, &liked) in p_yes.iter().zip(labels) {
        n_right += usize::from((p > 0.5) == liked);
        let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        loss -= if liked { p.ln() } else { (1.0 - p).ln() };
    }
    let n = p_yes.len() as f64;
    Quality { auc: auc(p_yes, labels), acc: n_right as f64 / n, logloss: loss / n, ece: None }
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
    }

    #[test]
    fn certain_and_wrong_stays_finite() {
        let got = quality(&[0.0], &[true]);
        assert!((got.logloss + f64::EPSILON.ln()).abs() < 1e-12);
        assert_eq!(quality(&[], &[]), Quality::default());
    }
}
