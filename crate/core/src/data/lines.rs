//! Lines and fields of a user's text file: the rules shared by all source formats. Every error names the line.

use crate::{Error, Result};

/// The location of a value in a file, for error messages.
#[derive(Debug, Clone, Copy)]
pub struct SourceLocation<'a> {
    /// File name as given by the user.
    pub file: &'a str,
    /// Line number, from 1.
    pub line: u64,
}

impl SourceLocation<'_> {
    /// An error at this location.
    pub fn error(&self, rule: impl Into<String>, value: impl ToString) -> Error {
        Error::data(self.file, self.line, rule, value)
    }

    /// Parses the id of a user or an item: digits only, within 32 bits.
    pub fn id(&self, what: &str, text: &str) -> Result<u32> {
        digits(text).ok_or_else(|| self.error(format!("{what} must be a whole number from 0 to 4294967295"), text))
    }

    /// Parses seconds since 1970: digits only, below 2⁵³, so that JavaScript can represent them exactly.
    pub fn seconds(&self, text: &str) -> Result<i64> {
        digits(text)
            .filter(|seconds| *seconds < 1 << 53)
            .ok_or_else(|| self.error("timestamp must be a whole number of seconds from 0 to 9007199254740991", text))
    }

    /// Parses a rating in half stars, `0.5..=5`.
    pub fn half_stars(&self, text: &str) -> Result<f32> {
        let rating = decimal(text).unwrap_or(f32::NAN);
        if (0.5..=5.0).contains(&rating) && (rating * 2.0).fract() == 0.0 {
            return Ok(rating);
        }
        Err(self.error("rating must be 0.5 to 5 in steps of 0.5", text))
    }

    /// Parses a rating in whole stars, `1..=5`.
    pub fn whole_stars(&self, text: &str) -> Result<f32> {
        let rating = decimal(text).unwrap_or(f32::NAN);
        if (1.0..=5.0).contains(&rating) && rating.fract() == 0.0 {
            return Ok(rating);
        }
        Err(self.error("rating must be a whole number from 1 to 5", text))
    }

    /// Checks that a title is not empty.
    pub fn title<'t>(&self, text: &'t str) -> Result<&'t str> {
        let title = text.trim();
        if title.is_empty() { Err(self.error("title must not be empty", text)) } else { Ok(title) }
    }

    /// Splits a line into exactly `N` fields.
    pub fn fields<'t, const N: usize>(&self, line: &'t str, separator: &str, columns: &str) -> Result<[&'t str; N]> {
        let fields: Vec<&str> = line.split(separator).collect();
        let n = fields.len();
        fields.try_into().map_err(|_| self.error(format!("a row must have {N} fields ({columns}), it has {n}"), line))
    }
}

/// The file as UTF-8 text. The publishers of CSV sources state this encoding, so invalid UTF-8 means a damaged file.
pub fn utf8<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (good, bad) = bytes.split_at(error.valid_up_to());
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count() as u64;
        Error::data(file, line, "text must be UTF-8", format!("byte 0x{:02x}", bad[0]))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The file as text, UTF-8 or ISO-8859-1. The older MovieLens sets are ISO-8859-1, but copies of them are often UTF-8; ISO-8859-1 names
/// never happen to be valid UTF-8.
pub fn latin1(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The non-blank lines of a file, with their locations. A file is rejected if it is empty or if its last line has no line end: that indicates a
/// truncated copy, even if the cut leaves a valid number.
pub fn lines<'a>(file: &'a str, text: &'a str) -> Result<impl Iterator<Item = (SourceLocation<'a>, &'a str)>> {
    if text.trim().is_empty() {
        return Err(Error::data(file, 0, "file must not be empty", format!("{} bytes", text.len())));
    }
    if !text.ends_with('\n') {
        let line = text.lines().count() as u64;
        let last = text.lines().next_back().unwrap_or_default();
        return Err(Error::data(file, line, "the last line must end with a line break (the file looks cut off)", last));
    }
    let numbered = text.lines().zip(1..).map(move |(content, line)| (SourceLocation { file, line }, content));
    Ok(numbered.filter(|(_, content)| !content.is_empty()))
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn decimal(text: &str) -> Option<f32> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') { text.parse().ok() } else { None }
}
