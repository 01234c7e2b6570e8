//! Collects a source's rows into a [`Dataset`]: one rating for each user and item, one description for each item, ratings and descriptions of one
//! numbering. What is not quite so but can be read is told in the dataset's notes.

use super::interaction::{Dataset, Interaction, Item};
use super::place::SourceLocation;
use super::split::LIKED_ABOVE;
use super::time::{Stamp, Unit};
use crate::{Error, Result};
use std::collections::HashSet;

/// Largest number of ratings: half more than the largest MovieLens set has.
const MAX_RATINGS: usize = 50_000_000;
/// Share of the rated items, in percent, below which a missing description is told.
const ENOUGH_DESCRIBED: usize = 90;

/// A row as read.
pub struct Rated {
    /// Id of the user.
    pub user: u32,
    /// Id of the item.
    pub item: u32,
    /// Stars.
    pub rating: f32,
}

/// The rows read so far, with their line numbers.
pub struct Ratings<'a> {
    file: &'a str,
    interactions: Vec<Interaction>,
    lines: Vec<u32>,
    /// The unit of all times, and the first line that has it.
    unit: Option<(Unit, u64)>,
    notes: Vec<String>,
    /// Whether ids stand in the file as they are, so that messages can name them.
    has_ids: bool,
}

impl<'a> Ratings<'a> {
    /// Starts without rows.
    pub fn new(file: &'a str) -> Self {
        Self { file, interactions: Vec::new(), lines: Vec::new(), unit: None, notes: Vec::new(), has_ids: true }
    }

    /// Ids are numbers that stand for words, so no message names them.
    pub fn without_ids(mut self) -> Self {
        self.has_ids = false;
        self
    }

    /// Number of rows so far.
    pub fn n(&self) -> usize {
        self.interactions.len()
    }

    /// The ids of all rated items.
    pub fn items(&self) -> HashSet<u32> {
        self.interactions.iter().map(|row| row.item).collect()
    }

    /// The ids of all people.
    pub fn users(&self) -> HashSet<u32> {
        self.interactions.iter().map(|row| row.user).collect()
    }

    /// Number of ratings by which something is liked.
    pub fn n_liked(&self) -> usize {
        self.interactions.iter().filter(|row| row.rating > LIKED_ABOVE).count()
    }

    /// Adds a row. Times must all have the same unit: a single one in milliseconds would come after everything else.
    pub fn push(&mut self, place: SourceLocation, row: Rated, time: Stamp) -> Result<()> {
        match (time.unit, self.unit) {
            (Some(unit), None) => self.unit = Some((unit, place.line)),
            (Some(unit), Some((first, line))) if unit != first => {
                let rule =
                    format!("every timestamp must be in the same unit: line {line} is in {}, this one in {}", first.name(), unit.name());
                return Err(place.error(rule, time.number));
            }
            _ => {}
        }
        self.add(place, row, time.number)
    }

    /// Adds a row of a file that is in time order but states no times: the row's number serves as time.
    pub fn push_next(&mut self, place: SourceLocation, row: Rated) -> Result<()> {
        self.add(place, row, self.n() as i64)
    }

    fn add(&mut self, place: SourceLocation, row: Rated, time: i64) -> Result<()> {
        if self.n() == MAX_RATINGS {
            return Err(place.error(format!("a data set may have at most {MAX_RATINGS} ratings"), "one more"));
        }
        let Rated { user, item, rating } = row;
        self.interactions.push(Interaction { user, item, rating, time });
        self.lines.push(u32::try_from(place.line).unwrap_or(u32::MAX));
        Ok(())
    }

    /// Adds what a person should know about how the files were read.
    pub fn note(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
    }

    /// Checks all rows and builds the dataset. Items may be in any order; `None` if the source describes none.
    pub fn into_dataset(mut self, name: &str, items: Option<Items>) -> Result<Dataset> {
        if self.interactions.is_empty() {
            return Err(Error::data(self.file, 0, "file must hold at least one rating", "0 ratings"));
        }
        if let Some((unit, _)) = self.unit {
            self.interactions.iter_mut().for_each(|row| row.time /= unit.per_second());
        }
        self.keep_latest();
        let Self { file, interactions, mut notes, .. } = self;
        let described_by = items.as_ref().map(|items| items.file);
        let items = items.map(|items| items.sorted(&mut notes)).transpose()?.unwrap_or_default();
        let mut dataset = Dataset { name: name.to_owned(), interactions, items, ..Dataset::default() };
        notes.extend(described(&dataset, file, described_by)?);
        dataset.notes = notes;
        Ok(dataset)
    }

