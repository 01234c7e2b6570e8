//! Causal grouped-query attention. The last block needs queries at the answer position only.

use super::{DecoderSpec, Rope};
use crate::linear::Linear;
use burn::tensor::{Tensor, activation};
use std::ops::Range;

/// The attention of one block: four projections.
#[derive(Debug, Clone)]
pub struct Attention {
    /// Query projection `[heads · head_dim, d]`.
    pub q: Linear,
    /// Key projection `[kv_heads · head_dim, d]`.
    pub k: Linear,
    /// Value projection `[kv_heads · head_dim, d]`.
    pub v: Linear,
    /// Output projection `[d, heads · head_dim]`.
    pub o: Linear,
    pub(super) n_heads: usize,
    pub(super) n_kv_heads: usize,
}

/// The data that all blocks share during a forward pass over a batch.
pub struct ForwardContext<'a> {
    /// Rotary tables.
    pub rope: &'a Rope,
    /// Causal mask `[1, 1, seq, seq]`: 0 where a position may attend, -1e9 where it may not.
    pub causal: Tensor<4>,
    /// Position of the first token: the length of the cached prefix.
    pub start: usize,
    /// Positions per row.
    pub seq: usize,
}

/// Keys (already rotated) and values of one block, each `[batch, kv_heads, seq, head_dim]`.
#[derive(Debug, Clone)]
pub struct KeysValues {
    k: Tensor<4>,
    v: Tensor<4>,
}

impl ForwardContext<'_> {
    fn positions(&self) -> Range<usize> {
        self.start..self.start + self.seq
    }
}

impl Attention {
    /// Attention output at every position: x `[batch · seq, d]` → `[batch · seq, d]`. Every row also attends to `past`, the cache of a single row.
    pub fn all(&self, x: Tensor<2>, own: KeysValues, past: Option<&KeysValues>, pass: &ForwardContext<'_>) -> Tensor<2> {
        let q = self.by_head(pass.rope.rotate(self.q.forward(x), pass.positions()), pass.seq, self.n_heads);
        self.attend(q, own, past, Some(pass.causal.clone()))
    }

    /// Attention output at the last position only: `last` `[batch, d]`, the rows at that position, → `[batch, d]`.
    pub fn last(&self, last: Tensor<2>, own: KeysValues, past: Option<&KeysValues>, pass: &ForwardContext<'_>) -> Tensor<2> {
        let end = pass.positions().end;
        let q = self.by_head(pass.rope.rotate(self.q.forward(last), end - 1..end), 1, self.n_heads);
        self.attend(q, own, past, None) // the last position attends to all positions
    }

    /// Attention weights of the last position over all positions, with arguments as in [`Attention::last`] → `[batch, heads, seq]`.
    pub fn last_weights(&self, last: Tensor<2>, own: KeysValues, pass: &ForwardContext<'_>) -> Tensor<3> {
        let end = pass.positions().end;
        let q = self.by_head(pass.rope.rotate(self.q.forward(last), end - 1..end), 1, self.n_heads);
        let [batch, heads, _, dim] = q.dims();
        let q = q.reshape([batch, self.n_kv_heads, heads / self.n_kv_heads, dim]);
        let scores = q.matmul(own.k.swap_dims(2, 3)).mul_scalar(1.0 / (dim as f64).sqrt()); // [batch, kv_heads, group, seq]
        activation::softmax(scores, 3).reshape([batch, heads, pass.seq])
    }

    /// Keys and values of every position of x `[batch · seq, d]`.
    pub fn keys_values(&self, x: Tensor<2>, pass: &ForwardContext<'_>) -> KeysValues {
        let k = pass.rope.rotate(self.k.forward(x.clone()), pass.positions());
        let v = self.v.forward(x);
        KeysValues { k: self.by_head(k, pass.seq, self.n_kv_heads), v: self.by_head(v, pass.seq, self.n_kv_heads) }
    }

    /// Splits rows into heads: `[batch · seq, heads · head_dim]` → `[batch, heads, seq, head_dim]`.
    fn by_head(&self, x: Tensor<2>, seq: usize, heads: usize) -> Tensor<4> {
        let [n, width] = x.dims();
        x.reshape([n / seq, seq, heads, width / heads]).swap_dims(1, 2)
    }

    fn attend(&self, q: Tensor<4>, own: KeysValues, past: Option<&KeysValues>, mask: Option<Tensor<4>>) -> Tensor<2> {
        let [batch, heads, n_q, dim] = q.dims();
        let [_, kv_heads, n_k, _] = own.k.dims();
        #[cfg(feature = "gpu")]
        if past.is_none() && (n_q == 1 || mask.is_some()) {
            let flat = |x: &Tensor<4>, width: usize, n: usize| x.clone().swap_dims(1, 2).reshape([batch * n, width]);
            let (k, v) = (flat(&own.k, kv_heads * dim, n_k), flat(&own.v, kv_heads * dim, n_k));
            if let Some(mixed) = crate::gpu::attend(flat(&q, heads * dim, n_q), k, v, [batch, heads, kv_heads]) {
                return self.o.forward(mixed);
            }
        }
        let group = heads / kv_heads;
        // Query heads of a group share their keys, so they are stacked as extra rows of one matrix product.
        let q = if group == 1 { q } else { q.reshape([batch, kv_heads, group * n_q, dim]) };
        let score = |k: Tensor<4>| q.clone().matmul(k.swap_dims(2, 3)).mul_scalar(1.0 / (dim as f64).sqrt());
        let scores = score(own.k); // [batch, kv_heads, group · n_q, n_k]
        let scores = match mask {
            Some(mask) if group == 1 => scores + mask,
            Some(mask) => (scores.reshape([batch, heads, n_q, n_k]) + mask).reshape([batch, kv_heads, group * n_q, n_k]),
            None => scores,
        };
        let mixed = match past {
            None => activation::softmax(scores, 3).matmul(own.v), // [batch, kv_heads, group · n_q, dim]
            Some(past) => {
                // One softmax over past and own scores. The past's keys and values belong to a single row; the products broadcast them over the
                // batch.
                let n_past = past.k.dims()[2];
                let weights = activation::softmax(Tensor::cat(vec![score(past.k.clone()), scores], 3), 3);
                let of_past = weights.clone().slice_dim(3, 0..n_past).matmul(past.v.clone());
                of_past + weights.slice_dim(3, n_past..n_past + n_k).matmul(own.v)
            }
        };
        let mixed = if group == 1 { mixed } else { mixed.reshape([batch, heads, n_q, dim]) };
        self.o.forward(mixed.swap_dims(1, 2).reshape([batch * n_q, heads * dim]))
    }

    pub(super) fn new([q, k, v, o]: [Linear; 4], spec: &DecoderSpec) -> Self {
        Self { q, k, v, o, n_heads: spec.num_attention_heads, n_kv_heads: spec.num_key_value_heads }
    }
}
