//! Reading and writing of a whole decoder in GGUF by its key map: metadata become a spec; tensors get their published names and row order.

use super::read::{Gguf, TensorInfo};
use super::refuse::{FILE, fail};
use super::value::Value;
use super::write::{Entry, Writer};
use super::{attention, tokenizer};
use crate::model::{AttentionSpec, DecoderSpec};
use crate::package::architecture::keys::{DecoderKeys, Part, Size};
use crate::package::architecture::{Published, decoders};
use crate::package::checkpoint::{Checkpoint, Kind, Slot, check_tensors};
use crate::package::stored::Stored;
use crate::{Error, Result};
use std::collections::BTreeMap;

/// Metadata keys of the width of a head's keys and values, for architectures with an independent head width.
const HEAD_DIMS: [&str; 2] = ["attention.key_length", "attention.value_length"];

/// Reads a complete checkpoint from a GGUF file.
///
/// # Errors
/// If this program does not compute the model exactly, or the file is damaged.
pub fn checkpoint(bytes: &[u8]) -> Result<Checkpoint> {
    checkpoint_of(&[bytes])
}

/// Reads a complete checkpoint from the parts of a split GGUF file, in any order.
///
/// # Errors
/// As [`checkpoint`], or if a part is missing.
pub fn checkpoint_of(parts: &[&[u8]]) -> Result<Checkpoint> {
    // Only the first part of a split model has its metadata.
    let check = |file: &Gguf<'_>| if file.int("split.no")?.unwrap_or(0) == 0 { keys_of(file).map(drop) } else { Ok(()) };
    let parts = parts.iter().map(|bytes| Gguf::parse_if(bytes, check)).collect::<Result<Vec<_>>>()?;
    let file = Gguf::join(parts)?;
    read_as(keys_of(&file)?, &file)
}

