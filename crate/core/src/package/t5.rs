//! `config.json` of T5, original or v1.1, in and out.

use super::hf::CONFIG;
use super::stored::Stored;
use crate::data::text::Specials;
use crate::model::{Projection, T5Spec};
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// As far as the model depends on it. What older files leave out has the value that was the only one then.
#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    d_model: usize,
    d_kv: usize,
    d_ff: usize,
    num_layers: usize,
    num_decoder_layers: Option<usize>,
    num_heads: usize,
    #[serde(default = "buckets")]
    relative_attention_num_buckets: usize,
    #[serde(default = "distance")]
    relative_attention_max_distance: usize,
    #[serde(default = "epsilon")]
    layer_norm_epsilon: f64,
    feed_forward_proj: Option<String>,
    tie_word_embeddings: Option<bool>,
    /// What later versions of transformers write; they tie by comparing the tables, and this says which T5 it is.
    scale_decoder_outputs: Option<bool>,
    #[serde(default)]
    quantization_config: Value,
    pad_token_id: Option<u32>,
    decoder_start_token_id: Option<u32>,
}

fn buckets() -> usize {
    32
}

fn distance() -> usize {
    128
}

fn epsilon() -> f64 {
    1e-6
}

/// The shape that a `config.json` describes.
///
/// # Errors
/// If it is damaged, or describes a model that ours does not compute exactly.
pub fn spec(config: &Value) -> Result<T5Spec> {
    let config = Config::deserialize(config).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    let refuse = |what: &str, must: &str, got: String| Err(Error::package(CONFIG, format!("{what} must be {must}, got {got}")));
    let feed_forward_proj = match config.feed_forward_proj.as_deref() {
        None | Some("relu") => Projection::Relu,
        Some("gated-gelu") => Projection::GatedGelu,
        Some(other) => return refuse("feed_forward_proj", "relu or gated-gelu", other.to_owned()),
    };
    if !config.quantization_config.is_null() {
        return refuse("quantization_config", "absent", config.quantization_config["quant_method"].to_string());
    }
    // A package's row 0 is padding, and with it the decoder starts.
    let pad = config.pad_token_id.unwrap_or(0);
    if let Some(other) = config.decoder_start_token_id.filter(|id| *id != pad) {
        return refuse("decoder_start_token_id", &format!("the padding token, {pad}"), other.to_string());
    }
    let spec = T5Spec {
        vocab_size: config.vocab_size,
        head_vocab_size: config.vocab_size,
        d_model: config.d_model,
        d_kv: config.d_kv,
        d_ff: config.d_ff,
        num_layers: config.num_layers,
        num_decoder_layers: config.num_decoder_layers.unwrap_or(config.num_layers),
        num_heads: config.num_heads,
        relative_attention_num_buckets: config.relative_attention_num_buckets,
        relative_attention_max_distance: config.relative_attention_max_distance,
        layer_norm_epsilon: config.layer_norm_epsilon,
        feed_forward_proj,
        tie_word_embeddings: config.scale_decoder_outputs.or(config.tie_word_embeddings).unwrap_or(true),
    };
    spec.validate()?;
    Ok(spec)
}

/// Whether a tensor that the architecture has not may be passed over: further names of the one embedding table, and a table that early
/// checkpoints have and nothing reads.
pub fn is_spare(spec: &T5Spec, key: &str) -> bool {
    match key {
        "encoder.embed_tokens.weight" | "decoder.embed_tokens.weight" => true,
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight" => true,
        "lm_head.weight" => spec.tie_word_embeddings,
        _ => false,
    }
}

/// Gives an output layer of its own to a v1.1 whose file leaves it out because it equals the embedding table.
pub fn untie(spec: &T5Spec, tensors: &mut BTreeMap<String, Stored>) {
    if let (false, false, Some(table)) =
        (spec.tie_word_embeddings, tensors.contains_key("lm_head.weight"), tensors.get("shared.weight").cloned())
    {
        tensors.insert("lm_head.weight".into(), table);
    }
}

/// The `config.json` of a shape.
pub fn config(spec: &T5Spec, specials: &Specials, dtype: &str) -> Value {
    let inputs = match spec.feed_forward_proj {
        Projection::Relu => ["relu", "relu"],
        Projection::GatedGelu => ["gated-gelu", "gelu_new"],
    };
    json!({
        "architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "is_encoder_decoder": true, "vocab_size": spec.vocab_size,
        "d_model": spec.d_model, "d_kv": spec.d_kv, "d_ff": spec.d_ff, "num_layers": spec.num_layers,
        "num_decoder_layers": spec.num_decoder_layers, "num_heads": spec.num_heads,
        "relative_attention_num_buckets": spec.relative_attention_num_buckets,
        "relative_attention_max_distance": spec.relative_attention_max_distance, "layer_norm_epsilon": spec.layer_norm_epsilon,
        "feed_forward_proj": inputs[0], "dense_act_fn": inputs[1], "is_gated_act": spec.feed_forward_proj == Projection::GatedGelu,
        "tie_word_embeddings": spec.tie_word_embeddings, "dtype": dtype, "eos_token_id": specials.eos, "pad_token_id": specials.pad,
        "decoder_start_token_id": specials.pad,
    })
}
