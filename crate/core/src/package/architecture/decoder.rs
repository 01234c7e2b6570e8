//! Reading and writing of a decoder's `config.json` by its key map.

use super::config::{fail, flag, number, refuse, required, size};
use super::keys::{DecoderKeys, Fixed, Size};
use crate::Result;
use crate::data::text::Specials;
use crate::model::DecoderSpec;
use serde_json::{Value, json};

/// The shape that a `config.json` describes.
///
/// # Errors
/// If the file is damaged, or describes a model that this program does not compute exactly.
pub fn spec(keys: &DecoderKeys, config: &Value) -> Result<DecoderSpec> {
    if !config.is_object() {
        return Err(fail("must be an object"));
    }
    let find = |which: Size| size(config, keys.size(which).config);
    let must = |which: Size| required(find(which)?, keys.size(which).config);
    let [eps, theta] = [keys.eps[0], keys.theta[0]];
    let (hidden_size, num_attention_heads, told) = (must(Size::Hidden)?, must(Size::Heads)?, find(Size::HeadDim)?);
    let vocab_size = must(Size::Vocab)?;
    let spec = DecoderSpec {
        vocab_size,
        head_vocab_size: vocab_size,
        hidden_size,
        intermediate_size: must(Size::Intermediate)?,
        num_hidden_layers: must(Size::Layers)?,
        num_attention_heads,
        num_key_value_heads: find(Size::KvHeads)?.unwrap_or(num_attention_heads),
        max_position_embeddings: must(Size::Positions)?,
        rms_norm_eps: required(number(config, eps)?, eps)?,
        rope_theta: number(config, theta)?.or_else(|| config["rope_parameters"][theta].as_f64()).unwrap_or(10_000.0),
        tie_word_embeddings: flag(config, keys.tied)?,
        head_dim: keys.head_dim(told, hidden_size, num_attention_heads),
        variant: keys.variant,
    };
    only_what_is_computed(keys, config)?;
    spec.validate()?;
    match told {
        Some(dim) if dim != spec.head_dim() => {
            refuse(keys.size(Size::HeadDim).config, &format!("hidden_size / num_attention_heads, {}", spec.head_dim()), dim)
        }
        _ => Ok(spec),
    }
}

fn only_what_is_computed(keys: &DecoderKeys, config: &Value) -> Result<()> {
    for (key, fixed) in keys.config_fixed {
        let (value, must) = (&config[key], fixed.value());
        if !value.is_null() && *value != must {
            // Strings are shown without their quotes.
            let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            return refuse(key, &shown(&must), shown(value));
        }
    }
    let quantised = &config["quantization_config"];
    if !quantised.is_null() {
        return refuse("quantization_config", "absent", &quantised["quant_method"]);
    }
    for key in ["rope_scaling", "rope_parameters"] {
        let scaling = &config[key];
        let kind = scaling.get("rope_type").or_else(|| scaling.get("type"));
        if !scaling.is_null() && kind.is_none_or(|kind| kind != "default") {
            return refuse("rope_scaling", "null or of type default", scaling);
        }
        partial_rotary(&scaling["partial_rotary_factor"])?;
    }
    partial_rotary(&config["partial_rotary_factor"])
}

/// Refuses a model that rotates only a part of each head.
fn partial_rotary(share: &Value) -> Result<()> {
    if !share.is_null() && share.as_f64() != Some(1.0) {
        return refuse("partial_rotary_factor", "1 or absent", share);
    }
    Ok(())
}

/// The `config.json` of a shape.
pub fn config(keys: &DecoderKeys, spec: &DecoderSpec, specials: &Specials, dtype: &str) -> Value {
    let mut config = json!({
        "architectures": [keys.class], "model_type": keys.model_type, "rope_scaling": null, "dtype": dtype,
        "bos_token_id": specials.bos, "eos_token_id": specials.eos, "pad_token_id": specials.pad,
    });
    for size in keys.sizes {
        config[size.config] = size.size.of(spec).into();
    }
    for (key, fixed) in keys.config_fixed {
        config[*key] = fixed.value();
    }
    config[keys.eps[0]] = spec.rms_norm_eps.into();
    config[keys.theta[0]] = spec.rope_theta.into();
    config[keys.tied] = spec.tie_word_embeddings.into();
    config
}

impl Fixed {
    fn value(self) -> Value {
        match self {
            Self::Flag(yes) => yes.into(),
            Self::Text(text) => text.into(),
        }
    }
}
