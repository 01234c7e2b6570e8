//! Rows of a CSV file with a header: strict about quotes, line ends and column counts, lenient about what people's programs change without changing
//! the meaning: order of columns, columns that nobody asked for (as the row numbers of pandas), quotes around names, `;` or a tab between fields.
//!
//! A record must end on its line. So a quote that is never closed is an error with its line number and cannot swallow the rest of the file, and the
//! rows can be split here, one line at a time, while a large file is unpacked.

use super::interaction::SourceFile;
use super::lines::Lines;
use super::place::SourceLocation;
use super::row::Row;
use crate::Result;

/// A CSV file with its header.
pub struct Table<'a> {
    lines: Lines<'a>,
    place: SourceLocation<'a>,
    separator: &'static str,
    header: Vec<String>,
    row: Row,
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub fn open(file: &'a SourceFile) -> Result<Self> {
        let mut lines = Lines::open(file);
        let (place, line) = match lines.next_line()? {
            Some((place, line)) => (place, line.to_owned()),
            None => (SourceLocation { file: &file.name, line: 1, is_open: false }, String::new()),
        };
        let separator = [",", ";", "\t"].into_iter().find(|separator| line.contains(*separator)).unwrap_or(",");
        let mut row = Row::default();
        split(&mut row, place, &line, separator)?;
        let header = row.fields().map(|name| name.trim().to_owned()).collect();
        Ok(Self { lines, place, separator, header, row })
    }

    /// The columns of the header as a line.
    pub fn header(&self) -> String {
        self.header.join(",")
    }

    /// Whether the header has all of these columns.
    pub fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|name| self.column(name).is_some())
    }

    /// The indices of columns, which must all be there.
    pub fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N]> {
        let found: Option<Vec<usize>> = names.iter().map(|name| self.column(name)).collect();
        found.and_then(|found| found.try_into().ok()).ok_or_else(|| {
            let missing: Vec<&str> = names.iter().copied().filter(|name| self.column(name).is_none()).collect();
            let rule = format!("header must have the columns `{}`, and `{}` is missing", names.join(","), missing.join(","));
            self.place.error(rule, self.header())
        })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    /// The next row, which must have as many fields as the header.
    pub fn next_row(&mut self) -> Result<Option<(SourceLocation<'a>, &Row)>> {
        let Some((place, line)) = self.lines.next_line()? else { return Ok(None) };
        split(&mut self.row, place, line, self.separator)?;
        let (n, n_columns) = (self.row.n(), self.header.len());
        if n != n_columns {
            let rule = format!("a row must have {n_columns} columns ({}), it has {n}", self.header.join(","));
            return Err(place.error(rule, line));
        }
        Ok(Some((place, &self.row)))
    }

    /// What a person should know about how the file was read, once it was.
    pub fn notes(&self) -> Vec<String> {
        self.lines.notes(true)
    }
}

fn split(row: &mut Row, place: SourceLocation, line: &str, separator: &str) -> Result<()> {
    if line.contains('\r') {
        return Err(place.error("lines must end with LF or CRLF, not with CR alone", line.escape_debug()));
    }
    if !row.split(line, separator) {
        return Err(place.error("a quote must enclose a whole field and be closed on its line", line));
    }
    Ok(())
}
