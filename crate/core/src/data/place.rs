//! A place in a user's text file and the values there: the rules shared by all source formats. Every error names the line.

use super::time::Stamp;
use crate::{Error, Result};

/// The location of a value in a file, for error messages.
#[derive(Debug, Clone, Copy)]
pub struct SourceLocation<'a> {
    /// File name as given by the user.
    pub file: &'a str,
    /// Line number, from 1.
    pub line: u64,
    /// Whether the file ends here without a line break, as one does that was cut off.
    pub is_open: bool,
}

impl SourceLocation<'_> {
    /// An error at this location.
    pub fn error(&self, rule: impl Into<String>, value: impl ToString) -> Error {
        let mut rule = rule.into();
        if self.is_open {
            rule += " (the file ends here without a line break, as one that was cut off: fetch it again if it should go on)";
        }
        Error::data(self.file, self.line, rule, value)
    }

    /// Parses a whole number within 32 bits, also written as `7.0`.
    pub fn whole(&self, what: &str, text: &str) -> Result<u32> {
        let text = text.trim();
        let whole = text.split_once('.').filter(|(_, zeros)| !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0'));
        let number = digits(whole.map_or(text, |(whole, _)| whole));
        number.ok_or_else(|| self.error(format!("{what} must be a whole number from 0 to 4294967295"), text))
    }

    /// Parses the id of a user or an item, a whole number. For words, the error says how to number them.
    pub fn id(&self, what: &str, text: &str) -> Result<u32> {
        let is_word = !text.trim().is_empty() && text.trim().parse::<f64>().is_err();
        let how = "; number such ids in every file alike and keep the list, as `codes, words = pandas.factorize(column)` does";
        self.whole(what, text).map_err(|error| match error {
            Error::Data { file, line, column, rule, value } if is_word => Error::Data { file, line, column, rule: rule + how, value },
            other => other,
        })
    }

    /// Parses a time; its unit is checked against those of the other rows by `Ratings`.
    pub fn time(&self, text: &str) -> Result<Stamp> {
        let rule = "timestamp must be whole seconds since 1970 (or milliseconds, in every row), or a date such as `2004-11-09 10:00:00`";
        Stamp::parse(text).ok_or_else(|| self.error(rule, text))
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

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A number without sign or exponent. Where fields are separated by `;`, programs write `4,5`.
fn decimal(text: &str) -> Option<f32> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) { text.replace(',', ".").parse().ok() } else { None }
}
