//! One pre-norm block: `x + attention(norm x)`, then `x + SwiGLU(norm x)` (arXiv 2002.05202).

use super::{Attention, Pass, RmsNorm, dropout::Dropout};
use crate::linear::Linear;
use burn::tensor::{Tensor, activation};

/// Gate, up and down projection: `down(silu(gate x) · up x)`.
#[derive(Debug, Clone)]
pub struct Mlp {
    /// `[ff, d]`.
    pub gate: Linear,
    /// `[ff, d]`.
    pub up: Linear,
    /// `[d, ff]`.
    pub down: Linear,
}

impl Mlp {
    /// Rows x `[n, d]` → `[n, d]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.down.forward(activation::silu(self.gate.forward(x.clone())) * self.up.forward(x))
    }
}

/// One block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Before the attention.
    pub attention_norm: RmsNorm,
    /// The attention.
    pub attention: Attention,
    /// Before the MLP.
    pub mlp_norm: RmsNorm,
    /// The MLP.
    pub mlp: Mlp,
}

impl Block {
    /// Every position: x `[batch · seq, d]` → `[batch · seq, d]`.
    pub fn all(&self, x: Tensor<2>, pass: &Pass<'_>, dropout: Dropout) -> Tensor<2> {
        let attended = self.attention.all(self.attention_norm.forward(x.clone()), pass);
        self.feed(x + dropout.apply(attended), dropout)
    }

    /// The last position only: x `[batch · seq, d]` → `[batch, d]`. Exact: what the other positions would become is never asked for.
    pub fn last(&self, x: Tensor<2>, pass: &Pass<'_>, dropout: Dropout) -> Tensor<2> {
        let [n, d] = x.dims();
        let at_last = |x: Tensor<2>| x.reshape([n / pass.seq, pass.seq, d]).slice_dim(1, pass.seq - 1..pass.seq).reshape([n / pass.seq, d]);
        let normed = self.attention_norm.forward(x.clone());
        let attended = self.attention.last(normed.clone(), at_last(normed), pass);
        self.feed(at_last(x) + dropout.apply(attended), dropout)
    }

    /// How much the last position's attention looks at every position: x `[batch · seq, d]` → `[batch, heads, seq]`.
    pub fn last_weights(&self, x: Tensor<2>, pass: &Pass<'_>) -> Tensor<3> {
        let [n, d] = x.dims();
        let normed = self.attention_norm.forward(x);
        let last = normed.clone().reshape([n / pass.seq, pass.seq, d]).slice_dim(1, pass.seq - 1..pass.seq).reshape([n / pass.seq, d]);
        self.attention.last_weights(normed, last, pass)
    }

    fn feed(&self, x: Tensor<2>, dropout: Dropout) -> Tensor<2> {
        let fed = self.mlp.forward(self.mlp_norm.forward(x.clone()));
        x + dropout.apply(fed)
    }
}
