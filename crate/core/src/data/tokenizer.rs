//! The nano's word-level vocabulary, stored as a `tokenizer.json` that any binding of `tokenizers` can read.

use super::interaction::Dataset;
use super::profile;
use super::prompt::{Question, item_word, rating_word};
use crate::{Error, Result};
use serde::Deserialize;
use std::collections::HashMap;

/// Token of the answer `No`.
pub const NO: u32 = 4;
/// Token of the answer `Yes`.
pub const YES: u32 = 5;
/// Number of tokens that the output layer scores: special tokens, answers, ratings. Profile words, if any, and items come after them.
pub const HEAD_VOCAB: usize = 16;
const SPECIAL: [&str; 6] = ["[pad]", "[bos]", "[unk]", "[ask]", "No", "Yes"];
/// Token that every prompt begins with.
pub const BOS: u32 = 1;
/// Token of an item that the model was not trained on.
pub const UNK: u32 = 2;
const ASK: u32 = 3;
const FIRST_RATING: u32 = 6;

/// The parts of the file that are read. A nano's words are simply looked up, so it needs no tokenizer.
#[derive(Deserialize)]
struct File {
    model: WordLevel,
}

/// A word-level vocabulary.
#[derive(Deserialize)]
#[serde(tag = "type")]
enum WordLevel {
    WordLevel { vocab: HashMap<String, u32> },
}

/// A nano's vocabulary, with the tokens of the items.
pub struct ItemVocabulary {
    tokens: HashMap<u32, u32>,
    size: usize,
    has_profile: bool,
}

