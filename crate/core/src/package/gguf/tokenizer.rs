//! Conversion between `tokenizer.ggml.*` metadata and a Hugging Face `tokenizer.json`; byte-level BPE only.

use super::read::Gguf;
use super::refuse::fail;
use super::value::Value;
use super::write::Entry;
use crate::data::text::Specials;
use crate::{Error, Result};
use serde_json::{Map, json};

/// Llama 3's pre-tokenization pattern.
const LLAMA_3: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// The supported pre-tokenizers, by their names in GGUF.
const PRE: [&str; 3] = ["smollm", "gpt-2", "llama-bpe"];
/// Token types of the format.
const NORMAL: i128 = 1;
const CONTROL: i128 = 3;
const USER_DEFINED: i128 = 4;

/// The pre-tokenizer, which splits a text into words before its bytes are merged.
fn pre_tokenizer(pre: &str) -> serde_json::Value {
    let bytes = |use_regex: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex });
    let sequence = |first: serde_json::Value, then| json!({ "type": "Sequence", "pretokenizers": [first, then] });
    match pre {
        "smollm" => sequence(json!({ "type": "Digits", "individual_digits": true }), bytes(true)),
        "llama-bpe" => {
            let split = json!({ "type": "Split", "pattern": { "Regex": LLAMA_3 }, "behavior": "Isolated", "invert": false });
            sequence(split, bytes(false))
        }
        _ => bytes(true),
    }
}

/// The `tokenizer.json` and the special tokens of a GGUF file.
///
/// # Errors
/// If the tokenizer is not byte-level BPE of a supported kind, or its lists are inconsistent.
pub fn read(file: &Gguf<'_>, vocab_size: usize) -> Result<(Vec<u8>, Specials)> {
    match file.text("tokenizer.ggml.model")? {
        Some("gpt2") => {}
        other => return Err(fail(format!("tokenizer.ggml.model must be gpt2 (byte-level BPE), got {}", other.unwrap_or("none")))),
    }
    let pre = file.text("tokenizer.ggml.pre")?.unwrap_or("none");
    if !PRE.contains(&pre) {
        let hint = if pre == "none" || pre == "default" {
            ": the file was made by an old converter; take a newer one of the same model"
        } else {
            ""
        };
        return Err(fail(format!("tokenizer.ggml.pre must be smollm, as SmolLM2's files have, got {pre}{hint}")));
    }
    let types = file.list("tokenizer.ggml.token_type")?;
    if types.len() != vocab_size as u64 {
        return Err(fail(format!("tokenizer.ggml.token_type must have {vocab_size} values, got {}", types.len())));
    }
    let (mut vocab, mut added) = (Map::new(), Vec::new());
    for (id, (token, kind)) in file.list("tokenizer.ggml.tokens")?.values().zip(types.values()).enumerate() {
        let Value::Text(token) = token else { return Err(fail(format!("token {id} must be a text, got {token:?}"))) };
        if vocab.insert(token.to_owned(), id.into()).is_some() {
            return Err(fail(format!("token {id}, `{}`, is there twice", token.escape_debug())));
        }
        if kind == Value::Int(CONTROL) || kind == Value::Int(USER_DEFINED) {
            let special = kind == Value::Int(CONTROL);
            added.push(json!({ "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": special }));
        }
    }
    let mut merges = Vec::new();
    for (i, merge) in file.list("tokenizer.ggml.merges")?.values().enumerate() {
        let parts = if let Value::Text(text) = merge { text.split_once(' ') } else { None };
        let Some((left, right)) = parts else {
            return Err(fail(format!("merge {i} must be two tokens with a space between, got {merge:?}")));
        };
        merges.push(json!([left, right]));
    }
    let special = |name: &str| -> Result<Option<u32>> {
        let key = format!("tokenizer.ggml.{name}_token_id");
        match file.int(&key)? {
            Some(id) if id as usize >= vocab_size => Err(fail(format!("`{key}` must be below {vocab_size}, got {id}"))),
            found => Ok(found),
        }
    };
    let specials = Specials { bos: special("bos")?, eos: special("eos")?, pad: special("padding")?, unk: special("unknown")? };
    let begins = file.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(pre == "llama-bpe");
    let begin = specials.bos.filter(|_| begins).map(|id| (id, vocab.iter().find(|(_, of)| **of == id).map(|(token, _)| token.clone())));
    let post_processor = begin.map(|(id, token)| begin_with(id, &token.unwrap_or_default()));
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": null,
        "pre_tokenizer": pre_tokenizer(pre), "post_processor": post_processor,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": pre == "llama-bpe", "vocab": vocab, "merges": merges,
        },
    });
    Ok((serde_json::to_vec(&tokenizer).map_err(|e| fail(e.to_string()))?, specials))
}

