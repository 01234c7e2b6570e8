//! Encoded prompts, and batches of rows of equal length: no padding, no mask, and the answer is always at the last position.
//!
//! A text prompt is stored as its units and becomes tokens on demand, so ten thousand prompts of a hundred tokens take no more memory than
//! the nano's.

use super::prompt::Question;
use super::split::{Sample, Split};
use super::text::TextVocabulary;
use super::tokenizer::ItemVocabulary;
use super::vocabulary::Vocabulary;
use crate::tensor::random::SeedRng;
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The user of a row that asks about nobody in particular.
pub const NOBODY: u32 = u32::MAX;

/// The encoded prompts of a set of samples.
#[derive(Clone, Default)]
pub struct Encoded {
    /// Gives the tokens of a unit; `None` if units are tokens.
    text: Option<Arc<TextVocabulary>>,
    units: Vec<u32>,
    ends: Vec<u32>,
    /// Lengths of prompts that are encoded whole, computed on first use: batches are formed by length, so each is needed often.
    lengths: Vec<OnceLock<usize>>,
    /// Whether the true answer is Yes, for each row.
    pub labels: Vec<bool>,
    /// The user that each row asks about; [`NOBODY`] if it is nobody in particular.
    pub users: Vec<u32>,
    /// The first token that names an item, if units are tokens.
    first_name: u32,
}

