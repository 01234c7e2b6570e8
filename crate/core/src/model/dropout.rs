//! Inverted dropout, switched off by rate 0.

use burn::tensor::{Distribution, Tensor};

/// Dropout rate of a pass.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Dropout(pub f64);

impl Dropout {
    /// Sets a share of x `[n, d]` to zero and scales the rest, so that the mean stays.
    pub fn apply(self, x: Tensor<2>) -> Tensor<2> {
        if self.0 == 0.0 {
            return x;
        }
        let keep = 1.0 - self.0;
        let mask = Tensor::random(x.dims(), Distribution::Bernoulli(keep), &x.device().inner());
        x * mask.div_scalar(keep)
    }
}
