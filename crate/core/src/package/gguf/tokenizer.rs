//! Conversion between `tokenizer.ggml.*` metadata and a Hugging Face `tokenizer.json`: byte-level BPE here, SentencePiece's in `sentence_piece`.

use super::head::{Head, begin_with};
use super::read::Gguf;
use super::refuse::fail;
use super::sentence_piece;
use super::value::Value;
use super::write::Entry;
use crate::data::text::{LLAMA_3, QWEN_2, Specials};
use crate::{Error, Result};
use serde_json::{Map, json};

/// The supported pre-tokenizers, by their names in GGUF.
const PRE: [&str; 4] = ["smollm", "gpt-2", "llama-bpe", "qwen2"];
/// Token types of the format.
const NORMAL: i32 = 1;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;

/// The pre-tokenizer, which splits a text into words before its bytes are merged.
fn pre_tokenizer(pre: &str) -> serde_json::Value {
    let bytes = |use_regex: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex });
    let sequence = |first: serde_json::Value, then| json!({ "type": "Sequence", "pretokenizers": [first, then] });
    let split = |pattern: &str| {
        let split = json!({ "type": "Split", "pattern": { "Regex": pattern }, "behavior": "Isolated", "invert": false });
        sequence(split, bytes(false))
    };
    match pre {
        "smollm" => sequence(json!({ "type": "Digits", "individual_digits": true }), bytes(true)),
        "llama-bpe" => split(LLAMA_3),
        "qwen2" => split(QWEN_2),
        _ => bytes(true),
    }
}

/// The normaliser that belongs to it.
fn normalizer(pre: &str) -> serde_json::Value {
    if pre == "qwen2" { json!({ "type": "NFC" }) } else { serde_json::Value::Null }
}

/// The `tokenizer.json` and the special tokens of a GGUF file.
///
/// # Errors
/// If the tokenizer is of no supported kind, or its lists are inconsistent.
pub fn read(file: &Gguf<'_>, vocab_size: usize) -> Result<(Vec<u8>, Specials)> {
    let is_bytes = match file.text("tokenizer.ggml.model")? {
        Some("gpt2") => true,
        Some("llama") => false,
        other => {
            let got = other.unwrap_or("none");
            return Err(fail(format!("tokenizer.ggml.model must be gpt2 (byte-level BPE) or llama (SentencePiece's BPE), got {got}")));
        }
    };
    let pre = file.text("tokenizer.ggml.pre")?.unwrap_or("none");
    if is_bytes && !PRE.contains(&pre) {
        let hint = if pre == "none" || pre == "default" {
            ": the file was made by an old converter; take a newer one of the same model"
        } else {
            ""
        };
        return Err(fail(format!("tokenizer.ggml.pre must be one of {}, got {pre}{hint}", PRE.join(", "))));
    }
    let head = Head::read(file, vocab_size)?;
    let tokenizer = if is_bytes { byte_level(file, pre, &head)? } else { sentence_piece::read(file, &head)? };
    Ok((serde_json::to_vec(&tokenizer).map_err(|e| fail(e.to_string()))?, head.specials))
}

fn byte_level(file: &Gguf<'_>, pre: &str, head: &Head) -> Result<serde_json::Value> {
    let (mut vocab, mut added) = (Map::new(), Vec::new());
    for (id, (token, kind)) in head.tokens.iter().zip(&head.types).enumerate() {
        vocab.insert(token.clone(), id.into());
        if matches!(*kind, CONTROL | USER_DEFINED) {
            let special = *kind == CONTROL;
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
    let begins = file.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(pre == "llama-bpe");
    let post_processor = head.specials.bos.filter(|_| begins).map(|id| begin_with(id, &head.tokens[id as usize]));
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer(pre),
        "pre_tokenizer": pre_tokenizer(pre), "post_processor": post_processor,
        "decoder": { "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": pre == "llama-bpe", "vocab": vocab, "merges": merges,
        },
    }))
}

