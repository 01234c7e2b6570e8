//! Prompts in plain text, for language models with their own tokenizer.
//!
//! A prompt is assembled from units (`wording`), each encoded once (`vocabulary`) by the tokenizer (`encoder`). In a package's `manifest.json`, a
//! [`TextSpec`] states the wording that the model was tuned on and which of the tokenizer's tokens it has.

#[cfg(feature = "text")]
mod charsmap;
mod encoder;
mod family;
mod kept;
#[cfg(feature = "text")]
mod sound;
mod vocabulary;
mod wording;

pub use encoder::{Encoder, SPACE};
pub use family::{Family, LLAMA_3, QWEN_2, byte_token};
pub use kept::{N_FIXED, cut, needed_tokens};
pub use vocabulary::{TextVocabulary, usable};
pub use wording::{Template, Wording};

use serde::{Deserialize, Serialize};

/// The description of a text package's prompts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSpec {
    /// Wording of the prompt.
    pub template: Template,
    /// The tokenizer's id of every row of the embedding table: padding, beginning, unknown, one more, No, Yes, then the others ascending.
    pub kept: Vec<u32>,
    /// The answers as text, one token each.
    pub answers: Answers,
    /// The tokenizer's ids of the special tokens.
    #[serde(default)]
    pub specials: Specials,
    /// Number of training rows that the model was trained on, evenly spaced over all; absent if it was trained on all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// Rank of the adapter that Original was tuned with before merging; absent if every weight was tuned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// Largest number of rows of every set that metrics are computed on; absent if the model's size decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eval_rows: Option<usize>,
}

/// The two answers as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The text of row [`NO`](super::tokenizer::NO).
    pub no: String,
    /// The text of row [`YES`](super::tokenizer::YES).
    pub yes: String,
}

impl Default for Answers {
    /// The answers as they are spelled at the beginning of a line, where every template ends.
    fn default() -> Self {
        Self { no: "No".into(), yes: "Yes".into() }
    }
}

/// The ids of the special tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specials {
    /// Beginning of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bos: Option<u32>,
    /// End of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eos: Option<u32>,
    /// Padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pad: Option<u32>,
    /// Unknown token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unk: Option<u32>,
}