/// The post-processor that puts a token before every text.
fn begin_with(id: u32, token: &str) -> serde_json::Value {
    let (bos, text) = (
        json!({ "SpecialToken": { "id": token, "type_id": 0 } }),
        |name: &str, of: u32| json!({ "Sequence": { "id": name, "type_id": of } }),
    );
    json!({
        "type": "TemplateProcessing", "single": [bos, text("A", 0)], "pair": [bos, text("A", 0), text("B", 1)],
        "special_tokens": { token: { "id": token, "ids": [id], "tokens": [token] } },
    })
}

/// The metadata of a `tokenizer.json`.
///
/// # Errors
/// If the tokenizer is not byte-level BPE of a supported kind, or does not have `vocab_size` tokens.
pub fn entries(tokenizer: &[u8], vocab_size: usize, specials: &Specials) -> Result<Vec<(String, Entry)>> {
    let bad = |reason: String| Error::package("tokenizer.json", reason);
    let json: serde_json::Value = serde_json::from_slice(tokenizer).map_err(|e| bad(e.to_string()))?;
    let model = &json["model"];
    if model["type"] != "BPE" {
        return Err(bad(format!("model.type must be BPE for GGUF, got {}", model["type"])));
    }
    let found = PRE.iter().find(|pre| same_cut(&json["pre_tokenizer"], &pre_tokenizer(pre)));
    let Some(pre) = found else {
        return Err(bad(format!("pre_tokenizer must be that of {} for GGUF, got {}", PRE.join(", "), json["pre_tokenizer"])));
    };
    let (mut tokens, mut types) = (vec![None; vocab_size], vec![NORMAL as i32; vocab_size]);
    let vocab = model["vocab"].as_object().into_iter().flatten().map(|(token, id)| (Some(token.as_str()), id));
    let added = json["added_tokens"].as_array().map_or(&[][..], Vec::as_slice);
    for (token, id) in vocab.chain(added.iter().map(|entry| (entry["content"].as_str(), &entry["id"]))) {
        let slot = id.as_u64().and_then(|id| tokens.get_mut(usize::try_from(id).ok()?));
        let Some(slot) = slot else { return Err(bad(format!("token ids must be below {vocab_size}, got {id}"))) };
        *slot = token.map(str::to_owned);
    }
    for entry in added {
        let kind = if entry["special"] == true { CONTROL } else { USER_DEFINED };
        if let Some(slot) = entry["id"].as_u64().and_then(|id| types.get_mut(usize::try_from(id).ok()?)) {
            *slot = kind as i32;
        }
    }
    // Checkpoints may have more rows than tokens, but GGUF needs a name for each row.
    let tokens = tokens.into_iter().enumerate().map(|(id, token)| token.unwrap_or_else(|| format!("[PAD{id}]"))).collect();
    let merge = |merge: &serde_json::Value| match (merge.as_str(), &merge[0], &merge[1]) {
        (Some(text), ..) => Some(text.to_owned()),
        (None, left, right) => Some(format!("{} {}", left.as_str()?, right.as_str()?)),
    };
    let merges: Option<Vec<_>> = model["merges"].as_array().into_iter().flatten().map(merge).collect();
    let mut entries = vec![
        ("model".to_owned(), Entry::Text("gpt2".into())),
        ("pre".into(), Entry::Text((*pre).into())),
        ("tokens".into(), Entry::Texts(tokens)),
        ("token_type".into(), Entry::Ints(types)),
        ("merges".into(), Entry::Texts(merges.ok_or_else(|| bad("model.merges must be pairs of tokens".into()))?)),
        ("add_bos_token".into(), Entry::Flag(json["post_processor"]["single"][0]["SpecialToken"].is_object())),
        ("add_space_prefix".into(), Entry::Flag(false)),
    ];
    for (name, id) in [("bos", specials.bos), ("eos", specials.eos), ("padding", specials.pad), ("unknown", specials.unk)] {
        entries.extend(id.map(|id| (format!("{name}_token_id"), Entry::Count(id))));
    }
    Ok(entries.into_iter().map(|(name, entry)| (format!("tokenizer.ggml.{name}"), entry)).collect())
}

/// Whether two pre-tokenizers split texts alike: `trim_offsets` only changes the offsets that are reported.
fn same_cut(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    let plain = |value: &serde_json::Value| value.to_string().replace("\"trim_offsets\":false", "\"trim_offsets\":true");
    plain(a) == plain(b)
}
