//! RMSNorm (arXiv 1910.07467): `x / √(mean(x²) + ε) · g`.

use burn::tensor::Tensor;

/// RMSNorm with a gain.
#[derive(Debug, Clone)]
pub struct RmsNorm {
    /// Gain g `[1, d]`.
    pub gain: Tensor<2>,
    /// ε.
    pub eps: f64,
}

impl RmsNorm {
    /// Normalises the rows x `[n, d]` → `[n, d]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        #[cfg(feature = "gpu")]
        if let Some(y) = crate::gpu::norm(x.clone(), self.gain.clone(), self.eps) {
            return y;
        }
        let rms = x.clone().square().mean_dim(1).add_scalar(self.eps).sqrt(); // [n, 1]
        x.div(rms).mul(self.gain.clone())
    }
}
