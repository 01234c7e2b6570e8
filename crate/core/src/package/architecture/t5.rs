//! T5, original or v1.1, in Hugging Face files: its tensors, and reading and writing of `config.json`. GGUF is not supported.

use super::config::{fail, refuse};
use super::slot::{Kind, Rows, Slot, Spare};
use crate::Result;
use crate::data::text::Specials;
use crate::model::{Projection, T5Spec};
use crate::package::stored::Stored;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// `model_type` in `config.json`.
pub const MODEL_TYPE: &str = "t5";

/// The settings in `config.json` that the model depends on. A setting that older files omit has the only value that existed then.
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
    /// Written by later versions of transformers, which tie by comparing the tables; it tells which T5 this is.
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

/// All tensors of a T5 of this shape, in the order of a forward pass.
pub fn slots(spec: &T5Spec) -> Vec<Slot> {
    let (d, inner, ff) = (spec.d_model, spec.inner(), spec.d_ff);
    let slot = |name: String, dims: [usize; 2]| {
        let kind = match name.rsplit('.').next() {
            Some("layer_norm" | "final_layer_norm") => Kind::Gain,
            Some("relative_attention_bias") => Kind::PositionBias,
            _ => Kind::Weight,
        };
        let rows = if matches!(name.as_str(), "shared" | "lm_head") { Rows::Tokens } else { Rows::Plain };
        Slot { name: format!("{name}.weight"), gguf: None, dims, kind, rows }
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

/// The shape that a `config.json` describes.
///
/// # Errors
/// If the file is damaged, or describes a model that this program does not compute exactly.
pub fn spec(config: &Value) -> Result<T5Spec> {
    let config = Config::deserialize(config).map_err(|e| fail(e.to_string()))?;
    let feed_forward_proj = match config.feed_forward_proj.as_deref() {
        None | Some("relu") => Projection::Relu,
        Some("gated-gelu") => Projection::GatedGelu,
        Some(other) => return refuse("feed_forward_proj", "relu or gated-gelu", other),
    };
    if !config.quantization_config.is_null() {
        return refuse("quantization_config", "absent", &config.quantization_config["quant_method"]);
    }
    // Row 0 of a package is padding, and the decoder starts with it.
    let pad = config.pad_token_id.unwrap_or(0);
    if let Some(other) = config.decoder_start_token_id.filter(|id| *id != pad) {
        return refuse("decoder_start_token_id", &format!("the padding token, {pad}"), other);
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

/// What an unknown tensor is: a further name of the shared embedding table, or a table in early checkpoints that nothing reads.
pub fn spare(spec: &T5Spec, key: &str) -> Option<Spare> {
    match key {
        "encoder.embed_tokens.weight" | "decoder.embed_tokens.weight" => Some(Spare::Copy("shared.weight".into())),
        "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight" => Some(Spare::Unread),
        "lm_head.weight" if spec.tie_word_embeddings => Some(Spare::Copy("shared.weight".into())),
        _ => None,
    }
}

/// Adds an output layer to a v1.1 whose file omits it because it equals the embedding table.
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
        "architectures": ["T5ForConditionalGeneration"], "model_type": MODEL_TYPE, "is_encoder_decoder": true, "vocab_size": spec.vocab_size,
        "d_model": spec.d_model, "d_kv": spec.d_kv, "d_ff": spec.d_ff, "num_layers": spec.num_layers,
        "num_decoder_layers": spec.num_decoder_layers, "num_heads": spec.num_heads,
        "relative_attention_num_buckets": spec.relative_attention_num_buckets,
        "relative_attention_max_distance": spec.relative_attention_max_distance, "layer_norm_epsilon": spec.layer_norm_epsilon,
        "feed_forward_proj": inputs[0], "dense_act_fn": inputs[1], "is_gated_act": spec.feed_forward_proj == Projection::GatedGelu,
        "tie_word_embeddings": spec.tie_word_embeddings, "dtype": dtype, "eos_token_id": specials.eos, "pad_token_id": specials.pad,
        "decoder_start_token_id": specials.pad,
    })
}
