//! The tokenizer of a language model: the one place that knows the `tokenizers` crate.
//!
//! Without the feature `text` there is none, and no language model can be opened: what the page loads first is for nanos alone, and smaller
//! by the crate and its regular expressions.

use crate::{Error, Result};

const TOKENIZER: &str = "tokenizer.json";

/// An opened `tokenizer.json`.
#[cfg(feature = "text")]
pub struct Encoder(tokenizers::Tokenizer);

/// Never made: see the module.
#[cfg(not(feature = "text"))]
pub enum Encoder {}

#[cfg(feature = "text")]
impl Encoder {
    /// Opens a `tokenizer.json`.
    ///
    /// # Errors
    /// If it is not one.
    pub fn open(bytes: &[u8]) -> Result<Self> {
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(super::sound::checked(TOKENIZER, bytes)?).map_err(fail)?;
        // What BPE has cut it keeps in a cache of the thread, which outlives the tokenizer: each one opened would leave its words behind for good. Each text
        // is cut once here, so little is lost without it.
        if let tokenizers::ModelWrapper::BPE(model) = tokenizer.get_model() {
            let mut model = model.clone();
            model.resize_cache(0);
            tokenizer.with_model(model);
        }
        Ok(Self(tokenizer))
    }

    /// Ids of a text, with the special tokens that its template adds or without.
    ///
    /// # Errors
    /// If the tokenizer fails on it.
    pub fn ids(&self, text: &str, with_specials: bool) -> Result<Vec<u32>> {
        Ok(self.0.encode_fast(text, with_specials).map_err(fail)?.get_ids().to_vec())
    }

    /// The text of a token; bytes that are no whole character are `�`.
    pub fn text(&self, id: u32) -> Option<String> {
        self.0.decode(&[id], false).ok()
    }

    /// The id of a token as the vocabulary writes it.
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.0.token_to_id(token)
    }

    /// Every id there is, added tokens too, in no order.
    pub fn all_ids(&self) -> Vec<u32> {
        self.0.get_vocab(true).into_values().collect()
    }

    /// Whether it weighs whole words (SentencePiece's Unigram).
    pub fn is_unigram(&self) -> bool {
        matches!(self.0.get_model(), tokenizers::ModelWrapper::Unigram(_))
    }

    /// Its pre-tokenizer as the file has it; null if it has none.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn pre_tokenizer(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self.0.get_pre_tokenizer()).map_err(|e| Error::package(TOKENIZER, e.to_string()))
    }

    /// Whether it changes the text before it is cut.
    pub fn has_normalizer(&self) -> bool {
        self.0.get_normalizer().is_some()
    }
}

#[cfg(feature = "text")]
fn fail(error: tokenizers::Error) -> Error {
    Error::package(TOKENIZER, error.to_string())
}

#[cfg(not(feature = "text"))]
#[allow(missing_docs, clippy::missing_errors_doc)] // as above
impl Encoder {
    pub fn open(_: &[u8]) -> Result<Self> {
        Err(Error::package(TOKENIZER, "belongs to a language model, which this engine was built without"))
    }

    pub fn ids(&self, _: &str, _: bool) -> Result<Vec<u32>> {
        match *self {}
    }

    pub fn text(&self, _: u32) -> Option<String> {
        match *self {}
    }

    pub fn id_of(&self, _: &str) -> Option<u32> {
        match *self {}
    }

    pub fn all_ids(&self) -> Vec<u32> {
        match *self {}
    }

    pub fn is_unigram(&self) -> bool {
        match *self {}
    }

    pub fn pre_tokenizer(&self) -> Result<serde_json::Value> {
        match *self {}
    }

    pub fn has_normalizer(&self) -> bool {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each made tokenizers 0.23 panic, or would.
    #[test]
    fn what_is_not_json_is_told() {
        let around = |inside: &[u8]| {
            [br#"{"version":"1.0","added_tokens":[],"pre_tokenizer":null,"decoder":{"type":"ByteLevel","x":"#, inside].concat()
        };
        let deep = "[".repeat(1000);
        for (inside, says) in [(&b""[..], "EOF"), (b"\"\xff\"}}", "unicode"), (b"1e999}}", "out of range"), (deep.as_bytes(), "recursion")]
        {
            let told = Encoder::open(&around(inside)).err().unwrap().to_string();
            assert!(told.contains(says), "{told}");
        }
    }
}
