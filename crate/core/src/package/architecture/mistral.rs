//! The key map of Mistral (arXiv 2310.06825): Llama's with a window. GGUF files of it are Llama's, and say nothing of a window.

use super::keys::{DecoderKeys, Fixed, Windows};
use super::llama::LLAMA;
use crate::model::Variant;

/// Mistral's key map.
pub const MISTRAL: DecoderKeys = DecoderKeys {
    variant: Variant::Mistral,
    model_type: "mistral",
    class: "MistralForCausalLM",
    windows: Windows::All,
    config_fixed: &[("hidden_act", Fixed::Text("silu"))],
    ..LLAMA
};
