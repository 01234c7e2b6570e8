//! Hugging Face folders: `config.json`, `model.safetensors` (or its shards) and `tokenizer.json`, for every architecture with a key map.

pub use super::architecture::config::CONFIG;
use super::architecture::{Architecture, Published};
use super::bytes::{parse, serialise};
use super::checkpoint::{Checkpoint, Slot, Spare, check_tensors};
use super::parts::{MAX_PARTS, siblings};
use super::stored::Stored;
use super::weights::stored;
use super::{file, parse_json};
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
/// What other programs put before a tensor's name: `torch.compile`, PEFT, and training on several devices.
const WRAPPERS: [&str; 3] = ["_orig_mod.", "base_model.model.", "module."];

/// The weight files of a folder with the files `names`: the single file, else those that the index names, else every .safetensors that is no adapter.
///
/// # Errors
/// If the index is damaged or names a path outside the folder, or a part is missing.
pub fn weight_files(index: Option<&[u8]>, names: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    if names.contains(WEIGHTS) {
        return Ok(BTreeSet::from([WEIGHTS.to_owned()]));
    }
    let Some(bytes) = index else {
        let found: BTreeSet<_> =
            names.iter().filter(|name| name.ends_with(".safetensors") && !name.starts_with("adapter_")).cloned().collect();
        let parts = found.iter().filter_map(|name| siblings(name)).flatten();
        if let Some(missing) = parts.into_iter().find(|part| !found.contains(part)) {
            return Err(Error::package(&missing, "is missing: the parts beside it belong to the same model"));
        }
        return Ok(if found.is_empty() { BTreeSet::from([WEIGHTS.to_owned()]) } else { found });
    };
    let index: Index = parse_json(INDEX, bytes)?;
    let names: BTreeSet<String> = index.weight_map.into_values().collect();
    if names.len() > MAX_PARTS {
        return Err(Error::package(INDEX, format!("may name at most {MAX_PARTS} files, got {}", names.len())));
    }
    match names.iter().find(|name| !name.ends_with(".safetensors") || name.contains(['/', '\\', ':'])) {
        Some(bad) => Err(Error::package(INDEX, format!("must name .safetensors files beside it, got `{}`", bad.escape_debug()))),
        None => Ok(names),
    }
}

/// Checks by its files' names that a folder is a checkpoint: what is missing, what is there in its place, and what to do.
///
/// # Errors
/// If one of the three parts, settings, weights and tokenizer, is missing.
pub fn check_names(names: &BTreeSet<String>) -> Result<()> {
    let has = |name: &str| names.contains(name);
    let first = |endings: &[&str]| names.iter().find(|name| endings.iter().any(|ending| name.to_lowercase().ends_with(ending)));
    let resave = "AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER) in transformers (for T5: AutoModelForSeq2SeqLM)";
    let wanted = format!("the folder must hold {CONFIG}, {WEIGHTS} and {TOKENIZER}; it has no");
    if !has(CONFIG) {
        let reason = if has(super::manifest::MANIFEST) {
            "is missing: this is already a model package, which needs no import".to_owned()
        } else if has("adapter_config.json") {
            "is missing: this is PEFT's adapter, not a model; import its base, then `unlearn merge PACKAGE ADAPTER --out FOLDER`".to_owned()
        } else if has("params.json") && first(&[".pth"]).is_some() {
            "is missing: this is Meta's own format (params.json, .pth); take the same model as a Hugging Face folder with safetensors"
                .to_owned()
        } else {
            format!("is missing: {wanted} {CONFIG}")
        };
        return Err(Error::package(CONFIG, reason));
    }
    let is_weights = |name: &String| name.ends_with(".safetensors") && !name.starts_with("adapter_");
    if !has(INDEX) && !names.iter().any(is_weights) {
        let reason = match first(&[".bin", ".pth", ".pt", ".ckpt", ".h5", ".msgpack", ".onnx"]) {
            Some(other) => format!("is missing: the folder has `{other}`, which is not read; save it as safetensors: {resave}"),
            None => format!("is missing: {wanted} {WEIGHTS}"),
        };
        return Err(Error::package(WEIGHTS, reason));
    }
    if !has(TOKENIZER) {
        let slow = ["tokenizer.model", "spiece.model", "vocab.json", "vocab.txt", "merges.txt"].into_iter().find(|name| has(name));
        let reason = match slow {
            Some(other) => {
                format!(
                    "is missing: the folder has `{other}`, a slow tokenizer, which is not read; convert it: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER) in transformers"
                )
            }
            None => format!("is missing: {wanted} {TOKENIZER}"),
        };
        return Err(Error::package(TOKENIZER, reason));
    }
    Ok(())
}

/// Reads a complete checkpoint from a Hugging Face folder.
///
/// # Errors
/// If this program does not compute the model exactly, or a file is missing or damaged.
pub fn checkpoint(files: &Files) -> Result<Checkpoint> {
    let config: Value = parse_json(CONFIG, file(files, CONFIG)?)?;
    read(Architecture::named(&config["model_type"])?, &config, files)
}

