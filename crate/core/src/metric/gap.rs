//! How much of the way from Original to Retrain a method went on one measure, usually the forget-set AUC.

/// Below this the two references are the same and a share of their distance says nothing.
const MIN_GAP: f64 = 1e-6;

/// Share of the gap closed: 0 at `original`, 1 at `retrain`, above 1 where the method over-forgets; `None` where there is no gap.
pub fn gap_closed(original: f64, retrain: f64, method: f64) -> Option<f64> {
    let gap = original - retrain;
    (gap.abs() >= MIN_GAP).then(|| (original - method) / gap).filter(|share| share.is_finite())
}

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
