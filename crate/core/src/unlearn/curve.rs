//! What a term makes of its cross entropies: the mean itself, or a curve that gives forgetting a bound.
//!
//! x is a row's cross entropy with its target, less an [`Curve::offset`]; with the true answer as target it is −log p(y).

use burn::tensor::{Tensor, activation};

/// Keeps −ln(1 − p) finite where a model is sure.
const SURE: f64 = 1e-4;

/// The curve of a term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// mean x.
    Straight,
    /// mean (2 / β) softplus(margin − β x): negative preference optimisation. x is −ln (p / p_o) beside the original (NPO, arXiv 2404.05868), or −ln p
    /// (SimNPO, arXiv 2410.07163). Where the answer has become improbable its gradient fades, which that of ascent does not.
    Preference {
        /// β: larger fades sooner.
        beta: f64,
        /// γ of SimNPO.
        margin: f64,
        /// Whether p is taken beside the original's.
        beside_original: bool,
    },
    /// mean −ln(1 − p): the answer should not be given (mechanistic unlearning, arXiv 2410.12949).
    Complement,
    /// |mean KL − gap|: neither nearer nor farther than the gap (KGA, arXiv 2305.06535).
    Gap,
    /// min(mean KL, most): farther than that is not asked for (EUL, arXiv 2310.20150).
    Capped {
        /// The bound, nats.
        most: f64,
    },
}

impl Curve {
    /// What is taken off a row's cross entropy, nats: `entropy` of its target, `original` the original's cross entropy with it, `gap` of the run.
    pub fn offset(self, entropy: f64, original: impl FnOnce() -> f64, gap: f64) -> f64 {
        match self {
            Self::Preference { beside_original: true, .. } => original(),
            Self::Gap => entropy + gap,
            Self::Capped { .. } => entropy,
            Self::Straight | Self::Preference { .. } | Self::Complement => 0.0,
        }
    }

    /// Whether its offset needs the original's answers.
    pub fn asks_original(self) -> bool {
        matches!(self, Self::Preference { beside_original: true, .. })
    }

    /// x `[n, 1]` → `[1]`.
    pub fn of(self, x: Tensor<2>) -> Tensor<1> {
        match self {
            Self::Straight => x.mean(),
            Self::Preference { beta, margin, .. } => softplus(x.mul_scalar(-beta).add_scalar(margin)).mean().mul_scalar(2.0 / beta),
            Self::Complement => x.neg().exp().neg().add_scalar(1.0 + SURE).log().mean().neg(),
            Self::Gap => x.mean().abs(),
            Self::Capped { most } => x.mean().clamp_max(most),
        }
    }

    /// The same on the host.
    pub fn value(self, x: &[f64]) -> f64 {
        let mean = |f: &dyn Fn(f64) -> f64| x.iter().map(|x| f(*x)).sum::<f64>() / x.len() as f64;
        match self {
            Self::Straight => mean(&|x| x),
            Self::Preference { beta, margin, .. } => {
                2.0 / beta * mean(&|x| (margin - beta * x).max(0.0) + (-(margin - beta * x).abs()).exp().ln_1p())
            }
            Self::Complement => -mean(&|x| (1.0 + SURE - (-x).exp()).ln()),
            Self::Gap => mean(&|x| x).abs(),
            Self::Capped { most } => mean(&|x| x).min(most),
        }
    }
}

/// ln(1 + eˣ), finite for every x.
fn softplus(x: Tensor<2>) -> Tensor<2> {
    activation::relu(x.clone()) + x.abs().neg().exp().add_scalar(1.0).log()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn by_hand() {
        let ln2 = 2f64.ln();
        let npo = Curve::Preference { beta: 0.5, margin: 0.0, beside_original: true };
        let sim = Curve::Preference { beta: 2.0, margin: 1.0, beside_original: false };
        // p = ½ where the original has ½: x = 0, (2 / 0.5) ln 2. p = ½ of SimNPO: x = ln 2, softplus(1 − 2 ln 2) = ln(1 + e/4).
        // −ln(1 − ½) = ln 2, up to what keeps it finite. A gap is met from either side; a cap holds.
        for (curve, x, expected) in [
            (Curve::Straight, vec![1.0, 2.0], 1.5),
            (npo, vec![0.0], 4.0 * ln2),
            (npo, vec![-2.0 * ln2], 4.0 * 3f64.ln()),
            (sim, vec![ln2], (1.0 + 1f64.exp() / 4.0).ln()),
            (Curve::Complement, vec![ln2], -(0.5f64 + SURE).ln()),
            (Curve::Gap, vec![0.25, -0.75], 0.25),
            (Curve::Capped { most: 0.5 }, vec![0.25, 0.5], 0.375),
            (Curve::Capped { most: 0.5 }, vec![0.25, 1.75], 0.5),
        ] {
            assert!((curve.value(&x) - expected).abs() < 1e-12, "{curve:?}: {}", curve.value(&x));
            let data = TensorData::new(x.iter().map(|x| *x as f32).collect::<Vec<_>>(), [x.len(), 1]);
            let found = curve.of(Tensor::from_data(data, &Device::flex())).into_data().try_to_vec::<f32>().unwrap()[0];
            assert!((f64::from(found) - expected).abs() < 1e-6, "{curve:?}: {found}");
        }
        assert_eq!((npo.offset(3.0, || 7.0, 1.0), sim.offset(3.0, || 7.0, 1.0), Curve::Gap.offset(3.0, || 7.0, 1.0)), (7.0, 0.0, 4.0));
    }

    #[test]
    fn extremes_stay_finite() {
        let npo = Curve::Preference { beta: 10.0, margin: 0.0, beside_original: true };
        for curve in [npo, Curve::Complement] {
            for x in [-100.0f64, 0.0, 100.0] {
                let data = TensorData::new(vec![if curve == Curve::Complement { x.max(0.0) } else { x } as f32], [1, 1]);
                let found = curve.of(Tensor::from_data(data, &Device::flex())).into_data().try_to_vec::<f32>().unwrap()[0];
                assert!(found.is_finite(), "{curve:?} at {x}: {found}");
            }
        }
    }
}