/// The key map of a file's architecture.
fn keys_of(file: &Gguf<'_>) -> Result<&'static DecoderKeys> {
    match file.text("general.type")? {
        None | Some("model") => {}
        Some("adapter") => {
            return Err(fail("general.type must be model, got adapter: import the base; an adapter is merged in PEFT's format"));
        }
        Some(other) => return Err(fail(format!("general.type must be model, got {other}: this file is only a part of a model"))),
    }
    let architecture = file.text("general.architecture")?;
    decoders().find(|keys| architecture == Some(keys.gguf)).ok_or_else(|| {
        let mut known: Vec<_> = decoders().map(|keys| keys.gguf).collect();
        known.dedup();
        let hint = if matches!(architecture, Some("t5")) { "; T5 is imported from its Hugging Face folder" } else { "" };
        fail(format!("general.architecture must be {}, got {}{hint}", known.join(", "), architecture.unwrap_or("none")))
    })
}

/// Reads a checkpoint by the given key map, even if the table does not contain it.
pub fn read_as(keys: &'static DecoderKeys, file: &Gguf<'_>) -> Result<Checkpoint> {
    let spec = spec(keys, file)?;
    let (tokenizer, specials) = tokenizer::read(file, spec.vocab_size)?;
    let mut tensors = BTreeMap::new();
    let published = Published::Decoder(keys, spec);
    let slots = published.slots();
    let offset = keys.gguf_gain_offset;
    for slot in &slots {
        let name = slot.gguf.as_deref().unwrap_or_default();
        let info = file.tensor(name).ok_or_else(|| fail(format!("tensor `{name}` is missing")))?;
        if info.dims != slot.dims {
            return Err(fail(format!("tensor `{name}` must be {:?}, got {:?}", slot.dims, info.dims)));
        }
        let stored = published_order(slot, info)?;
        let stored = if slot.kind == Kind::Gain && offset != 0.0 { shifted(&stored, -offset) } else { stored };
        tensors.insert(slot.name.clone(), stored);
    }
    let is_known =
        |name: &str| slots.iter().any(|slot| slot.gguf.as_deref() == Some(name)) || (keys.gguf_rope_freqs && name == attention::ROPE_FREQS);
    if let Some((other, _)) = file.tensors().find(|(name, _)| !is_known(name)) {
        let spec = published.spec();
        return Err(fail(format!(
            "has the tensor `{other}`, which a plain {} of this shape has not: biases beyond its own and scaled rotary tables are not read",
            spec.family()
        )));
    }
    check_tensors(FILE, &slots, &tensors)?;
    let own = |key: &str| Ok::<_, Error>(file.text(key)?.map(str::to_owned));
    Ok(Checkpoint { name: own("general.name")?, licence: own("general.license")?, spec: published.spec(), tokenizer, specials, tensors })
}

fn spec(keys: &DecoderKeys, file: &Gguf<'_>) -> Result<DecoderSpec> {
    for (key, allowed) in keys.gguf_fixed {
        let key = keys.metadata(key);
        let found = match file.get(&key) {
            None => continue,
            Some(Value::Int(n)) => n.to_string(),
            Some(Value::Float(x)) => x.to_string(),
            Some(Value::Bool(yes)) => yes.to_string(),
            Some(Value::Text(text)) => (*text).to_owned(),
            Some(Value::List(_)) => "a list".to_owned(),
        };
        if !allowed.contains(&found.as_str()) {
            return Err(fail(format!("`{key}` must be {} or absent, got {found}: this decoder does not compute it", allowed.join(" or "))));
        }
    }
    let find = |key: &str| -> Result<Option<usize>> { Ok(file.int(&keys.metadata(key))?.map(|n| n as usize)) };
    let size = |size: Size| -> Result<usize> {
        let key = keys.size(size).gguf;
        find(key)?.ok_or_else(|| fail(format!("has no `{}`", keys.metadata(key))))
    };
    let (heads, hidden_size) = (size(Size::Heads)?, size(Size::Hidden)?);
    let vocab_size = file.list("tokenizer.ggml.tokens")?.len() as usize;
    let [eps, theta] = [keys.eps[1], keys.theta[1]].map(|key| keys.metadata(key));
    let is_tied = !keys.after.iter().any(|tensor| tensor.part == Part::Head && file.tensor(&format!("{}.weight", tensor.gguf)).is_some());
    let head_dim = keys.head_dim(find(HEAD_DIMS[0])?, hidden_size, heads);
    let (rope_theta, num_hidden_layers) = (attention::as_written(file.float(&theta)?.unwrap_or(10_000.0)), size(Size::Layers)?);
    let mut spec = DecoderSpec {
        vocab_size,
        head_vocab_size: vocab_size,
        hidden_size,
        intermediate_size: size(Size::Intermediate)?,
        num_hidden_layers,
        num_attention_heads: heads,
        num_key_value_heads: find(keys.size(Size::KvHeads).gguf)?.unwrap_or(heads),
        max_position_embeddings: size(Size::Positions)?,
        rms_norm_eps: attention::as_written(file.float(&eps)?.unwrap_or(f64::NAN)),
        rope_theta,
        tie_word_embeddings: is_tied,
        head_dim,
        attention: AttentionSpec::PLAIN,
        variant: keys.variant,
    };
    // The attention's settings are read for a shape that is known to be valid.
    spec.validate()?;
    spec.attention = attention::read(keys, file, &spec)?;
    spec.validate()?;
    for key in [keys.size(Size::HeadDim).gguf].into_iter().chain(HEAD_DIMS) {
        let found = find(key)?.unwrap_or(spec.head_dim());
        if found != spec.head_dim() {
            return Err(fail(format!("`{}` must be the width of a head, {}, got {found}", keys.metadata(key), spec.head_dim())));
        }
    }
    Ok(spec)
}

/// A norm's weights with a number added: Gemma's files hold the gain, which is 1 + weight. Exact for every gain that was made of a bfloat16 weight.
fn shifted(stored: &Stored, by: f32) -> Stored {
    Stored::from_floats(&stored.to_dense().iter().map(|x| x + by).collect::<Vec<_>>(), stored.dims)
}

fn published_order(slot: &Slot, info: &TensorInfo<'_>) -> Result<Stored> {
    if slot.kind != Kind::Bias {
        return Ok(info.stored(|row| slot.gguf_row(row)));
    }
    if info.form.is_quantised() {
        let name = slot.gguf.as_deref().unwrap_or_default();
        return Err(fail(format!("tensor `{name}` must be F32, F16 or BF16, got {:?}", info.form)));
    }
    info.stored(|row| row).select_values(&order(slot, |value| slot.gguf_row(value)))
}

/// The source index of each value of a bias.
fn order(slot: &Slot, from: impl Fn(usize) -> usize) -> Vec<u32> {
    (0..slot.dims[1]).map(|value| from(value) as u32).collect()
}

/// Writes a checkpoint as GGUF, every matrix in its stored form.
///
/// # Errors
/// If the output layer does not score every token, or GGUF does not support the tokenizer.
pub fn write(model: &Checkpoint) -> Result<Vec<u8>> {
    match Published::of(&model.spec) {
        Published::Decoder(keys, spec) => write_as(keys, &spec, model),
        Published::T5(_) => Err(Error::setting("gguf", "must be a decoder: export T5 to hf", "t5")),
    }
}

/// Writes a checkpoint of this shape by the given key map, even if the table does not contain it.
pub fn write_as(keys: &DecoderKeys, spec: &DecoderSpec, model: &Checkpoint) -> Result<Vec<u8>> {
    let mut writer = Writer::default();
    let mut entry = |key: &str, entry: Entry| writer.entry(key, &entry);
    let count = |n: usize| u32::try_from(n).map(Entry::Count).map_err(|_| Error::setting("gguf", "a size must fit in 32 bits", n));
    entry("general.architecture", Entry::Text(keys.gguf.into()));
    entry("general.type", Entry::Text("model".into()));
    for (key, text) in [("general.name", &model.name), ("general.license", &model.licence)] {
        if let Some(text) = text {
            entry(key, Entry::Text(text.clone()));
        }
    }
    entry("general.quantization_version", Entry::Count(2));
    for size in keys.sizes {
        entry(&keys.metadata(size.gguf), count(size.size.of(spec))?);
    }
    for key in HEAD_DIMS.into_iter().filter(|_| spec.head_dim.is_some()) {
        entry(&keys.metadata(key), count(spec.head_dim())?);
    }
    entry(&keys.metadata(keys.eps[1]), Entry::Number(spec.rms_norm_eps));
    entry(&keys.metadata(keys.theta[1]), Entry::Number(spec.rope_theta));
    for (key, value) in attention::entries(keys, spec)? {
        entry(&keys.metadata(key), value);
    }
    for (key, value) in tokenizer::entries(&model.tokenizer, spec.vocab_size, &model.specials)? {
        entry(&key, value);
    }
    for slot in keys.slots(spec) {
        let stored = model.tensors.get(&slot.name).ok_or_else(|| Error::package(&slot.name, "is missing"))?;
        let name = slot.gguf.as_deref().unwrap_or_default();
        if !slot.is_vector() {
            writer.tensor(name, stored, false, |row| slot.published_row(row));
            continue;
        }
        // llama.cpp accepts gains and biases in binary32 only.
        let floats = Stored::from_floats(&stored.to_dense(), stored.dims);
        let floats = if slot.kind == Kind::Gain && keys.gguf_gain_offset != 0.0 { shifted(&floats, keys.gguf_gain_offset) } else { floats };
        let floats = if slot.kind == Kind::Bias { floats.select_values(&order(&slot, |value| slot.published_row(value)))? } else { floats };
        writer.tensor(name, &floats, true, |row| row);
    }
    if let Some(freqs) = attention::rope_freqs(spec) {
        writer.tensor(attention::ROPE_FREQS, &Stored::from_floats(&freqs, [1, freqs.len()]), true, |row| row);
    }
    Ok(writer.finish())
}
