//! What a model that never saw the forget rows is expected to answer to them, known without training one: the yardstick of calibration and of early
//! stopping. It never comes from the Retrain that a run is judged by.

use crate::metric::{auc, losses};

/// The expected answers to the forget rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// log (p(Yes) / p(No)) for every forget row, in the forget set's order.
    pub log_odds: Vec<f64>,
}

impl Expected {
    /// p(Yes) over {Yes, No} for every row.
    pub fn p_yes(&self) -> Vec<f64> {
        self.log_odds.iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect()
    }

    /// The answers to some rows of the forget set `forget`, which is ascending.
    ///
    /// # Panics
    /// If a row is not in it.
    #[must_use]
    pub fn of(&self, forget: &[u32], rows: &[u32]) -> Self {
        let place = |row: &u32| forget.binary_search(row).expect("a row of the forget set");
        Self { log_odds: rows.iter().map(|row| self.log_odds[place(row)]).collect() }
    }

    /// Mean log loss over {Yes, No} beside the true answers, nats.
    pub fn logloss(&self, truth: &[bool]) -> f64 {
        losses(&self.p_yes(), truth).iter().sum::<f64>() / truth.len().max(1) as f64
    }

    /// AUC; `None` if all true answers are the same.
    pub fn auc(&self, truth: &[bool]) -> Option<f64> {
        auc(&self.p_yes(), truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let expected = Expected { log_odds: vec![3f64.ln(), -3f64.ln()] };
        let p = expected.p_yes();
        assert!((p[0] - 0.75).abs() < 1e-12 && (p[1] - 0.25).abs() < 1e-12);
        let loss = expected.logloss(&[true, true]);
        assert!((loss + (0.75f64.ln() + 0.25f64.ln()) / 2.0).abs() < 1e-12);
        assert_eq!((expected.auc(&[true, false]), expected.auc(&[true, true])), (Some(1.0), None));
        assert_eq!(expected.of(&[4, 9], &[9]).log_odds, [-3f64.ln()]);
    }
}
