//! Area under the ROC curve as the Mann–Whitney statistic: the probability that a positive outranks a negative, ties counted half.

/// AUC of `scores` for `labels`; `None` if only one class occurs or a score is NaN.
pub fn auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    assert_eq!(scores.len(), labels.len(), "one label a score");
    let n_pos = labels.iter().filter(|&&label| label).count();
    let n_neg = labels.len() - n_pos;
    if n_pos == 0 || n_neg == 0 || scores.iter().any(|score| score.is_nan()) {
        return None;
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));

    let mut rank_sum = 0.0; // of the positives; ranks start at 1
    let mut n_before = 0;
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let mid_rank = n_before as f64 + (tied.len() + 1) as f64 / 2.0;
        rank_sum += mid_rank * tied.iter().filter(|&&row| labels[row]).count() as f64;
        n_before += tied.len();
    }
    let (n_pos, n_neg) = (n_pos as f64, n_neg as f64);
    // U = R₊ − n₊(n₊ + 1)/2
    Some((rank_sum - n_pos * (n_pos + 1.0) / 2.0) / (n_pos * n_neg))
}

#[cfg(test)]
mod tests {
    use super::auc;

    #[test]
    fn pairs_counted_by_hand() {
        // Positives .8 and .4 against negatives .6 and .4: 1 + 1 + 0 + ½ of four pairs.
        assert_eq!(auc(&[0.8, 0.4, 0.6, 0.4], &[true, true, false, false]), Some(0.625));
    }

    #[test]
    fn constant_scores_are_chance() {
        assert_eq!(auc(&[0.3; 5], &[true, false, true, false, false]), Some(0.5));
        assert_eq!(auc(&[0.0, -0.0], &[true, false]), Some(0.5));
    }

    #[test]
    fn undefined_without_both_classes_or_with_nan() {
        assert_eq!(auc(&[0.1, 0.9], &[true, true]), None);
        assert_eq!(auc(&[], &[]), None);
        assert_eq!(auc(&[0.1, f64::NAN], &[true, false]), None);
    }
}
