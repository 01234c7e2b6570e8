//! Prompts in plain words, for language models with a tokenizer of their own.
//!
//! A prompt is put together from units (`wording`), each encoded once (`vocabulary`) by the tokenizer (`encoder`); a package's `manifest.json` says by a [`TextSpec`]
//! which wording its model was tuned on and which of the tokenizer's tokens it has.

#[cfg(feature = "text")]
mod charsmap;
mod encoder;
mod kept;
#[cfg(feature = "text")]
mod sound;
mod vocabulary;
mod wording;

pub use encoder::Encoder;
pub use kept::{N_FIXED, cut, needed_tokens};
pub use vocabulary::TextVocabulary;
pub use wording::{Template, Wording};

use serde::{Deserialize, Serialize};

/// What a text package says of its prompts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    /// The prompt's wording.
    pub template: Template,
    /// The tokenizer's id of every row of the embedding table: padding, beginning, unknown, one more, No, Yes, then the others ascending.
    pub kept: Vec<u32>,
    /// The answers as text, one token each.
    pub answers: Answers,
    /// The tokenizer's ids of the special tokens.
    #[serde(default)]
    pub specials: Specials,
    /// The model knows so many training rows, evenly spaced over all of them; absent if it was trained on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Original was tuned by an adapter of this rank, merged afterwards; absent if every weight was tuned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// Figures are on at most so many rows of every set; absent where the model's size decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eval_rows: Option<usize>,
}

/// The two answers as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Of row [`NO`](super::tokenizer::NO).
    pub no: String,
    /// Of row [`YES`](super::tokenizer::YES).
    pub yes: String,
}

impl Default for Answers {
    /// As they stand at the beginning of a line, where every template ends.
    fn default() -> Self {
        Self { no: "No".into(), yes: "Yes".into() }
    }
}

/// Ids of the tokens with a role of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specials {
    /// Begins a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bos: Option<u32>,
    /// Ends a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eos: Option<u32>,
    /// Fills up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pad: Option<u32>,
    /// Stands for what has no token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unk: Option<u32>,
}
