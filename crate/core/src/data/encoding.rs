//! The characters of a text file: UTF-8, or one byte each as in the older MovieLens sets and in what spreadsheets save on Windows.
//!
//! A name in Windows-1252 or ISO-8859-1 practically never happens to be valid UTF-8, so each line tells which of the two it is. A file in which some
//! lines are one and some the other is damaged or was put together of two, and is refused.

use super::place::SourceLocation;
use crate::Result;

/// Windows-1252 from 0x80 to 0x9f; all other bytes are as in ISO-8859-1, whose control characters no title contains.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Decodes the lines of one file.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The first line with a character beyond ASCII in UTF-8.
    utf8: Option<u64>,
    /// The first line that is not UTF-8.
    single: Option<u64>,
}

impl Decoder {
    /// Appends a line's text to `out`.
    ///
    /// # Errors
    /// If the line is in the other encoding than an earlier one.
    pub fn push(&mut self, place: &SourceLocation, line: &[u8], out: &mut String) -> Result<()> {
        if line.is_ascii() {
            // ASCII is valid UTF-8
            out.push_str(str::from_utf8(line).unwrap_or_default());
            return Ok(());
        }
        let bad = match str::from_utf8(line) {
            Ok(text) => {
                out.push_str(text);
                self.utf8.get_or_insert(place.line);
                None
            }
            Err(error) => {
                out.extend(line.iter().map(|byte| character(*byte)));
                self.single.get_or_insert(place.line);
                Some(line[error.valid_up_to()])
            }
        };
        match (self.utf8, self.single) {
            (Some(utf8), Some(single)) => {
                let said =
                    if bad.is_some() { format!("line {utf8} is, this one is not") } else { format!("this line is, line {single} is not") };
                let rule = format!("text must be UTF-8 throughout or nowhere: {said}, so the file is damaged or was put together of two");
                Err(place.error(rule, bad.map_or_else(|| out.clone(), |bad| format!("byte 0x{bad:02x}"))))
            }
            _ => Ok(()),
        }
    }

    /// What to tell about a file in which UTF-8 was expected.
    pub fn note(&self) -> Option<String> {
        let line = self.single?;
        Some(format!("the text is not UTF-8 (line {line}) and was read as Windows-1252: if titles look wrong, save the file as UTF-8"))
    }
}

fn character(byte: u8) -> char {
    match byte {
        0x80..0xa0 => WINDOWS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(lines: &[&[u8]]) -> Result<(Vec<String>, Option<String>)> {
        let mut decoder = Decoder::default();
        let mut texts = Vec::new();
        for (line, bytes) in (1..).zip(lines) {
            let mut text = String::new();
            decoder.push(&SourceLocation { file: "a", line, is_open: false }, bytes, &mut text)?;
            texts.push(text);
        }
        Ok((texts, decoder.note()))
    }

    #[test]
    fn one_byte_a_character_or_utf8() {
        let (texts, note) = decode(&["plain".as_bytes(), "Amélie – “€”".as_bytes()]).unwrap();
        assert_eq!((texts[1].as_str(), note), ("Amélie – “€”", None));
        let (texts, note) = decode(&[b"plain", b"Am\xe9lie \x96 \x93\x80\x94"]).unwrap();
        assert_eq!(texts[1], "Amélie – “€”");
        assert!(note.is_some_and(|note| note.contains("line 2") && note.contains("Windows-1252")));
    }

    #[test]
    fn two_encodings_in_a_file_are_refused() {
        let cut = decode(&["é".as_bytes(), b"plain", b"Am\xc3"]).unwrap_err().to_string();
        assert!(cut.starts_with("a:3: text must be UTF-8 throughout or nowhere: line 1 is, this one is not"), "{cut}");
        assert!(cut.ends_with("got `byte 0xc3`"), "{cut}");
        let other = decode(&[b"Am\xe9lie", "é".as_bytes()]).unwrap_err().to_string();
        assert!(other.starts_with("a:2:") && other.contains("this line is, line 1 is not"), "{other}");
    }
}
