//! The shape of a loss term: how the cross entropies of its rows become one number. Either their plain mean, or a function that bounds forgetting.
//!
//! x is a row's cross entropy with its target minus [`LossShape::offset`]; if the target is the true answer, x = −log p(y).

use burn::tensor::{Tensor, activation};

/// Keeps −ln(1 − p) finite when p approaches 1.
const SURE: f64 = 1e-4;

/// How a term's per-row values x become its loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LossShape {
    /// mean x.
    Mean,
    /// mean (2 / β) softplus(margin − β x): negative preference optimisation. x is −ln (p / p_o), relative to the original (NPO, arXiv 2404.05868),
    /// or −ln p (SimNPO, arXiv 2410.07163). Its gradient fades once the answer has become improbable; that of gradient ascent does not.
    Preference {
        /// β: a larger value makes the gradient fade sooner.
        beta: f64,
        /// γ of SimNPO; 0 for NPO.
        margin: f64,
        /// Whether p is relative to the original's probability.
        beside_original: bool,
    },
    /// mean w x with w = p^saturation (1 − p)^importance, p = e^−x, held fixed for the gradient: rows count by how well they are still known. With weight
    /// −1 it is weighted gradient ascent (WGA, arXiv 2502.19301; importance 0) or SatImp (arXiv 2505.11953).
    Weighted {
        /// β₁: a larger value leaves rows alone sooner once their answer has become improbable.
        saturation: f64,
        /// β₂: a larger value leaves alone rows whose answer is sure.
        importance: f64,
    },
    /// mean −ln(1 − p): penalises giving the answer (mechanistic unlearning, arXiv 2410.12949).
    Complement,
    /// |mean KL − gap|: the divergence should be neither smaller nor larger than the gap (KGA, arXiv 2305.06535).
    Gap,
    /// min(mean KL, most): no gradient beyond the bound (EUL, arXiv 2310.20150).
    Capped {
        /// The bound, nats.
        most: f64,
    },
}

impl LossShape {
    /// The amount subtracted from a row's cross entropy, nats. `entropy` is its target's, `original` the original's cross entropy with that target,
    /// `gap` the run's.
    pub fn offset(self, entropy: f64, original: impl FnOnce() -> f64, gap: f64) -> f64 {
        match self {
            Self::Preference { beside_original: true, .. } => original(),
            Self::Gap => entropy + gap,
            Self::Capped { .. } => entropy,
            Self::Mean | Self::Preference { .. } | Self::Weighted { .. } | Self::Complement => 0.0,
        }
    }

    /// Whether the offset depends on the original's answers.
    pub fn asks_original(self) -> bool {
        matches!(self, Self::Preference { beside_original: true, .. })
    }

    /// Whether the loss of many rows is the mean of their losses, so that a step can be shared.
    pub fn is_mean(self) -> bool {
        match self {
            Self::Mean | Self::Preference { .. } | Self::Weighted { .. } | Self::Complement => true,
            Self::Gap | Self::Capped { .. } => false,
        }
    }

    /// The term's loss `[1]` for x `[n, 1]`.
    pub fn of(self, x: Tensor<2>) -> Tensor<1> {
        match self {
            Self::Mean => x.mean(),
            Self::Preference { beta, margin, .. } => softplus(x.mul_scalar(-beta).add_scalar(margin)).mean().mul_scalar(2.0 / beta),
            Self::Weighted { saturation, importance } => {
                let known = x.clone().detach();
                // p^β₁ = e^(−β₁ x)
                let weight = known.clone().mul_scalar(-saturation).exp()
                    * known.neg().exp().neg().add_scalar(1.0).clamp_min(0.0).powf_scalar(importance);
                (weight * x).mean()
            }
            Self::Complement => x.neg().exp().neg().add_scalar(1.0 + SURE).log().mean().neg(),
            Self::Gap => x.mean().abs(),
            Self::Capped { most } => x.mean().clamp_max(most),
        }
    }

