//! Hugging Face folders: `config.json`, `model.safetensors` (or its shards) and `tokenizer.json` of a Llama-family decoder or T5.

use super::checkpoint::{Checkpoint, check_tensors, layout};
use super::stored::Stored;
use super::weights::{parse, stored};
use super::{Files, file, t5};
use crate::data::text::Specials;
use crate::model::{DecoderSpec, Spec};
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The settings.
pub const CONFIG: &str = "config.json";
/// The weights, where they are one file.
pub const WEIGHTS: &str = "model.safetensors";
/// The names of their parts, where they are several.
pub const INDEX: &str = "model.safetensors.index.json";
/// The model card, whose head may name the licence.
pub const CARD: &str = "README.md";
const TOKENIZER: &str = "tokenizer.json";
/// More parts has no model that this program could hold.
const MAX_SHARDS: usize = 64;

/// A decoder's `config.json` as far as the decoder depends on it.
#[derive(Deserialize)]
struct Config {
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    rope_theta: Option<f64>,
    #[serde(default)]
    rope_scaling: Value,
    #[serde(default)]
    rope_parameters: Value,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    hidden_act: Option<String>,
    #[serde(default)]
    quantization_config: Value,
}

/// The files of weights that a folder's index names, or the one that there is without an index.
///
/// # Errors
/// If the index is damaged or names a path outside the folder.
pub fn weight_files(index: Option<&[u8]>) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let Some(bytes) = index else { return Ok(BTreeSet::from([WEIGHTS.to_owned()])) };
    let index: Index = serde_json::from_slice(bytes).map_err(|e| Error::package(INDEX, e.to_string()))?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    if names.len() > MAX_SHARDS {
        return Err(Error::package(INDEX, format!("may name at most {MAX_SHARDS} files, got {}", names.len())));
    }
    match names.iter().find(|name| !name.ends_with(".safetensors") || name.contains(['/', '\\', ':'])) {
        Some(bad) => Err(Error::package(INDEX, format!("must name .safetensors files beside it, got `{}`", bad.escape_debug()))),
        None => Ok(names),
    }
}

/// Reads a whole model.
///
/// # Errors
/// If it is no model that ours computes exactly, or a file is missing or damaged.
pub fn checkpoint(files: &Files) -> Result<Checkpoint> {
    let config: Value = serde_json::from_slice(file(files, CONFIG)?).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    let licence = config["license"].as_str().map(str::to_owned).or_else(|| files.get(CARD).and_then(|card| licence_of(card)));
    let spec: Spec = match config["model_type"].as_str() {
        Some("llama") => Config::deserialize(&config).map_err(|e| Error::package(CONFIG, e.to_string()))?.spec()?.into(),
        Some("t5") => Spec::T5(t5::spec(&config)?),
        _ => return Err(Error::package(CONFIG, format!("model_type must be llama or t5, got {}", config["model_type"]))),
    };
    let tokenizer = file(files, TOKENIZER)?.to_vec();
    let names = weight_files(files.get(INDEX).map(Vec::as_slice))?;
    let slots = layout(&spec);
    let mut tensors = BTreeMap::new();
    for name in &names {
        let part = parse(name, file(files, name)?)?;
        for key in part.names() {
            let Some(slot) = slots.iter().find(|slot| slot.name == key) else {
                let is_spare = match &spec {
                    // Old converters wrote the rotary tables, and a tied output layer twice.
                    Spec::Llama(spec) => key.ends_with("rotary_emb.inv_freq") || (spec.tie_word_embeddings && key == "lm_head.weight"),
                    Spec::T5(spec) => t5::is_spare(spec, key),
                };
                if is_spare {
                    continue;
                }
                return Err(Error::package(name, format!("has the tensor `{key}`, which a plain {} of this shape has not", spec.family())));
            };
            let stored = stored(name, &part, key, slot.dims)?;
            if stored.form.is_quantised() {
                return Err(Error::package(name, format!("tensor `{key}` must be F32, F16 or BF16, got {:?}", stored.form.dtype())));
            }
            if tensors.insert(slot.name.clone(), stored).is_some() {
                return Err(Error::package(name, format!("tensor `{key}` is in two files")));
            }
        }
    }
    if let Spec::T5(spec) = &spec {
        t5::untie(spec, &mut tensors);
    }
    check_tensors(WEIGHTS, &spec, &tensors)?;
    let name = config["_name_or_path"].as_str().and_then(|path| path.rsplit(['/', '\\']).find(|part| !part.is_empty())).map(str::to_owned);
    Ok(Checkpoint { name, licence, specials: specials(&config, spec.vocab_size()), spec, tokenizer, tensors })
}

fn specials(config: &Value, vocab_size: usize) -> Specials {
    // Chat models may have several ends: the first is the one.
    let id = |name: &str| {
        let value = &config[name];
        let first = value.as_array().and_then(|ids| ids.first()).unwrap_or(value);
        first.as_u64().filter(|id| *id < vocab_size as u64).map(|id| id as u32)
    };
    let [bos, eos, pad, unk] = ["bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id"].map(id);
    Specials { bos, eos, pad, unk }
}

