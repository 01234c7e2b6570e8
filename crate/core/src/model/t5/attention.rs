//! T5's attention: the head width is set independently of d, and scores are not scaled.

use super::T5Spec;
use crate::linear::Linear;
use burn::tensor::{Tensor, activation};

/// One attention layer: four projections.
#[derive(Debug, Clone)]
pub struct Attention {
    /// Query projection `[heads · d_kv, d]`.
    pub q: Linear,
    /// Key projection `[heads · d_kv, d]`.
    pub k: Linear,
    /// Value projection `[heads · d_kv, d]`.
    pub v: Linear,
    /// Output projection `[d, heads · d_kv]`.
    pub o: Linear,
    n_heads: usize,
}

impl Attention {
    pub(super) fn new([q, k, v, o]: [Linear; 4], spec: &T5Spec) -> Self {
        Self { q, k, v, o, n_heads: spec.num_heads }
    }

    /// Bidirectional self-attention: x `[batch · seq, d]`, bias `[1, heads, seq, seq]` → `[batch · seq, d]`.
    pub fn among(&self, x: Tensor<2>, bias: Tensor<4>) -> Tensor<2> {
        let seq = bias.dims()[3];
        let scores = self.scores(x.clone(), x.clone(), seq, seq) + bias;
        self.mix(activation::softmax(scores, 3), x)
    }

    /// Self-attention of the decoder's first step, whose only position attends to itself: x `[batch, d]` → `[batch, d]`. Exact: the softmax of
    /// a single score is 1, whatever query, key and bias are.
    pub fn alone(&self, x: Tensor<2>) -> Tensor<2> {
        self.o.forward(self.v.forward(x))
    }

    /// Cross attention of one position per row to the encoder's output: x `[batch, d]`, read `[batch · seq, d]` → `[batch, d]`, and the attention
    /// weights `[batch, heads, seq]`.
    pub fn at(&self, x: Tensor<2>, read: Tensor<2>) -> (Tensor<2>, Tensor<3>) {
        let [batch, _] = x.dims();
        let seq = read.dims()[0] / batch;
        let weights = activation::softmax(self.scores(x, read.clone(), 1, seq), 3);
        (self.mix(weights.clone(), read), weights.reshape([batch, self.n_heads, seq]))
    }

    /// Scores `[batch, heads, n_q, n_k]` of the query rows `asking` against the key rows `asked`.
    fn scores(&self, asking: Tensor<2>, asked: Tensor<2>, n_q: usize, n_k: usize) -> Tensor<4> {
        self.by_head(self.q.forward(asking), n_q).matmul(self.by_head(self.k.forward(asked), n_k).swap_dims(2, 3))
    }

    /// Applies weights `[batch, heads, n_q, n_k]` to the values of the rows `[batch · n_k, d]` → `[batch · n_q, d]`.
    fn mix(&self, weights: Tensor<4>, x: Tensor<2>) -> Tensor<2> {
        let [batch, heads, n_q, n_k] = weights.dims();
        let mixed = weights.matmul(self.by_head(self.v.forward(x), n_k)); // [batch, heads, n_q, d_kv]
        let width = heads * mixed.dims()[3];
        self.o.forward(mixed.swap_dims(1, 2).reshape([batch * n_q, width]))
    }

    /// Splits rows into heads: `[batch · seq, heads · d_kv]` → `[batch, heads, seq, d_kv]`.
    fn by_head(&self, x: Tensor<2>, seq: usize) -> Tensor<4> {
        let [n, width] = x.dims();
        x.reshape([n / seq, seq, self.n_heads, width / self.n_heads]).swap_dims(1, 2)
    }
}
