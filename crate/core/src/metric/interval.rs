//! Mean and 95 % confidence interval of a few seeds, by Student's t.

use serde::{Deserialize, Serialize};

/// Student's t at 97.5 % for 1 to 30 degrees of freedom (the standard table).
const T: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093,
    2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// A mean and half the width of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Interval {
    /// Mean over seeds.
    pub mean: f64,
    /// Half the interval's width; null for a single seed.
    pub half_width: Option<f64>,
}

/// The interval of these values; none if there is none. Above 30 degrees of freedom the normal's 1.96 is taken.
pub fn interval(values: &[f64]) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let half_width = (values.len() > 1).then(|| {
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        T.get(values.len() - 2).copied().unwrap_or(1.96) * (variance / n).sqrt()
    });
    Some(Interval { mean, half_width })
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn three_seeds_by_hand() {
        // Mean 2, deviation 1, 4.303 / √3.
        let found = interval(&[1.0, 2.0, 3.0]).expect("three values");
        assert!((found.mean - 2.0).abs() < 1e-12 && (found.half_width.expect("more than one") - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!((interval(&[]), interval(&[5.0]).expect("one value").half_width), (None, None));
    }
}
