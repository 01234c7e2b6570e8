//! Reading and writing of a decoder's `config.json` by its key map.

use super::config::{fail, flag, number, refuse, required, size};
use super::keys::{DecoderKeys, Fixed, Size};
use super::{positions, windows};
use crate::Result;
use crate::data::text::Specials;
use crate::model::{AttentionSpec, DecoderSpec};
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
    let (vocab_size, num_hidden_layers) = (must(Size::Vocab)?, must(Size::Layers)?);
    let tied = if config[keys.tied].is_null() { keys.tied_by_default } else { flag(config, keys.tied)? };
    let scalar = match keys.scalar {
        Some((key, default)) => Some(number(config, key)?.unwrap_or(default)),
        None => None,
    };
    let dim = told.or_else(|| hidden_size.checked_div(num_attention_heads)).unwrap_or_default();
    let attention = AttentionSpec {
        query_pre_attn_scalar: scalar.filter(|scalar| *scalar != dim as f64),
        rope_scaling: positions::scaling(config)?,
        sliding: windows::read(keys, config, num_hidden_layers)?,
    };
    let spec = DecoderSpec {
        vocab_size,
        head_vocab_size: vocab_size,
        hidden_size,
        intermediate_size: must(Size::Intermediate)?,
        num_hidden_layers,
        num_attention_heads,
        num_key_value_heads: find(Size::KvHeads)?.unwrap_or(num_attention_heads),
        max_position_embeddings: must(Size::Positions)?,
        rms_norm_eps: required(number(config, eps)?, eps)?,
        rope_theta: number(config, theta)?.or_else(|| positions::theta(config, positions::FULL)).unwrap_or(keys.default_theta),
        tie_word_embeddings: tied,
        head_dim: keys.head_dim(told, hidden_size, num_attention_heads),
        attention,
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
    Ok(())
}

/// The `config.json` of a shape.
pub fn config(keys: &DecoderKeys, spec: &DecoderSpec, specials: &Specials, dtype: &str) -> Value {
    let mut config = json!({
        "architectures": [keys.class], "model_type": keys.model_type, "rope_scaling": spec.attention.rope_scaling, "dtype": dtype,
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
    if let Some((key, _)) = keys.scalar {
        config[key] = spec.attention.query_pre_attn_scalar.unwrap_or(spec.head_dim() as f64).into();
    }
    windows::write(keys, spec, &mut config);
    config
}

impl Fixed {
    fn value(self) -> Value {
        match self {
            Self::Flag(yes) => yes.into(),
            Self::Text(text) => text.into(),
            Self::Null => Value::Null,
        }
    }
}
