//! Two-sided paired t-test: do two methods differ over the same seeds (Student 1908; equal to `scipy.stats.ttest_rel`)? It is not meant for unpaired
//! samples: both methods need the same seeds.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// The result of the test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Mean of `a − b`.
    pub mean_difference: f64,
    /// Student's t, with `n − 1` degrees of freedom.
    pub t: f64,
    /// Probability of a t at least this far from 0 in either direction if there were no difference.
    pub p: f64,
    /// Number of pairs.
    pub n: u32,
}

/// Compares the two values of each pair; `None` for fewer than two pairs, or if all differences are equal, since t is undefined without variance.
pub fn paired_t(pairs: &[(f64, f64)]) -> Option<Paired> {
    let n = pairs.len() as f64;
    let student = StudentsT::new(0.0, 1.0, n - 1.0).ok()?; // undefined for zero or fewer degrees of freedom
    let differences = || pairs.iter().map(|(a, b)| a - b);
    let mean = differences().sum::<f64>() / n;
    let variance = differences().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    // t = d̄ / (s/√n)
    let t = mean / (variance / n).sqrt();
    // Computes the upper tail directly, not as 1 − cdf, so that a small p keeps its digits.
    t.is_finite().then(|| Paired {
        mean_difference: mean,
        t,
        p: 2.0 * student.sf(t.abs()),
        n: u32::try_from(pairs.len()).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::paired_t;
    use serde_json::Value;
    use std::f64::consts::PI;

    #[test]
    fn two_pairs_by_hand() {
        // Differences 1 and 3: mean 2, deviation √2, t = 2/(√2/√2) = 2. With one degree of freedom T is Cauchy: p = 1 − 2/π · atan 2.
        let got = paired_t(&[(2.0, 1.0), (5.0, 2.0)]).expect("two pairs");
        assert_eq!((got.mean_difference, got.n), (2.0, 2));
        assert!((got.t - 2.0).abs() < 1e-12 && (got.p - (1.0 - 2.0 / PI * 2f64.atan())).abs() < 1e-12, "{got:?}");
    }

    #[test]
    fn undefined_without_spread() {
        assert_eq!(paired_t(&[]), None);
        assert_eq!(paired_t(&[(1.0, 0.0)]), None);
        assert_eq!(paired_t(&[(1.0, 1.0), (2.0, 2.0)]), None);
        assert_eq!(paired_t(&[(2.0, 1.0), (3.0, 2.0)]), None);
        assert_eq!(paired_t(&[(2.0, 1.0), (f64::NAN, 2.0)]), None);
    }

    /// Compares with the stored cases of `tests/parity/make_metric_fixtures.py`.
    #[test]
    fn equal_to_scipy() {
        let fixture: Value = serde_json::from_str(include_str!("../../../../../tests/parity/fixtures/metrics.json")).expect("JSON");
        let cases = fixture["paired"].as_array().expect("a list of cases");
        assert!(!cases.is_empty());
        for case in cases {
            let numbers = |key: &str| case[key].as_array().into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<_>>();
            let (a, b, name) = (numbers("a"), numbers("b"), &case["name"]);
            let pairs: Vec<(f64, f64)> = a.iter().copied().zip(b).collect();
            let got = paired_t(&pairs).expect("differences with a spread");
            assert_eq!(got.n as usize, a.len(), "{name}");
            for (what, got) in [("mean_difference", got.mean_difference), ("t", got.t), ("p", got.p)] {
                let want = case[what].as_f64().expect("a number");
                assert!((got / want - 1.0).abs() < 1e-6, "{name} {what}: {got} is not {want}");
            }
        }
    }
}