/// Reads a checkpoint of the given architecture, even if the table does not contain it.
pub(super) fn read(architecture: Architecture, config: &Value, files: &Files) -> Result<Checkpoint> {
    let licence = config["license"].as_str().map(str::to_owned).or_else(|| files.get(CARD).and_then(|card| licence_of(card)));
    let published = architecture.read(config)?;
    let tokenizer = file(files, TOKENIZER)?.to_vec();
    let names = weight_files(files.get(INDEX).map(Vec::as_slice), &files.keys().cloned().collect())?;
    let (spec, slots) = (published.spec(), published.slots());
    let (mut tensors, mut copies) = (BTreeMap::new(), Vec::new());
    for name in &names {
        let bytes = files.get(name).ok_or_else(|| {
            let why =
                if files.contains_key(INDEX) { format!(": {INDEX} names it, so the download is not complete") } else { String::new() };
            Error::package(name, format!("is missing{why}"))
        })?;
        let part = parse(name, bytes)?;
        for key in part.names() {
            let (slot, copy) = match place(&published, &slots, key) {
                Some(Place::Slot(slot)) => (slot, None),
                Some(Place::Copy(slot)) => (slot, Some(key.to_owned())),
                Some(Place::Unread) => continue,
                None => return Err(Error::package(name, unknown(key, spec.family()))),
            };
            let stored = stored(name, &part, key, slot.dims)?;
            if stored.form.is_quantised() {
                return Err(Error::package(name, format!("tensor `{key}` must be F32, F16 or BF16, got {:?}", stored.form.dtype())));
            }
            if let Some(key) = copy {
                copies.push((key, slot.name.clone(), stored));
            } else if tensors.insert(slot.name.clone(), stored).is_some() {
                return Err(Error::package(name, format!("tensor `{key}` is there twice: in two files, or under two names")));
            }
        }
    }
    for (key, of, copy) in copies {
        // Files may hold the copy in another number format.
        if tensors.get(&of).is_some_and(|table| *table != copy && table.to_dense() != copy.to_dense()) {
            return Err(Error::package(
                WEIGHTS,
                format!(
                    "`{key}` differs from `{of}`, though {CONFIG} ties the two (tie_word_embeddings): set it to false to use both, or remove `{key}` if it is \
                     left over"
                ),
            ));
        }
    }
    published.complete(&mut tensors);
    check_tensors(WEIGHTS, &slots, &tensors).map_err(|error| hint_at_tying(error, config, &tensors))?;
    let name = config["_name_or_path"].as_str().and_then(|path| path.rsplit(['/', '\\']).find(|part| !part.is_empty())).map(str::to_owned);
    Ok(Checkpoint { name, licence, specials: specials(config, spec.vocab_size()), spec, tokenizer, tensors })
}

/// Where a tensor of a file belongs.
enum Place<'a> {
    /// A tensor of the architecture.
    Slot(&'a Slot),
    /// A second name of a tensor, which must equal it.
    Copy(&'a Slot),
    /// Nothing reads it.
    Unread,
}

/// Finds the place of a tensor. Some programs put something before every name, or leave out the first part.
fn place<'a>(published: &Published, slots: &'a [Slot], key: &str) -> Option<Place<'a>> {
    let mut plain = key;
    while let Some(rest) = WRAPPERS.iter().find_map(|wrapper| plain.strip_prefix(wrapper)) {
        plain = rest;
    }
    [plain.to_owned(), format!("model.{plain}")].iter().find_map(|name| {
        let slot = |name: &str| slots.iter().find(|slot| slot.name == name);
        slot(name).map(Place::Slot).or_else(|| match published.spare(name)? {
            Spare::Unread => Some(Place::Unread),
            Spare::Copy(of) => slot(&of).map(Place::Copy),
        })
    })
}

/// What is said of a tensor that the architecture has not.
fn unknown(key: &str, family: &str) -> String {
    let reason = format!("has the tensor `{key}`, which a plain {family} of this shape has not");
    if key.contains(".lora_") || key.contains(".base_layer.") {
        return format!(
            "{reason}: it belongs to PEFT's adapter that was not merged; save the model after merge_and_unload(), or import the base and merge the adapter"
        );
    }
    if [".qweight", ".qzeros", ".weight.absmax", ".weight_scale", ".SCB"].iter().any(|ending| key.ends_with(ending)) {
        return format!("{reason}: the weights are quantised in another format; take the model with F16 or BF16 weights");
    }
    reason
}

/// Adds to an error about a missing output layer that the settings do not say whether there is one.
fn hint_at_tying(error: Error, config: &Value, tensors: &BTreeMap<String, Stored>) -> Error {
    match error {
        Error::Package { file, reason } if !tensors.contains_key("lm_head.weight") && config["tie_word_embeddings"].is_null() => {
            let hint = "; if the embedding is the output layer, set tie_word_embeddings to true in config.json, which does not say";
            let hint = if reason.contains("`lm_head.weight` is missing") { hint } else { "" };
            Error::Package { file, reason: format!("{reason}{hint}") }
        }
        other => other,
    }
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