impl ItemVocabulary {
    /// The `tokenizer.json` for these items, in this order, with or without profile words.
    pub fn json(items: &[u32], with_profile: bool) -> String {
        let mut vocab = serde_json::Map::new();
        let ratings = (1..=10).map(|half| rating_word(half as f32 / 2.0));
        let profile = if with_profile { profile::words() } else { Vec::new() };
        let items = items.iter().map(|item| item_word(*item));
        for (id, word) in SPECIAL.iter().map(|w| (*w).to_owned()).chain(ratings).chain(profile).chain(items).enumerate() {
            vocab.insert(word, id.into());
        }
        serde_json::json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
            "pre_tokenizer": { "type": "WhitespaceSplit" }, "post_processor": null, "decoder": null,
            "model": { "type": "WordLevel", "vocab": vocab, "unk_token": "[unk]" }
        })
        .to_string()
    }

    /// The `tokenizer.json` for all items of a dataset, rated or with metadata, ascending; with profile words if there are authors.
    pub fn json_of(dataset: &Dataset) -> String {
        Self::json(&dataset.item_ids(), dataset.has_authors())
    }

    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// If it is not valid, or its first tokens are not the nano's.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let fail = |reason: String| Error::package("tokenizer.json", reason);
        let File { model: WordLevel::WordLevel { vocab } } = serde_json::from_slice(bytes).map_err(|e| fail(e.to_string()))?;
        let mut ids: Vec<u32> = vocab.values().copied().collect();
        ids.sort_unstable();
        if !ids.iter().copied().eq(0..ids.len() as u32) {
            return Err(fail(format!("the {} tokens must have the ids 0 to {}, each once", ids.len(), ids.len().saturating_sub(1))));
        }
        for (id, word) in SPECIAL.iter().enumerate() {
            if vocab.get(*word) != Some(&(id as u32)) {
                return Err(fail(format!("token `{word}` must have id {id}, got {:?}", vocab.get(*word))));
            }
        }
        if vocab.get("r0.5") != Some(&FIRST_RATING) || vocab.get("r5.0") != Some(&(FIRST_RATING + 9)) {
            return Err(fail(format!("ratings r0.5 to r5.0 must have ids {FIRST_RATING} to {}", FIRST_RATING + 9)));
        }
        let has_profile = vocab.contains_key(profile::NO_AUTHOR);
        for (word, id) in profile::words().iter().zip(HEAD_VOCAB as u32..).filter(|_| has_profile) {
            if vocab.get(word) != Some(&id) {
                return Err(fail(format!("token `{word}` must have id {id}, got {:?}", vocab.get(word))));
            }
        }
        let tokens = vocab.iter().filter_map(|(word, id)| Some((word.strip_prefix('i')?.parse().ok()?, *id))).collect();
        Ok(Self { size: vocab.len(), tokens, has_profile })
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.size
    }

    /// Whether it has no token: always false, since the special tokens are checked.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// Number of profile words in every prompt.
    pub fn n_profile(&self) -> usize {
        if self.has_profile { profile::N_WORDS } else { 0 }
    }

    /// The first token of an item.
    pub fn first_item(&self) -> u32 {
        (HEAD_VOCAB + if self.has_profile { profile::words().len() } else { 0 }) as u32
    }

    /// Whether the item has its own token.
    pub fn knows(&self, item: u32) -> bool {
        self.tokens.contains_key(&item)
    }

    /// The token of an item; [`UNK`] if the model does not know it.
    pub fn item(&self, item: u32) -> u32 {
        self.tokens.get(&item).copied().unwrap_or(UNK)
    }

    /// All items with their tokens, in no particular order.
    pub fn items(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.tokens.iter().map(|(item, token)| (*item, *token))
    }

    /// Replaces every item except the one asked about by [`UNK`].
    pub fn unname(&self, prompt: &mut [u32]) {
        let asked = prompt.len().saturating_sub(2);
        prompt[..asked].iter_mut().filter(|token| **token >= self.first_item()).for_each(|token| *token = UNK);
    }

    /// Appends the tokens of the prompt to `out`: the encoding of [`Question::words`], computed without the text.
    pub fn prompt(&self, question: &Question, out: &mut Vec<u32>) {
        out.push(BOS);
        for (item, rating) in question.history() {
            out.extend([self.item(*item), FIRST_RATING + (rating * 2.0) as u32 - 1]);
        }
        if self.has_profile {
            out.extend(question.profile().word_ids().map(|id| (HEAD_VOCAB + id) as u32));
        }
        out.extend([self.item(question.target), ASK]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::text::Encoder;

    #[test]
    fn table_and_tokenizer_agree() {
        let earlier = [(7, 0.5), (318, 5.0), (50, 3.5), (999, 2.0)];
        let question = Question { earlier: &earlier, target: 50, same_author: &[7, 50], user: None };
        let both = |with_profile| {
            let json = ItemVocabulary::json(&[7, 50, 318], with_profile);
            let vocabulary = ItemVocabulary::from_json(json.as_bytes()).unwrap();
            let mut ids = Vec::new();
            vocabulary.prompt(&question, &mut ids);
            assert_eq!(ids, Encoder::open(json.as_bytes()).unwrap().ids(&question.words(with_profile), false).unwrap());
            assert_eq!(vocabulary.item(7), vocabulary.first_item());
            ids
        };
        assert_eq!(both(false), [1, 16, 6, 18, 15, 17, 12, UNK, 9, 17, 3]);
        // mean 2.75, 2² ratings, two by the author with mean 2.0
        let words = profile::words();
        let id = |word: &str| (HEAD_VOCAB + words.iter().position(|w| w == word).unwrap()) as u32;
        let first = (HEAD_VOCAB + words.len()) as u32;
        let profile = [id("m2.75"), id("n2"), id("a2.0x2")];
        let history = [first, 6, first + 2, 15, first + 1, 12, UNK, 9];
        assert_eq!(both(true), [&[1][..], &history, &profile, &[first + 1, 3]].concat());
    }

    #[test]
    fn a_foreign_tokenizer_is_refused() {
        let error = ItemVocabulary::from_json(br#"{"model":{"type":"WordLevel","vocab":{"a":0},"unk_token":"a"}}"#).err().unwrap();
        assert!(error.to_string().contains("token `[pad]` must have id 0"), "{error}");
        let error = |bytes: &[u8]| ItemVocabulary::from_json(bytes).err().unwrap().to_string();
        assert!(error(br#"{"model":{"type":"BPE","vocab":{},"merges":[]}}"#).contains("unknown variant `BPE`"));
        assert!(error(br#"{"model":{"type":"WordLevel","vocab":{"a":0,"b":0}}}"#).contains("ids 0 to 1, each once"));
        assert!(error(br#"{"model":{"type":"WordLevel","#).contains("EOF"));
    }
}
