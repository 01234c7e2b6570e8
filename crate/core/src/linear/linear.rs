//! `y = x W + s (x A) B`, without ever composing a dense `W + s A B`.

use super::rows::in_bytes;
use super::{Lora, Packed, PackedRows, Quantised};
use burn::tensor::{Device, Int, Tensor};

/// A `[out, in]` weight.
#[derive(Debug, Clone)]
pub enum Weight {
    /// Plain floats; trainable if it requires a gradient.
    Dense(Tensor<2>),
    /// Block-quantised in device memory, unpacked inside every product; always frozen.
    Packed(Packed),
    /// Block-quantised so that single rows can be unpacked: a table that is looked up, and every weight on a processor; always frozen.
    Rows(Box<PackedRows>),
}

impl Weight {
    /// A quantised matrix in the packed form that suits it; `table` says whether rows of it are looked up.
    pub fn packed(q: &Quantised, table: bool, device: &Device) -> Self {
        if table || in_bytes(device) { Self::Rows(Box::new(PackedRows::new(q, device))) } else { Self::Packed(q.to_packed(device)) }
    }

    /// `[out, in]`.
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

    /// The same numbers without any graph.
    #[must_use]
    pub fn frozen(&self) -> Self {
        match self {
            Self::Dense(w) => Self::Dense(w.clone().inner()),
            Self::Packed(w) => Self::Packed(Packed {
                values: w.values.clone().inner(),
                offsets: w.offsets.clone().map(|offsets| Box::new(offsets.inner())),
            }),
            Self::Rows(rows) => Self::Rows(rows.clone()), // packed integers never had a graph
        }
    }

    /// Rows of the weight by index: ids `[n]` → `[n, in]`.
    pub fn select_rows(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        match self {
            Self::Dense(w) => w.clone().select(0, ids),
            Self::Packed(_) => self.dense().select(0, ids),
            Self::Rows(rows) => rows.select(ids),
        }
    }

    /// The weight of these rows, packed if it is a packed table: ids `[n]` → `[n, in]`.
    #[must_use]
    pub fn take_rows(&self, ids: Tensor<1, Int>) -> Self {
        match self {
            Self::Dense(_) | Self::Packed(_) => Self::Dense(self.select_rows(ids)),
            Self::Rows(rows) => Self::Rows(Box::new(rows.take(ids))),
        }
    }

    /// The first rows of the weight `[n, in]`.
    pub fn first_rows(&self, n: usize) -> Tensor<2> {
        match self {
            Self::Dense(_) | Self::Packed(_) => self.dense().slice_dim(0, 0..n),
            Self::Rows(rows) => rows.first(n),
        }
    }

    /// Bytes it takes in memory: an upper bound where Burn packs four bits a value.
    pub fn bytes(&self) -> u64 {
        let [rows, cols] = self.dims();
        let n = (rows * cols) as u64;
        match self {
            Self::Dense(_) => n * 4,
            // One byte a value at most, and a float a block of 32.
            Self::Packed(_) | Self::Rows(_) => n + n / 8,
        }
    }

    /// Whether it is kept packed, and so frozen.
    pub fn is_packed(&self) -> bool {
        !matches!(self, Self::Dense(_))
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
        let weight = self.weight.dense();
        #[cfg(feature = "gpu")]
        if let Some(y) = match &self.lora {
            Some(lora) => crate::gpu::linear_lora(x.clone(), weight.clone(), lora.a.clone(), lora.b.clone(), lora.scale),
            None => crate::gpu::linear(x.clone(), weight.clone()),
        } {
            return y;
        }
        let y = x.clone().matmul(weight.transpose());
        match &self.lora {
            Some(lora) => y + lora.forward(x),
            None => y,
        }
    }

    /// Whether the weight or its adapter requires a gradient.
    pub fn trains(&self) -> bool {
        matches!(&self.weight, Weight::Dense(w) if w.is_require_grad()) || self.lora.as_ref().is_some_and(|lora| lora.a.is_require_grad())
    }

    /// The weight with its adapter merged into it `[out, in]`.
    pub fn merged(&self) -> Tensor<2> {
        match &self.lora {
            Some(lora) => self.weight.dense() + lora.b.clone().matmul(lora.a.clone()).mul_scalar(lora.scale),
            None => self.weight.dense(),
        }
    }
}
