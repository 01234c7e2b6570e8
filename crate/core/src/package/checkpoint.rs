//! A published checkpoint on its way into or out of a package: its own order of tokens, the names of Hugging Face files.

use super::stored::Stored;
use crate::data::text::Specials;
use crate::model::{DecoderSpec, Spec, T5Spec};
use crate::{Error, Result};
use std::collections::BTreeMap;

/// The model.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What it calls itself.
    pub name: Option<String>,
    /// Licence of the weights, as it says.
    pub licence: Option<String>,
    /// Its shape.
    pub spec: Spec,
    /// Its `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// Its special tokens.
    pub specials: Specials,
    /// Its weights by published name.
    pub tensors: BTreeMap<String, Stored>,
}

/// A tensor that the architecture has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Name in Hugging Face's files.
    pub name: String,
    /// Name in GGUF; empty for T5, which is neither read from GGUF nor written to it.
    pub gguf: String,
    /// `[rows, cols]`; gains are `[1, d]`.
    pub dims: [usize; 2],
    /// A gain, written as a vector.
    pub is_vector: bool,
    /// Heads of a query or key projection, whose rows GGUF has in another order.
    pub rotary_heads: Option<usize>,
}

impl Slot {
    /// Row of GGUF's file that is row `row` of a published checkpoint.
    ///
    /// GGUF turns neighbours (2j, 2j + 1) where published checkpoints turn (j, j + half): its converter reorders the rows of a head so.
    pub fn gguf_row(&self, row: usize) -> usize {
        let Some(heads) = self.rotary_heads else { return row };
        let dim = self.dims[0] / heads;
        let (head, k) = (row / dim, row % dim);
        head * dim + 2 * (k % (dim / 2)) + k / (dim / 2)
    }

    /// The reverse of [`Self::gguf_row`].
    pub fn published_row(&self, row: usize) -> usize {
        let Some(heads) = self.rotary_heads else { return row };
        let dim = self.dims[0] / heads;
        let (head, k) = (row / dim, row % dim);
        head * dim + k % 2 * (dim / 2) + k / 2
    }
}

/// Every tensor of a model of this shape, in the order of a forward pass.
pub fn layout(spec: &Spec) -> Vec<Slot> {
    match spec {
        Spec::Llama(spec) => llama(spec),
        Spec::T5(spec) => t5(spec),
    }
}

fn t5(spec: &T5Spec) -> Vec<Slot> {
    let (d, inner, ff) = (spec.d_model, spec.inner(), spec.d_ff);
    let slot = |name: String, dims: [usize; 2]| {
        let is_vector = name.ends_with("layer_norm");
        Slot { name: format!("{name}.weight"), gguf: String::new(), dims, is_vector, rotary_heads: None }
    };
    let mut slots = vec![slot("shared".into(), [spec.vocab_size, d])];
    let stacks =
        [("encoder", spec.num_layers, &["SelfAttention"][..]), ("decoder", spec.num_decoder_layers, &["SelfAttention", "EncDecAttention"])];
    for (stack, n_blocks, attentions) in stacks {
        let bias = format!("{stack}.block.0.layer.0.SelfAttention.relative_attention_bias");
        slots.push(slot(bias, [spec.relative_attention_num_buckets, spec.num_heads]));
        for i in 0..n_blocks {
            let layer = |layer: usize, part: &str| format!("{stack}.block.{i}.layer.{layer}.{part}");
            for (at, kind) in attentions.iter().enumerate() {
                let projections = [("q", [inner, d]), ("k", [inner, d]), ("v", [inner, d]), ("o", [d, inner])];
                slots.extend(projections.map(|(which, dims)| slot(layer(at, &format!("{kind}.{which}")), dims)));
                slots.push(slot(layer(at, "layer_norm"), [1, d]));
            }
            let last = attentions.len();
            let inputs = spec.feed_forward_proj.inputs().iter().map(|which| (*which, [ff, d]));
            slots.extend(inputs.chain([("wo", [d, ff])]).map(|(which, dims)| slot(layer(last, &format!("DenseReluDense.{which}")), dims)));
            slots.push(slot(layer(last, "layer_norm"), [1, d]));
        }
        slots.push(slot(format!("{stack}.final_layer_norm"), [1, d]));
    }
    if !spec.tie_word_embeddings {
        slots.push(slot("lm_head".into(), [spec.head_vocab_size, d]));
    }
    slots
}