    /// The same on the host, for `[n]` values.
    pub fn value(self, x: &[f64]) -> f64 {
        let mean = |f: &dyn Fn(f64) -> f64| x.iter().map(|x| f(*x)).sum::<f64>() / x.len() as f64;
        match self {
            Self::Mean => mean(&|x| x),
            Self::Preference { beta, margin, .. } => {
                2.0 / beta * mean(&|x| (margin - beta * x).max(0.0) + (-(margin - beta * x).abs()).exp().ln_1p())
            }
            Self::Weighted { saturation, importance } => {
                mean(&|x| (-saturation * x).exp() * (1.0 - (-x).exp()).max(0.0).powf(importance) * x)
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
        let npo = LossShape::Preference { beta: 0.5, margin: 0.0, beside_original: true };
        let sim = LossShape::Preference { beta: 2.0, margin: 1.0, beside_original: false };
        // p = ½ where the original has ½: x = 0, (2 / 0.5) ln 2. p = ½ of SimNPO: x = ln 2, softplus(1 − 2 ln 2) = ln(1 + e/4).
        // −ln(1 − ½) = ln 2, up to the constant that keeps it finite. A gap is met from either side; a cap holds.
        for (shape, x, expected) in [
            (LossShape::Mean, vec![1.0, 2.0], 1.5),
            (npo, vec![0.0], 4.0 * ln2),
            (npo, vec![-2.0 * ln2], 4.0 * 3f64.ln()),
            (sim, vec![ln2], (1.0 + 1f64.exp() / 4.0).ln()),
            // p = ½ and p = ¼: weights p³ (1 − p)², then p alone.
            (LossShape::Weighted { saturation: 3.0, importance: 2.0 }, vec![ln2, 2.0 * ln2], (ln2 / 32.0 + 2.0 * ln2 * 9.0 / 1024.0) / 2.0),
            (LossShape::Weighted { saturation: 1.0, importance: 0.0 }, vec![2.0 * ln2], ln2 / 2.0),
            (LossShape::Complement, vec![ln2], -(0.5f64 + SURE).ln()),
            (LossShape::Gap, vec![0.25, -0.75], 0.25),
            (LossShape::Capped { most: 0.5 }, vec![0.25, 0.5], 0.375),
            (LossShape::Capped { most: 0.5 }, vec![0.25, 1.75], 0.5),
        ] {
            assert!((shape.value(&x) - expected).abs() < 1e-12, "{shape:?}: {}", shape.value(&x));
            let data = TensorData::new(x.iter().map(|x| *x as f32).collect::<Vec<_>>(), [x.len(), 1]);
            let found = shape.of(Tensor::from_data(data, &Device::flex())).into_data().try_to_vec::<f32>().unwrap()[0];
            assert!((f64::from(found) - expected).abs() < 1e-6, "{shape:?}: {found}");
        }
        assert_eq!((npo.offset(3.0, || 7.0, 1.0), sim.offset(3.0, || 7.0, 1.0), LossShape::Gap.offset(3.0, || 7.0, 1.0)), (7.0, 0.0, 4.0));
    }

    /// The weight of a row is no part of its gradient: d/dx of w x is w, here p = ½.
    #[test]
    fn weights_are_held_fixed() {
        let x = Tensor::<2>::from_data(TensorData::new(vec![2f32.ln()], [1, 1]), &Device::flex().autodiff()).require_grad();
        let grads = LossShape::Weighted { saturation: 1.0, importance: 0.0 }.of(x.clone()).backward();
        let slope = x.grad(&grads).unwrap().into_data().try_to_vec::<f32>().unwrap()[0];
        assert!((slope - 0.5).abs() < 1e-6, "{slope}");
    }

    #[test]
    fn extremes_stay_finite() {
        let npo = LossShape::Preference { beta: 10.0, margin: 0.0, beside_original: true };
        for shape in [npo, LossShape::Complement] {
            for x in [-100.0f64, 0.0, 100.0] {
                let data = TensorData::new(vec![if shape == LossShape::Complement { x.max(0.0) } else { x } as f32], [1, 1]);
                let found = shape.of(Tensor::from_data(data, &Device::flex())).into_data().try_to_vec::<f32>().unwrap()[0];
                assert!(found.is_finite(), "{shape:?} at {x}: {found}");
            }
        }
    }
}
