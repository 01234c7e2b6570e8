//! Titles, genres, authors and years of a table's items: from a list of items beside the ratings, from a column beside their ids, or the ids themselves
//! where they are words.

use super::cells::Cells;
use super::columns::{at, named};
use super::number::{is_nothing, number};
use super::role::Role;
use super::rows::Rows;
use super::sample::Sample;
use crate::Result;
use crate::data::interaction::{Item, SourceFile};
use crate::data::place::SourceLocation;
use crate::data::ratings::Items;
use crate::data::read_spec::ReadSpec;
use crate::data::row::Row;
use crate::data::title::{genres, split_year};
use std::collections::HashSet;

/// What is known of the items, and where it comes from.
pub struct Described<'a> {
    /// The items; `None` if nothing is known of them.
    pub items: Option<Items<'a>>,
    /// Where it comes from, in a sentence.
    pub told: String,
}

/// Describes the items of some ratings by the best list among other files.
///
/// # Errors
/// If a list that is named as one, by its header, breaks a rule.
pub fn describe<'a>(rows: &Rows, ratings: &'a SourceFile, others: &[&'a SourceFile]) -> Result<Described<'a>> {
    let rated = rows.ratings.items();
    let mut best: Option<(usize, List)> = None;
    for file in others {
        let Some(list) = List::read(file, rows)? else { continue };
        let n = list.rows.iter().filter(|(_, item)| rated.contains(&item.id)).map(|(_, item)| item.id).collect::<HashSet<_>>().len();
        // a list in another numbering would give the items each other's titles
        if 2 * n >= rated.len() && best.as_ref().is_none_or(|(most, _)| n > *most) {
            best = Some((n, list));
        }
    }
    let (mut items, mut told) = (Items::new(&ratings.name), String::new());
    let mut known: HashSet<u32> = HashSet::new();
    if let Some((n, list)) = best {
        items = Items::new(&list.file.name);
        told = format!("Titles are those of {}, which has {n} of the {} rated items", list.file.name, rated.len());
        for (line, item) in list.rows {
            known.insert(item.id);
            items.push(SourceLocation { file: &list.file.name, line, is_open: false }, item);
        }
        items.note(list.notes);
    }
    let mut titles: Vec<_> = rows.titles.iter().collect();
    titles.sort_by_key(|(id, _)| **id);
    for (id, (title, line)) in titles {
        if known.insert(*id) {
            items.push(SourceLocation { file: &ratings.name, line: *line, is_open: false }, item(*id, title));
        }
    }
    if told.is_empty() && !known.is_empty() {
        told = "Titles stand beside the ratings".into();
    }
    for (word, id) in rows.items.words.iter().zip(1..) {
        if known.insert(id) {
            items.push(SourceLocation { file: &ratings.name, line: 0, is_open: false }, item(id, word));
        }
    }
    if told.is_empty() && !known.is_empty() {
        told = "Items are shown by their ids, as no file has titles for them".into();
    }
    if known.is_empty() {
        return Ok(Described { items: None, told: "No file has titles for the items, so they are shown by number".into() });
    }
    Ok(Described { items: Some(items), told })
}

fn item(id: u32, title: &str) -> Item {
    let (title, year) = split_year(title);
    Item { id, title: title.to_owned(), genres: Vec::new(), authors: Vec::new(), year }
}

/// A list of items.
struct List<'a> {
    file: &'a SourceFile,
    rows: Vec<(u64, Item)>,
    notes: Vec<String>,
}

/// The columns of a list of items.
struct Columns {
    id: usize,
    title: usize,
    genres: Option<usize>,
    authors: Option<usize>,
    year: Option<usize>,
}

impl<'a> List<'a> {
    /// Reads a file as a list of items; `None` if it is none.
    fn read(file: &'a SourceFile, rows: &Rows) -> Result<Option<Self>> {
        let Ok(Some(sample)) = Sample::of(file, &ReadSpec::default()) else { return Ok(None) };
        let Some(columns) = Columns::of(&sample, rows) else { return Ok(None) };
        match Self::with(file, &sample, &columns, rows) {
            Err(error) if sample.header.is_some() => Err(error),
            read => Ok(read.ok()),
        }
    }

    fn with(file: &'a SourceFile, sample: &Sample, columns: &Columns, rows: &Rows) -> Result<Self> {
        let mut cells = Cells::open(file, sample.separator);
        let (mut list, mut is_header, mut seen) = (Vec::new(), sample.header.is_some(), HashSet::new());
        while let Some((place, row)) = cells.next_row()? {
            if std::mem::take(&mut is_header) {
                continue;
            }
            if row.n() != sample.n_columns {
                let rule = format!(
                    "a row must have {} columns with {} between them, it has {}",
                    sample.n_columns,
                    sample.separator.words(),
                    row.n()
                );
                return Err(place.error(rule, row.fields().collect::<Vec<_>>().join(sample.separator.text())));
            }
            let title = &row[columns.title];
            let id = rows.items.of(&row[columns.id]);
            // of words, only those that were rated have a number
            if let Some(id) = id.filter(|id| !is_nothing(title) && seen.insert(*id)) {
                list.push((place.line, Item { id, ..columns.item(row) }));
            }
        }
        Ok(Self { file, rows: list, notes: cells.notes() })
    }
}

impl Columns {
    fn of(sample: &Sample, rows: &Rows) -> Option<Self> {
        let roles = named(sample);
        if at(&roles, Role::User).is_some() {
            return None;
        }
        let is_id = |name: &String| name.eq_ignore_ascii_case("id");
        let by_name = at(&roles, Role::Item).or_else(|| sample.header.as_ref()?.iter().position(is_id));
        let is_known = |column: usize| {
            let n = sample.column(column).count();
            n > 0 && 4 * sample.column(column).filter(|field| rows.items.of(field).is_some()).count() >= n
        };
        let id = by_name.or_else(|| if is_known(0) { Some(0) } else { None })?;
        let is_text = |column: usize| {
            let n = sample.column(column).count();
            n > 0 && 2 * sample.column(column).filter(|field| number(field).is_none() && !is_nothing(field)).count() > n
        };
        let title = at(&roles, Role::Title).or_else(|| (0..sample.n_columns).find(|column| *column != id && is_text(*column)))?;
        let is_list =
            |column: &usize| sample.header.is_none() && *column != title && sample.column(*column).any(|field| field.contains('|'));
        let genres = at(&roles, Role::Genres).or_else(|| (title + 1..sample.n_columns).find(is_list));
        Some(Self { id, title, genres, authors: at(&roles, Role::Authors), year: at(&roles, Role::Year) })
    }

    /// The item of a row, without its id.
    fn item(&self, row: &Row) -> Item {
        let (title, year_of_title) = split_year(&row[self.title]);
        let parts = |column: Option<usize>, signs: &[char]| {
            let text = column.map(|column| &row[column]).unwrap_or_default();
            genres(&text.trim_matches(['[', ']']).replace(signs, "|").replace('\'', ""))
        };
        let year = self.year.and_then(|year| number(&row[year])).filter(|year| year.fract() == 0.0 && (-4000.0..=2200.0).contains(year));
        Item {
            id: 0,
            title: title.to_owned(),
            genres: parts(self.genres, &[',', ';']),
            authors: parts(self.authors, &[',', ';']),
            year: year.map(|year| year as i32).or(year_of_title),
        }
    }
}
