//! The rows of a table, split at one separator.

use crate::Result;
use crate::data::interaction::SourceFile;
use crate::data::lines::Lines;
use crate::data::place::SourceLocation;
use crate::data::read_spec::Separator;
use crate::data::row::Row;

/// A table that is read row by row.
pub struct Cells<'a> {
    lines: Lines<'a>,
    separator: Separator,
    row: Row,
}

impl<'a> Cells<'a> {
    /// Begins to read a file.
    pub fn open(file: &'a SourceFile, separator: Separator) -> Self {
        Self { lines: Lines::open(file), separator, row: Row::default() }
    }

    /// The next row.
    ///
    /// # Errors
    /// If the file cannot be decoded, or a quote is not closed on its line.
    pub fn next_row(&mut self) -> Result<Option<(SourceLocation<'a>, &Row)>> {
        let Some((place, line)) = self.lines.next_line()? else { return Ok(None) };
        if line.contains('\r') {
            return Err(place.error("lines must end with LF or CRLF, not with CR alone", line.escape_debug()));
        }
        if !split(&mut self.row, line, self.separator) {
            return Err(place.error("a quote must enclose a whole field and be closed on its line", line));
        }
        Ok(Some((place, &self.row)))
    }

    /// What a person should know about how the file was read, once it was.
    pub fn notes(&self) -> Vec<String> {
        self.lines.notes(true)
    }

    /// How the characters read so far are written.
    pub fn encoding(&self) -> &'static str {
        self.lines.encoding()
    }
}

/// Splits a line. Only where commas or semicolons separate must a quote enclose a whole field: titles between tabs and pipes have bare ones.
pub fn split(row: &mut Row, line: &str, separator: Separator) -> bool {
    match separator {
        Separator::Comma | Separator::Semicolon => row.split(line, separator.text()),
        Separator::Tab | Separator::Pipe => {
            if !row.split(line, separator.text()) {
                row.split_plain(line.split(separator.text()));
            }
            true
        }
        Separator::Colons => {
            row.split_plain(line.split(separator.text()));
            true
        }
        Separator::Spaces => {
            row.split_plain(line.split(' ').filter(|field| !field.is_empty()));
            true
        }
    }
}
