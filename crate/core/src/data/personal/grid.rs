//! A file of one person's ratings as columns and rows, whatever it was: CSV, TSV or JSON.

use super::json::objects;
use super::records::{Record, Records};
use crate::data::interaction::SourceFile;
use crate::data::lines::Lines;
use crate::{Error, Result};

/// Most rows: no person rated more.
const MAX_ROWS: usize = 200_000;
/// Largest file, bytes.
const MAX_BYTES: usize = 64 << 20;

/// Columns and rows.
pub struct Grid {
    /// The file.
    pub file: String,
    /// Names of the columns, or their places.
    pub columns: Vec<String>,
    /// Rows that all have as many fields, with their lines.
    pub rows: Vec<Record>,
    /// What a person should know about how the file was read.
    pub notes: Vec<String>,
}

impl Grid {
    /// Reads a file. Whether the first line names the columns is asked of `is_header`, but for JSON, where names always stand.
    ///
    /// # Errors
    /// If it cannot be read, a row has another number of fields than the first line, or it is larger than one person's ratings can be.
    pub fn read(file: &SourceFile, is_header: impl Fn(&[String]) -> bool) -> Result<Self> {
        if file.bytes.len() > MAX_BYTES {
            let rule = format!("one person's ratings may have at most {} MiB", MAX_BYTES >> 20);
            return Err(Error::data(&file.name, 0, rule, format!("{} bytes", file.bytes.len())));
        }
        let first = Lines::open(file).next_line()?.map(|(_, line)| line.to_owned()).unwrap_or_default();
        if first.trim_start().starts_with(['{', '[']) {
            let (columns, rows) = objects(file)?;
            return Self { file: file.name.clone(), columns, rows, notes: Vec::new() }.checked();
        }
        let mut records = Records::open(file, separator_of(&first));
        let Some((line, names)) = records.next_record()? else { return Err(Error::data(&file.name, 0, "file must not be empty", "")) };
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        if is_header(&names) {
            columns.extend(names.iter().map(|name| name.trim().to_owned()));
        } else {
            columns.extend((1..=names.len()).map(|place| format!("column {place}")));
            rows.push((line, names));
        }
        while let Some((line, fields)) = records.next_record()? {
            if fields.len() != columns.len() {
                let rule = format!("a row must have {} columns ({}), it has {}", columns.len(), columns.join(", "), fields.len());
                return Err(Error::data(&file.name, line, rule, fields.join(", ")));
            }
            rows.push((line, fields));
            if rows.len() > MAX_ROWS {
                break;
            }
        }
        let notes = records.notes();
        Self { file: file.name.clone(), columns, rows, notes }.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.rows.len() > MAX_ROWS {
            let rule = format!("one person's ratings may have at most {MAX_ROWS} rows");
            return Err(Error::data(&self.file, 0, rule, format!("more than {MAX_ROWS}")));
        }
        Ok(self)
    }
}

/// The separator that the first line has most often outside of quotes.
fn separator_of(line: &str) -> char {
    let mut is_quoted = false;
    let mut counts = [(',', 0), ('\t', 0), (';', 0), ('|', 0)];
    for c in line.chars() {
        is_quoted ^= c == '"';
        if let Some((_, n)) = counts.iter_mut().find(|(known, _)| *known == c && !is_quoted) {
            *n += 1;
        }
    }
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(',', |(c, _)| *c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators() {
        for (line, separator) in [("a,b", ','), ("a;b,5;c", ';'), ("\"x;y;z\",a", ','), ("a\tb\tc", '\t'), ("a|b", '|'), ("a", ',')] {
            assert_eq!(separator_of(line), separator, "{line}");
        }
    }

    #[test]
    fn a_row_of_another_width_has_its_line() {
        let file = SourceFile { name: "a.csv".into(), bytes: b"Name,Rating\nHeat,4\nHeat,4,5\n".to_vec() };
        let error = Grid::read(&file, |_| true).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("a.csv:3: a row must have 2 columns (Name, Rating), it has 3"), "{error}");
    }
}
