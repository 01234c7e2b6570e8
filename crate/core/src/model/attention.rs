//! Causal grouped-query attention. The last block needs queries at the answer position only.

use super::{DecoderSpec, RmsNorm, Rope};
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
    /// Norms over the heads, before the rotation.
    pub norms: Option<HeadNorms>,
    pub(super) n_heads: usize,
    pub(super) n_kv_heads: usize,
    /// Whether the layer has a window.
    slides: bool,
    /// What the query is multiplied by, where scores are not divided by the root of a head's width.
    query_scale: Option<f64>,
}

/// The norms over each head of query and key.
#[derive(Debug, Clone)]
pub struct HeadNorms {
    /// Norm of the query's heads.
    pub q: RmsNorm,
    /// Norm of the key's heads.
    pub k: RmsNorm,
}

/// The data that all blocks share during a forward pass over a batch.
pub struct ForwardContext<'a> {
    /// What the layers without a window see.
    pub full: View<'a>,
    /// What the layers with a window see.
    pub sliding: View<'a>,
    /// Position of the first token: the length of the cached prefix.
    pub start: usize,
    /// Positions per row.
    pub seq: usize,
}

/// How positions look from a layer. A mask is 0 where a position may attend, -1e9 where it may not.
#[derive(Clone)]
pub struct View<'a> {
    /// Rotary tables.
    pub rope: &'a Rope,
    /// Causal mask of the own positions `[1, 1, seq, seq]`.
    pub causal: Tensor<4>,
    /// Mask of the cached prefix `[1, 1, seq, start]`, where a window hides some of it.
    pub past: Option<Tensor<4>>,
    /// Whether a window hides anything.
    pub is_windowed: bool,
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

impl View<'_> {
    /// The rows of the masks for the last position alone; `None` where it sees everything.
    fn last(&self) -> Option<[Option<Tensor<4>>; 2]> {
        let row = |mask: &Tensor<4>| {
            let n = mask.dims()[2];
            mask.clone().slice_dim(2, n - 1..n)
        };
        self.is_windowed.then(|| [Some(row(&self.causal)), self.past.as_ref().map(row)])
    }
}

impl Attention {
    /// Attention output at every position: x `[batch · seq, d]` → `[batch · seq, d]`. Every row also attends to `past`, the cache of a single row.
    pub fn all(&self, x: Tensor<2>, own: KeysValues, past: Option<&KeysValues>, pass: &ForwardContext<'_>) -> Tensor<2> {
        let (view, q) = (self.view(pass), self.query(x, pass.positions(), pass));
        self.attend(q, own, past, [Some(view.causal.clone()), view.past.clone()], view.is_windowed)
    }

    /// Attention output at the last position only: `last` `[batch, d]`, the rows at that position, → `[batch, d]`.
    pub fn last(&self, last: Tensor<2>, own: KeysValues, past: Option<&KeysValues>, pass: &ForwardContext<'_>) -> Tensor<2> {
        let (view, end) = (self.view(pass), pass.positions().end);
        let q = self.query(last, end - 1..end, pass);
        self.attend(q, own, past, view.last().unwrap_or_default(), view.is_windowed) // without a window, it attends to all positions
    }

    /// Attention weights of the last position over all positions, with arguments as in [`Attention::last`] → `[batch, heads, seq]`.
    pub fn last_weights(&self, last: Tensor<2>, own: KeysValues, pass: &ForwardContext<'_>) -> Tensor<3> {
        let end = pass.positions().end;
        let q = self.query(last, end - 1..end, pass);
        let [batch, heads, _, dim] = q.dims();
        let q = q.reshape([batch, self.n_kv_heads, heads / self.n_kv_heads, dim]);
        let scores = q.matmul(own.k.swap_dims(2, 3)).mul_scalar(1.0 / (dim as f64).sqrt()); // [batch, kv_heads, group, seq]
        let scores = match self.view(pass).last() {
            Some([Some(mask), _]) => scores + mask,
            _ => scores,
        };
        activation::softmax(scores, 3).reshape([batch, heads, pass.seq])
    }

