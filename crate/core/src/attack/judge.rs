//! From figures to a verdict, and from a verdict to words.

use super::report::Verdict;
use crate::report::Quality;

/// What came of an attack, from the figure under attack of Original, of the unlearned model and of Retrain, and its standard error. The share
/// (unlearned − Retrain) / (Original − Retrain) decides: 0 is Retrain, 1 is Original.
pub fn judge(original: f64, unlearned: f64, retrain: Option<f64>, error: f64) -> Verdict {
    let Some(retrain) = retrain else { return Verdict::Unclear };
    let (way, gone) = (original - retrain, unlearned - retrain);
    if way.abs() <= error {
        return Verdict::Unclear;
    }
    let share = gone / way;
    if share >= 0.75 {
        Verdict::Broken
    } else if gone.abs() <= error || share.abs() <= 0.25 {
        Verdict::Held
    } else if share < 0.0 {
        Verdict::Overdone
    } else {
        Verdict::Partly
    }
}

/// Right answers as one number: AUC, or accuracy where all rows have one answer.
pub fn right(quality: &Quality) -> f64 {
    quality.auc.unwrap_or(quality.acc)
}

/// One standard error of an AUC on so many rows of each kind (Hanley & McNeil 1982); of a share where one kind is missing.
pub fn standard_error(auc: f64, n_pos: usize, n_neg: usize) -> f64 {
    let (p, n) = (n_pos as f64, n_neg as f64);
    if n_pos == 0 || n_neg == 0 {
        return (auc * (1.0 - auc) / (p + n).max(1.0)).sqrt();
    }
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * auc;
    ((auc * (1.0 - auc) + (p - 1.0) * (q1 - square) + (n - 1.0) * (q2 - square)) / (p * n)).max(0.0).sqrt()
}

/// A share as “71.3”.
pub fn of_100(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// The control in a sentence: what Retrain gives under the same attack.
pub fn control(retrain: Option<f64>) -> String {
    match retrain {
        Some(value) => format!("a model that never saw them gives {}", of_100(value)),
        None => "what a model that never saw them gives is not known, since there is no Retrain for this forget set".into(),
    }
}

/// The last sentence of an attack that tries to bring knowledge back.
pub fn conclusion(verdict: Verdict, has_retrain: bool) -> &'static str {
    match verdict {
        Verdict::Held => "So forgetting holds.",
        Verdict::Partly => "So part of what was forgotten comes back.",
        Verdict::Broken => "So forgetting does not survive this.",
        Verdict::Overdone => "So nothing comes back; the model is even further from the forgotten ratings than one that never saw them.",
        Verdict::Unclear if has_retrain => "That is too close to the original for so few ratings to say whether anything comes back.",
        Verdict::Unclear => "So whether that is too much cannot be said.",
        Verdict::Skipped => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_by_hand() {
        let of = |unlearned| judge(0.8, unlearned, Some(0.7), 0.01);
        assert_eq!(of(0.70), Verdict::Held);
        assert_eq!(of(0.72), Verdict::Held); // a fifth of the way
        assert_eq!(of(0.75), Verdict::Partly);
        assert_eq!(of(0.79), Verdict::Broken);
        assert_eq!(of(0.60), Verdict::Overdone);
        assert_eq!(judge(0.8, 0.7, None, 0.01), Verdict::Unclear);
        assert_eq!(judge(0.8, 0.7, Some(0.795), 0.01), Verdict::Unclear, "Original is no further than chance from Retrain");
        // The other way round: where Retrain's figure is the higher one.
        assert_eq!(judge(0.4, 0.41, Some(0.5), 0.01), Verdict::Broken);
        assert_eq!(judge(0.8, 0.742, Some(0.7), 0.05), Verdict::Held, "within one standard error");
    }

    #[test]
    fn errors_by_hand() {
        // AUC ½: Q1 = Q2 = ⅓, so (¼ + 9/12 + 9/12) / 100 = 1.75 / 100.
        assert!((standard_error(0.5, 10, 10) - 0.0175f64.sqrt()).abs() < 1e-12);
        // A share of ½ among 25 rows: √(¼ / 25).
        assert!((standard_error(0.5, 25, 0) - 0.1).abs() < 1e-12);
        assert_eq!(standard_error(1.0, 10, 10), 0.0);
    }
}
