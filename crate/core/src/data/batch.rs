//! Encoded prompts, and batches of rows that have one length: no padding, no mask, and the answer is always the last position.
//!
//! A text prompt is kept as its units and becomes tokens when it is asked for: ten thousand prompts of a hundred tokens cost no more than
//! the nano's.

use super::prompt::Question;
use super::split::{Sample, Split};
use super::text::TextVocabulary;
use super::tokenizer::ItemVocabulary;
use super::vocabulary::Vocabulary;
use crate::linear::random::SeedRng;
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::seq::SliceRandom;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Whom a row asks about that is nobody's.
pub const NOBODY: u32 = u32::MAX;

/// Prompts of a set of samples as token ids.
#[derive(Clone, Default)]
pub struct Encoded {
    /// What knows the tokens of a unit; absent where units are tokens.
    text: Option<Arc<TextVocabulary>>,
    units: Vec<u32>,
    ends: Vec<u32>,
    /// Lengths of prompts that are encoded whole, once they were asked for: every batch is chosen by them.
    lengths: Vec<OnceLock<usize>>,
    /// Whether the true answer is Yes, per row.
    pub labels: Vec<bool>,
    /// Whom a row asks about; [`NOBODY`] where it is nobody in particular.
    pub users: Vec<u32>,
    /// The first token that names an item, where units are tokens.
    first_name: u32,
}

impl Encoded {
    /// Encodes samples in order.
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

    /// How many tokens row `row` has.
    pub fn n_tokens(&self, row: u32) -> usize {
        match &self.text {
            None => self.units(row).len(),
            Some(text) => match self.lengths.get(row as usize) {
                Some(length) => *length.get_or_init(|| text.n_tokens(self.units(row))),
                None => text.n_tokens(self.units(row)),
            },
        }
    }

    /// Checks that every row fits into a model's positions, if they are limited.
    ///
    /// # Errors
    /// If one does not.
    pub fn check_lengths(&self, most: Option<usize>) -> Result<()> {
        let Some(most) = most else { return Ok(()) };
        match (0..self.len() as u32).map(|row| self.n_tokens(row)).find(|n| *n > most) {
            Some(n) => Err(Error::setting("prompt", format!("must have at most {most} tokens, as many as the model has positions"), n)),
            None => Ok(()),
        }
    }

    /// The tokens of what row `row` asks about.
    pub fn target(&self, row: u32) -> &[u32] {
        let units = self.units(row);
        let at = units.len() - 1 - self.text.as_ref().map_or(1, |text| text.wording().n_after_target());
        let target = &units[at..at + 1];
        self.text.as_ref().map_or(target, |text| text.tokens(target[0]))
    }

    /// The positions of row `row`'s tokens that name an item, a range a name; none where prompts are encoded whole.
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
            let n_tokens = text.tokens(*unit).len();
            names.extend(text.wording().name(*unit, n_tokens).map(|name| at + name.start..at + name.end));
            at += n_tokens;
        }
        names
    }

    /// Where in row `row` an item of the history was asked about and a rating follows in the answer's place, and whether that answer is Yes; none
    /// where the wording has no such places, or prompts are encoded whole.
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

    /// The given rows over a vocabulary of their own: every token below `n_fixed`, then the others that occur, ascending.
    ///
    /// Returns the rows, renumbered from 0, and the old token of every new one.
    pub fn compact(&self, rows: &[u32], n_fixed: u32) -> (Self, Vec<u32>) {
        let mut used: Vec<u32> = (0..n_fixed).chain(rows.iter().flat_map(|row| self.row(*row).into_owned())).collect();
        used.sort_unstable();
        used.dedup();
        let mut compact = Self { first_name: u32::MAX, ..Self::default() }; // renumbered tokens are not told apart
        for row in rows {
            // Every token of the row is in `used`, so the partition point is its index.
            compact.units.extend(self.row(*row).iter().map(|token| used.partition_point(|known| known < token) as u32));
            compact.ends.push(compact.units.len() as u32);
            compact.labels.push(self.labels[*row as usize]);
            compact.users.push(self.users[*row as usize]);
        }
        (compact, used)
    }

    /// The given rows, renumbered from 0, with nothing in their histories that names an item: what was asked, its ratings and the wording stay.
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

    /// Rows of one length as a tensor `[batch, seq]`.
    pub fn tensor(&self, rows: &[u32], device: &Device) -> Tensor<2, Int> {
        let seq = self.n_tokens(rows[0]);
        let mut ids: Vec<i32> = Vec::with_capacity(rows.len() * seq);
        rows.iter().for_each(|row| ids.extend(self.row(*row).iter().map(|id| *id as i32)));
        Tensor::from_data(TensorData::new(ids, [rows.len(), seq]), device)
    }
}

/// Deals rows out in batches of one length, each row once an epoch.
#[derive(Debug, Clone)]
pub struct Dealer {
    buckets: BTreeMap<usize, Bucket>,
}

#[derive(Debug, Clone, Default)]
struct Bucket {
    rows: Vec<u32>,
    next: usize,
}

impl Dealer {
    /// A dealer for these rows.
    pub fn new(encoded: &Encoded, rows: impl IntoIterator<Item = u32>) -> Self {
        let mut buckets: BTreeMap<usize, Bucket> = BTreeMap::new();
        for row in rows {
            buckets.entry(encoded.n_tokens(row)).or_default().rows.push(row);
        }
        // The first draw from a bucket shuffles it.
        buckets.values_mut().for_each(|bucket| bucket.next = bucket.rows.len());
        Self { buckets }
    }

    /// All rows once, shuffled, in batches of at most `batch` rows of one length, in random order.
    pub fn epoch(&mut self, batch: usize, rng: &mut SeedRng) -> Vec<Vec<u32>> {
        let mut batches = Vec::new();
        for bucket in self.buckets.values_mut() {
            bucket.rows.shuffle(rng);
            batches.extend(bucket.rows.chunks(batch).map(<[u32]>::to_vec));
        }
        batches.shuffle(rng);
        batches
    }

    /// Rows in a fixed order, for inference; `batch` is how many rows of a length come at once.
    pub fn in_order(&self, batch: impl Fn(usize) -> usize) -> impl Iterator<Item = &[u32]> {
        self.buckets.iter().flat_map(move |(seq, bucket)| bucket.rows.chunks(batch(*seq)))
    }

    /// `n` rows of the length `seq`, fewer where there are fewer: each row once before any comes again.
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
