//! A mean over seeds with its 95 % confidence interval from Student's t distribution. The page has its own version (`table-data.js` of the tab Compare)
//! with a table up to 30 degrees of freedom: it never has more than a few seeds, and the exact quantile would add to its initial download.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean and half the width of its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Mean over seeds.
    pub mean: f64,
    /// Half the interval's width; `None` for a single seed.
    pub half_width: Option<f64>,
}

/// The interval of these values; `None` if there are no values.
pub fn interval(values: &[f64]) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    // Defined for at least one degree of freedom, so not for a single value.
    let half_width = StudentsT::new(0.0, 1.0, n - 1.0).ok().map(|student| {
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        student.inverse_cdf(0.975) * (variance / n).sqrt()
    });
    Some(Interval { mean, half_width })
}

/// An interval as the text of a table cell.
pub fn cell(interval: Option<Interval>, digits: usize) -> String {
    match interval {
        None => "–".into(),
        Some(Interval { mean, half_width: None }) => format!("{mean:.digits$}"),
        Some(Interval { mean, half_width: Some(half) }) => format!("{mean:.digits$} ± {half:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{cell, interval};
    use std::f64::consts::PI;

    #[track_caller]
    fn close(got: Option<f64>, want: f64) {
        let got = got.expect("more than one value");
        assert!((got / want - 1.0).abs() < 1e-9, "{got} is not {want}");
    }

    #[test]
    fn quantiles_by_hand() {
        let half = |values: &[f64]| interval(values).expect("there are values").half_width;
        // One degree of freedom is Cauchy: t = tan(0.475 π); deviation √2, over √2.
        close(half(&[1.0, 3.0]), (0.475 * PI).tan());
        // Two: t = (2p − 1) √(2 / (4p(1 − p))) with p = 0.975; deviation 1, over √3.
        close(half(&[1.0, 2.0, 3.0]), 0.95 * (2.0 / 0.0975f64).sqrt() / 3f64.sqrt());
        // Forty: 2.0211 by the printed table, not the normal's 1.96.
        let values: Vec<f64> = (0..41).map(f64::from).collect();
        let over = half(&values).expect("more than one value") / (143.5f64 / 41.0).sqrt(); // variance n(n + 1)/12
        assert!((over - 2.0211).abs() < 5e-5, "{over}");
    }

    #[test]
    fn none_without_a_spread() {
        assert_eq!((interval(&[]), interval(&[5.0]).expect("one value").half_width), (None, None));
        assert_eq!(interval(&[5.0, 5.0]).expect("two values").half_width, Some(0.0));
    }

    #[test]
    fn cells_with_and_without_a_spread() {
        assert_eq!(cell(interval(&[1.0, 2.0, 3.0]), 1), "2.0 ± 2.5");
        assert_eq!((cell(interval(&[5.0]), 2), cell(None, 2)), ("5.00".into(), "–".into()));
    }
}
