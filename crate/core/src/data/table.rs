//! Rows of a CSV file, read by the csv crate after a strict check of quotes, line ends and column counts.
//!
//! The csv crate accepts a quote that is never closed and swallows the rest of the file; here that is an error with its line number.

use super::lines::{SourceLocation, lines, utf8};
use crate::Result;
use csv::StringRecord;

/// A checked CSV file with its header.
pub struct Table<'a> {
    file: &'a str,
    text: &'a str,
    header: Vec<String>,
}

impl<'a> Table<'a> {
    /// Checks encoding, line ends and quotes of the whole file, and reads the header.
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

    /// The columns of the header.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Rejects any other header.
    pub fn expect_header(&self, columns: &[&str]) -> Result<()> {
        if self.header == columns {
            return Ok(());
        }
        let first = SourceLocation { file: self.file, line: 1 };
        Err(first.error(format!("header must be `{}`", columns.join(",")), self.header.join(",")))
    }

    /// The index of a column.
    pub fn column(&self, name: &str) -> Result<usize> {
        let found = self.header.iter().position(|column| column == name);
        let first = SourceLocation { file: self.file, line: 1 };
        found.ok_or_else(|| first.error(format!("header must have a column `{name}`"), self.header.join(",")))
    }

    /// Calls `row` for every row below the header; each must have as many columns as the header.
    pub fn each(&self, mut row: impl FnMut(SourceLocation, &StringRecord) -> Result<()>) -> Result<()> {
        let n_columns = self.header.len();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.text.as_bytes());
        let mut record = StringRecord::new();
        // one record per line, as checked by `open`; the reader's own line numbers are wrong after blank lines
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

/// The first non-blank line, by which a file's format is recognised. `None` if there is none or it is not UTF-8.
pub fn first_row(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let row = bytes.split(|byte| *byte == b'\n').map(|row| row.strip_suffix(b"\r").unwrap_or(row)).find(|row| !row.is_empty())?;
    std::str::from_utf8(row).ok()
}

/// Whether quotes open only at the start of a field, close only at its end, and are doubled inside.
fn quotes_are_closed(line: &str) -> bool {
    let mut rest = line;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let unescaped = quoted.replace("\"\"", "\u{1}\u{1}"); // same length, so that positions are preserved
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
