//! Collects a source's rows into a [`Dataset`]. Duplicate pairs of user and item, duplicate items and empty datasets are rejected.

use super::interaction::{Dataset, Interaction, Item};
use super::lines::SourceLocation;
use crate::{Error, Result};

/// The rows read so far, with their line numbers.
pub struct Ratings<'a> {
    file: &'a str,
    interactions: Vec<Interaction>,
    lines: Vec<u64>,
}

impl<'a> Ratings<'a> {
    /// Starts without rows.
    pub fn new(file: &'a str) -> Self {
        Self { file, interactions: Vec::new(), lines: Vec::new() }
    }

    /// The number of the next row, from 0.
    pub fn n(&self) -> usize {
        self.interactions.len()
    }

    /// Adds a row.
    pub fn push(&mut self, place: SourceLocation, interaction: Interaction) {
        self.interactions.push(interaction);
        self.lines.push(place.line);
    }

    /// Checks all rows and builds the dataset; `items` may be in any order.
    pub fn into_dataset(self, name: &str, items: Items) -> Result<Dataset> {
        if self.interactions.is_empty() {
            return Err(Error::data(self.file, 0, "file must hold at least one rating", "0 ratings"));
        }
        let pairs = self.interactions.iter().map(|row| (row.user, row.item)).collect();
        if let Some((first, again)) = first_repeat(pairs) {
            let Interaction { user, item, .. } = self.interactions[again];
            let rule = format!("a user may rate an item once, first on line {}", self.lines[first]);
            return Err(Error::data(self.file, self.lines[again], rule, format!("user {user}, item {item}")));
        }
        Ok(Dataset { name: name.to_owned(), interactions: self.interactions, items: items.sorted()?, people: Vec::new() })
    }
}

/// The item metadata read so far, with their line numbers.
pub struct Items<'a> {
    file: &'a str,
    items: Vec<Item>,
    lines: Vec<u64>,
}

impl<'a> Items<'a> {
    /// Starts without items.
    pub fn new(file: &'a str) -> Self {
        Self { file, items: Vec::new(), lines: Vec::new() }
    }

    /// Adds an item.
    pub fn push(&mut self, place: SourceLocation, item: Item) {
        self.items.push(item);
        self.lines.push(place.line);
    }

    fn sorted(mut self) -> Result<Vec<Item>> {
        if self.items.is_empty() {
            return Err(Error::data(self.file, 0, "file must hold at least one item", "0 items"));
        }
        if let Some((first, again)) = first_repeat(self.items.iter().map(|item| (item.id, 0)).collect()) {
            let rule = format!("an item may be described once, first on line {}", self.lines[first]);
            return Err(Error::data(self.file, self.lines[again], rule, format!("item {}", self.items[again].id)));
        }
        self.items.sort_by_key(|item| item.id);
        Ok(self.items)
    }
}

/// The earliest row whose key occurred before, with the earlier row.
fn first_repeat(keys: Vec<(u32, u32)>) -> Option<(usize, usize)> {
    let mut rows: Vec<((u32, u32), usize)> = keys.into_iter().zip(0..).collect();
    rows.sort_unstable();
    rows.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[0].1, pair[1].1)).min_by_key(|(_, again)| *again)
}
