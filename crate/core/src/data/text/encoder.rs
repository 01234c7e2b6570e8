//! The tokenizer of a language model: the only module that uses the `tokenizers` crate.
//!
//! Without the feature `text` there is no tokenizer, and no language model can be opened. The module that the page loads first is for nanos
//! only, and smaller by the crate and its regular expressions.

use crate::{Error, Result};

const TOKENIZER: &str = "tokenizer.json";
/// How SentencePiece shows a space.
pub const SPACE: char = '▁';

/// A loaded `tokenizer.json`.
#[cfg(feature = "text")]
pub struct Encoder {
    tokenizer: tokenizers::Tokenizer,
    /// The same for a text that continues another, if a text that begins has a space put before it.
    continued: Option<Box<tokenizers::Tokenizer>>,
}

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
        let sound = super::sound::checked(TOKENIZER, bytes)?;
        let continued = without_prefix(&sound).map(|bytes| load(&bytes).map(Box::new)).transpose()?;
        Ok(Self { tokenizer: load(&sound)?, continued })
    }

    /// The ids of a text, with or without the special tokens that the tokenizer's template adds.
    ///
    /// # Errors
    /// If the tokenizer fails on the text.
    pub fn ids(&self, text: &str, with_specials: bool) -> Result<Vec<u32>> {
        Ok(self.tokenizer.encode_fast(text, with_specials).map_err(fail)?.get_ids().to_vec())
    }

    /// The ids of a text that continues another, which ended where the tokenizer cuts: no space is put before it. A Unigram tokenizer, which is asked for
    /// whole texts alone, puts its space.
    ///
    /// # Errors
    /// If the tokenizer fails on the text.
    pub fn continued(&self, text: &str) -> Result<Vec<u32>> {
        let tokenizer = self.continued.as_ref().map_or(&self.tokenizer, |continued| continued.as_ref());
        Ok(tokenizer.encode_fast(text, false).map_err(fail)?.get_ids().to_vec())
    }

    /// The special tokens that the tokenizer's template puts before every text.
    ///
    /// # Errors
    /// If the tokenizer fails.
    pub fn opening(&self) -> Result<Vec<u32>> {
        let (plain, whole) = (self.ids("a", false)?, self.ids("a", true)?);
        let at = whole.windows(plain.len().max(1)).position(|ids| ids == plain).unwrap_or(0);
        Ok(whole[..at].to_vec())
    }

    /// The text of a token; bytes that are not a whole character become `�`.
    pub fn text(&self, id: u32) -> Option<String> {
        // SentencePiece's decoder takes a space from the beginning of every text, and this is one from the middle.
        match self.tokenizer.id_to_token(id) {
            Some(token) if token.starts_with(SPACE) && !self.is_unigram() => Some(token.replace(SPACE, " ")),
            _ => self.tokenizer.decode(&[id], false).ok(),
        }
    }

    /// The id of a token, given as the vocabulary spells it.
    pub fn id_of(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// All tokens as the vocabulary spells them, in no particular order.
    pub fn all_tokens(&self) -> Vec<String> {
        self.tokenizer.get_vocab(true).into_keys().collect()
    }

    /// All ids, including those of added tokens, in no particular order.
    pub fn all_ids(&self) -> Vec<u32> {
        self.tokenizer.get_vocab(true).into_values().collect()
    }

    /// Whether it is a Unigram model (SentencePiece), which scores whole words.
    pub fn is_unigram(&self) -> bool {
        matches!(self.tokenizer.get_model(), tokenizers::ModelWrapper::Unigram(_))
    }

    /// The pre-tokenizer as in the file; null if there is none.
    ///
    /// # Errors
    /// If it cannot be serialised.
    pub fn pre_tokenizer(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self.tokenizer.get_pre_tokenizer()).map_err(|e| Error::package(TOKENIZER, e.to_string()))
    }

    /// The normaliser as in the file; null if there is none.
    ///
    /// # Errors
    /// If it cannot be serialised.
    pub fn normalizer(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self.tokenizer.get_normalizer()).map_err(|e| Error::package(TOKENIZER, e.to_string()))
    }
}

#[cfg(feature = "text")]
fn load(bytes: &[u8]) -> Result<tokenizers::Tokenizer> {
    let mut tokenizer = tokenizers::Tokenizer::from_bytes(bytes).map_err(fail)?;
    // BPE keeps the words it has split in a thread-local cache that outlives the tokenizer, so every opened tokenizer would leave its words
    // behind for good. Each text is encoded only once here, so little is lost without the cache.
    if let tokenizers::ModelWrapper::BPE(model) = tokenizer.get_model() {
        let mut model = model.clone();
        model.resize_cache(0);
        tokenizer.with_model(model);
    }
    Ok(tokenizer)
}

/// The file without the space that it puts before a text; `None` if it puts none, or is no BPE.
#[cfg(feature = "text")]
fn without_prefix(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut file: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    if file["model"]["type"] != "BPE" {
        return None;
    }
    let mut found = false;
    if let Some(parts) = file.pointer_mut("/normalizer/normalizers").and_then(serde_json::Value::as_array_mut) {
        let n = parts.len();
        parts.retain(|part| part["type"] != "Prepend");
        found |= parts.len() < n;
    }
    let pre = &mut file["pre_tokenizer"];
    if pre["type"] == "Metaspace" && pre["prepend_scheme"] != "never" && pre["add_prefix_space"] != false {
        pre["prepend_scheme"] = "never".into();
        if let Some(pre) = pre.as_object_mut() {
            pre.remove("add_prefix_space");
        }
        found = true;
    }
    found.then(|| serde_json::to_vec(&file).ok()).flatten()
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

    pub fn continued(&self, _: &str) -> Result<Vec<u32>> {
        match *self {}
    }

    pub fn opening(&self) -> Result<Vec<u32>> {
        match *self {}
    }

    pub fn text(&self, _: u32) -> Option<String> {
        match *self {}
    }

    pub fn all_tokens(&self) -> Vec<String> {
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

    pub fn normalizer(&self) -> Result<serde_json::Value> {
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
