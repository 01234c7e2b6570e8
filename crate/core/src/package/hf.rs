//! Hugging Face folders: `config.json`, `model.safetensors` (or its shards) and `tokenizer.json`, for every architecture with a key map.

pub use super::architecture::config::CONFIG;
use super::architecture::{Architecture, Published};
use super::bytes::{parse, serialise};
use super::checkpoint::{Checkpoint, check_tensors};
use super::file;
use super::stored::Stored;
use super::weights::stored;
use crate::data::text::Specials;
use crate::host::Files;
use crate::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The file of weights, if there is only one.
pub const WEIGHTS: &str = "model.safetensors";
/// The index of weight files, if there are several.
pub const INDEX: &str = "model.safetensors.index.json";
/// The model card, whose front matter may state the licence.
pub const CARD: &str = "README.md";
const TOKENIZER: &str = "tokenizer.json";
/// Largest number of shards; no model that this program could hold has more.
const MAX_SHARDS: usize = 64;

/// The weight files that a folder's index names, or the single file of a folder without an index.
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

/// Reads a complete checkpoint from a Hugging Face folder.
///
/// # Errors
/// If this program does not compute the model exactly, or a file is missing or damaged.
pub fn checkpoint(files: &Files) -> Result<Checkpoint> {
    let config: Value = serde_json::from_slice(file(files, CONFIG)?).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    read(Architecture::named(&config["model_type"])?, &config, files)
}

/// Reads a checkpoint of the given architecture, even if the table does not contain it.
pub(super) fn read(architecture: Architecture, config: &Value, files: &Files) -> Result<Checkpoint> {
    let licence = config["license"].as_str().map(str::to_owned).or_else(|| files.get(CARD).and_then(|card| licence_of(card)));
    let published = architecture.read(config)?;
    let tokenizer = file(files, TOKENIZER)?.to_vec();
    let names = weight_files(files.get(INDEX).map(Vec::as_slice))?;
    let (spec, slots) = (published.spec(), published.slots());
    let mut tensors = BTreeMap::new();
    for name in &names {
        let part = parse(name, file(files, name)?)?;
        for key in part.names() {
            let Some(slot) = slots.iter().find(|slot| slot.name == key) else {
                if published.is_spare(key) {
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
    published.complete(&mut tensors);
    check_tensors(WEIGHTS, &slots, &tensors)?;
    let name = config["_name_or_path"].as_str().and_then(|path| path.rsplit(['/', '\\']).find(|part| !part.is_empty())).map(str::to_owned);
    Ok(Checkpoint { name, licence, specials: specials(config, spec.vocab_size()), spec, tokenizer, tensors })
}

fn specials(config: &Value, vocab_size: usize) -> Specials {
    // Chat models may have several end tokens; the first one is used.
    let id = |name: &str| {
        let value = &config[name];
        let first = value.as_array().and_then(|ids| ids.first()).unwrap_or(value);
        first.as_u64().filter(|id| *id < vocab_size as u64).map(|id| id as u32)
    };
    let [bos, eos, pad, unk] = ["bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id"].map(id);
    Specials { bos, eos, pad, unk }
}

/// The value of `license:` in a model card's front matter, the part between its two `---` lines.
fn licence_of(card: &[u8]) -> Option<String> {
    let head = std::str::from_utf8(card).ok()?.strip_prefix("---")?.split("\n---").next()?;
    let value = head.lines().find_map(|line| line.strip_prefix("license:"))?.trim().trim_matches(['"', '\'']);
    (!value.is_empty() && value.len() <= 64).then(|| value.to_owned())
}

/// Writes `config.json`, `model.safetensors` and `tokenizer.json`; `convert` changes floats to the wanted number format.
///
/// # Errors
/// If a tensor is missing.
pub fn write(model: &Checkpoint, convert: impl Fn(&Stored) -> Stored) -> Result<Files> {
    write_as(&Published::of(&model.spec), model, convert)
}

/// Writes a checkpoint under the given names, even if the table does not contain them.
pub(super) fn write_as(published: &Published, model: &Checkpoint, convert: impl Fn(&Stored) -> Stored) -> Result<Files> {
    let mut parts = Vec::new();
    for slot in published.slots() {
        let stored = model.tensors.get(&slot.name).ok_or_else(|| Error::package(&slot.name, "is missing"))?;
        convert(stored).into_parts(&slot.name, slot.is_vector(), &mut parts);
    }
    let dtype = parts.first().map_or("float32", |part| if part.1 == safetensors::Dtype::F16 { "float16" } else { "float32" });
    let mut config = published.config(&model.specials, dtype);
    let extra = [("_name_or_path", &model.name), ("license", &model.licence)];
    for (key, text) in extra.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
        config[key] = text.as_str().into();
    }
    if let Some(unk) = model.specials.unk {
        config["unk_token_id"] = unk.into();
    }
    let config = serde_json::to_vec_pretty(&config).map_err(|e| Error::package(CONFIG, e.to_string()))?;
    let weights = serialise(&parts)?;
    Ok(Files::from([(CONFIG.to_owned(), config), (WEIGHTS.to_owned(), weights), (TOKENIZER.to_owned(), model.tokenizer.clone())]))
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
