//! The key map of Gemma 3's text model (arXiv 2503.19786). Its `post_attention_layernorm` stands after the attention, not before the MLP as Llama's.

use super::keys::{DecoderKeys, Fixed, Part, TensorKeys, Windows};
use super::llama::{LLAMA, tensor};
use crate::model::Variant;

/// Gemma 3's tensors of a block.
const BLOCK: &[TensorKeys] = &[
    tensor(Part::Norm, "model.layers.{i}.input_layernorm", "blk.{i}.attn_norm"),
    tensor(Part::Query, "model.layers.{i}.self_attn.q_proj", "blk.{i}.attn_q"),
    tensor(Part::HeadNorm, "model.layers.{i}.self_attn.q_norm", "blk.{i}.attn_q_norm"),
    tensor(Part::Key, "model.layers.{i}.self_attn.k_proj", "blk.{i}.attn_k"),
    tensor(Part::HeadNorm, "model.layers.{i}.self_attn.k_norm", "blk.{i}.attn_k_norm"),
    tensor(Part::Value, "model.layers.{i}.self_attn.v_proj", "blk.{i}.attn_v"),
    tensor(Part::Output, "model.layers.{i}.self_attn.o_proj", "blk.{i}.attn_output"),
    tensor(Part::Norm, "model.layers.{i}.post_attention_layernorm", "blk.{i}.post_attention_norm"),
    tensor(Part::Norm, "model.layers.{i}.pre_feedforward_layernorm", "blk.{i}.ffn_norm"),
    tensor(Part::MlpIn, "model.layers.{i}.mlp.gate_proj", "blk.{i}.ffn_gate"),
    tensor(Part::MlpIn, "model.layers.{i}.mlp.up_proj", "blk.{i}.ffn_up"),
    tensor(Part::MlpOut, "model.layers.{i}.mlp.down_proj", "blk.{i}.ffn_down"),
    tensor(Part::Norm, "model.layers.{i}.post_feedforward_layernorm", "blk.{i}.post_ffw_norm"),
];

/// Gemma 3's key map.
pub const GEMMA3: DecoderKeys = DecoderKeys {
    variant: Variant::Gemma3,
    model_type: "gemma3_text",
    class: "Gemma3ForCausalLM",
    gguf: "gemma3",
    block: BLOCK,
    gguf_turns_neighbours: false,
    gguf_rope_freqs: false,
    gguf_gain_offset: 1.0,
    windows: Windows::Pattern,
    scalar: Some(("query_pre_attn_scalar", 256.0)),
    default_theta: 1e6,
    tied_by_default: true,
    config_fixed: &[
        ("attention_bias", Fixed::Flag(false)),
        ("hidden_activation", Fixed::Text("gelu_pytorch_tanh")),
        ("attn_logit_softcapping", Fixed::Null),
        ("final_logit_softcapping", Fixed::Null),
        ("use_bidirectional_attention", Fixed::Flag(false)),
    ],
    gguf_fixed: &[
        ("rope.scale_linear", &["0", "1"]),
        ("expert_count", &["0"]),
        ("expert_used_count", &["0"]),
        ("attention.causal", &["true"]),
        ("attention.scale", &["0"]),
        ("attn_logit_softcapping", &["0"]),
        ("final_logit_softcapping", &["0"]),
        ("logit_scale", &["0", "1"]),
    ],
    ..LLAMA
};
