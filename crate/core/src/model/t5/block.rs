//! A pre-norm block of either stack: self-attention, then in the decoder cross attention to the encoder's output, then the feed-forward layer.

use super::{Attention, Projection};
use crate::linear::Linear;
use crate::model::RmsNorm;
use crate::model::gelu::gelu;
use burn::tensor::{Tensor, activation};

/// A feed-forward layer.
#[derive(Debug, Clone)]
pub struct FeedForward {
    /// Input projections `[d_ff, d]`: one, or a gate and the projection it multiplies.
    pub inputs: Vec<Linear>,
    /// Output projection `[d, d_ff]`.
    pub output: Linear,
}

impl FeedForward {
    /// The layer's output: rows x `[n, d]` → `[n, d]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let inner = match self.inputs.as_slice() {
            [gate, through] => gelu(gate.forward(x.clone())) * through.forward(x),
            inputs => activation::relu(inputs[0].forward(x)),
        };
        self.output.forward(inner)
    }

    /// Visits the linear layers under their published names.
    pub(super) fn each(&mut self, kind: Projection, f: &mut dyn FnMut(&str, &mut Linear)) {
        kind.inputs().iter().zip(&mut self.inputs).for_each(|(name, linear)| f(name, linear));
        f("wo", &mut self.output);
    }
}

/// The decoder's cross attention to the encoder's output.
#[derive(Debug, Clone)]
pub struct Cross {
    /// Norm before the attention.
    pub norm: RmsNorm,
    /// The attention.
    pub attention: Attention,
}

/// A T5 block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Norm before the self-attention.
    pub attention_norm: RmsNorm,
    /// The self-attention.
    pub attention: Attention,
    /// The cross attention, in the decoder only.
    pub cross: Option<Cross>,
    /// Norm before the feed-forward layer.
    pub feed_norm: RmsNorm,
    /// The feed-forward layer.
    pub feed: FeedForward,
}

impl Block {
    /// The output of an encoder block: x `[batch · seq, d]`, bias `[1, heads, seq, seq]` → `[batch · seq, d]`.
    pub fn encode(&self, x: Tensor<2>, bias: Tensor<4>) -> Tensor<2> {
        let attended = self.attention.among(self.attention_norm.forward(x.clone()), bias);
        self.feed(x + attended)
    }

    /// The output of a decoder block at the first step: x `[batch, d]`, read `[batch · seq, d]` → `[batch, d]`, and the cross attention weights
    /// `[batch, heads, seq]`.
    pub fn answer(&self, x: Tensor<2>, read: Tensor<2>) -> (Tensor<2>, Option<Tensor<3>>) {
        let attended = self.attention.alone(self.attention_norm.forward(x.clone()));
        let x = x + attended;
        let Some(cross) = &self.cross else { return (self.feed(x), None) };
        let (found, weights) = cross.attention.at(cross.norm.forward(x.clone()), read);
        (self.feed(x + found), Some(weights))
    }

    /// Whether any tensor of the block requires a gradient.
    pub fn trains(&self) -> bool {
        let attention = |a: &Attention| [&a.q, &a.k, &a.v, &a.o].into_iter().any(Linear::trains);
        let norms = [&self.attention_norm, &self.feed_norm].into_iter().chain(self.cross.as_ref().map(|cross| &cross.norm));
        attention(&self.attention)
            || self.cross.as_ref().is_some_and(|cross| attention(&cross.attention))
            || self.feed.inputs.iter().chain([&self.feed.output]).any(Linear::trains)
            || norms.into_iter().any(|norm| norm.gain.is_require_grad())
    }

    fn feed(&self, x: Tensor<2>) -> Tensor<2> {
        let fed = self.feed.forward(self.feed_norm.forward(x.clone()));
        x + fed
    }
}
