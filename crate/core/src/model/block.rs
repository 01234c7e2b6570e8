//! A pre-norm transformer block: `x + attention(norm x)`, then `x + SwiGLU(norm x)` (arXiv 2002.05202). Gemma has a norm after both branches, too.

use super::gelu::gelu;
use super::{Attention, ForwardContext, KeysValues, RmsNorm};
use crate::linear::Linear;
use crate::tensor::dropout::Dropout;
use burn::tensor::{Tensor, activation};

/// What the gate of a feed-forward layer goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// `x · sigmoid(x)`: SwiGLU.
    Silu,
    /// GELU: GeGLU.
    Gelu,
}

/// The gated feed-forward layer: `down(scale · silu(gate x) · up x)`, or with GELU in place of SiLU.
#[derive(Debug, Clone)]
pub struct Mlp {
    /// Gate projection `[ff, d]`.
    pub gate: Linear,
    /// Up projection `[ff, d]`.
    pub up: Linear,
    /// Down projection `[d, ff]`.
    pub down: Linear,
    /// An optional factor on the hidden units, `[1 or n, 1 or ff]`. Its gradient attributes the loss to single units; `None` in a model that answers.
    pub scale: Option<Tensor<2>>,
    /// What the gate goes through.
    pub through: Gate,
}

impl Mlp {
    /// The layer's output: rows x `[n, d]` → `[n, d]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.down.forward(self.units(x))
    }

    /// The input of the down projection (the hidden units): rows x `[n, d]` → `[n, ff]`.
    pub fn units(&self, x: Tensor<2>) -> Tensor<2> {
        let (gate, up) = (self.gate.forward(x.clone()), self.up.forward(x));
        if self.through == Gate::Gelu {
            return self.scaled(gelu(gate) * up);
        }
        #[cfg(feature = "gpu")]
        if let Some(y) = crate::gpu::gated(gate.clone(), up.clone()) {
            return self.scaled(y);
        }
        self.scaled(activation::silu(gate) * up)
    }

    fn scaled(&self, y: Tensor<2>) -> Tensor<2> {
        match &self.scale {
            Some(scale) => y * scale.clone(),
            None => y,
        }
    }
}

/// A decoder block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Norm before the attention.
    pub attention_norm: RmsNorm,
    /// The attention.
    pub attention: Attention,
    /// Norm before the MLP.
    pub mlp_norm: RmsNorm,
    /// The MLP.
    pub mlp: Mlp,
    /// Norms on the outputs of attention and MLP, before they are added.
    pub after: Option<AfterNorms>,
}

/// The norms of a block after its branches.
#[derive(Debug, Clone)]
pub struct AfterNorms {
    /// Norm after the attention.
    pub attention: RmsNorm,
    /// Norm after the MLP.
    pub mlp: RmsNorm,
}

impl Block {
    /// The block's output at every position: x `[batch · seq, d]` → `[batch · seq, d]`. Its two branches have the dropout's stream and the next.
    pub fn all(&self, x: Tensor<2>, pass: &ForwardContext<'_>, dropout: Dropout) -> Tensor<2> {
        self.after(x, None, pass, dropout).0
    }

    /// The block's output at every position, and the inputs of the MLP's down projection `[batch · seq, ff]`.
    pub fn all_and_units(&self, x: Tensor<2>, pass: &ForwardContext<'_>) -> (Tensor<2>, Tensor<2>) {
        let normed = self.attention_norm.forward(x.clone());
        let own = self.attention.keys_values(normed.clone(), pass);
        let x = x + self.attended(self.attention.all(normed, own, None, pass));
        let units = self.mlp.units(self.mlp_norm.forward(x.clone()));
        (x + self.fed(self.mlp.down.forward(units.clone())), units)
    }

    /// The block's output at every position after a cached prefix, and x's own keys and values. The prefix `past` is a single row shared by all rows
    /// of x.
    pub fn after(&self, x: Tensor<2>, past: Option<&KeysValues>, pass: &ForwardContext<'_>, dropout: Dropout) -> (Tensor<2>, KeysValues) {
        let normed = self.attention_norm.forward(x.clone());
        let own = self.attention.keys_values(normed.clone(), pass);
        let attended = self.attended(self.attention.all(normed, own.clone(), past, pass));
        (self.feed(x + dropout.apply(attended), dropout.at(dropout.stream + 1)), own)
    }

    /// The block's output at the last position only: x `[batch · seq, d]` → `[batch, d]`. Exact, since the outputs of the other positions are not
    /// needed.
    pub fn last(&self, x: Tensor<2>, past: Option<&KeysValues>, pass: &ForwardContext<'_>) -> Tensor<2> {
        let [n, d] = x.dims();
        let at_last = |x: Tensor<2>| x.reshape([n / pass.seq, pass.seq, d]).slice_dim(1, pass.seq - 1..pass.seq).reshape([n / pass.seq, d]);
        let normed = self.attention_norm.forward(x.clone());
        let own = self.attention.keys_values(normed.clone(), pass);
        let attended = self.attended(self.attention.last(at_last(normed), own, past, pass));
        self.feed(at_last(x) + attended, Dropout::default())
    }

    /// Whether any tensor of the block requires a gradient.
    pub fn trains(&self) -> bool {
        let scaled = self.mlp.scale.as_ref().is_some_and(|scale| scale.is_require_grad());
        scaled || self.norms().into_iter().any(|norm| norm.gain.is_require_grad()) || self.linears().into_iter().any(Linear::trains)
    }

    /// The linear layers: query, key, value, output, gate, up, down.
    pub fn linears(&self) -> [&Linear; 7] {
        let (a, m) = (&self.attention, &self.mlp);
        [&a.q, &a.k, &a.v, &a.o, &m.gate, &m.up, &m.down]
    }

    /// Attention weights of the last position over all positions: x `[batch · seq, d]` → `[batch, heads, seq]`.
    pub fn last_weights(&self, x: Tensor<2>, pass: &ForwardContext<'_>) -> Tensor<3> {
        let [n, d] = x.dims();
        let normed = self.attention_norm.forward(x);
        let last = normed.clone().reshape([n / pass.seq, pass.seq, d]).slice_dim(1, pass.seq - 1..pass.seq).reshape([n / pass.seq, d]);
        self.attention.last_weights(last, self.attention.keys_values(normed, pass), pass)
    }

    fn feed(&self, x: Tensor<2>, dropout: Dropout) -> Tensor<2> {
        let fed = self.fed(self.mlp.forward(self.mlp_norm.forward(x.clone())));
        x + dropout.apply(fed)
    }

    /// The attention's branch from its output.
    fn attended(&self, y: Tensor<2>) -> Tensor<2> {
        self.after.iter().fold(y, |y, after| after.attention.forward(y))
    }

    /// The MLP's branch from its output.
    fn fed(&self, y: Tensor<2>) -> Tensor<2> {
        self.after.iter().fold(y, |y, after| after.mlp.forward(y))
    }

    fn norms(&self) -> Vec<&RmsNorm> {
        let heads = self.attention.norms.iter().flat_map(|norms| [&norms.q, &norms.k]);
        let after = self.after.iter().flat_map(|after| [&after.attention, &after.mlp]);
        [&self.attention_norm, &self.mlp_norm].into_iter().chain(heads).chain(after).collect()
    }
}