impl Encoded {
    /// Encodes samples in their order.
    pub fn new<'a>(samples: impl IntoIterator<Item = &'a Sample>, split: &Split, vocabulary: &Vocabulary) -> Self {
        let mut encoded = Self::default();
        for sample in samples {
            encoded.push(&split.question(sample), sample.label(), vocabulary);
        }
        encoded
    }

    /// Appends one prompt.
    pub fn push(&mut self, question: &Question, label: bool, vocabulary: &Vocabulary) {
        vocabulary.units(question, &mut self.units);
        self.text = vocabulary.text().cloned();
        self.first_name = vocabulary.items().map_or(u32::MAX, ItemVocabulary::first_item);
        if self.text.as_ref().is_some_and(|text| text.is_whole()) {
            self.lengths.push(OnceLock::new());
        }
        self.ends.push(self.units.len() as u32);
        self.labels.push(label);
        self.users.push(question.user.unwrap_or(NOBODY));
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The tokens of row `row`.
    pub fn row(&self, row: u32) -> Cow<'_, [u32]> {
        match &self.text {
            None => Cow::Borrowed(self.units(row)),
            Some(text) => Cow::Owned(text.prompt(self.units(row))),
        }
    }

    /// True answers of `rows`.
    pub fn truth(&self, rows: &[u32]) -> Vec<bool> {
        rows.iter().map(|row| self.labels[*row as usize]).collect()
    }

    /// Number of tokens of row `row`.
    pub fn n_tokens(&self, row: u32) -> usize {
        match &self.text {
            None => self.units(row).len(),
            Some(text) => match self.lengths.get(row as usize) {
                Some(length) => *length.get_or_init(|| text.n_tokens(self.units(row))),
                None => text.n_tokens(self.units(row)),
            },
        }
    }

    /// Checks that every row fits into the number of positions of a model, if that is limited.
    ///
    /// # Errors
    /// If a row is too long.
    pub fn check_lengths(&self, most: Option<usize>) -> Result<()> {
        let Some(most) = most else { return Ok(()) };
        match (0..self.len() as u32).map(|row| self.n_tokens(row)).find(|n| *n > most) {
            Some(n) => Err(Error::setting("prompt", format!("must have at most {most} tokens, as many as the model has positions"), n)),
            None => Ok(()),
        }
    }

    /// The tokens of the item that row `row` asks about.
    pub fn target(&self, row: u32) -> &[u32] {
        let units = self.units(row);
        let at = units.len() - 1 - self.text.as_ref().map_or(1, |text| text.wording().n_after_target());
        let target = &units[at..at + 1];
        self.text.as_ref().map_or(target, |text| text.tokens(target[0]))
    }

    /// Positions of the tokens of row `row` that name items, as one range per name; empty if prompts are encoded whole.
    pub fn names(&self, row: u32) -> Vec<std::ops::Range<usize>> {
        let Some(text) = &self.text else {
            let named = self.units(row).iter().enumerate().filter(|(_, token)| **token >= self.first_name);
            return named.map(|(at, _)| at..at + 1).collect();
        };
        if text.is_whole() {
            return Vec::new();
        }
        let (mut names, mut at) = (Vec::new(), 0);
        for unit in self.units(row) {
            names.extend(text.name(*unit).map(|name| at + name.start..at + name.end));
            at += text.tokens(*unit).len();
        }
        names
    }

    /// Positions in row `row` at which a history item is followed by its rating in the place of an answer, with whether that answer is Yes. Empty
    /// if the wording has no such positions, or prompts are encoded whole.
    pub fn answered(&self, row: u32) -> Vec<(usize, bool)> {
        let Some(text) = self.text.as_ref().filter(|text| !text.is_whole()) else { return Vec::new() };
        let mut n_tokens = 0;
        let mut answered = Vec::new();
        for unit in self.units(row) {
            if let Some(liked) = text.wording().answered(*unit) {
                answered.push((n_tokens - 1, liked));
            }
            n_tokens += text.tokens(*unit).len();
        }
        answered
    }

    fn units(&self, row: u32) -> &[u32] {
        let start = if row == 0 { 0 } else { self.ends[row as usize - 1] as usize };
        &self.units[start..self.ends[row as usize] as usize]
    }

    /// The given rows over a smaller vocabulary: every token below `n_fixed`, then the others that occur, ascending.
    ///
    /// Returns the rows, renumbered from 0, and the old token of every new token.
    pub fn compact(&self, rows: &[u32], n_fixed: u32) -> (Self, Vec<u32>) {
        let mut used: Vec<u32> = (0..n_fixed).chain(rows.iter().flat_map(|row| self.row(*row).into_owned())).collect();
        used.sort_unstable();
        used.dedup();
        let mut compact = Self { first_name: u32::MAX, ..Self::default() }; // item names cannot be recognised among renumbered tokens
        for row in rows {
            // Every token of the row is in `used`, so the partition point is its index.
            compact.units.extend(self.row(*row).iter().map(|token| used.partition_point(|known| known < token) as u32));
            compact.ends.push(compact.units.len() as u32);
            compact.labels.push(self.labels[*row as usize]);
            compact.users.push(self.users[*row as usize]);
        }
        (compact, used)
    }

    /// The given rows, renumbered from 0, with every item in their histories made anonymous. The item asked about, the ratings and the wording stay.
    #[must_use]
    pub fn generic(&self, rows: &[u32], vocabulary: &Vocabulary) -> Self {
        let mut generic = Self { text: self.text.clone(), first_name: self.first_name, ..Self::default() };
        for row in rows {
            let start = generic.units.len();
            generic.units.extend_from_slice(self.units(*row));
            vocabulary.unname(&mut generic.units[start..]);
            generic.ends.push(generic.units.len() as u32);
            generic.labels.push(self.labels[*row as usize]);
            generic.users.push(self.users[*row as usize]);
            if self.text.as_ref().is_some_and(|text| text.is_whole()) {
                generic.lengths.push(OnceLock::new());
            }
        }
        generic
    }

    /// Rows of equal length as a tensor `[batch, seq]`.
    pub fn tensor(&self, rows: &[u32], device: &Device) -> Tensor<2, Int> {
        let seq = self.n_tokens(rows[0]);
        let mut ids: Vec<i32> = Vec::with_capacity(rows.len() * seq);
        rows.iter().for_each(|row| ids.extend(self.row(*row).iter().map(|id| *id as i32)));
        Tensor::from_data(TensorData::new(ids, [rows.len(), seq]), device)
    }
}

/// A sampler that yields batches of rows of equal length. Every row comes once per epoch.
#[derive(Debug, Clone)]
pub struct LengthBucketSampler {
    buckets: BTreeMap<usize, Bucket>,
}

#[derive(Debug, Clone, Default)]
struct Bucket {
    rows: Vec<u32>,
    next: usize,
}

impl LengthBucketSampler {
    /// A sampler over these rows.
    pub fn new(encoded: &Encoded, rows: impl IntoIterator<Item = u32>) -> Self {
        let mut buckets: BTreeMap<usize, Bucket> = BTreeMap::new();
        for row in rows {
            buckets.entry(encoded.n_tokens(row)).or_default().rows.push(row);
        }
        // The first draw from a bucket shuffles it.
        buckets.values_mut().for_each(|bucket| bucket.next = bucket.rows.len());
        Self { buckets }
    }