    /// Keys and values of every position of x `[batch · seq, d]`.
    pub fn keys_values(&self, x: Tensor<2>, pass: &ForwardContext<'_>) -> KeysValues {
        let k = self.k.forward(x.clone());
        let k = self.norms.iter().fold(k, |k, norms| norms.k.each_head(k));
        let k = self.view(pass).rope.rotate(k, pass.positions());
        let v = self.v.forward(x);
        KeysValues { k: self.by_head(k, pass.seq, self.n_kv_heads), v: self.by_head(v, pass.seq, self.n_kv_heads) }
    }

    fn view<'a>(&self, pass: &'a ForwardContext<'_>) -> &'a View<'a> {
        if self.slides { &pass.sliding } else { &pass.full }
    }

    /// The rotated query of x at these positions of every row → `[batch, heads, positions, head_dim]`.
    fn query(&self, x: Tensor<2>, positions: Range<usize>, pass: &ForwardContext<'_>) -> Tensor<4> {
        let n = positions.len();
        let q = self.norms.iter().fold(self.q.forward(x), |q, norms| norms.q.each_head(q));
        let q = self.query_scale.iter().fold(q, |q, scale| q.mul_scalar(*scale));
        self.by_head(self.view(pass).rope.rotate(q, positions), n, self.n_heads)
    }

    /// Splits rows into heads: `[batch · seq, heads · head_dim]` → `[batch, heads, seq, head_dim]`.
    fn by_head(&self, x: Tensor<2>, seq: usize, heads: usize) -> Tensor<4> {
        let [n, width] = x.dims();
        x.reshape([n / seq, seq, heads, width / heads]).swap_dims(1, 2)
    }

    /// Masks are those of the own positions and of the past.
    fn attend(
        &self,
        q: Tensor<4>,
        own: KeysValues,
        past: Option<&KeysValues>,
        [mask, past_mask]: [Option<Tensor<4>>; 2],
        is_windowed: bool,
    ) -> Tensor<2> {
        let [batch, heads, n_q, dim] = q.dims();
        let [_, kv_heads, n_k, _] = own.k.dims();
        #[cfg(not(feature = "gpu"))]
        let _ = is_windowed;
        // The kernel knows no windows.
        #[cfg(feature = "gpu")]
        if past.is_none() && !is_windowed && (n_q == 1 || mask.is_some()) {
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
        let masked = |scores: Tensor<4>, mask: Option<Tensor<4>>| match mask {
            Some(mask) if group == 1 => scores + mask,
            Some(mask) => {
                let n = scores.dims()[3];
                (scores.reshape([batch, heads, n_q, n]) + mask).reshape([batch, kv_heads, group * n_q, n])
            }
            None => scores,
        };
        let scores = masked(score(own.k), mask); // [batch, kv_heads, group · n_q, n_k]
        let mixed = match past {
            None => activation::softmax(scores, 3).matmul(own.v), // [batch, kv_heads, group · n_q, dim]
            Some(past) => {
                // One softmax over past and own scores. The past's keys and values belong to a single row; the products broadcast them over the
                // batch.
                let n_past = past.k.dims()[2];
                let weights = activation::softmax(Tensor::cat(vec![masked(score(past.k.clone()), past_mask), scores], 3), 3);
                let of_past = weights.clone().slice_dim(3, 0..n_past).matmul(past.v.clone());
                of_past + weights.slice_dim(3, n_past..n_past + n_k).matmul(own.v)
            }
        };
        let mixed = if group == 1 { mixed } else { mixed.reshape([batch, heads, n_q, dim]) };
        self.o.forward(mixed.swap_dims(1, 2).reshape([batch * n_q, heads * dim]))
    }

    pub(super) fn new([q, k, v, o]: [Linear; 4], norms: Option<HeadNorms>, layer: usize, spec: &DecoderSpec) -> Self {
        // Scores are divided by √dim, so a query that is multiplied by √(dim / n) has them divided by √n.
        let dim = spec.head_dim() as f64;
        let query_scale = spec.attention.query_pre_attn_scalar.filter(|n| *n != dim).map(|n| (dim / n).sqrt());
        Self {
            q,
            k,
            v,
            o,
            norms,
            n_heads: spec.num_attention_heads,
            n_kv_heads: spec.num_key_value_heads,
            slides: spec.attention.slides(layer),
            query_scale,
        }
    }

    /// Gives the layer the place of layer `layer` in a model of this shape, after others were cut.
    pub(crate) fn place(&mut self, layer: usize, spec: &DecoderSpec) {
        self.slides = spec.attention.slides(layer);
    }
}
