//! ROC curves of scores that are higher for members, on plain slices.

use super::report::{RocLine, RocPoint};
use crate::metric;

/// Approximate number of points that a curve keeps.
const POINTS: usize = 100;

/// The ROC curve of `model`'s scores; `None` if either set is empty or a score is NaN.
pub fn roc(model: &str, members: &[f64], others: &[f64]) -> Option<RocLine> {
    let scores: Vec<f64> = members.iter().chain(others).copied().collect();
    let is_member: Vec<bool> = members.iter().map(|_| true).chain(others.iter().map(|_| false)).collect();
    let auc = metric::auc(&scores, &is_member)?;
    let curve = curve(members, others);
    let at = |fpr: f64| curve.iter().filter(|point| point.fpr <= fpr).map(|point| point.tpr).fold(0.0, f64::max);
    let best = curve.iter().copied().reduce(|a, b| if b.tpr - b.fpr > a.tpr - a.fpr { b } else { a })?;
    let step = curve.len().div_ceil(POINTS).max(1);
    let last = curve.len() - 1;
    let points = curve.iter().enumerate().filter(|(idx, _)| idx % step == 0 || *idx == last).map(|(_, point)| *point).collect();
    Some(RocLine { model: model.to_owned(), auc, tpr_at_1: at(0.01), tpr_at_5: at(0.05), best, points })
}

/// Rates with every score as the threshold, from the highest down.
fn curve(members: &[f64], others: &[f64]) -> Vec<RocPoint> {
    let mut all: Vec<(f64, bool)> = members.iter().map(|s| (*s, true)).chain(others.iter().map(|s| (*s, false))).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut tp, mut fp) = (0usize, 0usize);
    let mut points = Vec::new();
    for (idx, (threshold, member)) in all.iter().enumerate() {
        if *member {
            tp += 1
        } else {
            fp += 1
        }
        // Equal scores fall on the same side of any threshold.
        if all.get(idx + 1).is_none_or(|next| next.0 < *threshold) {
            let (fpr, tpr) = (fp as f64 / others.len() as f64, tp as f64 / members.len() as f64);
            points.push(RocPoint { threshold: *threshold, fpr, tpr });
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: thresholds 4, 3, 2, 1 classify 1, 2 (one of each set, tied), 3, 4 rows as members.
    #[test]
    fn a_curve_by_hand() {
        let line = roc("original", &[4.0, 3.0], &[3.0, 1.0]).expect("both sides are there");
        let got: Vec<_> = line.points.iter().map(|p| (p.threshold, p.fpr, p.tpr)).collect();
        assert_eq!(got, [(4.0, 0.0, 0.5), (3.0, 0.5, 1.0), (1.0, 1.0, 1.0)]);
        // Pairs: 4>3, 4>1, 3=3 half, 3>1: 3.5 of 4.
        assert_eq!((line.auc, line.tpr_at_1, line.tpr_at_5), (0.875, 0.5, 0.5));
        assert_eq!((line.best.threshold, line.best.tpr - line.best.fpr), (4.0, 0.5));
    }

    #[test]
    fn rates_at_few_false_alarms() {
        // Of a hundred non-members one scores above 50 members, and five above all hundred.
        let members: Vec<f64> = (0..100).map(|i| if i < 50 { 2.0 } else { 1.0 }).collect();
        let others: Vec<f64> = (0..100)
            .map(|i| {
                if i < 1 {
                    2.0
                } else if i < 5 {
                    1.0
                } else {
                    0.0
                }
            })
            .collect();
        let line = roc("original", &members, &others).expect("both sides are there");
        assert_eq!((line.tpr_at_1, line.tpr_at_5), (0.5, 1.0));
        assert!(roc("original", &[], &others).is_none());
    }

    #[test]
    fn a_long_curve_keeps_its_ends() {
        let members: Vec<f64> = (0..1000).map(|i| f64::from(i) + 0.5).collect();
        let others: Vec<f64> = (0..1000).map(f64::from).collect();
        let line = roc("original", &members, &others).expect("both sides are there");
        assert!(line.points.len() <= POINTS + 1, "{}", line.points.len());
        let last = line.points.last().expect("there are points");
        assert_eq!((last.fpr, last.tpr), (1.0, 1.0));
    }
}
