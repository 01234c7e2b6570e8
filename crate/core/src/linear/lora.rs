//! LoRA (arXiv 2106.09685): `ΔW = s · B A` with `s = alpha / r`; only A and B are trained.

use crate::tensor::random::{SeedRng, uniform};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

/// Shape and scale of an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LoraSpec {
    /// Rank r.
    pub rank: usize,
    /// LoRA's α; the product is scaled by `alpha / r`.
    pub alpha: f64,
}

/// The two factors of an adapter, in PEFT's layout.
#[derive(Debug, Clone)]
pub struct Lora {
    /// Factor A `[r, in]`.
    pub a: Tensor<2>,
    /// Factor B `[out, r]`.
    pub b: Tensor<2>,
    /// Scale `s = alpha / r`.
    pub scale: f64,
}

impl LoraSpec {
    /// A fresh adapter for a weight `[out, in]`: A uniform in ±1/√in (Kaiming with a = √5, as in PEFT), B zero, so that ΔW = 0.
    pub fn init(&self, [d_out, d_in]: [usize; 2], rng: &mut SeedRng, device: &Device) -> Lora {
        let bound = 1.0 / (d_in as f64).sqrt();
        Lora {
            a: uniform([self.rank, d_in], bound, rng, device).require_grad(),
            b: Tensor::zeros([d_out, self.rank], device).require_grad(),
            scale: self.alpha / self.rank as f64,
        }
    }
}

impl Lora {
    /// `s (x A) B` `[n, out]` for rows x `[n, in]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        // The small B is scaled instead of the n × out product.
        x.matmul(self.a.clone().transpose()).matmul(self.b.clone().mul_scalar(self.scale).transpose())
    }
}
