//! A linear layer with an adapter, `y = x W + s (x A) B`, without ever composing a dense `W + s A B`.

use super::quant::in_bytes;
use super::{BLOCK, Lora, Packed, PackedRows, Quantised};
use crate::tensor::dropout::Dropout;
use burn::tensor::{Device, Int, Tensor};

/// A `[out, in]` weight.
#[derive(Debug, Clone)]
pub enum Weight {
    /// Floats; trainable if it requires a gradient.
    Dense(Tensor<2>),
    /// Block-quantised in device memory and unpacked inside every product; always frozen.
    Packed(Packed),
    /// Block-quantised such that single rows can be unpacked: for embedding tables, other blocks than 32, and all weights on a CPU; always frozen.
    Rows(Box<PackedRows>),
}

impl Weight {
    /// A quantised matrix in the packed form that suits it; `table` says whether its rows are looked up.
    pub fn packed(q: &Quantised, table: bool, device: &Device) -> Self {
        // Burn's own packed tensors are used with blocks of 32 only, with which they are tested on WebGPU.
        if table || in_bytes(device) || q.block() != BLOCK {
            Self::Rows(Box::new(PackedRows::new(q, device)))
        } else {
            Self::Packed(q.to_packed(device))
        }
    }

    /// Shape `[out, in]`.
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Dense(w) => w.dims(),
            Self::Packed(w) => w.values.dims(),
            Self::Rows(rows) => rows.dims(),
        }
    }

    /// The weight as floats `[out, in]`; no copy if it is dense.
    pub fn dense(&self) -> Tensor<2> {
        match self {
            Self::Dense(w) => w.clone(),
            Self::Packed(w) => w.dequantize(),
            Self::Rows(rows) => rows.dense(),
        }
    }

    /// The same weight, detached from any graph.
    #[must_use]
    pub fn frozen(&self) -> Self {
        match self {
            Self::Dense(w) => Self::Dense(w.clone().inner()),
            Self::Packed(w) => Self::Packed(Packed {
                values: w.values.clone().inner(),
                offsets: w.offsets.clone().map(|offsets| Box::new(offsets.inner())),
            }),
            Self::Rows(rows) => Self::Rows(rows.clone()), // packed integers are never part of a graph
        }
    }

    /// Rows of the weight `[n, in]` for indices `[n]`.
    pub fn select_rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        match self {
            Self::Dense(w) => w.clone().select(0, ids),
            Self::Packed(_) => self.dense().select(0, ids),
            Self::Rows(rows) => rows.select(ids),
        }
    }

    /// A weight `[n, in]` of the rows with indices `[n]`; packed if this is a packed table.
    #[must_use]
    pub fn take_rows(&self, ids: Tensor<1, Int>) -> Self {
        match self {
            Self::Dense(_) | Self::Packed(_) => Self::Dense(self.select_rows(ids)),
            Self::Rows(rows) => Self::Rows(Box::new(rows.take(ids))),
        }
    }

    /// The first `n` rows of the weight `[n, in]`.
    pub fn first_rows(&self, n: usize) -> Tensor<2> {
        match self {
            Self::Dense(_) | Self::Packed(_) => self.dense().slice_dim(0, 0..n),
            Self::Rows(rows) => rows.first(n),
        }
    }

    /// Bytes in memory; an upper bound if Burn packs four bits per value.
    pub fn bytes(&self) -> u64 {
        let [rows, cols] = self.dims();
        let n = (rows * cols) as u64;
        match self {
            Self::Dense(_) => n * 4,
            // At most one byte per value, and one float for each scale and offset of a block of 32.
            Self::Packed(w) => n + n / 8 * if w.offsets.is_some() { 2 } else { 1 },
            Self::Rows(rows) => rows.bytes(),
        }
    }

    /// Whether it is packed, and therefore frozen.
    pub fn is_packed(&self) -> bool {
        !matches!(self, Self::Dense(_))
    }
}

