//! The share of the gap between Original and Retrain that a method closed on one figure, usually the forget-set AUC.

use super::entry::{Better, Format, MetricEntry, MetricGroup, Shown};

/// Below this the two references are considered equal, and a share of their difference is meaningless.
const MIN_GAP: f64 = 1e-6;

/// Share of the gap closed: 0 at `original`, 1 at `retrain`, above 1 if the method over-forgets; `None` if there is no gap.
pub fn gap_closed(original: f64, retrain: f64, method: f64) -> Option<f64> {
    let gap = original - retrain;
    (gap.abs() >= MIN_GAP).then(|| (original - method) / gap).filter(|share| share.is_finite())
}

/// The row of the metric table.
pub const CLOSED: MetricEntry = MetricEntry {
    format: Format::Percent,
    digits: 1,
    page_digits: 0,
    better: Better::NearOne,
    shown: &[Shown::Documents, Shown::Comparison, Shown::Main],
    help: "Share of the way from Original’s forget AUC to Retrain’s",
    formula: "(Original's forget AUC − its own) / (Original's − Retrain's)",
    ..MetricEntry::new("gap_closed", "gap_closed", "gap closed", MetricGroup::Forget)
};

#[cfg(test)]
mod tests {
    use super::gap_closed;

    #[test]
    fn by_hand() {
        assert_eq!(gap_closed(0.75, 0.5, 0.5625), Some(0.75));
        assert_eq!(gap_closed(0.5, 0.75, 0.5), Some(0.0));
        assert_eq!(gap_closed(0.75, 0.5, 0.375), Some(1.5));
        assert_eq!(gap_closed(0.75, 0.75 - 1e-7, 0.5), None);
        assert_eq!(gap_closed(0.75, f64::NAN, 0.5), None);
    }
}
