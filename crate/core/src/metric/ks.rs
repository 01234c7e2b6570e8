//! Two-sample Kolmogorov–Smirnov test: could two samples come from one distribution? Equal to `scipy.stats.ks_2samp(method="asymp")`.
//!
//! "Asymptotic" is SciPy's term: the two samples are replaced by one of n = round(n₁n₂/(n₁ + n₂)) rows, for which the distribution of the largest
//! distance is computed as exactly as possible (Simard & L'Ecuyer 2011). With many ties, such as a model's few distinct answers, p is too large.

use super::entry::{Better, Format, MetricEntry, MetricGroup, Shown};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Largest n for the exact recurrence; above it, the expansion is accurate to 4e-7.
const N_EXACT: usize = 400;

/// Result of the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Ks {
    /// Largest distance between the two empirical distribution functions.
    pub statistic: f64,
    /// Two-sided p-value: the probability of a distance at least this large if the distributions were equal.
    pub p: f64,
}

/// Compares two samples; `None` if one is empty or contains NaN.
pub fn ks(a: &[f64], b: &[f64]) -> Option<Ks> {
    if a.is_empty() || b.is_empty() || a.iter().chain(b).any(|x| x.is_nan()) {
        return None;
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let (n_a, n_b) = (a.len() as f64, b.len() as f64);
    let (mut at_a, mut at_b, mut statistic) = (0, 0, 0f64);
    while at_a < a.len() && at_b < b.len() {
        let value = a[at_a].min(b[at_b]);
        at_a += a[at_a..].iter().take_while(|x| **x <= value).count();
        at_b += b[at_b..].iter().take_while(|x| **x <= value).count();
        statistic = statistic.max((at_a as f64 / n_a - at_b as f64 / n_b).abs());
    }
    // Two samples of one row give 0.5, which is rounded to 1 instead of 0.
    let n = (n_a * n_b / (n_a + n_b)).round_ties_even().max(1.0);
    Some(Ks { statistic, p: tail(n as usize, statistic).clamp(0.0, 1.0) })
}

/// P(Dₙ ≥ d) for one sample of n rows.
fn tail(n: usize, d: f64) -> f64 {
    let rows = n as f64;
    if rows * d <= 0.5 {
        1.0
    } else if d >= 1.0 {
        0.0
    } else if d >= 0.5 || rows * d * d >= 2.2 {
        2.0 * one_sided(rows, d) // both sides at once have a probability below 5e-8
    } else if n <= N_EXACT {
        1.0 - exact(n, d)
    } else {
        1.0 - expansion(rows, d)
    }
}

/// P(Dₙ⁺ ≥ d) = d Σⱼ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j), exact (Birnbaum & Tingey 1951).
fn one_sided(n: f64, d: f64) -> f64 {
    let (mut sum, mut ln_choose, mut j) = (0.0, 0.0, 0.0);
    while 1.0 - d - j / n > 0.0 {
        let (before, after) = (d + j / n, 1.0 - d - j / n);
        sum += (ln_choose + (j - 1.0) * before.ln() + (n - j) * after.ln()).exp();
        ln_choose += ((n - j) / (j + 1.0)).ln();
        j += 1.0;
    }
    d * sum
}

/// P(Dₙ < d) = n!/nⁿ (Hⁿ)ₖₖ by Marsaglia, Tsang & Wang (2003): H has size 2k − 1, d = (k − h)/n. Without rescaling: for n ≤ 400 all values are
/// within f64.
fn exact(n: usize, d: f64) -> f64 {
    let k = (n as f64 * d).ceil();
    let h = k - n as f64 * d;
    let k = k as usize;
    let size = 2 * k - 1;
    let factorial = |i: usize| (1..=i).map(|x| x as f64).product::<f64>();

    let mut matrix = vec![0.0; size * size];
    for row in 0..size {
        for col in 0..size.min(row + 2) {
            let i = row + 1 - col; // 0 on the superdiagonal
            let mut entry = 1.0;
            if col == 0 {
                entry -= h.powi(i as i32);
            }
            if row == size - 1 {
                entry -= h.powi(i as i32);
            }
            if col == 0 && row == size - 1 {
                entry += (2.0 * h - 1.0).max(0.0).powi(i as i32);
            }
            matrix[row * size + col] = entry / factorial(i);
        }
    }
    // Row k of Hⁿ by squaring: only this row of the product is needed.
    let mut row: Vec<f64> = (0..size).map(|col| f64::from(col == k - 1)).collect();
    let mut left = n;
    while left > 0 {
        if left % 2 == 1 {
            row = product(&row, &matrix, size);
        }
        left /= 2;
        if left > 0 {
            matrix = product(&matrix, &matrix, size);
        }
    }
    (1..=n).fold(row[k - 1], |p, i| p * i as f64 / n as f64)
}

/// The product `[rows, size] · [size, size]`, row by row.
fn product(left: &[f64], right: &[f64], size: usize) -> Vec<f64> {
    let mut out = vec![0.0; left.len()];
    for (left, out) in left.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        for (&factor, right) in left.iter().zip(right.chunks_exact(size)) {
            out.iter_mut().zip(right).for_each(|(sum, x)| *sum += factor * x);
        }
    }
    out
}