/// The metadata of a `tokenizer.json`.
///
/// # Errors
/// If the tokenizer is not BPE of a supported kind, or does not have `vocab_size` tokens.
pub fn entries(tokenizer: &[u8], vocab_size: usize, specials: &Specials) -> Result<Vec<(String, Entry)>> {
    let bad = |reason: String| Error::package("tokenizer.json", reason);
    let json: serde_json::Value = serde_json::from_slice(tokenizer).map_err(|e| bad(e.to_string()))?;
    let model = &json["model"];
    if model["type"] != "BPE" {
        return Err(bad(format!("model.type must be BPE for GGUF, got {}", model["type"])));
    }
    let is_bytes = model["byte_fallback"] != true;
    let found = PRE.iter().find(|pre| same_cut(&json["pre_tokenizer"], &pre_tokenizer(pre)) && json["normalizer"] == normalizer(pre));
    if is_bytes && found.is_none() {
        let got = format!("{} after the normaliser {}", json["pre_tokenizer"], json["normalizer"]);
        return Err(bad(format!("pre_tokenizer must be that of {} for GGUF, got {got}", PRE.join(", "))));
    }
    let (mut tokens, mut types) = (vec![None; vocab_size], vec![NORMAL; vocab_size]);
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
            *slot = kind;
        }
    }
    // Checkpoints may have more rows than tokens, but GGUF needs a name for each row.
    let tokens: Vec<String> = tokens.into_iter().enumerate().map(|(id, token)| token.unwrap_or_else(|| format!("[PAD{id}]"))).collect();
    let (model_name, pre, (key, ranks), prefix) = match found {
        Some(pre) if is_bytes => {
            let merge = |merge: &serde_json::Value| match (merge.as_str(), &merge[0], &merge[1]) {
                (Some(text), ..) => Some(text.to_owned()),
                (None, left, right) => Some(format!("{} {}", left.as_str()?, right.as_str()?)),
            };
            let merges: Option<Vec<_>> = model["merges"].as_array().into_iter().flatten().map(merge).collect();
            let merges = merges.ok_or_else(|| bad("model.merges must be pairs of tokens".into()))?;
            ("gpt2", *pre, ("merges", Entry::Texts(merges)), false)
        }
        _ => {
            let scores = sentence_piece::scores(&json, &tokens, &mut types)?;
            ("llama", "default", ("scores", Entry::Numbers(scores)), sentence_piece::has_prefix(&json))
        }
    };
    let mut entries = vec![
        ("model".to_owned(), Entry::Text(model_name.into())),
        ("pre".into(), Entry::Text(pre.into())),
        ("tokens".into(), Entry::Texts(tokens)),
        ("token_type".into(), Entry::Ints(types)),
        (key.into(), ranks),
        ("add_bos_token".into(), Entry::Flag(begins(&json["post_processor"]))),
        ("add_space_prefix".into(), Entry::Flag(prefix)),
    ];
    for (name, id) in [("bos", specials.bos), ("eos", specials.eos), ("padding", specials.pad), ("unknown", specials.unk)] {
        entries.extend(id.map(|id| (format!("{name}_token_id"), Entry::Count(id))));
    }
    Ok(entries.into_iter().map(|(name, entry)| (format!("tokenizer.ggml.{name}"), entry)).collect())
}

/// Whether a post-processor, or one of several, puts a token before a text.
fn begins(post: &serde_json::Value) -> bool {
    let parts = post["processors"].as_array().map_or(std::slice::from_ref(post), Vec::as_slice);
    parts.iter().any(|part| part["single"][0]["SpecialToken"].is_object())
}

/// Whether two pre-tokenizers split texts alike: `trim_offsets` only changes the offsets that are reported.
fn same_cut(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    let plain = |value: &serde_json::Value| value.to_string().replace("\"trim_offsets\":false", "\"trim_offsets\":true");
    plain(a) == plain(b)
}