    /// Of several ratings of an item by a user, keeps the latest, or of those of the same time the last.
    fn keep_latest(&mut self) {
        let rows = &self.interactions;
        // the files of MovieLens and other large ones are in this order already
        if rows.is_sorted_by(|a, b| (a.user, a.item) < (b.user, b.item)) {
            return;
        }
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_unstable_by_key(|idx| {
            let row = &rows[*idx as usize];
            (row.user, row.item, row.time, *idx)
        });
        let same = |pair: &&[u32]| {
            let [a, b] = [rows[pair[0] as usize], rows[pair[1] as usize]];
            (a.user, a.item) == (b.user, b.item)
        };
        let again: Vec<(u32, u32)> = order.windows(2).filter(same).map(|pair| (pair[0], pair[1])).collect();
        let Some((earlier, later)) = again.iter().copied().min_by_key(|(earlier, later)| (*earlier.max(later), *later)) else { return };
        let (line, Interaction { user, item, .. }) = (|idx: u32| self.lines[idx as usize], rows[later as usize]);
        let n = again.len();
        let ratings = if n == 1 { "1 rating was".to_owned() } else { format!("{n} ratings were") };
        let whose = if self.has_ids { format!("user {user}, item {item}: ") } else { String::new() };
        self.notes.push(format!(
            "{}: {ratings} given again later, and the later one counts ({whose}line {} in place of line {})",
            self.file,
            line(later),
            line(earlier)
        ));
        let mut keep = vec![true; rows.len()];
        again.iter().for_each(|(earlier, _)| keep[*earlier as usize] = false);
        let mut keep = keep.into_iter();
        self.interactions.retain(|_| keep.next().unwrap_or(true));
    }
}

/// The item metadata read so far, with their line numbers.
pub struct Items<'a> {
    file: &'a str,
    items: Vec<Item>,
    lines: Vec<u64>,
    notes: Vec<String>,
}

impl<'a> Items<'a> {
    /// Starts without items.
    pub fn new(file: &'a str) -> Self {
        Self { file, items: Vec::new(), lines: Vec::new(), notes: Vec::new() }
    }

    /// Adds an item.
    pub fn push(&mut self, place: SourceLocation, item: Item) {
        self.items.push(item);
        self.lines.push(place.line);
    }

    /// Adds what a person should know about how the file was read.
    pub fn note(&mut self, notes: Vec<String>) {
        self.notes.extend(notes);
    }

    /// The items by id. A row that repeats another is left out; two rows that differ are refused, since one would take the other's title.
    fn sorted(self, notes: &mut Vec<String>) -> Result<Vec<Item>> {
        if self.items.is_empty() {
            return Err(Error::data(self.file, 0, "file must describe at least one of the rated items", "0 items"));
        }
        notes.extend(self.notes);
        let mut rows: Vec<(Item, u64)> = self.items.into_iter().zip(self.lines).collect();
        rows.sort_by_key(|(item, line)| (item.id, *line));
        let differ = rows.windows(2).filter(|pair| pair[0].0.id == pair[1].0.id && pair[0].0 != pair[1].0).min_by_key(|pair| pair[1].1);
        if let Some([(_, first), (item, line)]) = differ {
            let rule = format!("an item may be described once, first on line {first} and differently: leave one of the rows out");
            return Err(Error::data(self.file, *line, rule, format!("item {}", item.id)));
        }
        rows.dedup_by_key(|(item, _)| item.id);
        Ok(rows.into_iter().map(|(item, _)| item).collect())
    }
}

/// Tells which share of the rated items is described if it is small.
///
/// # Errors
/// If most ratings are of items that a file should describe and does not: then both are numbered differently, and what is described would take the
/// titles of other items.
fn described(dataset: &Dataset, ratings: &str, items: Option<&str>) -> Result<Option<String>> {
    let Some(items) = items else {
        return Ok(Some(format!("{ratings}: no file describes the rated items, so they have no titles")));
    };
    let (n_described, n_rated) = dataset.n_described();
    let share = format!("{n_described} of {n_rated} rated items ({} %)", 100 * n_described / n_rated.max(1));
    let n_ratings = || dataset.interactions.iter().filter(|row| dataset.item(row.item).is_some()).count();
    if 2 * n_described < n_rated && 2 * n_ratings() < dataset.interactions.len() {
        let rule = format!(
            "file must describe the items of {ratings}, by the same ids: give the two files of one data set, or add what is missing"
        );
        return Err(Error::data(items, 0, rule, share));
    }
    let is_enough = 100 * n_described >= ENOUGH_DESCRIBED * n_rated;
    Ok((!is_enough)
        .then(|| format!("{items}: describes only {share}: if both files number items differently, titles are wrong; others have none")))
}