/// `license: …` between the two `---` lines that a model card begins with.
fn licence_of(card: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(card).ok()?.strip_prefix("---")?.split("\n---").next()?;
    let value = head.lines().find_map(|line| line.strip_prefix("license:"))?.trim().trim_matches(['"', '\'']);
    (!value.is_empty() && value.len() <= 64).then(|| value.to_owned())
}

impl Config {
    fn spec(&self) -> Result<DecoderSpec> {
        let refuse = |what: &str, must: &str, got: String| {
            Err(Error::package(CONFIG, format!("{what} must be {must}, got {got}: this decoder does not compute it")))
        };
        if self.attention_bias || self.mlp_bias {
            return refuse("attention_bias and mlp_bias", "false", "true".into());
        }
        if let Some(act) = self.hidden_act.as_deref().filter(|act| *act != "silu") {
            return refuse("hidden_act", "silu", act.to_owned());
        }
        if !self.quantization_config.is_null() {
            return refuse("quantization_config", "absent", self.quantization_config["quant_method"].to_string());
        }
        for scaling in [&self.rope_scaling, &self.rope_parameters] {
            let kind = scaling.get("rope_type").or_else(|| scaling.get("type"));
            if !scaling.is_null() && kind.is_none_or(|kind| kind != "default") {
                return refuse("rope_scaling", "null or of type default", scaling.to_string());
            }
        }
        let theta = self.rope_theta.or_else(|| self.rope_parameters["rope_theta"].as_f64()).unwrap_or(10_000.0);
        let spec = DecoderSpec {
            vocab_size: self.vocab_size,
            head_vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            num_hidden_layers: self.num_hidden_layers,
            num_attention_heads: self.num_attention_heads,
            num_key_value_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            max_position_embeddings: self.max_position_embeddings,
            rms_norm_eps: self.rms_norm_eps,
            rope_theta: theta,
            tie_word_embeddings: self.tie_word_embeddings,
        };
        spec.validate()?;
        match self.head_dim {
            Some(dim) if dim != spec.head_dim() => {
                refuse("head_dim", &format!("hidden_size / num_attention_heads, {}", spec.head_dim()), dim.to_string())
            }
            _ => Ok(spec),
        }
    }
}

/// Writes `config.json`, `model.safetensors` and `tokenizer.json`; `convert` makes floats of the form that is wanted.
///
/// # Errors
/// If a tensor is missing.
pub fn write(model: &Checkpoint, convert: impl Fn(&Stored) -> Stored) -> Result<Files> {
    let mut parts = Vec::new();
    for slot in layout(&model.spec) {
        let stored = model.tensors.get(&slot.name).ok_or_else(|| Error::package(&slot.name, "is missing"))?;
        convert(stored).into_parts(&slot.name, slot.is_vector, &mut parts);
    }
    let dtype = parts.first().map_or("float32", |part| if part.1 == safetensors::Dtype::F16 { "float16" } else { "float32" });
    let mut config = match &model.spec {
        Spec::Llama(spec) => llama(spec, &model.specials, dtype),
        Spec::T5(spec) => t5::config(spec, &model.specials, dtype),
    };
    let extra = [("_name_or_path", &model.name), ("license", &model.licence)];
    for (key, text) in extra.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
        config[key] = text.as_str().into();
    }
    if let Some(unk) = model.specials.unk {
        config["unk_token_id"] = unk.into();
    }
    let config = serde_json::to_vec_pretty(&config).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    let weights = super::weights::serialise(&parts)?;
    Ok(Files::from([(CONFIG.to_owned(), config), (WEIGHTS.to_owned(), weights), (TOKENIZER.to_owned(), model.tokenizer.clone())]))
}

fn llama(spec: &DecoderSpec, specials: &Specials, dtype: &str) -> Value {
    serde_json::json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": spec.vocab_size, "hidden_size": spec.hidden_size,
        "intermediate_size": spec.intermediate_size, "num_hidden_layers": spec.num_hidden_layers,
        "num_attention_heads": spec.num_attention_heads, "num_key_value_heads": spec.num_key_value_heads, "head_dim": spec.head_dim(),
        "max_position_embeddings": spec.max_position_embeddings, "rms_norm_eps": spec.rms_norm_eps, "rope_theta": spec.rope_theta,
        "rope_scaling": null, "tie_word_embeddings": spec.tie_word_embeddings, "attention_bias": false, "mlp_bias": false,
        "hidden_act": "silu", "dtype": dtype,
        "bos_token_id": specials.bos, "eos_token_id": specials.eos, "pad_token_id": specials.pad,
    })
}

#[cfg(test)]
mod tests {
    use super::licence_of;

    #[test]
    fn the_card_names_the_licence() {
        assert_eq!(licence_of(b"---\nlibrary_name: x\nlicense: apache-2.0\n---\nlicense: mit\n").as_deref(), Some("apache-2.0"));
        assert_eq!(licence_of(b"# Card\nlicense: mit\n"), None);
        assert_eq!(licence_of(b"---\ntags: a\n---\nlicense: mit\n"), None);
    }
}
