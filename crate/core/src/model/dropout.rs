//! Inverted dropout; a rate of 0 switches it off.

use burn::tensor::{Distribution, Tensor};

/// Dropout with this rate for one forward pass.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Dropout(pub f64);

impl Dropout {
    /// Sets a random share of x `[n, d]` to zero and scales the rest up, so that the mean is preserved.
    pub fn apply(self, x: Tensor<2>) -> Tensor<2> {
        if self.0 == 0.0 {
            return x;
        }
        let keep = 1.0 - self.0;
        let mask = Tensor::random(x.dims(), Distribution::Bernoulli(keep), &x.device().inner());
        x * mask.div_scalar(keep)
    }
}
