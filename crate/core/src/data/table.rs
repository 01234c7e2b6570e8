//! Rows of a comma-separated file: the csv crate reads them, after quotes, line ends and column counts were checked strictly.
//!
//! The csv crate forgives a quote that is never closed and swallows the rest of the file; here that is an error with its line.

use super::lines::{Place, lines, utf8};
use crate::Result;
use csv::StringRecord;

/// A checked file with its header.
pub struct Table<'a> {
    file: &'a str,
    text: &'a str,
    header: Vec<String>,
}

impl<'a> Table<'a> {
    /// Checks encoding, line ends and quotes of the whole file and reads the header.
    pub fn open(file: &'a str, bytes: &'a [u8]) -> Result<Self> {
        let text = utf8(file, bytes)?;
        let mut first = None;
        for (place, line) in lines(file, text)? {
            if line.contains('\r') {
                return Err(place.error("lines must end with LF or CRLF, not with CR alone", line.escape_debug()));
            }
            if !quotes_are_closed(line) {
                return Err(place.error("a quote must enclose a whole field and be closed on its line", line));
            }
            first.get_or_insert(line);
        }
        let header = first.unwrap_or_default().split(',').map(str::to_owned).collect();
        Ok(Self { file, text, header })
    }

    /// The header's columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Refuses a header other than this one.
    pub fn expect_header(&self, columns: &[&str]) -> Result<()> {
        if self.header == columns {
            return Ok(());
        }
        let first = Place { file: self.file, line: 1 };
        Err(first.error(format!("header must be `{}`", columns.join(",")), self.header.join(",")))
    }

    /// Where a column stands.
    pub fn column(&self, name: &str) -> Result<usize> {
        let found = self.header.iter().position(|column| column == name);
        let first = Place { file: self.file, line: 1 };
        found.ok_or_else(|| first.error(format!("header must have a column `{name}`"), self.header.join(",")))
    }

    /// Hands every row below the header over; a row has as many columns as the header.
    pub fn each(&self, mut row: impl FnMut(Place, &StringRecord) -> Result<()>) -> Result<()> {
        let n_columns = self.header.len();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.text.as_bytes());
        let mut record = StringRecord::new();
        // one record a line, as `open` made sure; the reader's own line numbers are off after blank lines
        for (line_idx, (place, _)) in lines(self.file, self.text)?.enumerate() {
            reader.read_record(&mut record).map_err(|error| place.error("row must be valid CSV", error))?;
            if line_idx == 0 {
                continue; // the header
            }
            if record.len() != n_columns {
                let rule = format!("a row must have {n_columns} columns ({}), it has {}", self.header.join(","), record.len());
                return Err(place.error(rule, record.iter().collect::<Vec<_>>().join(",")));
            }
            row(place, &record)?;
        }
        Ok(())
    }
}

/// A quote opens at a field's start, closes at its end, and stands doubled inside.
fn quotes_are_closed(line: &str) -> bool {
    let mut rest = line;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let unescaped = quoted.replace("\"\"", "\u{1}\u{1}"); // same length, so that places stay
            let Some(end) = unescaped.find('"') else { return false };
            rest = &quoted[end + 1..];
            if !(rest.is_empty() || rest.starts_with(',')) {
                return false;
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return false;
            }
            rest = &rest[end..];
        }
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        for good in ["1,2", "\"a,b\",c", "1,\"say \"\"no\"\"\"", "\"\",", "", "\"\"\"a\"\"\""] {
            assert!(quotes_are_closed(good), "{good}");
        }
        for bad in ["\"a,b", "a\"b,c", "\"a\"b,c", "1,\"a\"\"", "\""] {
            assert!(!quotes_are_closed(bad), "{bad}");
        }
    }
}