/// A linear layer with an optional adapter.
#[derive(Debug, Clone)]
pub struct Linear {
    /// The weight `[out, in]`; frozen unless the whole model is trained.
    pub weight: Weight,
    /// The bias `[1, out]`, of the few layers that have one; frozen like the weight.
    pub bias: Option<Tensor<2>>,
    /// The adapter, if this layer is one of its targets.
    pub lora: Option<Lora>,
    /// Dropout on the adapter's inputs (PEFT's `lora_dropout`), on only within a training step; the base's inputs are never dropped.
    pub dropout: Dropout,
}

impl Linear {
    /// A frozen layer without bias and adapter.
    pub fn new(weight: Weight) -> Self {
        Self { weight, bias: None, lora: None, dropout: Dropout::default() }
    }

    /// The output `[n, out]` for rows x `[n, in]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let y = self.product(x);
        match &self.bias {
            Some(bias) => y + bias.clone(),
            None => y,
        }
    }

    fn product(&self, x: Tensor<2>) -> Tensor<2> {
        let weight = self.weight.dense();
        #[cfg(feature = "gpu")]
        if let Some(y) = match &self.lora {
            // There is no kernel for two different inputs, so the adapter's product is added to the base's.
            Some(lora) if self.dropout.rate > 0.0 => {
                crate::gpu::linear(x.clone(), weight.clone()).map(|y| y + lora.forward(self.dropout.apply(x.clone())))
            }
            Some(lora) => crate::gpu::linear_lora(x.clone(), weight.clone(), lora.a.clone(), lora.b.clone(), lora.scale),
            None => crate::gpu::linear(x.clone(), weight.clone()),
        } {
            return y;
        }
        let y = x.clone().matmul(weight.transpose());
        match &self.lora {
            Some(lora) => y + lora.forward(self.dropout.apply(x)),
            None => y,
        }
    }

    /// Whether the weight or its adapter requires a gradient.
    pub fn trains(&self) -> bool {
        matches!(&self.weight, Weight::Dense(w) if w.is_require_grad())
            || self.bias.as_ref().is_some_and(Tensor::is_require_grad)
            || self.lora.as_ref().is_some_and(|lora| lora.a.is_require_grad())
    }

    /// The weight with its adapter merged into it `[out, in]`.
    pub fn merged(&self) -> Tensor<2> {
        match &self.lora {
            Some(lora) => self.weight.dense() + lora.b.clone().matmul(lora.a.clone()).mul_scalar(lora.scale),
            None => self.weight.dense(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::random::{SeedRng, normal};
    use rand::SeedableRng;

    /// y = x W + s (d ∘ x A) B: only the adapter's inputs are dropped, and a mean over many masks is the layer without dropout.
    #[test]
    fn dropout_is_before_the_adapter_alone() {
        let device = Device::flex();
        let rng = &mut SeedRng::seed_from_u64(1);
        let mut layer = Linear::new(Weight::Dense(normal([3, 4], 1.0, rng, &device)));
        let x = normal([5, 4], 1.0, rng, &device);
        let values = |y: Tensor<2>| y.into_data().try_to_vec::<f32>().unwrap();
        let dropout = |seed: u64| Dropout { rate: 0.5, seed, stream: 0 };
        let plain = values(layer.forward(x.clone()));
        layer.dropout = dropout(1);
        assert_eq!(values(layer.forward(x.clone())), plain, "without an adapter nothing is dropped");
        layer.lora = Some(Lora { a: normal([2, 4], 1.0, rng, &device), b: normal([3, 2], 1.0, rng, &device), scale: 2.0 });
        layer.dropout = Dropout::default();
        let whole = values(layer.forward(x.clone()));
        let mut mean = vec![0.0; whole.len()];
        for seed in 0..4000 {
            layer.dropout = dropout(seed);
            mean.iter_mut().zip(values(layer.forward(x.clone()))).for_each(|(sum, y)| *sum += y / 4000.0);
        }
        let size = whole.iter().zip(&plain).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let most = mean.iter().zip(&whole).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(most < 0.1 * size, "{most} of {size}");
    }
}
