//! Fuzz target for safetensors files: arbitrary bytes, or a header and data with corrected lengths; then the weights of a small Llama decoder or T5, and what was read in titles.

use super::parts::{choice, parts, safetensors};
use burn::tensor::Device;
use unlearn_core::linear::Bits;
use unlearn_core::model::{DecoderSpec, Projection, Spec, T5Spec};
use unlearn_core::package::checkpoint::layout;
use unlearn_core::package::titles;
use unlearn_core::package::weights;
use unlearn_core::package::weights::Residency;

/// Bits of the first byte: use the file unchanged, T5, four bits, packed.
pub fn run(bytes: &[u8]) -> bool {
    let (way, rest) = choice(bytes);
    let file = match parts(rest)[..] {
        [header, ref data @ ..] if way & 1 == 0 => safetensors(header, &data.concat()),
        _ => rest.to_vec(),
    };
    let spec = if way & 2 == 0 { llama() } else { t5() };
    let bits = if way & 4 == 0 { Bits::Eight } else { Bits::Four };
    let residency = if way & 8 == 0 { Residency::Dense } else { Residency::Packed };
    if let Ok(tensors) = weights::parse("model.safetensors", &file) {
        for slot in layout(&spec) {
            if let Ok(stored) = weights::stored("model.safetensors", &tensors, &slot.name, slot.dims) {
                assert_eq!(stored.to_dense().len(), slot.dims[0] * slot.dims[1]);
                stored.is_finite();
            }
        }
    }
    if let Ok(read) = titles::read(&file) {
        assert_eq!(read.values().len(), read.ids().len() * read.width());
    }
    weights::load("model.safetensors", &file, &spec, bits, residency, &Device::flex()).is_ok()
}

fn llama() -> Spec {
    Spec::Llama(DecoderSpec {
        vocab_size: 6,
        head_vocab_size: 6,
        hidden_size: 32,
        intermediate_size: 32,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        num_key_value_heads: 1,
        max_position_embeddings: 16,
        rms_norm_eps: 1e-5,
        rope_theta: 10_000.0,
        tie_word_embeddings: false,
        head_dim: None,
        attention: unlearn_core::model::AttentionSpec::PLAIN,
        variant: unlearn_core::model::Variant::Llama,
    })
}

fn t5() -> Spec {
    Spec::T5(T5Spec {
        vocab_size: 6,
        head_vocab_size: 6,
        d_model: 32,
        d_kv: 16,
        d_ff: 32,
        num_layers: 1,
        num_decoder_layers: 1,
        num_heads: 2,
        relative_attention_num_buckets: 4,
        relative_attention_max_distance: 16,
        layer_norm_epsilon: 1e-6,
        feed_forward_proj: Projection::Relu,
        tie_word_embeddings: true,
    })
}
