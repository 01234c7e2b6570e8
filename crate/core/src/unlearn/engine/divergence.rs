//! Divergences and entropies that methods share, on rows of logits in host memory.

use crate::metric::log_softmax;

/// KL(softmax `teacher` ‖ softmax `student`), nats.
pub fn kl(teacher: &[f32], student: &[f32]) -> f64 {
    log_softmax(teacher).iter().zip(log_softmax(student)).map(|(t, s)| t.exp() * (t - s)).sum()
}

/// Cross entropy of the token `answer`, nats.
pub fn cross_entropy(logits: &[f32], answer: usize) -> f64 {
    -log_softmax(logits)[answer]
}

/// Cross entropy with the distribution `target`, nats.
pub fn soft_cross_entropy(target: &[f64], logits: &[f32]) -> f64 {
    -target.iter().zip(log_softmax(logits)).filter(|(p, _)| **p != 0.0).map(|(p, u)| p * u).sum::<f64>()
}

/// Entropy −Σ p ln p, nats.
pub fn entropy(p: &[f64]) -> f64 {
    -p.iter().filter(|p| **p > 0.0).map(|p| p * p.ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // softmax(0, ln 3) = (1/4, 3/4)
        let (p, q) = ([0.0, 3f32.ln()], [0.0, 0.0]);
        assert!((cross_entropy(&p, 0) - 4f64.ln()).abs() < 1e-7);
        // ¼ ln(¼/½) + ¾ ln(¾/½) = -¼ ln 2 + ¾ ln 1.5
        assert!((kl(&p, &q) - (0.75 * 1.5f64.ln() - 0.25 * 2f64.ln())).abs() < 1e-7);
        assert_eq!(kl(&q, &q), 0.0);
        assert!((soft_cross_entropy(&[1.0, 0.0], &p) - 4f64.ln()).abs() < 1e-7);
        assert!((soft_cross_entropy(&[0.5, 0.5], &p) - (4f64.ln() - 0.5 * 3f64.ln())).abs() < 1e-7);
    }
}
