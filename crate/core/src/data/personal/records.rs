//! The records of a table as other programs export it: unlike the files of data sets, a quoted field may go on over several lines (a review), and a
//! quote may stand inside a field (`="0439785960"`, as Goodreads writes numbers for spreadsheets).

use crate::Result;
use crate::data::interaction::SourceFile;
use crate::data::lines::Lines;
use crate::data::place::SourceLocation;

/// Longest record, bytes: a long review has some ten thousand.
const MAX_RECORD: usize = 1 << 20;

/// A record: the line on which it begins, and its fields.
pub type Record = (u64, Vec<String>);

/// Reads records one after another.
pub struct Records<'a> {
    lines: Lines<'a>,
    separator: char,
}

impl<'a> Records<'a> {
    /// Begins to read a file.
    pub fn open(file: &'a SourceFile, separator: char) -> Self {
        Self { lines: Lines::open(file), separator }
    }

    /// The next record.
    ///
    /// # Errors
    /// If the file cannot be unpacked or decoded, or a quote is never closed.
    pub fn next_record(&mut self) -> Result<Option<Record>> {
        let Some((place, line)) = self.lines.next_line()? else { return Ok(None) };
        let place: SourceLocation<'a> = place;
        let mut text = line.to_owned();
        loop {
            if let Some(fields) = fields(&text, self.separator) {
                return Ok(Some((place.line, fields)));
            }
            let rule = "a quote that opens a field must be closed";
            if text.len() > MAX_RECORD {
                return Err(place.error(format!("{rule} within {MAX_RECORD} bytes"), &text));
            }
            match self.lines.next_line()? {
                Some((_, more)) => {
                    text.push('\n');
                    text.push_str(more);
                }
                None => return Err(place.error(format!("{rule}, and the file ends before it is"), &text)),
            }
        }
    }

    /// What a person should know about how the file was read, once it was.
    pub fn notes(&self) -> Vec<String> {
        self.lines.notes(true)
    }
}

/// The fields of a record; `None` if a quote is still open at its end.
fn fields(text: &str, separator: char) -> Option<Vec<String>> {
    let (mut all, mut field, mut chars) = (Vec::new(), String::new(), text.chars().peekable());
    let mut is_quoted = false;
    let mut is_start = true;
    while let Some(c) = chars.next() {
        if is_quoted {
            match (c, chars.peek()) {
                ('"', Some('"')) => {
                    field.push('"');
                    chars.next();
                }
                ('"', _) => is_quoted = false,
                _ => field.push(c),
            }
        } else if c == separator {
            all.push(std::mem::take(&mut field));
            is_start = true;
            continue;
        } else if c == '"' && is_start {
            is_quoted = true;
        } else {
            field.push(c);
        }
        is_start = false;
    }
    if is_quoted {
        return None;
    }
    all.push(field);
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Record>> {
        let file = SourceFile { name: "a.csv".into(), bytes: text.as_bytes().to_vec() };
        let mut records = Records::open(&file, ',');
        let mut all = Vec::new();
        while let Some(record) = records.next_record()? {
            all.push(record);
        }
        Ok(all)
    }

    #[test]
    fn a_quoted_field_may_go_on_over_lines() {
        let all = read("a,\"one\n\ntwo, \"\"three\"\"\",b\r\nc,=\"0439\",\"=\"\"978\"\"\"\n").unwrap();
        assert_eq!(all[0], (1, ["a", "one\ntwo, \"three\"", "b"].map(str::to_owned).to_vec()));
        assert_eq!(all[1], (4, ["c", "=\"0439\"", "=\"978\""].map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told_where_it_opens() {
        let error = read("a,b\nc,\"d\ne,f\n").unwrap_err().to_string();
        assert!(error.starts_with("a.csv:2: a quote that opens a field must be closed, and the file ends"), "{error}");
    }
}
