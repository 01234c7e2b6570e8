//! The tokenizer of a language model: the only module that uses the `tokenizers` crate.
//!
//! Without the feature `text` there is no tokenizer, and no language model can be opened. The module that the page loads first is for nanos
//! only, and smaller by the crate and its regular expressions.

use crate::{Error, Result};

const TOKENIZER: &str = "tokenizer.json";

/// A loaded `tokenizer.json`.
#[cfg(feature = "text")]
pub struct Encoder(tokenizers::Tokenizer);

/// Has no values, since the feature is off (see the module).
#[cfg(not(feature = "text"))]
pub enum Encoder {}

#[cfg(feature = "text")]
impl Encoder {
    /// Loads a `tokenizer.json`.
    ///
    /// # Errors
    /// If it is not valid.
    pub fn open(bytes: &[u8]) -> Result<Self> {
        let mut tokenizer = tokenizers::Tokenizer::from_bytes(super::sound::checked(TOKENIZER, bytes)?).map_err(fail)?;
        // BPE keeps the words it has split in a thread-local cache that outlives the tokenizer, so every opened tokenizer would leave its words
        // behind for good. Each text is encoded only once here, so little is lost without the cache.
        if let tokenizers::ModelWrapper::BPE(model) = tokenizer.get_model() {
            let mut model = model.clone();
            model.resize_cache(0);
            tokenizer.with_model(model);
        }
        Ok(Self(tokenizer))
    }

    /// The ids of a text, with or without the special tokens that the tokenizer's template adds.
    ///
    /// # Errors
    /// If the tokenizer fails on the text.
    pub fn ids(&self, text: &str, with_specials: bool) -> Result<Vec<u32>> {
        Ok(self.0.encode_fast(text, with_specials).map_err(fail)?.get_ids().to_vec())
    }

    /// The text of a token; bytes that are not a whole character become `�`.
    pub fn text(&self, id: u32) -> Option<String> {
        self.0.decode(&[id], false).ok()
    }

    /// The id of a token, given as the vocabulary spells it.
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.0.token_to_id(token)
    }

    /// All ids, including those of added tokens, in no particular order.
    pub fn all_ids(&self) -> Vec<u32> {
        self.0.get_vocab(true).into_values().collect()
    }

    /// Whether it is a Unigram model (SentencePiece), which scores whole words.
    pub fn is_unigram(&self) -> bool {
        matches!(self.0.get_model(), tokenizers::ModelWrapper::Unigram(_))
    }

    /// The pre-tokenizer as in the file; null if there is none.
    ///
    /// # Errors
    /// If it cannot be serialised.
    pub fn pre_tokenizer(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self.0.get_pre_tokenizer()).map_err(|e| Error::package(TOKENIZER, e.to_string()))
    }

    /// Whether it changes the text before splitting it.
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

    /// Each of these made tokenizers 0.23 panic, or would.
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
