//! The same seeds under two settings: is their difference more than chance?
//!
//! The difference and its count are here; `t` and `p` come from `unlearn_core::metric::paired`.

use serde::Serialize;

/// Differences seed by seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Paired {
    /// Mean of first minus second.
    pub mean_difference: f64,
    /// Pairs.
    pub n: usize,
}

/// Compares values of the same seeds; none without two pairs.
pub fn paired(first: &[f64], second: &[f64]) -> Option<Paired> {
    let n = first.len();
    if n < 2 || n != second.len() {
        return None;
    }
    let mean_difference = first.iter().zip(second).map(|(a, b)| a - b).sum::<f64>() / n as f64;
    Some(Paired { mean_difference, n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_by_hand() {
        let found = paired(&[3.0, 5.0], &[1.0, 2.0]).unwrap();
        assert_eq!((found.mean_difference, found.n), (2.5, 2));
        assert!(paired(&[1.0], &[1.0]).is_none() && paired(&[1.0, 2.0], &[1.0]).is_none());
    }
}
