//! The key map of Qwen 2 and 2.5 (arXiv 2407.10671): Llama's with biases on query, key and value, whose rows GGUF does not reorder.

use super::keys::{DecoderKeys, Fixed, Part, Windows};
use super::llama::LLAMA;
use crate::model::Variant;

/// Qwen 2's key map.
pub const QWEN2: DecoderKeys = DecoderKeys {
    variant: Variant::Qwen2,
    model_type: "qwen2",
    class: "Qwen2ForCausalLM",
    gguf: "qwen2",
    biases: &[Part::Query, Part::Key, Part::Value],
    gguf_turns_neighbours: false,
    gguf_rope_freqs: false,
    own_head_dim: false,
    windows: Windows::Flagged,
    config_fixed: &[("hidden_act", Fixed::Text("silu"))],
    ..LLAMA
};
