//! Figures of an experiment, on plain slices and accumulated in f64: no tensors, no randomness, and no other part of the crate but the report's
//! structs. Equal to scikit-learn and SciPy to 1e-6 on `tests/parity/fixtures/metrics.json`.

mod answers;
pub mod auc;
pub mod calibration;
mod cost;
pub mod divergence;
mod entry;
pub mod fairness;
mod faithful;
mod forget_figures;
pub mod gap;
pub mod histogram;
pub mod ks;
pub mod membership;
mod memorisation;
mod p_yes;
pub mod quality;
pub mod ranking;
pub mod table;

pub use answers::ForgetAnswers;
pub use auc::auc;
pub use calibration::ece;
pub use divergence::{Divergence, Divergences, divergence, divergences};
pub use entry::{Better, EXTRA, Format, MetricEntry, MetricGroup, Shown};
pub use fairness::{Odds, odds};
pub use faithful::{Faithfulness, MEMORY_MEASURES, MemoryMeasure, PersonAnswers, faithfulness};
pub use forget_figures::ForgetFigures;
pub use gap::gap_closed;
pub use histogram::{Histogram, histogram};
pub use ks::{Ks, ks};
pub use membership::{loss_attack, losses, priv_leak, reference_attack};
pub use p_yes::p_yes;
pub use quality::{Quality, quality};
pub use ranking::{RankingFigures, ranking};

/// Probabilities of one row of logits.
pub fn softmax(logits: &[f32]) -> Vec<f64> {
    log_softmax(logits).into_iter().map(f64::exp).collect()
}

/// Log probabilities of one row of logits: x − max − ln Σ exp(x − max), finite whenever the logits are.
pub fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let mut row: Vec<f64> = logits.iter().map(|&logit| f64::from(logit)).collect();
    let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let log_sum = row.iter().map(|x| (x - max).exp()).sum::<f64>().ln();
    for x in &mut row {
        *x = *x - max - log_sum;
    }
    row
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn softmax_of_known_odds() {
        // ln 1, ln 2, ln 5: probabilities 1/8, 2/8, 5/8.
        let p = softmax(&[0.0, 2f32.ln(), 5f32.ln()]);
        for (got, want) in p.iter().zip([0.125, 0.25, 0.625]) {
            assert!((got - want).abs() < 1e-7, "{p:?}");
        }
    }

    #[test]
    fn softmax_survives_extreme_logits() {
        assert_eq!(softmax(&[3.0e38, -3.0e38]), [1.0, 0.0]);
    }
}