    /// How many of its rows have each length.
    pub fn lengths(&self) -> LengthCounts {
        self.buckets.iter().map(|(seq, bucket)| (*seq, bucket.rows.len())).collect()
    }

    /// One epoch: all rows once, shuffled, as batches of at most `batch` rows of equal length, in random order.
    pub fn epoch(&mut self, batch: usize, rng: &mut SeedRng) -> Vec<Vec<u32>> {
        let mut batches = Vec::new();
        for bucket in self.buckets.values_mut() {
            bucket.rows.shuffle(rng);
            batches.extend(bucket.rows.chunks(batch).map(<[u32]>::to_vec));
        }
        batches.shuffle(rng);
        batches
    }

    /// All rows in a fixed order, for inference; `batch` gives the batch size for a length.
    pub fn in_order(&self, batch: impl Fn(usize) -> usize) -> impl Iterator<Item = &[u32]> {
        self.buckets.iter().flat_map(move |(seq, bucket)| bucket.rows.chunks(batch(*seq)))
    }

    /// Draws `n` rows of length `seq`, or fewer if there are fewer. Each row comes once before any comes again.
    pub fn draw(&mut self, seq: usize, n: usize, rng: &mut SeedRng) -> Vec<u32> {
        let Some(bucket) = self.buckets.get_mut(&seq) else { return Vec::new() };
        (0..n.min(bucket.rows.len()))
            .map(|_| {
                if bucket.next >= bucket.rows.len() {
                    bucket.rows.shuffle(rng);
                    bucket.next = 0;
                }
                bucket.next += 1;
                bucket.rows[bucket.next - 1]
            })
            .collect()
    }
}

/// How many prompts have each length. A batch has rows of one length, so the number of batches follows from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LengthCounts(BTreeMap<usize, usize>);

impl LengthCounts {
    /// The lengths of these rows.
    pub fn new(encoded: &Encoded, rows: &[u32]) -> Self {
        rows.iter().map(|row| (encoded.n_tokens(*row), 1)).collect()
    }

    /// `n_rows` rows of one length, whatever it is: for estimates and tests.
    pub fn of_one_length(n_rows: usize) -> Self {
        [(1, n_rows)].into_iter().collect()
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.0.values().sum()
    }

    /// Number of batches of at most `batch` rows that one epoch takes.
    pub fn n_batches(&self, batch: usize) -> usize {
        self.0.values().map(|n| n.div_ceil(batch.max(1))).sum()
    }

    /// Mean number of rows in a batch of at most `batch` rows; 0 if there is no row.
    pub fn rows_per_batch(&self, batch: usize) -> f64 {
        self.n_rows() as f64 / self.n_batches(batch).max(1) as f64
    }

    /// Each length with its number of rows, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.0.iter().map(|(seq, n)| (*seq, *n))
    }
}

/// From pairs of a length and a number of rows; a length that comes twice is added up, and one without rows is left out.
impl FromIterator<(usize, usize)> for LengthCounts {
    fn from_iter<I: IntoIterator<Item = (usize, usize)>>(pairs: I) -> Self {
        let mut counts = BTreeMap::new();
        for (seq, n) in pairs.into_iter().filter(|(_, n)| *n > 0) {
            *counts.entry(seq).or_default() += n;
        }
        Self(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_one_length_by_hand() {
        let counts: LengthCounts = [(90, 9), (91, 16), (120, 1), (90, 8), (7, 0)].into_iter().collect();
        assert_eq!((counts.n_rows(), counts.iter().collect::<Vec<_>>()), (34, vec![(90, 17), (91, 16), (120, 1)]));
        // 17, 16 and 1 rows: 3, 2 and 1 batches of eight; 34 rows of one length would make five.
        assert_eq!((counts.n_batches(8), LengthCounts::of_one_length(34).n_batches(8)), (6, 5));
        assert!((counts.rows_per_batch(8) - 34.0 / 6.0).abs() < 1e-12);
        assert_eq!((LengthCounts::default().n_batches(8), LengthCounts::default().rows_per_batch(8)), (0, 0.0));
    }
}
