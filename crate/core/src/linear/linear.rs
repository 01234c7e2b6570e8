//! A linear layer with an adapter, `y = x W + s (x A) B`, without ever composing a dense `W + s A B`.

use super::quant::in_bytes;
use super::{Lora, Packed, PackedRows, Quantised};
use burn::tensor::{Device, Int, Tensor};

/// A `[out, in]` weight.
#[derive(Debug, Clone)]
pub enum Weight {
    /// Floats; trainable if it requires a gradient.
    Dense(Tensor<2>),
    /// Block-quantised in device memory and unpacked inside every product; always frozen.
    Packed(Packed),
    /// Block-quantised such that single rows can be unpacked: for embedding tables, and for all weights on a CPU; always frozen.
    Rows(Box<PackedRows>),
}

impl Weight {
    /// A quantised matrix in the packed form that suits it; `table` says whether its rows are looked up.
    pub fn packed(q: &Quantised, table: bool, device: &Device) -> Self {
        if table || in_bytes(device) { Self::Rows(Box::new(PackedRows::new(q, device))) } else { Self::Packed(q.to_packed(device)) }
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
            // At most one byte per value, and one float per block of 32.
            Self::Packed(_) | Self::Rows(_) => n + n / 8,
        }
    }

    /// Whether it is packed, and therefore frozen.
    pub fn is_packed(&self) -> bool {
        !matches!(self, Self::Dense(_))
    }
}

/// A bias-free linear layer with an optional adapter.
#[derive(Debug, Clone)]
pub struct Linear {
    /// The weight `[out, in]`; frozen unless the whole model is trained.
    pub weight: Weight,
    /// The adapter, if this layer is one of its targets.
    pub lora: Option<Lora>,
}

impl Linear {
    /// A frozen layer without an adapter.
    pub fn new(weight: Weight) -> Self {
        Self { weight, lora: None }
    }

    /// The output `[n, out]` for rows x `[n, in]`.
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
