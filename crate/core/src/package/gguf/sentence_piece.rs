//! SentencePiece's BPE in `tokenizer.ggml.*` metadata, GGUF's model `llama`: pieces with scores, where a `tokenizer.json` has merges in their order.
//!
//! A piece may be merged of any two others, the best score first. The merges say the same one by one, as Hugging Face's converter writes them.

use super::head::{Head, begin_with};
use super::read::Gguf;
use super::refuse::fail;
use super::value::Value;
use crate::data::text::{SPACE, byte_token};
use crate::{Error, Result};
use serde_json::{Map, json};
use std::collections::{HashMap, HashSet};

/// Token types of the format.
const NORMAL: i32 = 1;
const UNKNOWN: i32 = 2;
const CONTROL: i32 = 3;
const USER_DEFINED: i32 = 4;
const BYTE: i32 = 6;
/// Longest piece that is looked at as a merge, in characters; SentencePiece's are far shorter.
const LONGEST: usize = 128;

/// The `tokenizer.json` of a GGUF file.
///
/// # Errors
/// If its lists are inconsistent.
pub fn read(file: &Gguf<'_>, head: &Head) -> Result<serde_json::Value> {
    let n = head.tokens.len();
    let scores = file.list("tokenizer.ggml.scores")?;
    if scores.len() != n as u64 {
        return Err(fail(format!("tokenizer.ggml.scores must have {n} values, got {}", scores.len())));
    }
    let (mut vocab, mut added, mut pieces, mut unknown) = (Map::new(), Vec::new(), Vec::new(), None);
    for (id, (((token, kind), score), at)) in head.tokens.iter().zip(&head.types).zip(scores.values()).zip(0u32..).enumerate() {
        let Value::Float(score) = score else { return Err(fail(format!("score {id} must be a number, got {score:?}"))) };
        if !score.is_finite() {
            return Err(fail(format!("score {id} must be finite, got {score}")));
        }
        vocab.insert(token.clone(), id.into());
        match *kind {
            NORMAL => pieces.push((token.as_str(), at, score)),
            UNKNOWN => unknown = Some(token.clone()),
            _ => {}
        }
        if matches!(*kind, UNKNOWN | CONTROL | USER_DEFINED) {
            // What users defined is found in the text as its spaces are shown.
            let special = *kind != USER_DEFINED;
            added.push(json!({ "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false, "normalized": !special, "special": special }));
        }
    }
    let merges: Vec<_> = merges(&pieces).into_iter().map(|(left, right)| json!([left, right])).collect();
    let replace = json!({ "type": "Replace", "pattern": { "String": " " }, "content": SPACE.to_string() });
    let prefix = file.flag("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
    let normalizer = if prefix {
        json!({ "type": "Sequence", "normalizers": [{ "type": "Prepend", "prepend": SPACE.to_string() }, replace] })
    } else {
        replace
    };
    let begins = file.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(true);
    let begin = head.specials.bos.filter(|_| begins).map(|id| begin_with(id, &head.tokens[id as usize]));
    let show = json!({ "type": "Replace", "pattern": { "String": SPACE.to_string() }, "content": " " });
    let mut decoders = vec![show, json!({ "type": "ByteFallback" }), json!({ "type": "Fuse" })];
    if prefix {
        decoders.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer, "pre_tokenizer": null,
        "post_processor": begin, "decoder": { "type": "Sequence", "decoders": decoders },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": true, "byte_fallback": true, "ignore_merges": false, "vocab": vocab, "merges": merges,
        },
    }))
}

/// All pairs of pieces that make a third, the one with the best score first, then the longer parts, then as they were found.
fn merges<'a>(pieces: &[(&'a str, u32, f64)]) -> Vec<(&'a str, &'a str)> {
    let ids: HashMap<&str, u32> = pieces.iter().map(|(piece, id, _)| (*piece, *id)).collect();
    let mut found = Vec::new();
    for (piece, _, score) in pieces.iter().filter(|(piece, ..)| piece.chars().nth(LONGEST).is_none()) {
        let n_chars = piece.chars().count();
        let splits = piece.char_indices().enumerate().skip(1);
        let mut of_piece: Vec<_> = splits
            .filter_map(|(n_left, (at, _))| {
                let (left, right) = piece.split_at(at);
                Some((*score, [n_left, n_chars - n_left], [*ids.get(left)?, *ids.get(right)?], (left, right)))
            })
            .collect();
        of_piece.sort_by_key(|(_, _, ids, _)| *ids);
        found.extend(of_piece);
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    found.into_iter().map(|(.., pair)| pair).collect()
}

/// Whether a text begins with a space that is not in it.
pub fn has_prefix(json: &serde_json::Value) -> bool {
    let pre = &json["pre_tokenizer"];
    json["normalizer"].to_string().contains("Prepend") || (pre["type"] == "Metaspace" && pre["prepend_scheme"] != "never")
}

/// The scores of a `tokenizer.json`'s tokens, in the order of its merges; what is unknown or a byte gets its type.
///
/// # Errors
/// If the merges are not all that SentencePiece would make, so that llama.cpp would make others.
pub fn scores(json: &serde_json::Value, tokens: &[String], types: &mut [i32]) -> Result<Vec<f32>> {
    let bad = |reason: &str| Error::package("tokenizer.json", reason.to_owned());
    let unknown = json["model"]["unk_token"].as_str();
    let bytes: HashSet<String> = (0..=255u8).map(byte_token).collect();
    for (token, kind) in tokens.iter().zip(types.iter_mut()) {
        if Some(token.as_str()) == unknown {
            *kind = UNKNOWN;
        } else if bytes.contains(token) {
            *kind = BYTE;
        }
    }
    let pair = |merge: &serde_json::Value| match merge.as_str() {
        Some(text) => text.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned())),
        None => Some((merge[0].as_str()?.to_owned(), merge[1].as_str()?.to_owned())),
    };
    let given: Option<Vec<(String, String)>> = json["model"]["merges"].as_array().into_iter().flatten().map(pair).collect();
    let given = given.ok_or_else(|| bad("model.merges must be pairs of tokens"))?;
    let normal: HashSet<&str> =
        tokens.iter().zip(types.iter()).filter(|(_, kind)| **kind == NORMAL).map(|(token, _)| token.as_str()).collect();
    // What users defined is found before anything is merged, so its merges say nothing.
    let made = given.iter().map(|(left, right)| format!("{left}{right}")).zip(&given);
    let made: Vec<_> = made.filter(|(token, _)| normal.contains(token.as_str())).collect();
    let mut ranks: HashMap<&str, usize> = HashMap::new();
    for (token, _) in &made {
        let n = ranks.len();
        ranks.entry(token).or_insert(n);
    }
    let scores: Vec<f64> = tokens.iter().map(|token| -(ranks.get(token.as_str()).copied().unwrap_or(ranks.len()) as f64)).collect();
    let numbered = (0u32..).zip(tokens).zip(&scores).filter(|((_, token), _)| normal.contains(token.as_str()));
    let pieces: Vec<_> = numbered.map(|((id, token), score)| (token.as_str(), id, *score)).collect();
    // All pairs that make a piece stand together; in which order they stand differs between converters.
    let mut expected = merges(&pieces);
    let mut found: Vec<_> = made.iter().map(|(_, (left, right))| (left.as_str(), right.as_str())).collect();
    expected.sort_unstable();
    found.sort_unstable();
    if found != expected || !made.iter().map(|(token, _)| ranks[token.as_str()]).is_sorted() {
        return Err(bad(
            "model.merges must be all that its pieces allow, in the order of their scores, as SentencePiece's are, for GGUF: export it to hf",
        ));
    }
    Ok(scores.iter().map(|score| *score as f32).collect())
}
