//! RMSNorm (arXiv 1910.07467): `x / √(mean(x²) + ε) · g`. Gemma's weight w stands for the gain g = 1 + w.

use burn::tensor::Tensor;

/// RMSNorm with a gain.
#[derive(Debug, Clone)]
pub struct RmsNorm {
    /// The weight `[1, d]`: the gain, or the gain less one.
    pub gain: Tensor<2>,
    /// ε.
    pub eps: f64,
    /// What the gain has beyond the weight: 0, or Gemma's 1.
    pub offset: f64,
}

impl RmsNorm {
    /// Normalises the rows x `[n, d]` → `[n, d]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let gain = if self.offset == 0.0 { self.gain.clone() } else { self.gain.clone().add_scalar(self.offset) };
        #[cfg(feature = "gpu")]
        if let Some(y) = crate::gpu::norm(x.clone(), gain.clone(), self.eps) {
            return y;
        }
        let rms = x.clone().square().mean_dim(1).add_scalar(self.eps).sqrt(); // [n, 1]
        x.div(rms).mul(gain)
    }

    /// Normalises each head of the rows x `[n, heads · d]` → the same shape.
    pub fn each_head(&self, x: Tensor<2>) -> Tensor<2> {
        let ([n, width], [_, d]) = (x.dims(), self.gain.dims());
        self.forward(x.reshape([n * (width / d), d])).reshape([n, width])
    }
}
