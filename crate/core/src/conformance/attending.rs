//! Conformance cases of attention with its four projections: at every position, at the last one only, and after a shared prefix.

use super::Tensors;
use super::made::{leaf, matrix, weight, with_gradients};
use crate::Result;
use crate::model::{Attention, Decoder, DecoderSpec, Network};
use burn::tensor::{Device, Tensor};

const BATCH: usize = 2;
const SEQ: usize = 7;

/// Four query heads of width eight on two key heads, the ratio of the nano and SmolLM2.
pub const SPEC: DecoderSpec = DecoderSpec {
    vocab_size: 24,
    head_vocab_size: 16,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-5,
    rope_theta: 1e4,
    tie_word_embeddings: false,
    head_dim: None,
    attention: crate::model::AttentionSpec::PLAIN,
    variant: crate::model::Variant::Llama,
};

/// The frozen decoder of [`SPEC`].
pub fn decoder(device: &Device) -> Result<Decoder> {
    Decoder::build(&SPEC, device, |name, dims| Ok(weight(name, dims, device)))
}

fn gradients(y: Tensor<2>, x: &Tensor<2>, attention: &Attention) -> Tensors {
    let projections = [("q", &attention.q), ("k", &attention.k), ("v", &attention.v), ("o", &attention.o)];
    let weights = projections.map(|(name, linear)| (name, linear.weight.dense()));
    let mut leaves = vec![("x", x)];
    leaves.extend(weights.iter().map(|(name, weight)| (*name, weight)));
    with_gradients(y, &leaves)
}

/// Attention at every position.
pub fn all(device: &Device) -> Result<Tensors> {
    let decoder = decoder(device)?.trainable();
    let (attention, pass) = (&decoder.blocks[0].attention, decoder.pass(0, SEQ));
    let x = leaf("x", [BATCH * SEQ, SPEC.hidden_size], 1.0, device);
    let y = attention.all(x.clone(), attention.keys_values(x.clone(), &pass), None, &pass);
    Ok(gradients(y, &x, attention))
}

/// Attention at the last position.
pub fn last(device: &Device) -> Result<Tensors> {
    let decoder = decoder(device)?.trainable();
    let (attention, pass) = (&decoder.blocks[0].attention, decoder.pass(0, SEQ));
    let d = SPEC.hidden_size;
    let x = leaf("x", [BATCH * SEQ, d], 1.0, device);
    let asks = x.clone().reshape([BATCH, SEQ, d]).slice_dim(1, SEQ - 1..SEQ).reshape([BATCH, d]);
    let y = attention.last(asks, attention.keys_values(x.clone(), &pass), None, &pass);
    Ok(gradients(y, &x, attention))
}

/// Rows after a prefix of three positions that is computed once, as when candidates are scored. Forward only, as there.
pub fn past(device: &Device) -> Result<Tensors> {
    const N_PAST: usize = 3;
    let decoder = decoder(device)?;
    let attention = &decoder.blocks[0].attention;
    let of_past = attention.keys_values(matrix("past", [N_PAST, SPEC.hidden_size], 1.0, device), &decoder.pass(0, N_PAST));
    let pass = decoder.pass(N_PAST, SEQ - N_PAST);
    let x = matrix("x", [BATCH * (SEQ - N_PAST), SPEC.hidden_size], 1.0, device);
    let y = attention.all(x.clone(), attention.keys_values(x, &pass), Some(&of_past), &pass);
    Ok(vec![("y".into(), y.flatten(0, 1))])
}
