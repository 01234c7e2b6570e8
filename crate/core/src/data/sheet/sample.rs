//! The first rows of a file, from which its separator, header and columns are found out.

use super::cells::split;
use super::moment::Moment;
use super::number::{is_nothing, number, thumb};
use super::role::are_names;
use crate::Result;
use crate::data::interaction::SourceFile;
use crate::data::lines::Lines;
use crate::data::read_spec::{ReadSpec, Separator};
use crate::data::row::Row;

/// Rows that are looked at.
const ROWS: usize = 1000;
/// Columns that a table may have at most.
const MAX_COLUMNS: usize = 200;

/// The first rows of a table.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What separates the fields.
    pub separator: Separator,
    /// Number of columns.
    pub n_columns: usize,
    /// The names of the columns, if the first line has them.
    pub header: Option<Vec<String>>,
    /// Line numbers and fields, without the header.
    pub rows: Vec<(u64, Vec<String>)>,
    /// How the characters are written, as far as the sample goes.
    pub encoding: &'static str,
}

impl Sample {
    /// Looks at a file; `None` if it is no table.
    ///
    /// # Errors
    /// If it cannot be unpacked or decoded, or is empty.
    pub fn of(file: &SourceFile, spec: &ReadSpec) -> Result<Option<Self>> {
        let (mut lines, mut texts) = (Lines::open(file), Vec::new());
        while texts.len() < ROWS
            && let Some((place, line)) = lines.next_line()?
        {
            texts.push((place.line, line.to_owned()));
        }
        let Some((separator, n_columns)) =
            spec.separator.map_or_else(|| found(&texts), |separator| Some((separator, usual(&texts, separator)?.0)))
        else {
            return Ok(None);
        };
        if !(2..=MAX_COLUMNS).contains(&n_columns) {
            return Ok(None);
        }
        let mut row = Row::default();
        let mut rows: Vec<(u64, Vec<String>)> = texts
            .into_iter()
            .map(|(line, text)| {
                let is_split = split(&mut row, &text, separator);
                (line, if is_split { row.fields().map(|field| field.trim().to_owned()).collect() } else { vec![text] })
            })
            .collect();
        let has_header = spec.header.unwrap_or_else(|| has_header(&rows, n_columns));
        let header = if has_header && !rows.is_empty() { Some(rows.remove(0).1) } else { None };
        Ok(Some(Self { separator, n_columns, header, rows, encoding: lines.encoding() }))
    }

    /// The fields of a column, in the rows that have it.
    pub fn column(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter(|(_, row)| row.len() == self.n_columns).filter_map(move |(_, row)| row.get(column).map(String::as_str))
    }

    /// What a column is called: by its name, or by its place, counted from 1.
    pub fn name_of(&self, column: usize) -> String {
        let name = self.header.as_ref().and_then(|names| names.get(column)).filter(|name| !name.is_empty());
        name.map_or_else(|| format!("column {}", column + 1), |name| format!("column `{name}`"))
    }
}

/// The separator at which most rows have the same number of fields, and the most of them; and that number.
fn found(texts: &[(u64, String)]) -> Option<(Separator, usize)> {
    let mut best: Option<(Separator, usize)> = None;
    for separator in Separator::ALL {
        let Some((n_columns, n_rows)) = usual(texts, separator) else { continue };
        // titles and prose have spaces too, so these separate only where nothing else does, in several rows
        if separator == Separator::Spaces && (best.is_some_and(|(_, n)| n > 2) || texts.len() < 2) {
            continue;
        }
        let is_steady = 10 * n_rows >= 9 * texts.len() || (texts.len() > 2 && n_rows + 1 == texts.len());
        if is_steady && n_columns >= 2 && best.is_none_or(|(_, n)| n_columns > n) {
            best = Some((separator, n_columns));
        }
    }
    best
}

/// The most usual number of fields, and how many rows have it.
fn usual(texts: &[(u64, String)], separator: Separator) -> Option<(usize, usize)> {
    let mut row = Row::default();
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for (_, text) in texts {
        let n = if split(&mut row, text, separator) { row.n() } else { 0 };
        match counts.iter_mut().find(|(known, _)| *known == n) {
            Some((_, n_rows)) => *n_rows += 1,
            None => counts.push((n, 1)),
        }
    }
    counts.into_iter().max_by_key(|(n, n_rows)| (*n_rows, *n))
}

/// Whether the first row names the columns: it states no value where all the others do, or names that are known.
fn has_header(rows: &[(u64, Vec<String>)], n_columns: usize) -> bool {
    let Some(((_, first), others)) = rows.split_first() else { return false };
    if first.iter().any(|field| is_number_or_time(field) || field.contains('@')) {
        return false;
    }
    let is_value = |field: &str| is_number_or_time(field) || thumb(field).is_some();
    let is_of_values = |column: usize| {
        let mut fields = others.iter().filter_map(|(_, row)| row.get(column)).filter(|field| !is_nothing(field)).peekable();
        fields.peek().is_some() && fields.all(|field| is_value(field))
    };
    are_names(first) || (0..n_columns).any(|column| first.get(column).is_some_and(|field| !is_value(field)) && is_of_values(column))
}

fn is_number_or_time(field: &str) -> bool {
    number(field).is_some() || Moment::parse(field).is_some()
}
