//! LoRA (arXiv 2106.09685): `ΔW = s · B A` with `s = alpha / r`; only A and B are trained.

use crate::tensor::random::{SeedRng, dropout_mask, uniform};
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
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

/// Dropout on the inputs of an adapter (PEFT's `lora_dropout`) in one step. The base's inputs are never dropped.
///
/// The mask follows from seed, stream and shape alone: a layer that runs twice in a step, as it does block by block, has the same mask twice, and a
/// run that is resumed has the masks that it would have had.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoraDropout {
    /// Share of the inputs that is dropped, below 1.
    pub rate: f64,
    /// Seed of the step's masks.
    pub seed: u64,
    /// Which of the model's layers it is.
    pub stream: u64,
}

impl LoraDropout {
    /// x `[n, in]` with a random share of it dropped, and the rest scaled up.
    pub fn apply(self, x: Tensor<2>) -> Tensor<2> {
        let mut rng = SeedRng::seed_from_u64(self.seed);
        rng.set_stream(self.stream);
        let mask = dropout_mask(x.dims(), self.rate, &mut rng, &x.device());
        x * mask
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_what_is_dropped() {
        let of = |seed: u64, stream: u64| -> Vec<f32> {
            let x = Tensor::ones([100, 40], &Device::flex());
            LoraDropout { rate: 0.25, seed, stream }.apply(x).into_data().try_to_vec().unwrap()
        };
        let dropped = of(1, 2);
        let share = dropped.iter().filter(|x| **x == 0.0).count() as f64 / 4000.0;
        assert!((share - 0.25).abs() < 0.03, "{share}");
        assert!(dropped.iter().all(|x| *x == 0.0 || (x - 4.0 / 3.0).abs() < 1e-6));
        assert_eq!(dropped, of(1, 2));
        assert!(dropped != of(1, 3) && dropped != of(2, 2), "another layer and another step drop others");
    }
}
