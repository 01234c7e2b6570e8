//! The kinds of tokenizers whose cuts are known, so that the units of a [`Wording`](super::Wording) can be encoded one by one.
//!
//! Byte-level BPE cuts a text by a regular expression first, and merges only inside the pieces. SentencePiece's BPE has no such expression; there a cut
//! is where no token reaches over: its vocabulary is looked through for tokens that do.

use super::encoder::{Encoder, SPACE};
use crate::{Error, Result};
use serde_json::Value;

const TOKENIZER: &str = "tokenizer.json";
/// Llama 3's pattern: up to three digits together.
pub const LLAMA_3: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Qwen 2's pattern, which Qwen 2.5 and 3 share: single digits.
pub const QWEN_2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Where a tokenizer always cuts the texts of a wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Nowhere that is known: Unigram scores whole words. Prompts are encoded whole.
    Whole,
    /// Before every space and line break, and between a colon and a digit: GPT-2's and SmolLM2's byte-level BPE, and SentencePiece's BPE.
    BeforeBreak,
    /// Before every space, after every line break, and between a colon and a digit: Llama 3's and Qwen's patterns, which take line breaks to the
    /// punctuation before them.
    AfterBreak,
}

impl Family {
    /// The family of a tokenizer.
    ///
    /// # Errors
    /// If it is none whose cuts are known; the message says which kind it is.
    pub fn of(tokenizer: &Encoder) -> Result<Self> {
        if tokenizer.is_unigram() {
            return Ok(Self::Whole);
        }
        let (pre, normalizer) = (tokenizer.pre_tokenizer()?, tokenizer.normalizer()?);
        let plain = normalizer.is_null();
        // NFC joins a character with those after it, and no unit begins with one that is joined to a space, a line break or a colon.
        let composed = plain || normalizer["type"] == "NFC";
        match (&pre["type"], pre["pretokenizers"].as_array().map_or(&[][..], Vec::as_slice)) {
            (kind, _) if kind == "ByteLevel" && plain && byte_level(&pre, true) => Ok(Self::BeforeBreak),
            (_, [digits, bytes])
                if plain && digits["type"] == "Digits" && digits["individual_digits"] == true && byte_level(bytes, true) =>
            {
                Ok(Self::BeforeBreak)
            }
            (_, [split, bytes]) if composed && is_split(split, &[LLAMA_3, QWEN_2]) && byte_level(bytes, false) => Ok(Self::AfterBreak),
            _ if is_sentence_piece(&normalizer, &pre) => {
                no_token_reaches_over(tokenizer)?;
                Ok(Self::BeforeBreak)
            }
            _ => Err(refuse(&format!(
                "this is {}, which is not used; its normaliser is {normalizer}, its pre-tokenizer is {pre}",
                kind(&pre)
            ))),
        }
    }
}

fn refuse(found: &str) -> Error {
    let rule = "must cut as GPT-2's, SmolLM2's, Llama 3's or Qwen's does, or be SentencePiece's (BPE or Unigram)";
    Error::package(TOKENIZER, format!("{rule}; {found}"))
}

/// Whether a part turns bytes into characters, without a space of its own, and cuts by GPT-2's pattern or not.
fn byte_level(part: &Value, cuts: bool) -> bool {
    part["type"] == "ByteLevel" && part["use_regex"] == cuts && part["add_prefix_space"] == false
}

/// Whether a part cuts by one of these patterns.
fn is_split(part: &Value, patterns: &[&str]) -> bool {
    part["type"] == "Split"
        && part["behavior"] == "Isolated"
        && part["invert"] == false
        && part["pattern"]["Regex"].as_str().is_some_and(|pattern| patterns.contains(&pattern))
}

/// Whether spaces are only shown as ▁ and nothing else changes, with or without one before the text.
fn is_sentence_piece(normalizer: &Value, pre: &Value) -> bool {
    let parts = match normalizer["normalizers"].as_array() {
        Some(parts) => parts.as_slice(),
        None if normalizer.is_null() => &[],
        None => std::slice::from_ref(normalizer),
    };
    let is = |part: &Value, kind: &str| part["type"] == kind;
    let replaces = |part: &Value| is(part, "Replace") && part["pattern"]["String"] == " " && part["content"] == "▁";
    let shows = match parts {
        [] => false,
        [replace] => replaces(replace),
        [prepend, replace] => is(prepend, "Prepend") && prepend["prepend"] == "▁" && replaces(replace),
        _ => return false,
    };
    // Gemma's file splits at spaces, of which the normaliser has left none.
    let splits = is(pre, "Split") && pre["pattern"]["String"] == " " && pre["behavior"] == "MergedWithPrevious";
    if shows { pre.is_null() || splits } else { parts.is_empty() && is(pre, "Metaspace") && pre["replacement"] == "▁" }
}

/// Checks that no token reaches over a place where units are cut, and that no character is unknown.
fn no_token_reaches_over(tokenizer: &Encoder) -> Result<()> {
    if let Some(byte) = (0..=255u8).find(|byte| tokenizer.id_of(&byte_token(*byte)).is_none()) {
        return Err(refuse(&format!("this is SentencePiece's without the token {}, so some texts have no tokens", byte_token(byte))));
    }
    match tokenizer.all_tokens().iter().find(|token| reaches_over(token)) {
        Some(token) => {
            Err(refuse(&format!("this has the token `{}`, so words are not cut at every space and line break", token.escape_debug())))
        }
        None => Ok(()),
    }
}

/// Whether a token may reach from one unit into the next. A unit that begins with a space goes on with one of a few characters, or follows a full stop
/// ([`Wording::text`](super::Wording::text)), so Gemma's `>▁</` does not matter.
fn reaches_over(token: &str) -> bool {
    let is_space = |c: char| c == SPACE || c == ' ';
    let follows = |next: Option<char>| next.is_none_or(|next| matches!(next, '\'' | '"' | '(' | '*'));
    let chars: Vec<char> = token.chars().collect();
    let mut places = chars.windows(2).enumerate();
    places.any(|(at, pair)| {
        let (a, b) = (pair[0], pair[1]);
        let space = is_space(b) && !is_space(a) && (a == '.' || follows(chars.get(at + 2).copied()));
        space || (b == '\n' && a != '\n') || (a == ':' && b.is_ascii_digit())
    })
}

/// SentencePiece's token for a byte of a character that has none.
pub fn byte_token(byte: u8) -> String {
    format!("<0x{byte:02X}>")
}

/// What people call a tokenizer with this pre-tokenizer.
fn kind(pre_tokenizer: &Value) -> &'static str {
    match pre_tokenizer["type"].as_str() {
        Some("Sequence") if pre_tokenizer.to_string().contains("\"Split\"") => "a kind with a pattern of its own",
        _ => "another kind",
    }
}

#[cfg(test)]
mod tests {
    use super::reaches_over;

    #[test]
    fn where_units_are_cut_no_token_may_reach_over() {
        for token in [".▁the", "e▁(", "s▁'", "x▁", ". ", ":1", ".\n", "a\n\n"] {
            assert!(reaches_over(token), "{token:?}");
        }
        for token in ["▁the", "▁▁▁", "\n\n", ">▁</", "of▁the", ":", ":a", "12", "\n"] {
            assert!(!reaches_over(token), "{token:?}");
        }
    }
}