/// P(Dₙ < d) ≈ K₀(z) + K₁(z)/√n + K₂(z)/n + K₃(z)/n^1.5 with z = √n·d (Pelz & Good 1976); K₀ is Kolmogorov's limit.
fn expansion(n: f64, d: f64) -> f64 {
    let z2 = n * d * d;
    let z = z2.sqrt();
    let (z4, z6, pi2) = (z2 * z2, z2 * z2 * z2, PI * PI);
    let (mut k0, mut k1, mut k2, mut k3) = (0.0, 0.0, 0.0, 0.0);
    // The k-th term is exp(−π² (k − ½)² / 2z²) for the odd sum and exp(−π² k² / 2z²) for the other; both vanish fast below z = 1.5.
    for k in 1..=12 {
        let k = f64::from(k);
        let odd = pi2 * (k - 0.5).powi(2);
        let (odd2, odd3, weight) = (odd * odd, odd * odd * odd, (-odd / (2.0 * z2)).exp());
        k0 += weight;
        k1 += weight * (odd - z2);
        k2 += weight * (6.0 * z6 + 2.0 * z4 + (2.0 * z4 - 5.0 * z2) * odd + (1.0 - 2.0 * z2) * odd2);
        k3 += weight
            * ((5.0 - 30.0 * z2) * odd3 + (212.0 * z4 - 60.0 * z2) * odd2 + (135.0 * z4 - 96.0 * z6) * odd - 30.0 * z6 - 90.0 * z4 * z4);
        let even = pi2 * k * k;
        let weight = (-even / (2.0 * z2)).exp();
        k2 -= weight * even * 2.0 * z4;
        k3 += weight * even * 30.0 * z4 * (3.0 * z2 - even);
    }
    let root = (2.0 * PI).sqrt();
    root * (k0 / z + k1 / (6.0 * z4 * n.sqrt()) + k2 / (72.0 * z6 * z * n) + k3 / (6480.0 * z6 * z4 * n * n.sqrt()))
}

/// The row of the metric table.
pub const KS_P: MetricEntry = MetricEntry {
    format: Format::PValue,
    digits: 3,
    better: Better::Higher,
    of_retrain: Some(1.0),
    shown: &[Shown::Documents, Shown::Comparison],
    help: "Kolmogorov–Smirnov test of the confidences against Retrain’s: small means told apart",
    formula: "p-value of the two-sample test on p(true answer)",
    citation: "Simard and L'Ecuyer 2011",
    ..MetricEntry::new("ks_p", "forget.ks_p", "KS p", MetricGroup::Traces)
};

#[cfg(test)]
mod tests {
    use super::{exact, expansion, ks, one_sided, tail};

    #[test]
    fn statistic_by_hand() {
        // F_a steps at 1, 2, 3 and F_b at 2, 4: the largest distance is 1 − ½ after 3. n = round(6/5) = 1: P(D₁ ≥ ½) = 1.
        let got = ks(&[3.0, 1.0, 2.0], &[2.0, 4.0]).expect("not empty");
        assert_eq!((got.statistic, got.p), (0.5, 1.0));
        assert_eq!(ks(&[1.0, 1.0], &[1.0]).map(|ks| (ks.statistic, ks.p)), Some((0.0, 1.0)));
        assert_eq!(ks(&[1.0; 40], &[2.0; 40]).map(|ks| (ks.statistic, ks.p)), Some((1.0, 0.0)));
    }

    #[test]
    fn undefined_without_rows_or_with_nan() {
        assert_eq!((ks(&[], &[1.0]), ks(&[1.0], &[]), ks(&[1.0], &[f64::NAN])), (None, None, None));
    }

    #[test]
    fn small_samples_by_hand() {
        // n = 1: D = max(x, 1 − x), so P(D < d) = 2d − 1. n = 2, d = .4: both ranks within .4: 2!·(2·.4 − .5)² = .18.
        assert!((tail(1, 0.7) - 0.6).abs() < 1e-15);
        assert!((exact(2, 0.4) - 0.18).abs() < 1e-15);
    }

    #[test]
    fn the_formulas_meet() {
        assert!((exact(400, 0.05) - expansion(400.0, 0.05)).abs() < 1e-6);
        assert!((1.0 - exact(300, 0.0875) - 2.0 * one_sided(300.0, 0.0875)).abs() < 1e-7);
        // Kolmogorov's limit: P(√n·D ≥ 1.3581) = .05.
        assert!((tail(100_000_000, 1.358_098_6e-4) - 0.05).abs() < 1e-4);
    }
}
