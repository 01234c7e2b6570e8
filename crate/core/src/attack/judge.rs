//! From an attack's figures to a verdict, and from a verdict to words.

use super::report::Verdict;
use crate::metric::Quality;

/// Up to this share of the way from Retrain to Original, the attack found next to nothing.
const LITTLE: f64 = 0.2;
/// From this share on, the attack found nearly everything.
const MOST: f64 = 0.75;

/// The verdict on an attack, from its figure for Original, the unlearned model and Retrain, and the figure's standard error.
///
/// It depends on the share (unlearned − Retrain) / (Original − Retrain): 0 is Retrain, 1 is Original.
pub fn judge(original: f64, unlearned: f64, retrain: Option<f64>, error: f64) -> Verdict {
    let Some(retrain) = retrain else { return Verdict::Unclear };
    let (way, gone) = (original - retrain, unlearned - retrain);
    if way.abs() <= error {
        return Verdict::Unclear;
    }
    let share = gone / way;
    if share >= MOST {
        Verdict::Broken
    } else if gone.abs() <= error || share.abs() <= LITTLE {
        Verdict::Held
    } else if share < 0.0 {
        Verdict::Overdone
    } else {
        Verdict::Partly
    }
}

/// One figure for Original, the unlearned model and, if there is one, Retrain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trio {
    /// Figure of Original.
    pub original: f64,
    /// Figure of the unlearned model.
    pub unlearned: f64,
    /// Figure of Retrain.
    pub retrain: Option<f64>,
}

impl Trio {
    /// The three figures in the order of a finding.
    pub fn figures(self) -> [Option<f64>; 3] {
        [Some(self.original), Some(self.unlearned), self.retrain]
    }

    /// The share: 0 at Retrain, 1 at Original; `None` if the two differ by less than `error`.
    fn share(self, error: f64) -> Option<f64> {
        let retrain = self.retrain?;
        let way = self.original - retrain;
        (way.abs() > error).then(|| (self.unlearned - retrain) / way)
    }
}

/// The verdict on an attack that tries to recover knowledge, from the figures before and under the attack.
///
/// Knowledge that the method had left is not the attack's gain: the share (see [`judge`]) must have grown by more than a fifth. Without a Retrain,
/// the share is that of the forgotten knowledge that was recovered.
pub fn recovered(before: Trio, after: Trio, error: f64) -> Verdict {
    let Some(share) = after.share(error) else {
        let lost = before.original - before.unlearned;
        if after.retrain.is_some() || lost.abs() <= error {
            return Verdict::Unclear;
        }
        return match (after.unlearned - before.unlearned) / lost {
            back if back >= MOST => Verdict::Broken,
            back if back > LITTLE => Verdict::Partly,
            _ => Verdict::Held,
        };
    };
    let left = before.share(error).unwrap_or(0.0);
    if share >= MOST {
        Verdict::Broken
    } else if share - left > LITTLE {
        Verdict::Partly
    } else if share < -LITTLE {
        Verdict::Overdone
    } else {
        Verdict::Held
    }
}

/// The accuracy measure: AUC, or accuracy if all rows have the same true answer.
pub fn right(quality: &Quality) -> f64 {
    quality.auc.unwrap_or(quality.acc)
}

/// One standard error of an AUC with these numbers of positive and negative rows (Hanley & McNeil 1982), or of a share if there are none of one
/// kind.
pub fn standard_error(auc: f64, n_pos: usize, n_neg: usize) -> f64 {
    let (p, n) = (n_pos as f64, n_neg as f64);
    if n_pos == 0 || n_neg == 0 {
        return (auc * (1.0 - auc) / (p + n).max(1.0)).sqrt();
    }
    let (q1, q2) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * auc;
    ((auc * (1.0 - auc) + (p - 1.0) * (q1 - square) + (n - 1.0) * (q2 - square)) / (p * n)).max(0.0).sqrt()
}

