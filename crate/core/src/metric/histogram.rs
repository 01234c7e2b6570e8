//! Distribution of p(Yes) by true answer, for the before/after chart.

use serde::{Deserialize, Serialize};

/// Counts of rows in 20 equal bins of p(Yes), by true answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Histogram {
    /// Rows whose true answer is Yes, by p(Yes) in 20 equal bins.
    pub liked: Vec<u32>,
    /// Rows whose true answer is No, by p(Yes) in 20 equal bins.
    pub disliked: Vec<u32>,
}

const N_BINS: usize = 20;

/// Counts in 20 equal bins of `[0, 1]`; 1 belongs to the last, NaN to none.
pub fn histogram(p_yes: &[f64], labels: &[bool]) -> Histogram {
    assert_eq!(p_yes.len(), labels.len(), "one label a probability");
    let mut out = Histogram { liked: vec![0; N_BINS], disliked: vec![0; N_BINS] };
    for (&p, &liked) in p_yes.iter().zip(labels).filter(|(p, _)| !p.is_nan()) {
        let bin = ((p * N_BINS as f64) as usize).min(N_BINS - 1);
        let side = if liked { &mut out.liked } else { &mut out.disliked };
        side[bin] += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::histogram;

    #[test]
    fn edges() {
        let got = histogram(&[0.0, 0.049, 0.5, 0.999, 1.0, f64::NAN], &[true, false, true, false, false, true]);
        assert_eq!((got.liked[0], got.liked[10], got.liked.iter().sum::<u32>()), (1, 1, 2));
        assert_eq!((got.disliked[0], got.disliked[19], got.disliked.iter().sum::<u32>()), (1, 2, 3));
    }
}
