//! `y = x W + s (x A) B`, without ever composing a dense `W + s A B`.

use super::{Lora, Packed};
use burn::tensor::Tensor;

/// A `[out, in]` weight.
#[derive(Debug, Clone)]
pub enum Weight {
    /// Plain floats; trainable if it requires a gradient.
    Dense(Tensor<2>),
    /// Block-quantised in device memory, unpacked inside every product; always frozen.
    Packed(Packed),
}

impl Weight {
    /// `[out, in]`.
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Dense(w) => w.dims(),
            Self::Packed(w) => w.values.dims(),
        }
    }

    /// The weight as floats `[out, in]`; no copy if it is dense.
    pub fn dense(&self) -> Tensor<2> {
        match self {
            Self::Dense(w) => w.clone(),
            Self::Packed(w) => w.dequantize(),
        }
    }

    /// The same numbers without any graph.
    #[must_use]
    pub fn frozen(&self) -> Self {
        match self {
            Self::Dense(w) => Self::Dense(w.clone().inner()),
            Self::Packed(w) => Self::Packed(Packed {
                values: w.values.clone().inner(),
                offsets: w.offsets.clone().map(|offsets| Box::new(offsets.inner())),
            }),
        }
    }
}

/// A bias-free linear layer with an optional adapter.
#[derive(Debug, Clone)]
pub struct Linear {
    /// Frozen unless the whole model is trained.
    pub weight: Weight,
    /// The adapter, if this layer is one of its targets.
    pub lora: Option<Lora>,
}

impl Linear {
    /// A frozen layer without an adapter.
    pub fn new(weight: Weight) -> Self {
        Self { weight, lora: None }
    }

    /// Rows x `[n, in]` → `[n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let y = x.clone().matmul(self.weight.dense().transpose());
        match &self.lora {
            Some(lora) => y + lora.forward(x),
            None => y,
        }
    }

    /// The weight with its adapter merged into it `[out, in]`.
    pub fn merged(&self) -> Tensor<2> {
        match &self.lora {
            Some(lora) => self.weight.dense() + lora.b.clone().matmul(lora.a.clone()).mul_scalar(lora.scale),
            None => self.weight.dense(),
        }
    }
}
