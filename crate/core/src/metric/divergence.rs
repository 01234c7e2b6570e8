//! Divergences of a model's answer distributions from a reference model's: Jensen–Shannon, symmetric KL and L2, each averaged over rows.
//!
//! Computed from log probabilities, so that an answer of probability 1e-300 contributes a finite value instead of infinity.

use super::entry::{Better, Format, MetricEntry, MetricGroup, Shown};
use super::log_softmax;
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// Mean divergence of answer distributions from a reference model's, on one set of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Divergence {
    /// Jensen–Shannon divergence, nats.
    pub jsd: f64,
    /// ½KL(p‖q) + ½KL(q‖p), nats; the paper's code calls it JSD.
    pub sym_kl: f64,
    /// Mean ‖p − q‖₂.
    pub l2: f64,
}

/// Divergences over the whole output vocabulary and over {Yes, No}.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Divergences {
    /// Over the whole output vocabulary.
    pub full: Divergence,
    /// Over {Yes, No}, renormalised.
    pub yes_no: Divergence,
}

/// Divergence of probabilities `p` from `q`, both row-major `[rows, width]`; zeros if there are no rows.
///
/// In logarithms a zero probability counts as the smallest normal number; use [`divergences`] if logits are available.
pub fn divergence(p: &[f64], q: &[f64], width: usize) -> Divergence {
    let logs = |row: &[f64]| row.iter().map(|&x| if x < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { x }.ln()).collect::<Vec<_>>();
    mean_over_rows(p, q, width, |p, q| row_divergence(&logs(p), &logs(q)))
}

/// Divergences of logits `[rows, width]` over the full vocabulary and over the two answer tokens `yes` and `no`, renormalised.
pub fn divergences(logits_p: &[f32], logits_q: &[f32], width: usize, yes: usize, no: usize) -> Divergences {
    assert!(yes < width && no < width, "answer ids {yes} and {no} lie within the width {width}");
    let full = |row: &[f32]| log_softmax(row);
    let pair = |row: &[f32]| log_softmax(&[row[yes], row[no]]);
    Divergences {
        full: mean_over_rows(logits_p, logits_q, width, |p, q| row_divergence(&full(p), &full(q))),
        yes_no: mean_over_rows(logits_p, logits_q, width, |p, q| row_divergence(&pair(p), &pair(q))),
    }
}

fn mean_over_rows<T>(p: &[T], q: &[T], width: usize, row: impl Fn(&[T], &[T]) -> Divergence) -> Divergence {
    assert_eq!(p.len(), q.len(), "as many rows of p as of q");
    assert!(width > 0 && p.len().is_multiple_of(width), "{} values are whole rows of {width}", p.len());
    let mut sum = Divergence::default();
    for (p, q) in p.chunks_exact(width).zip(q.chunks_exact(width)) {
        let one = row(p, q);
        sum.jsd += one.jsd;
        sum.sym_kl += one.sym_kl;
        sum.l2 += one.l2;
    }
    let n = (p.len() / width).max(1) as f64;
    Divergence { jsd: sum.jsd / n, sym_kl: sum.sym_kl / n, l2: sum.l2 / n }
}

/// Divergence between two rows of log probabilities.
fn row_divergence(log_p: &[f64], log_q: &[f64]) -> Divergence {
    let (mut jsd, mut sym_kl, mut squares) = (0.0, 0.0, 0.0);
    for (&lp, &lq) in log_p.iter().zip(log_q) {
        let (p, q) = (lp.exp(), lq.exp());
        // ln m, m = (p + q)/2
        let lm = lp.max(lq) + (-(lp - lq).abs()).exp().ln_1p() - LN_2;
        jsd += 0.5 * (p * (lp - lm) + q * (lq - lm));
        // ½[p ln(p/q) + q ln(q/p)] = ½(p − q)(ln p − ln q), never negative
        sym_kl += 0.5 * (p - q) * (lp - lq);
        squares += (p - q) * (p - q);
    }
    // Rounding can leave equal rows at −1e-17; a comparison, not `max`, so that NaN stays visible.
    let jsd = if jsd < 0.0 { 0.0 } else { jsd };
    Divergence { jsd, sym_kl, l2: squares.sqrt() }
}

