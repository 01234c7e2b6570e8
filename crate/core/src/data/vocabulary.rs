//! What turns questions into a model's tokens: a nano's items and ratings, or a language model's words.

use super::prompt::Question;
use super::text::TextVocabulary;
use super::tokenizer::ItemVocabulary;
use crate::{Error, Result};
use std::sync::Arc;

/// A model's vocabulary.
#[derive(Clone)]
pub enum Vocabulary {
    /// One token an item and one a rating.
    Items(Arc<ItemVocabulary>),
    /// Plain words.
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

    /// Whether it has no token: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nano's.
    ///
    /// # Errors
    /// If it is a language model's.
    pub fn items(&self) -> Result<&ItemVocabulary> {
        match self {
            Self::Items(items) => Ok(items),
            Self::Text(_) => Err(Error::setting("model", "must have one token an item", "a language model")),
        }
    }

    /// The prompt's units, appended to `out`: a nano's tokens themselves, or what a [`TextVocabulary`] knows the tokens of.
    pub fn units(&self, question: &Question, out: &mut Vec<u32>) {
        match self {
            Self::Items(items) => items.prompt(question, out),
            Self::Text(text) => text.wording().units(question, out),
        }
    }

    /// Puts something that names no item in the place of every item of a prompt's history.
    pub fn unname(&self, units: &mut [u32]) {
        match self {
            Self::Items(items) => items.unname(units),
            Self::Text(text) => text.wording().unname(units),
        }
    }

    /// The language model's, if it is one.
    pub fn text(&self) -> Option<&Arc<TextVocabulary>> {
        match self {
            Self::Items(_) => None,
            Self::Text(text) => Some(text),
        }
    }
}
