//! Expected calibration error: how far p(Yes) differs from the share of Yes among the rows that have it. Naeini et al. 2015, in the binary form: of
//! p(Yes) itself, not of the confidence in the more likely answer.

const N_BINS: usize = 15;

/// Σ over 15 equal bins of `[0, 1]` of (the bin's share of rows) · |mean p(Yes) − share of Yes|. A value on a bin's right edge belongs to the next
/// bin, 1 to the last. `None` for an empty set, or if a probability is NaN.
pub fn ece(p_yes: &[f64], labels: &[bool]) -> Option<f64> {
    assert_eq!(p_yes.len(), labels.len(), "one label a probability");
    if p_yes.is_empty() || p_yes.iter().any(|p| p.is_nan()) {
        return None;
    }
    // Σ n_b/n · |Σp/n_b − Σy/n_b| = Σ |Σp − Σy| / n, so each bin needs only one sum.
    let mut excess = [0.0; N_BINS];
    for (&p, &liked) in p_yes.iter().zip(labels) {
        excess[((p * N_BINS as f64) as usize).min(N_BINS - 1)] += p - f64::from(liked);
    }
    Some(excess.iter().map(|sum| sum.abs()).sum::<f64>() / p_yes.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::ece;

    #[test]
    fn two_bins_by_hand() {
        // Bin 1 (.0667 to .1333): .1 and .12, one Yes: |.11 − .5| · 2/4. Bin 14: .95 and 1, two Yes: |.975 − 1| · 2/4.
        let got = ece(&[0.1, 0.12, 0.95, 1.0], &[true, false, true, true]).expect("not empty");
        assert!((got - (0.39 + 0.025) / 2.0).abs() < 1e-12, "{got}");
    }

    #[test]
    fn errors_of_one_bin_cancel_and_those_of_two_do_not() {
        assert!(ece(&[0.5, 0.5], &[true, false]).expect("not empty") < 1e-15);
        assert!((ece(&[0.4, 0.6], &[true, false]).expect("not empty") - 0.6).abs() < 1e-15);
    }

    #[test]
    fn undefined_without_rows_or_with_nan() {
        assert_eq!(ece(&[], &[]), None);
        assert_eq!(ece(&[0.5, f64::NAN], &[true, true]), None);
    }
}