/// Jensen–Shannon divergence over the whole vocabulary.
pub const JSD: MetricEntry = MetricEntry {
    digits: 5,
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison, Shown::Main],
    help: "Jensen–Shannon divergence from Retrain on the forget set",
    formula: "mean of ½ KL(p ‖ m) + ½ KL(q ‖ m), m = (p + q) / 2, q Retrain's answers, natural logarithm",
    citation: "Lin 1991",
    ..distance("jsd", "forget.jsd", "JSD")
};

/// Jensen–Shannon divergence over {Yes, No}.
pub const JSD_YES_NO: MetricEntry = MetricEntry {
    digits: 5,
    shown: &[Shown::Documents],
    help: "Jensen–Shannon divergence from Retrain on the forget set, over the two answers alone",
    formula: "as JSD, with p and q over {Yes, No}",
    citation: "Lin 1991",
    ..distance("yes_no_jsd", "forget.yes_no.jsd", "JSD {Yes, No}")
};

/// Symmetric KL divergence over the whole vocabulary.
pub const SYM_KL: MetricEntry = MetricEntry {
    digits: 5,
    shown: &[Shown::Run, Shown::Figures, Shown::Comparison],
    help: "Symmetric KL divergence from Retrain on the forget set",
    formula: "mean of ½ KL(p ‖ q) + ½ KL(q ‖ p): what the code of E2URec calls JSD",
    citation: "Kullback and Leibler 1951",
    ..distance("sym_kl", "forget.sym_kl", "sym. KL")
};

/// Euclidean distance over the whole vocabulary.
pub const L2: MetricEntry = MetricEntry {
    shown: &[Shown::Run, Shown::Documents, Shown::Figures, Shown::Comparison],
    help: "Mean L2 distance from Retrain on the forget set",
    formula: "mean of ‖p − q‖₂",
    ..distance("l2", "forget.l2", "L2")
};

const fn distance(id: &'static str, path: &'static str, label: &'static str) -> MetricEntry {
    MetricEntry {
        format: Format::Figure,
        better: Better::Lower,
        of_retrain: Some(0.0),
        ..MetricEntry::new(id, path, label, MetricGroup::Distance)
    }
}

#[cfg(test)]
mod tests {
    use super::{divergence, divergences};
    use crate::metric::Divergence;
    use std::f64::consts::LN_2;

    #[test]
    fn by_hand() {
        // p = (½, ½), q = (¼, ¾), m = (⅜, ⅝); the second row is equal and halves the mean.
        let got = divergence(&[0.5, 0.5, 0.1, 0.9], &[0.25, 0.75, 0.1, 0.9], 2);
        let jsd = 0.25 * (4f64 / 3.0).ln() + 0.25 * 0.8f64.ln() + 0.125 * (2f64 / 3.0).ln() + 0.375 * 1.2f64.ln();
        assert!((got.jsd - jsd / 2.0).abs() < 1e-12);
        assert!((got.sym_kl - 0.125 * 3f64.ln() / 2.0).abs() < 1e-12); // ½·¼·(ln 2 + ln 1.5)
        assert!((got.l2 - 0.125f64.sqrt() / 2.0).abs() < 1e-12);
    }

    #[test]
    fn disjoint_rows_are_finite() {
        let got = divergence(&[1.0, 0.0], &[0.0, 1.0], 2);
        assert!((got.jsd - LN_2).abs() < 1e-12 && got.sym_kl.is_finite() && (got.l2 - 2f64.sqrt()).abs() < 1e-12);
        // From logits ±1000 the symmetric KL is the true 2000, far below the smallest f64 probability.
        let got = divergences(&[1000.0, -1000.0], &[-1000.0, 1000.0], 2, 0, 1);
        assert_eq!(got.full, got.yes_no);
        assert!((got.full.sym_kl - 2000.0).abs() < 1e-9 && (got.full.jsd - LN_2).abs() < 1e-12);
    }

    #[test]
    fn equal_logits_are_zero_and_shifts_do_not_count() {
        let got = divergences(&[1.0, 2.0, 3.0], &[5.0, 6.0, 7.0], 3, 2, 0);
        assert!(got.full.jsd < 1e-15 && got.full.sym_kl < 1e-15 && got.full.l2 < 1e-15);
        assert_eq!(divergence(&[], &[], 4), Divergence::default());
    }
}
