//! One pre-norm block of either stack: attention, in the decoder also attention to what the encoder read, then the feed-forward layer.

use super::{Attention, Projection};
use crate::linear::Linear;
use crate::model::RmsNorm;
use burn::tensor::{Tensor, activation};

/// The feed-forward layer.
#[derive(Debug, Clone)]
pub struct FeedForward {
    /// `[d_ff, d]`: one, or the gate and what it lets through.
    pub inputs: Vec<Linear>,
    /// `[d, d_ff]`.
    pub output: Linear,
}

impl FeedForward {
    /// Rows x `[n, d]` → `[n, d]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let inner = match self.inputs.as_slice() {
            [gate, through] => gelu(gate.forward(x.clone())) * through.forward(x),
            inputs => activation::relu(inputs[0].forward(x)),
        };
        self.output.forward(inner)
    }

    /// The layers with their published names.
    pub(super) fn each(&mut self, kind: Projection, f: &mut dyn FnMut(&str, &mut Linear)) {
        kind.inputs().iter().zip(&mut self.inputs).for_each(|(name, linear)| f(name, linear));
        f("wo", &mut self.output);
    }
}

/// `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))` (arXiv 1606.08415): the approximation that v1.1 was trained with.
fn gelu(x: Tensor<2>) -> Tensor<2> {
    // Products, not a power: some devices have no power of a negative number.
    let cube = x.clone() * x.clone() * x.clone();
    let slope = (2.0 / std::f64::consts::PI).sqrt();
    let share = (x.clone() + cube.mul_scalar(0.044_715)).mul_scalar(slope).tanh().add_scalar(1.0);
    x * share.mul_scalar(0.5)
}

/// A decoder's attention to what the encoder read.
#[derive(Debug, Clone)]
pub struct Cross {
    /// Before it.
    pub norm: RmsNorm,
    /// The attention.
    pub attention: Attention,
}

/// One block.
#[derive(Debug, Clone)]
pub struct Block {
    /// Before the attention.
    pub attention_norm: RmsNorm,
    /// The attention.
    pub attention: Attention,
    /// Of the decoder.
    pub cross: Option<Cross>,
    /// Before the feed-forward layer.
    pub feed_norm: RmsNorm,
    /// The feed-forward layer.
    pub feed: FeedForward,
}

impl Block {
    /// The encoder's: x `[batch · seq, d]`, bias `[1, heads, seq, seq]` → `[batch · seq, d]`.
    pub fn encode(&self, x: Tensor<2>, bias: Tensor<4>) -> Tensor<2> {
        let attended = self.attention.among(self.attention_norm.forward(x.clone()), bias);
        self.feed(x + attended)
    }

    /// The decoder's at its first step: x `[batch, d]`, read `[batch · seq, d]` → `[batch, d]`, and how much it looks at every token read
    /// `[batch, heads, seq]`.
    pub fn answer(&self, x: Tensor<2>, read: Tensor<2>) -> (Tensor<2>, Option<Tensor<3>>) {
        let attended = self.attention.alone(self.attention_norm.forward(x.clone()));
        let x = x + attended;
        let Some(cross) = &self.cross else { return (self.feed(x), None) };
        let (found, weights) = cross.attention.at(cross.norm.forward(x.clone()), read);
        (self.feed(x + found), Some(weights))
    }

    /// Whether anything in it requires a gradient.
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
