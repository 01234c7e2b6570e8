//! Rows of a CSV file with a header: strict about quotes, line ends and column counts, lenient about what people's programs change without changing
//! the meaning: order of columns, columns that nobody asked for (as the row numbers of pandas), quotes around names, `;` or a tab between fields.
//!
//! A record must end on its line. So a quote that is never closed is an error with its line number and cannot swallow the rest of the file, and the
//! rows can be split here, one line at a time, while a large file is unpacked.

use super::interaction::SourceFile;
use super::lines::Lines;
use super::place::SourceLocation;
use crate::Result;
use std::ops::Index;

/// A CSV file with its header.
pub struct Table<'a> {
    lines: Lines<'a>,
    place: SourceLocation<'a>,
    separator: char,
    header: Vec<String>,
    row: Row,
}

/// The fields of one row, without quotes.
#[derive(Debug, Default)]
pub struct Row {
    text: String,
    ends: Vec<usize>,
}

impl Row {
    fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|idx| &self[idx])
    }

    /// Splits a line; false unless quotes open only at the start of a field, close only at its end, and are doubled inside.
    fn split(&mut self, line: &str, separator: char) -> bool {
        self.text.clear();
        self.ends.clear();
        let mut rest = line;
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                rest = quoted;
                loop {
                    let Some((inside, after)) = rest.split_once('"') else { return false };
                    self.text.push_str(inside);
                    rest = after;
                    let Some(after) = rest.strip_prefix('"') else { break };
                    self.text.push('"');
                    rest = after;
                }
                if !(rest.is_empty() || rest.starts_with(separator)) {
                    return false;
                }
            } else {
                let end = rest.find(separator).unwrap_or(rest.len());
                if rest[..end].contains('"') {
                    return false;
                }
                self.text.push_str(&rest[..end]);
                rest = &rest[end..];
            }
            self.ends.push(self.text.len());
            match rest.strip_prefix(separator) {
                Some(next) => rest = next,
                None => return true,
            }
        }
    }
}

impl Index<usize> for Row {
    type Output = str;

    fn index(&self, idx: usize) -> &str {
        let start = idx.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[idx]]
    }
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub fn open(file: &'a SourceFile) -> Result<Self> {
        let mut lines = Lines::open(file);
        let (place, line) = match lines.next_line()? {
            Some((place, line)) => (place, line.to_owned()),
            None => (SourceLocation { file: &file.name, line: 1, is_open: false }, String::new()),
        };
        let separator = [',', ';', '\t'].into_iter().find(|separator| line.contains(*separator)).unwrap_or(',');
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
        let (n, n_columns) = (self.row.ends.len(), self.header.len());
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

fn split(row: &mut Row, place: SourceLocation, line: &str, separator: char) -> Result<()> {
    if line.contains('\r') {
        return Err(place.error("lines must end with LF or CRLF, not with CR alone", line.escape_debug()));
    }
    if !row.split(line, separator) {
        return Err(place.error("a quote must enclose a whole field and be closed on its line", line));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        let good: [(&str, &[&str]); 7] = [
            ("1,2", &["1", "2"]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("1,\"say \"\"no\"\"\"", &["1", "say \"no\""]),
            ("\"\",", &["", ""]),
            ("", &[""]),
            ("\"\"\"a\"\"\"", &["\"a\""]),
            (",é,", &["", "é", ""]),
        ];
        let mut row = Row::default();
        for (line, fields) in good {
            assert!(row.split(line, ','), "{line}");
            assert_eq!(row.fields().collect::<Vec<_>>(), fields, "{line}");
        }
        for bad in ["\"a,b", "a\"b,c", "\"a\"b,c", "1,\"a\"\"", "\""] {
            assert!(!row.split(bad, ','), "{bad}");
        }
    }
}
