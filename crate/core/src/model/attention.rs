//! Causal grouped-query attention; the last block asks at the answer position alone.

use super::{DecoderSpec, Rope};
use crate::linear::Linear;
use burn::tensor::{Tensor, activation};

/// The four projections of one block.
#[derive(Debug, Clone)]
pub struct Attention {
    /// `[heads · head_dim, d]`.
    pub q: Linear,
    /// `[kv_heads · head_dim, d]`.
    pub k: Linear,
    /// `[kv_heads · head_dim, d]`.
    pub v: Linear,
    /// `[d, heads · head_dim]`.
    pub o: Linear,
    pub(super) n_heads: usize,
    pub(super) n_kv_heads: usize,
}

/// What a pass over a batch shares between its blocks.
pub struct Pass<'a> {
    /// Rotary tables.
    pub rope: &'a Rope,
    /// 0 where a position may look, -1e9 where it may not `[1, 1, seq, seq]`.
    pub causal: Tensor<4>,
    /// Positions per row.
    pub seq: usize,
}

impl Attention {
    /// Every position: x `[batch · seq, d]` → `[batch · seq, d]`.
    pub fn all(&self, x: Tensor<2>, pass: &Pass<'_>) -> Tensor<2> {
        let (k, v) = self.keys_values(x.clone(), pass);
        let q = self.by_head(pass.rope.all(self.q.forward(x), pass.seq), pass.seq, self.n_heads);
        self.attend(q, k, v, Some(pass.causal.clone()))
    }

    /// The last position only: x `[batch · seq, d]`, of which `last` `[batch, d]` are the rows that ask → `[batch, d]`.
    pub fn last(&self, x: Tensor<2>, last: Tensor<2>, pass: &Pass<'_>) -> Tensor<2> {
        let (k, v) = self.keys_values(x, pass);
        let q = self.by_head(pass.rope.one(self.q.forward(last), pass.seq - 1), 1, self.n_heads);
        self.attend(q, k, v, None) // the last position sees them all
    }

    /// The weights with which the last position looks at every position: arguments as [`Attention::last`] → `[batch, heads, seq]`.
    pub fn last_weights(&self, x: Tensor<2>, last: Tensor<2>, pass: &Pass<'_>) -> Tensor<3> {
        let (k, _) = self.keys_values(x, pass);
        let q = self.by_head(pass.rope.one(self.q.forward(last), pass.seq - 1), 1, self.n_heads);
        let [batch, heads, _, dim] = q.dims();
        let q = q.reshape([batch, self.n_kv_heads, heads / self.n_kv_heads, dim]);
        let scores = q.matmul(k.swap_dims(2, 3)).mul_scalar(1.0 / (dim as f64).sqrt()); // [batch, kv_heads, group, seq]
        activation::softmax(scores, 3).reshape([batch, heads, pass.seq])
    }

    fn keys_values(&self, x: Tensor<2>, pass: &Pass<'_>) -> (Tensor<4>, Tensor<4>) {
        let k = pass.rope.all(self.k.forward(x.clone()), pass.seq);
        let v = self.v.forward(x);
        (self.by_head(k, pass.seq, self.n_kv_heads), self.by_head(v, pass.seq, self.n_kv_heads))
    }

    /// `[batch · seq, heads · head_dim]` → `[batch, heads, seq, head_dim]`.
    fn by_head(&self, x: Tensor<2>, seq: usize, heads: usize) -> Tensor<4> {
        let [n, width] = x.dims();
        x.reshape([n / seq, seq, heads, width / heads]).swap_dims(1, 2)
    }

    fn attend(&self, q: Tensor<4>, k: Tensor<4>, v: Tensor<4>, mask: Option<Tensor<4>>) -> Tensor<2> {
        let [batch, heads, n_q, dim] = q.dims();
        let [_, kv_heads, n_k, _] = k.dims();
        let group = heads / kv_heads;
        // Query heads of a group share their keys: they become further rows of one product.
        let q = if group == 1 { q } else { q.reshape([batch, kv_heads, group * n_q, dim]) };
        let scores = q.matmul(k.swap_dims(2, 3)).mul_scalar(1.0 / (dim as f64).sqrt()); // [batch, kv_heads, group · n_q, n_k]
        let scores = match mask {
            Some(mask) if group == 1 => scores + mask,
            Some(mask) => (scores.reshape([batch, heads, n_q, n_k]) + mask).reshape([batch, kv_heads, group * n_q, n_k]),
            None => scores,
        };
        let mixed = activation::softmax(scores, 3).matmul(v); // [batch, kv_heads, group · n_q, dim]
        let mixed = if group == 1 { mixed } else { mixed.reshape([batch, heads, n_q, dim]) };
        self.o.forward(mixed.swap_dims(1, 2).reshape([batch * n_q, heads * dim]))
    }

    pub(super) fn new([q, k, v, o]: [Linear; 4], spec: &DecoderSpec) -> Self {
        Self { q, k, v, o, n_heads: spec.num_attention_heads, n_kv_heads: spec.num_key_value_heads }
    }
}
