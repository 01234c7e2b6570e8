//! The key map of Qwen 3 (arXiv 2505.09388): Llama's with norms over the heads of query and key, whose rows GGUF does not reorder.

use super::keys::{DecoderKeys, Fixed, Part, TensorKeys, Windows};
use super::llama::{LLAMA, tensor};
use crate::model::Variant;

/// Qwen 3's tensors of a block.
const BLOCK: &[TensorKeys] = &[
    tensor(Part::Norm, "model.layers.{i}.input_layernorm", "blk.{i}.attn_norm"),
    tensor(Part::Query, "model.layers.{i}.self_attn.q_proj", "blk.{i}.attn_q"),
    tensor(Part::HeadNorm, "model.layers.{i}.self_attn.q_norm", "blk.{i}.attn_q_norm"),
    tensor(Part::Key, "model.layers.{i}.self_attn.k_proj", "blk.{i}.attn_k"),
    tensor(Part::HeadNorm, "model.layers.{i}.self_attn.k_norm", "blk.{i}.attn_k_norm"),
    tensor(Part::Value, "model.layers.{i}.self_attn.v_proj", "blk.{i}.attn_v"),
    tensor(Part::Output, "model.layers.{i}.self_attn.o_proj", "blk.{i}.attn_output"),
    tensor(Part::Norm, "model.layers.{i}.post_attention_layernorm", "blk.{i}.ffn_norm"),
    tensor(Part::MlpIn, "model.layers.{i}.mlp.gate_proj", "blk.{i}.ffn_gate"),
    tensor(Part::MlpIn, "model.layers.{i}.mlp.up_proj", "blk.{i}.ffn_up"),
    tensor(Part::MlpOut, "model.layers.{i}.mlp.down_proj", "blk.{i}.ffn_down"),
];

/// Qwen 3's key map.
pub const QWEN3: DecoderKeys = DecoderKeys {
    variant: Variant::Qwen3,
    model_type: "qwen3",
    class: "Qwen3ForCausalLM",
    gguf: "qwen3",
    block: BLOCK,
    gguf_turns_neighbours: false,
    gguf_rope_freqs: false,
    windows: Windows::Flagged,
    config_fixed: &[("attention_bias", Fixed::Flag(false)), ("hidden_act", Fixed::Text("silu"))],
    ..LLAMA
};
