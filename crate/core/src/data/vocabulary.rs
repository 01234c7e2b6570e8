//! The vocabulary of a model, which turns questions into tokens: a nano's items and ratings, or a language model's words.

use super::prompt::Question;
use super::text::TextVocabulary;
use super::tokenizer::ItemVocabulary;
use crate::{Error, Result};
use std::sync::Arc;

/// The vocabulary of a model.
#[derive(Clone)]
pub enum Vocabulary {
    /// A nano's: one token per item and one per rating.
    Items(Arc<ItemVocabulary>),
    /// A language model's: plain text.
    Text(Arc<TextVocabulary>),
}

impl From<ItemVocabulary> for Vocabulary {
    fn from(items: ItemVocabulary) -> Self {
        Self::Items(Arc::new(items))
    }
}

impl From<TextVocabulary> for Vocabulary {
    fn from(text: TextVocabulary) -> Self {
        Self::Text(Arc::new(text))
    }
}

impl Vocabulary {
    /// Number of tokens.
    pub fn len(&self) -> usize {
        match self {
            Self::Items(items) => items.len(),
            Self::Text(text) => text.len(),
        }
    }

    /// Whether it has no token: always false.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nano's vocabulary.
    ///
    /// # Errors
    /// If it is a language model's.
    pub fn items(&self) -> Result<&ItemVocabulary> {
        match self {
            Self::Items(items) => Ok(items),
            Self::Text(_) => Err(Error::setting("model", "must have one token an item", "a language model")),
        }
    }

    /// Appends the units of the prompt to `out`: tokens for a nano, otherwise units whose tokens [`TextVocabulary`] gives.
    pub fn units(&self, question: &Question, out: &mut Vec<u32>) {
        match self {
            Self::Items(items) => items.prompt(question, out),
            Self::Text(text) => text.wording().units(question, out),
        }
    }

    /// Replaces every item in a prompt's history by an anonymous one.
    pub fn unname(&self, units: &mut [u32]) {
        match self {
            Self::Items(items) => items.unname(units),
            Self::Text(text) => text.wording().unname(units),
        }
    }

    /// The language model's vocabulary, if it is one.
    pub fn text(&self) -> Option<&Arc<TextVocabulary>> {
        match self {
            Self::Items(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}