/// A share in per cent with one decimal, such as “71.3”.
pub fn of_100(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// The control as a phrase: Retrain's figure `when`, such as “ after the same training”.
pub fn control(retrain: Option<f64>, when: &str) -> String {
    match retrain {
        Some(value) => format!("a model that never saw them gives {}{when}", of_100(value)),
        None => "there is no Retrain to tell what a model that never saw them would give".into(),
    }
}

/// The closing sentence on an attack that tries to recover knowledge, from the figures before it.
pub fn conclusion(verdict: Verdict, before: Trio, error: f64) -> &'static str {
    let compared = before.retrain.is_some();
    match verdict {
        Verdict::Held => "So forgetting holds against this.",
        Verdict::Partly if compared => "So part of what was forgotten comes back.",
        Verdict::Partly => "So part of what was forgotten comes back, unless a model that never saw them gains as much.",
        Verdict::Broken if before.share(error).is_some_and(|left| left >= MOST) => "But the model had hardly forgotten anything before.",
        Verdict::Broken if compared => "So forgetting does not survive this.",
        Verdict::Broken => "So forgetting does not survive this, unless a model that never saw them gains as much.",
        Verdict::Overdone => "So nothing comes back; the model is even worse at them than one that never saw them.",
        Verdict::Unclear => "Too little was there to be forgotten, for so few ratings, to say whether anything comes back.",
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
        assert_eq!(of(0.715), Verdict::Held); // less than a fifth of the way
        assert_eq!(of(0.75), Verdict::Partly);
        assert_eq!(of(0.79), Verdict::Broken);
        assert_eq!(of(0.60), Verdict::Overdone);
        assert_eq!(judge(0.8, 0.7, None, 0.01), Verdict::Unclear);
        assert_eq!(judge(0.8, 0.7, Some(0.795), 0.01), Verdict::Unclear, "Original is no further than chance from Retrain");
        // The reverse: Retrain's figure is the higher one.
        assert_eq!(judge(0.4, 0.41, Some(0.5), 0.01), Verdict::Broken);
        assert_eq!(judge(0.8, 0.742, Some(0.7), 0.05), Verdict::Held, "within one standard error");
    }

    #[test]
    fn what_came_back_by_hand() {
        let of = |unlearned, retrain| Trio { original: 0.8, unlearned, retrain };
        let with = |before, after| recovered(of(before, Some(0.7)), of(after, Some(0.7)), 0.01);
        assert_eq!(with(0.73, 0.745), Verdict::Held, "three tenths had been left, one and a half came back");
        assert_eq!(with(0.70, 0.73), Verdict::Partly);
        assert_eq!(with(0.70, 0.78), Verdict::Broken);
        assert_eq!(with(0.70, 0.66), Verdict::Overdone);
        // The attack helps Retrain as much, so nothing was recovered.
        assert_eq!(recovered(of(0.7, Some(0.7)), of(0.75, Some(0.75)), 0.01), Verdict::Held);
        let alone = |after| recovered(of(0.7, None), of(after, None), 0.01);
        assert_eq!([alone(0.715), alone(0.74), alone(0.79)], [Verdict::Held, Verdict::Partly, Verdict::Broken]);
        assert_eq!(recovered(of(0.795, None), of(0.8, None), 0.01), Verdict::Unclear, "nothing had been forgotten");
        assert_eq!(recovered(of(0.7, Some(0.795)), of(0.79, Some(0.795)), 0.01), Verdict::Unclear);
    }

    #[test]
    fn last_words_by_hand() {
        let of = |unlearned| Trio { original: 0.8, unlearned, retrain: Some(0.7) };
        assert!(conclusion(Verdict::Broken, of(0.71), 0.01).contains("does not survive"));
        assert!(conclusion(Verdict::Broken, of(0.79), 0.01).contains("hardly forgotten"));
        assert!(conclusion(Verdict::Broken, Trio { retrain: None, ..of(0.7) }, 0.01).contains("unless"));
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
