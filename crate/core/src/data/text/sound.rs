//! Checks of a `tokenizer.json` before the `tokenizers` crate reads it. The crate trusts its files: on a damaged or malicious one it panics, pads a
//! prompt to a length that exceeds any memory, or lets a text grow without limit.

use super::charsmap;
use crate::data::sniff;
use crate::{Error, Result};
use serde_json::Value;
use std::collections::HashSet;

/// Upper bound on token ids; no model here has more tokens.
const MAX_TOKENS: u64 = 1 << 20;
/// Largest number of members of a sequence; each may lengthen a text.
const MAX_PARTS: usize = 8;
/// A component of the tokenizer.
struct TokenizerSlot {
    /// Name of its field.
    name: &'static str,
    /// Field that lists the members if it is a sequence.
    list: &'static str,
    /// Supported types: those of byte-level BPE, of SentencePiece's models, and of a nano.
    known: &'static [&'static str],
}

const SLOTS: [TokenizerSlot; 5] = [
    TokenizerSlot {
        name: "normalizer",
        list: "normalizers",
        known: &[
            "Sequence",
            "NFC",
            "NFD",
            "NFKC",
            "NFKD",
            "Nmt",
            "Lowercase",
            "Strip",
            "StripAccents",
            "Replace",
            "Prepend",
            "Precompiled",
        ],
    },
    TokenizerSlot {
        name: "pre_tokenizer",
        list: "pretokenizers",
        known: &["Sequence", "ByteLevel", "Digits", "Split", "Metaspace", "Whitespace", "WhitespaceSplit", "Punctuation"],
    },
    TokenizerSlot { name: "post_processor", list: "processors", known: &["Sequence", "ByteLevel", "TemplateProcessing"] },
    TokenizerSlot {
        name: "decoder",
        list: "decoders",
        known: &["Sequence", "ByteLevel", "Metaspace", "Replace", "Strip", "Fuse", "ByteFallback"],
    },
    TokenizerSlot { name: "model", list: "", known: &["BPE", "Unigram", "WordLevel"] },
];

/// The file reduced to its checked content, without truncation and padding, which prompts never use.
///
/// # Errors
/// A description of the defect.
pub(super) fn sound(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut file: Value = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let Value::Object(fields) = &mut file else { return Err("must be an object".into()) };
    for unused in ["truncation", "padding"] {
        fields.insert(unused.into(), Value::Null);
    }
    for slot in &SLOTS {
        part(slot, &file[slot.name], 0)?;
    }
    if file["model"]["type"] == "BPE" {
        merges(&file["model"])?;
    }
    if let Some(vocab) = file["model"]["vocab"].as_object()
        && let Some((token, id)) = vocab.iter().find(|(_, id)| id.as_u64().is_none_or(|id| id >= MAX_TOKENS))
    {
        return Err(format!(
            "the id of token `{}` must be a whole number below {MAX_TOKENS}, got {}",
            short(token),
            short(&id.to_string())
        ));
    }
    // Serialised anew, since another reader might choose the other value of a duplicate key.
    serde_json::to_vec(&file).map_err(|e| e.to_string())
}

fn part(slot: &TokenizerSlot, part: &Value, depth: usize) -> Result<(), String> {
    let TokenizerSlot { name, list, known } = slot;
    if part.is_null() && *name != "model" {
        return Ok(());
    }
    let Some(kind) = part["type"].as_str().filter(|kind| known.contains(kind)) else {
        return Err(format!("{name} must be of type {}, got {}", known.join(", "), short(&part["type"].to_string())));
    };
    let text = |field: &str| part[field].as_str().unwrap_or_default();
    match kind {
        "Sequence" => {
            let parts = part[*list].as_array().map_or(&[][..], Vec::as_slice);
            if parts.len() > MAX_PARTS || depth > 1 {
                return Err(format!("{name} may have {MAX_PARTS} parts, and parts in parts"));
            }
            parts.iter().try_for_each(|inside| self::part(slot, inside, depth + 1))
        }
        // A character may be replaced by at most one: otherwise a few of these in a row make a text arbitrarily long.
        "Replace" if text("content").chars().count() > 1 => {
            Err(format!("{name}: Replace must put one character, got `{}`", short(text("content"))))
        }
        "Prepend" if text("prepend").chars().count() > 1 => {
            Err(format!("{name}: Prepend must put one character, got `{}`", short(text("prepend"))))
        }
        "TemplateProcessing" => template(part),
        "Precompiled" => charsmap::check(text("precompiled_charsmap")).map_err(|reason| format!("{name}: precompiled_charsmap {reason}")),
        _ => Ok(()),
    }
}