fn llama(spec: &DecoderSpec) -> Vec<Slot> {
    let (d, ff, dim) = (spec.hidden_size, spec.intermediate_size, spec.head_dim());
    let (heads, kv_heads) = (spec.num_attention_heads, spec.num_key_value_heads);
    let slot = |name: String, gguf: String, dims: [usize; 2], rotary_heads| Slot {
        name: format!("{name}.weight"),
        gguf: format!("{gguf}.weight"),
        dims,
        is_vector: dims[0] == 1 && gguf.ends_with("norm"),
        rotary_heads,
    };
    let mut slots = vec![slot("model.embed_tokens".into(), "token_embd".into(), [spec.vocab_size, d], None)];
    for i in 0..spec.num_hidden_layers {
        for (name, gguf, dims, rotary_heads) in [
            ("input_layernorm", "attn_norm", [1, d], None),
            ("self_attn.q_proj", "attn_q", [heads * dim, d], Some(heads)),
            ("self_attn.k_proj", "attn_k", [kv_heads * dim, d], Some(kv_heads)),
            ("self_attn.v_proj", "attn_v", [kv_heads * dim, d], None),
            ("self_attn.o_proj", "attn_output", [d, heads * dim], None),
            ("post_attention_layernorm", "ffn_norm", [1, d], None),
            ("mlp.gate_proj", "ffn_gate", [ff, d], None),
            ("mlp.up_proj", "ffn_up", [ff, d], None),
            ("mlp.down_proj", "ffn_down", [d, ff], None),
        ] {
            slots.push(slot(format!("model.layers.{i}.{name}"), format!("blk.{i}.{gguf}"), dims, rotary_heads));
        }
    }
    slots.push(slot("model.norm".into(), "output_norm".into(), [1, d], None));
    if !spec.tie_word_embeddings {
        slots.push(slot("lm_head".into(), "output".into(), [spec.head_vocab_size, d], None));
    }
    slots
}

/// Numbers a model of this shape has, without building anything.
pub fn n_params(spec: &Spec) -> u64 {
    layout(spec).iter().map(|slot| slot.dims[0] as u64 * slot.dims[1] as u64).sum()
}

/// Checks that a model has every tensor of its shape, finite, and none besides.
///
/// # Errors
/// If not; `file` is what messages call the file.
pub fn check_tensors(file: &str, spec: &Spec, tensors: &BTreeMap<String, Stored>) -> Result<()> {
    let slots = layout(spec);
    for Slot { name, dims, .. } in &slots {
        let stored = tensors.get(name).ok_or_else(|| Error::package(file, format!("tensor `{name}` is missing")))?;
        if stored.dims != *dims {
            return Err(Error::package(file, format!("tensor `{name}` must be {dims:?}, got {:?}", stored.dims)));
        }
        if !stored.is_finite() {
            return Err(Error::package(file, format!("tensor `{name}` has a number that is not finite")));
        }
    }
    match tensors.keys().find(|name| !slots.iter().any(|slot| slot.name == **name)) {
        Some(other) => Err(Error::package(file, format!("has the tensor `{other}`, which a model of this shape has not"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Weight;
    use crate::linear::random::SeedRng;
    use crate::model::{Network, Projection, T5};
    use burn::tensor::{Device, Tensor};
    use rand::SeedableRng;

    #[test]
    fn t5_is_built_from_what_its_checkpoints_have() {
        let (original, device) = (Projection::Relu, Device::flex());
        for (feed_forward_proj, tie_word_embeddings) in [(original, true), (Projection::GatedGelu, false)] {
            let sizes = (9, 8, 3, 4, 2, 1, 5);
            let (vocab_size, d_model, d_kv, d_ff, num_layers, num_decoder_layers, num_heads) = sizes;
            let spec = T5Spec {
                vocab_size,
                head_vocab_size: 6,
                d_model,
                d_kv,
                d_ff,
                num_layers,
                num_decoder_layers,
                num_heads,
                relative_attention_num_buckets: 8,
                relative_attention_max_distance: 16,
                layer_norm_epsilon: 1e-6,
                feed_forward_proj,
                tie_word_embeddings,
            };
            let mut asked = Vec::new();
            let model = T5::build(&spec, |name, dims| {
                asked.push((name.to_owned(), dims));
                Ok(Weight::Dense(Tensor::zeros(dims, &device)))
            });
            let mut model = model.unwrap();
            asked.sort();
            let mut slots: Vec<_> = t5(&spec).into_iter().map(|slot| (slot.name, slot.dims)).collect();
            slots.sort();
            assert_eq!(asked, slots);
            let mut visited = Vec::new();
            model.each_weight(&mut |name, weight| visited.push((name.to_owned(), weight.dims())));
            let n_weights: usize = visited.iter().map(|(_, dims)| dims[0] * dims[1]).sum();
            assert_eq!(spec.n_weights(), n_weights as u64);
            model.each_norm(&mut |name, gain| visited.push((name.to_owned(), gain.dims())));
            visited.sort();
            assert_eq!(visited, slots);
            assert!(T5::init(&spec, &mut SeedRng::seed_from_u64(1), &device).is_ok());
        }
    }

    #[test]
    fn rows_of_a_rotary_projection_go_there_and_back() {
        let slot = Slot { name: String::new(), gguf: String::new(), dims: [12, 8], is_vector: false, rotary_heads: Some(2) };
        // One head of six rows: pairs (0, 3), (1, 4), (2, 5) become neighbours.
        let order: Vec<_> = (0..6).map(|row| slot.published_row(row)).collect();
        assert_eq!(order, [0, 3, 1, 4, 2, 5]);
        assert!((0..12).all(|row| slot.published_row(slot.gguf_row(row)) == row));
        assert_eq!(slot.gguf_row(7), 8);
    }
}
