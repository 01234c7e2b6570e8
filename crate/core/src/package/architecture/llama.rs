//! The key map of Llama (arXiv 2307.09288, 2407.21783) and of models published in its format: SmolLM2, TinyLlama, Llama 3.

use super::keys::{DecoderKeys, Fixed, Part, Size, SizeKeys, TensorKeys, Windows};
use crate::model::Variant;

/// Llama's key map.
pub const LLAMA: DecoderKeys = DecoderKeys {
    variant: Variant::Llama,
    model_type: "llama",
    class: "LlamaForCausalLM",
    gguf: "llama",
    before: &[tensor(Part::Embedding, "model.embed_tokens", "token_embd")],
    block: &[
        tensor(Part::Norm, "model.layers.{i}.input_layernorm", "blk.{i}.attn_norm"),
        tensor(Part::Query, "model.layers.{i}.self_attn.q_proj", "blk.{i}.attn_q"),
        tensor(Part::Key, "model.layers.{i}.self_attn.k_proj", "blk.{i}.attn_k"),
        tensor(Part::Value, "model.layers.{i}.self_attn.v_proj", "blk.{i}.attn_v"),
        tensor(Part::Output, "model.layers.{i}.self_attn.o_proj", "blk.{i}.attn_output"),
        tensor(Part::Norm, "model.layers.{i}.post_attention_layernorm", "blk.{i}.ffn_norm"),
        tensor(Part::MlpIn, "model.layers.{i}.mlp.gate_proj", "blk.{i}.ffn_gate"),
        tensor(Part::MlpIn, "model.layers.{i}.mlp.up_proj", "blk.{i}.ffn_up"),
        tensor(Part::MlpOut, "model.layers.{i}.mlp.down_proj", "blk.{i}.ffn_down"),
    ],
    after: &[tensor(Part::Norm, "model.norm", "output_norm"), tensor(Part::Head, "lm_head", "output")],
    biases: &[],
    gguf_turns_neighbours: true,
    gguf_rope_freqs: true,
    gguf_gain_offset: 0.0,
    own_head_dim: true,
    windows: Windows::Never,
    scalar: None,
    sizes: &[
        size(Size::Vocab, "vocab_size", "vocab_size"),
        size(Size::Positions, "max_position_embeddings", "context_length"),
        size(Size::Hidden, "hidden_size", "embedding_length"),
        size(Size::Layers, "num_hidden_layers", "block_count"),
        size(Size::Intermediate, "intermediate_size", "feed_forward_length"),
        size(Size::Heads, "num_attention_heads", "attention.head_count"),
        size(Size::KvHeads, "num_key_value_heads", "attention.head_count_kv"),
        size(Size::HeadDim, "head_dim", "rope.dimension_count"),
    ],
    eps: ["rms_norm_eps", "attention.layer_norm_rms_epsilon"],
    theta: ["rope_theta", "rope.freq_base"],
    default_theta: 1e4,
    tied: "tie_word_embeddings",
    tied_by_default: false,
    config_fixed: &[("attention_bias", Fixed::Flag(false)), ("mlp_bias", Fixed::Flag(false)), ("hidden_act", Fixed::Text("silu"))],
    gguf_fixed: &[
        ("rope.scale_linear", &["0", "1"]),
        ("expert_count", &["0"]),
        ("expert_used_count", &["0"]),
        ("attention.sliding_window", &["0"]),
        ("attention.causal", &["true"]),
        ("attention.scale", &["0"]),
        ("logit_scale", &["0", "1"]),
    ],
    spare: &["rotary_emb.inv_freq"],
};

pub(super) const fn tensor(part: Part, hf: &'static str, gguf: &'static str) -> TensorKeys {
    TensorKeys { part, hf, gguf }
}

const fn size(size: Size, config: &'static str, gguf: &'static str) -> SizeKeys {
    SizeKeys { size, config, gguf }
}
