//! Rotary position embedding (arXiv 2104.09864) in the half-split layout of published Llama checkpoints.

use super::DecoderSpec;
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;

/// Sine and cosine tables for every position, and `rotate_half` as a signed permutation matrix.
#[derive(Debug, Clone)]
pub struct Rope {
    cos: Tensor<3>, // [1, max_len, head_dim]
    sin: Tensor<3>,
    rotate: Tensor<2>, // [head_dim, head_dim]
    head_dim: usize,
}

impl Rope {
    /// Builds the tables for `spec.max_position_embeddings` positions.
    pub fn new(spec: &DecoderSpec, device: &Device) -> Self {
        let (len, dim) = (spec.max_position_embeddings, spec.head_dim());
        let half = dim / 2;
        let angle = |pos: usize, i: usize| pos as f64 / spec.rope_theta.powf((i % half) as f64 * 2.0 / dim as f64);
        let table = |f: fn(f64) -> f64| {
            let values: Vec<f32> = (0..len * dim).map(|k| f(angle(k / dim, k % dim)) as f32).collect();
            Tensor::from_data(TensorData::new(values, [1, len, dim]), device)
        };
        // rotate_half(x) = [-x₂, x₁] is linear. As a matrix product, its gradient is another product instead of a pair of padded copies.
        let mut rotate = vec![0f32; dim * dim];
        for i in 0..half {
            rotate[(half + i) * dim + i] = -1.0;
            rotate[i * dim + half + i] = 1.0;
        }
        Self {
            cos: table(f64::cos),
            sin: table(f64::sin),
            rotate: Tensor::from_data(TensorData::new(rotate, [dim, dim]), device),
            head_dim: dim,
        }
    }

    /// Rotates x `[batch · seq, heads · head_dim]`, in which every row covers the given `seq` positions.
    pub fn rotate(&self, x: Tensor<2>, positions: Range<usize>) -> Tensor<2> {
        let [n, width] = x.dims();
        #[cfg(feature = "gpu")]
        if let Some(y) = crate::gpu::rotate(x.clone(), &self.cos, &self.sin, &positions) {
            return y;
        }
        let (seq, heads) = (positions.len(), width / self.head_dim);
        let table = |t: &Tensor<3>| t.clone().slice([0..1, positions.clone()]).repeat_dim(2, heads); // [1, seq, width]
        let turned = x.clone().reshape([n * heads, self.head_dim]).matmul(self.rotate.clone());
        let by_pos = |x: Tensor<2>| x.reshape([n / seq, seq, width]);
        let turned = turned.reshape([n / seq, seq, width]);
        (by_pos(x) * table(&self.cos) + turned * table(&self.sin)).reshape([n, width])
    }
}