/// Checks a template: the tokens around the text must be described beside it, and there must be only one text.
fn template(part: &Value) -> Result<(), String> {
    for (piece, is_single) in ["single", "pair"]
        .into_iter()
        .flat_map(|field| part[field].as_array().into_iter().flatten().map(move |piece| (piece, field == "single")))
    {
        let described = match piece["SpecialToken"]["id"].as_str() {
            Some(id) => {
                part["special_tokens"][id]["ids"].as_array().map(Vec::len) == part["special_tokens"][id]["tokens"].as_array().map(Vec::len)
                    && part["special_tokens"][id].is_object()
            }
            None => piece["Sequence"]["id"] == "A" || !is_single,
        };
        if !described {
            return Err(format!("post_processor: a template must put the text and described tokens, got {}", short(&piece.to_string())));
        }
    }
    Ok(())
}

/// Checks that both halves of every merge and their result are tokens: the crate copies them into a buffer of the longest token's length.
fn merges(model: &Value) -> Result<(), String> {
    for field in ["continuing_subword_prefix", "end_of_word_suffix", "dropout"] {
        if !(model[field].is_null() || model[field] == "") {
            return Err(format!("model.{field} must be null, got {}", short(&model[field].to_string())));
        }
    }
    let tokens: HashSet<&str> = model["vocab"].as_object().into_iter().flatten().map(|(token, _)| token.as_str()).collect();
    for (at, merge) in model["merges"].as_array().into_iter().flatten().enumerate() {
        let pair = match merge {
            Value::String(text) => text.split_once(' '),
            _ => merge[0].as_str().zip(merge[1].as_str()),
        };
        let known = pair.is_some_and(|(left, right)| {
            tokens.contains(left) && tokens.contains(right) && tokens.contains(format!("{left}{right}").as_str())
        });
        if !known {
            return Err(format!("model.merges: number {at} must be two tokens that make a third, got {}", short(&merge.to_string())));
        }
    }
    Ok(())
}

/// A value, shortened for a message.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

/// [`sound`] with core's error type.
pub(super) fn checked(file: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    sound(bytes).map_err(|reason| Error::package(file, sniff::told(bytes).map_or(reason, str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::sound;

    fn refused(change: &str, by: &str) -> String {
        let file = r#"{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":null,"post_processor":null,
            "decoder":null,"model":{"type":"BPE","dropout":null,"vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}"#;
        assert!(sound(file.as_bytes()).is_ok() && file.contains(change));
        sound(file.replacen(change, by, 1).as_bytes()).expect_err(by)
    }

    /// Each of these made tokenizers 0.23 panic, hang or run out of memory.
    #[test]
    fn what_is_made_to_break_is_told() {
        assert!(refused(r#""ab":2"#, r#""c":2"#).contains("number 0 must be two tokens that make a third"));
        assert!(refused(r#"["a b"]"#, r#"[["a","x"]]"#).contains("got [\"a\",\"x\"]"));
        assert!(refused(r#""dropout":null"#, r#""dropout":null,"continuing_subword_prefix":"longer""#).contains("must be null"));
        assert!(refused(r#""ab":2"#, r#""ab":4000000000"#).contains("below 1048576, got 4000000000"));
        let fixed = r#""pre_tokenizer":{"type":"FixedLength","length":0}"#;
        assert!(refused(r#""pre_tokenizer":null"#, fixed).contains("pre_tokenizer must be of type Sequence, ByteLevel"));
        let grows = r#""normalizer":{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaa"}"#;
        assert!(refused(r#""normalizer":null"#, grows).contains("must put one character"));
        let put =
            |piece: &str| format!(r#""post_processor":{{"type":"TemplateProcessing","single":[{piece}],"pair":[],"special_tokens":{{}}}}"#);
        let unknown = put(r#"{"SpecialToken":{"id":"x","type_id":0}}"#);
        assert!(refused(r#""post_processor":null"#, &unknown).contains("a template must put the text and described tokens"));
        assert!(refused(r#""post_processor":null"#, &put(r#"{"Sequence":{"id":"B","type_id":0}}"#)).contains("a template must"));
        // The crate does not read the list of another component.
        let hidden = r#""pre_tokenizer":{"type":"Sequence","normalizers":[],"pretokenizers":[{"type":"FixedLength","length":0}]}"#;
        assert!(refused(r#""pre_tokenizer":null"#, hidden).contains("got \"FixedLength\""));
        let outside = r#""normalizer":{"type":"Sequence","normalizers":[{"type":"Precompiled","precompiled_charsmap":"BAAAAAAIAAA="}]}"#;
        assert!(refused(r#""normalizer":null"#, outside).contains("precompiled_charsmap"));
    }

    #[test]
    fn prompts_are_neither_padded_nor_cut() {
        let file = br#"{"version":"1.0","padding":{"strategy":{"Fixed":1000000000000}},"truncation":{"max_length":1,"stride":7},"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}"#;
        let file: serde_json::Value = serde_json::from_slice(&sound(file).unwrap()).unwrap();
        assert!(file["padding"].is_null() && file["truncation"].is_null() && file["model"]["vocab"]["a"] == 0);
    }
}
