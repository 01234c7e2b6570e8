//! Two-sided paired t-test: do two methods differ over the same seeds (Student 1908; equal to `scipy.stats.ttest_rel`)?
//!
//! The tail is the regularised incomplete beta function, by the modified Lentz evaluation of its continued fraction (DLMF 8.17.22). Not for
//! unpaired samples: give both methods the same seeds.

use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Outcome of the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Paired {
    /// Mean of `a − b`.
    pub mean_difference: f64,
    /// Student's t, with `n − 1` degrees of freedom.
    pub t: f64,
    /// Chance of a t at least so far from 0, either way, were there no difference.
    pub p: f64,
    /// Pairs.
    pub n: u32,
}

/// Compares `a[i]` with `b[i]`; `None` for fewer than two pairs, and where all differences are equal: without spread there is no t.
pub fn paired_t(a: &[f64], b: &[f64]) -> Option<Paired> {
    assert_eq!(a.len(), b.len(), "values come in pairs");
    if a.len() < 2 {
        return None;
    }
    let n = a.len() as f64;
    let differences = || a.iter().zip(b).map(|(a, b)| a - b);
    let mean = differences().sum::<f64>() / n;
    let variance = differences().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // t = d̄ / (s/√n)
    let t = mean / (variance / n).sqrt();
    // P(|T| > |t|) = I_x(ν/2, ½) with x = ν/(ν + t²)
    let nu = n - 1.0;
    t.is_finite().then(|| Paired { mean_difference: mean, t, p: incomplete_beta(nu / 2.0, 0.5, nu / (nu + t * t)), n: a.len() as u32 })
}

/// Regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 ≤ x ≤ 1.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    // The fraction converges fast below the mean; above it, I_x(a, b) = 1 − I_{1−x}(b, a).
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let ln_front = a * x.ln() + b * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let not_zero = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / not_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for coefficient in [even, odd] {
            d = 1.0 / not_zero(1.0 + coefficient * d);
            c = not_zero(1.0 + coefficient / c);
            step = c * d;
            fraction *= step;
        }
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    ln_front.exp() / a * fraction
}

/// ln Γ(x) for x > 0, by Stirling's series above 12 and Γ(x) = Γ(x + 1)/x below it; right to about 1e-14.
fn ln_gamma(x: f64) -> f64 {
    if x < 12.0 {
        return ln_gamma(x + 1.0) - x.ln();
    }
    let (inverse, square) = (1.0 / x, 1.0 / (x * x));
    // B₂ₖ / (2k(2k − 1)) of DLMF 5.11.1
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0))));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series
}

#[cfg(test)]
mod tests {
    use super::{incomplete_beta, ln_gamma, paired_t};
    use std::f64::consts::PI;

    #[test]
    fn two_pairs_by_hand() {
        // Differences 1 and 3: mean 2, deviation √2, t = 2/(√2/√2) = 2. With one degree of freedom T is Cauchy: p = 1 − 2/π · atan 2.
        let got = paired_t(&[2.0, 5.0], &[1.0, 2.0]).expect("two pairs");
        assert_eq!((got.mean_difference, got.n), (2.0, 2));
        assert!((got.t - 2.0).abs() < 1e-12 && (got.p - (1.0 - 2.0 / PI * 2f64.atan())).abs() < 1e-12, "{got:?}");
    }

    #[test]
    fn undefined_without_spread() {
        assert_eq!(paired_t(&[1.0], &[0.0]), None);
        assert_eq!(paired_t(&[1.0, 2.0], &[1.0, 2.0]), None);
        assert_eq!(paired_t(&[2.0, 3.0], &[1.0, 2.0]), None);
        assert_eq!(paired_t(&[2.0, f64::NAN], &[1.0, 2.0]), None);
    }

    #[test]
    fn special_functions_at_known_values() {
        assert!((ln_gamma(0.5) - PI.sqrt().ln()).abs() < 1e-13 && (ln_gamma(6.0) - 120f64.ln()).abs() < 1e-13);
        assert!((incomplete_beta(1.0, 3.0, 0.2) - (1.0 - 0.8f64.powi(3))).abs() < 1e-14); // I_x(1, b) = 1 − (1 − x)^b
        assert!((incomplete_beta(2.5, 2.5, 0.5) - 0.5).abs() < 1e-14);
    }
}
