//! A language model's vocabulary: its tokenizer, mapped to the rows that a package kept, with every unit of a wording encoded once.
//!
//! A Unigram tokenizer (SentencePiece, T5) merges white space and scores whole words, so units encoded separately do not give the prompt's
//! tokens. Its prompts are encoded whole on every use, with the special tokens that end them.

use super::{Encoder, Family, TextSpec, Wording};
use crate::data::interaction::Dataset;
use crate::data::prompt::Question;
use crate::data::tokenizer::{NO, UNK, YES};
use crate::{Error, Result};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The prompts of one dataset as token rows of one model.
pub struct TextVocabulary {
    tokenizer: Encoder,
    wording: Wording,
    kept: Vec<u32>,
    /// Row of every tokenizer id; [`UNK`] if it was not kept.
    row_of: Vec<u32>,
    /// Tokens of every unit that was used so far.
    units: Vec<OnceLock<Vec<u32>>>,
    family: Family,
    n_unknown: AtomicU32,
}

impl TextVocabulary {
    /// Loads a `tokenizer.json` for a package's spec and a dataset's titles.
    ///
    /// # Errors
    /// If it is not valid, encodes units differently from whole prompts, or does not fit the spec.
    pub fn new(tokenizer: &[u8], spec: &TextSpec, dataset: &Dataset) -> Result<Self> {
        let (tokenizer, family) = usable(tokenizer)?;
        let fail = |reason: String| Error::package("manifest.json", format!("text: {reason}"));
        if dataset.item_ids().is_empty() {
            return Err(fail("the data must have an item, got none".into()));
        }
        let n_ids = tokenizer.all_ids().into_iter().max().map_or(0, |id| id as usize + 1);
        // T5's embedding table has more rows than its tokenizer has tokens.
        let n_tokens = n_ids.max(spec.kept.len());
        let mut row_of = vec![UNK; n_tokens];
        let mut seen = vec![false; n_tokens];
        for (row, id) in spec.kept.iter().enumerate() {
            match seen.get_mut(*id as usize) {
                Some(taken) if !*taken => *taken = true,
                _ => return Err(fail(format!("kept must be different ids below {n_tokens}, got {id} in row {row}"))),
            }
            row_of[*id as usize] = row as u32;
        }
        for (row, answer) in [(NO, &spec.answers.no), (YES, &spec.answers.yes)] {
            let ids = tokenizer.continued(answer)?;
            if spec.kept.get(row as usize).is_none_or(|id| ids != [*id]) {
                return Err(fail(format!("answer `{answer}` must be the one token of row {row}, it is {ids:?}")));
            }
        }
        let wording = Wording::new(spec.template, dataset);
        let units = (0..wording.n_units()).map(|_| OnceLock::new()).collect();
        Ok(Self { tokenizer, wording, kept: spec.kept.clone(), row_of, units, family, n_unknown: AtomicU32::new(0) })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether it has no row: always false, since the answers are checked.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The wording of the prompts.
    pub fn wording(&self) -> &Wording {
        &self.wording
    }

    /// The tokenizer's id of a row.
    pub fn id_of(&self, row: u32) -> Option<u32> {
        self.kept.get(row as usize).copied()
    }

    /// The text of a row; bytes that are not a whole character become `�`.
    pub fn text_of(&self, row: u32) -> String {
        self.id_of(row).and_then(|id| self.tokenizer.text(id)).unwrap_or_default()
    }

    /// Number of tokens so far that the package did not keep; the model sees each of them as unknown.
    pub fn n_unknown(&self) -> u32 {
        self.n_unknown.load(Ordering::Relaxed)
    }

    /// The rows of a unit's tokens.
    pub fn tokens(&self, unit: u32) -> &[u32] {
        self.units[unit as usize].get_or_init(|| {
            // A byte-level tokenizer does not fail on any text. If one ever does, the unit is unknown, and counted.
            let ids = unit_ids(&self.tokenizer, self.family, &self.wording, unit).unwrap_or_else(|_| vec![u32::MAX]);
            let rows = self.rows(&ids);
            self.count_unknown(&ids, &rows);
            rows
        })
    }

    /// Whether prompts are encoded whole.
    pub fn is_whole(&self) -> bool {
        self.family == Family::Whole
    }

    /// The range of a unit's tokens that name an item.
    pub fn name(&self, unit: u32) -> Option<std::ops::Range<usize>> {
        self.wording.name(unit, self.tokens(unit).len(), self.family == Family::AfterBreak)
    }

    /// The rows of a prompt's tokens, given its units.
    pub fn prompt(&self, units: &[u32]) -> Vec<u32> {
        if self.is_whole() {
            self.rows(&self.encode_units(units))
        } else {
            units.iter().flat_map(|unit| self.tokens(*unit)).copied().collect()
        }
    }

    /// Number of tokens of a prompt, given its units.
    pub fn n_tokens(&self, units: &[u32]) -> usize {
        if !self.is_whole() {
            return units.iter().map(|unit| self.tokens(*unit).len()).sum();
        }
        let ids = self.encode_units(units);
        self.count_unknown(&ids, &self.rows(&ids));
        ids.len()
    }

    fn encode_units(&self, units: &[u32]) -> Vec<u32> {
        let text: String = units.iter().map(|unit| self.wording.text(*unit)).collect();
        // As for a unit: what cannot be encoded is one unknown token.
        self.tokenizer.ids(&text, true).unwrap_or_else(|_| vec![u32::MAX])
    }

    fn rows(&self, ids: &[u32]) -> Vec<u32> {
        ids.iter().map(|id| self.row_of.get(*id as usize).copied().unwrap_or(UNK)).collect()
    }

    fn count_unknown(&self, ids: &[u32], rows: &[u32]) {
        let unknown = ids.iter().zip(rows).filter(|(id, row)| **row == UNK && self.id_of(UNK) != Some(**id)).count();
        self.n_unknown.fetch_add(unknown as u32, Ordering::Relaxed);
    }

    /// The tokenizer's ids of a prompt encoded as a whole, after the special tokens that begin it: the units' tokens must concatenate to the same.
    ///
    /// # Errors
    /// If the tokenizer fails on the prompt.
    pub fn encode(&self, question: &Question) -> Result<Vec<u32>> {
        let ids = self.tokenizer.ids(&self.wording.prompt(question), false)?;
        Ok(if self.is_whole() { ids } else { [self.tokenizer.opening()?, ids].concat() })
    }
}

/// Reads a tokenizer of a known family. Import, training and forgetting all ask this.
///
/// # Errors
/// If it is of none, or damaged; the message says which kind it is.
pub fn usable(bytes: &[u8]) -> Result<(Encoder, Family)> {
    let tokenizer = Encoder::open(bytes)?;
    let family = Family::of(&tokenizer)?;
    Ok((tokenizer, family))
}

/// The tokenizer's ids of a unit, as they are inside a prompt.
///
/// # Errors
/// If the tokenizer fails on the unit's text.
pub fn unit_ids(tokenizer: &Encoder, family: Family, wording: &Wording, unit: u32) -> Result<Vec<u32>> {
    let text = if family == Family::AfterBreak { wording.text_to_break(unit) } else { wording.text(unit) };
    // The first unit of every prompt is one that stands nowhere else.
    Ok(if wording.opens(unit) { [tokenizer.opening()?, tokenizer.ids(&text, false)?].concat() } else { tokenizer.continued(&text)? })
}
