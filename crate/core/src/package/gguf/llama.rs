//! The Llama architecture in GGUF: its metadata become a spec, its tensors take their published names and row order.

use super::tokenizer;
use super::{FILE, Gguf, Value, fail};
use crate::Result;
use crate::model::{DecoderSpec, Spec};
use crate::package::checkpoint::{Checkpoint, check_tensors, layout};
use std::collections::BTreeMap;

/// Metadata that change what the model computes, with the only values that our decoder computes.
const MUST_BE: [(&str, &[&str]); 8] = [
    ("llama.rope.scaling.type", &["none"]),
    ("llama.rope.scaling.factor", &["0", "1"]),
    ("llama.expert_count", &["0"]),
    ("llama.expert_used_count", &["0"]),
    ("llama.attention.sliding_window", &["0"]),
    ("llama.attention.causal", &["true"]),
    ("llama.attention.scale", &["0"]),
    ("llama.logit_scale", &["0", "1"]),
];

/// Reads a whole model.
///
/// # Errors
/// If it is not a Llama decoder that ours computes exactly, or the file is damaged.
pub fn checkpoint(bytes: &[u8]) -> Result<Checkpoint> {
    let file = Gguf::parse(bytes)?;
    let spec: Spec = spec(&file)?.into();
    let (tokenizer, specials) = tokenizer::read(&file, spec.vocab_size())?;
    let mut tensors = BTreeMap::new();
    let slots = layout(&spec);
    for slot in &slots {
        let info = file.tensor(&slot.gguf).ok_or_else(|| fail(format!("tensor `{}` is missing", slot.gguf)))?;
        if info.dims != slot.dims {
            return Err(fail(format!("tensor `{}` must be {:?}, got {:?}", slot.gguf, slot.dims, info.dims)));
        }
        tensors.insert(slot.name.clone(), info.stored(|row| slot.gguf_row(row)));
    }
    if let Some((other, _)) = file.tensors().find(|(name, _)| !slots.iter().any(|slot| slot.gguf == *name)) {
        return Err(fail(format!(
            "has the tensor `{other}`, which a plain Llama decoder has not: biases and scaled rotary tables are not read"
        )));
    }
    check_tensors(FILE, &spec, &tensors)?;
    let own = |key: &str| Ok::<_, crate::Error>(file.text(key)?.map(str::to_owned));
    Ok(Checkpoint { name: own("general.name")?, licence: own("general.license")?, spec, tokenizer, specials, tensors })
}

fn spec(file: &Gguf<'_>) -> Result<DecoderSpec> {
    match file.text("general.architecture")? {
        Some("llama") => {}
        other => return Err(fail(format!("general.architecture must be llama, got {}", other.unwrap_or("none")))),
    }
    for (key, allowed) in MUST_BE {
        let found = match file.get(key) {
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
    let size = |key: &str| -> Result<usize> {
        let key = format!("llama.{key}");
        file.int(&key)?.map(|n| n as usize).ok_or_else(|| fail(format!("has no `{key}`")))
    };
    let heads = size("attention.head_count")?;
    let vocab_size = file.list("tokenizer.ggml.tokens")?.len() as usize;
    let spec = DecoderSpec {
        vocab_size,
        head_vocab_size: vocab_size,
        hidden_size: size("embedding_length")?,
        intermediate_size: size("feed_forward_length")?,
        num_hidden_layers: size("block_count")?,
        num_attention_heads: heads,
        num_key_value_heads: file.int("llama.attention.head_count_kv")?.map_or(heads, |n| n as usize),
        max_position_embeddings: size("context_length")?,
        rms_norm_eps: as_written(file.float("llama.attention.layer_norm_rms_epsilon")?.unwrap_or(f64::NAN)),
        rope_theta: as_written(file.float("llama.rope.freq_base")?.unwrap_or(10_000.0)),
        tie_word_embeddings: file.tensor("output.weight").is_none(),
    };
    spec.validate()?;
    for key in ["llama.rope.dimension_count", "llama.attention.key_length", "llama.attention.value_length"] {
        let found = file.int(key)?.map_or(spec.head_dim(), |n| n as usize);
        if found != spec.head_dim() {
            return Err(fail(format!("`{key}` must be the width of a head, {}, got {found}", spec.head_dim())));
        }
    }
    Ok(spec)
}

/// The decimal that a binary32 was written from: 9.99999975e-6 is 1e-5, as `config.json` has it.
fn as_written(x: f64) -> f64 {
    (x as f32).to_string().parse().unwrap_or(x)
}
