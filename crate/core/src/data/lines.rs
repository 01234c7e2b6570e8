//! The lines of a user's text file, read one at a time and unpacked on the way, so a large file is never in memory as a whole.

use super::encoding::Decoder;
use super::interaction::SourceFile;
use super::place::SourceLocation;
use super::utf16::Utf16;
use crate::{Error, Result};
use flate2::read::MultiGzDecoder;
use std::io::{BufRead, BufReader, Read};

/// Longest line, bytes; a GoodReads book with all its shelves takes some ten thousand.
const MAX_LINE: u64 = 4 << 20;
/// Largest ratio of unpacked to packed size beyond one MiB; text reaches about 10.
const MAX_RATIO: u64 = 100;
/// Largest unpacked size of a file, bytes; the largest MovieLens file has 0.9 GiB.
const MAX_UNPACKED: u64 = 2 << 30;

/// The non-blank lines of a file as text, unpacked and decoded one at a time.
pub struct Lines<'a> {
    file: &'a str,
    reader: Box<dyn BufRead + 'a>,
    place: SourceLocation<'a>,
    n_read: u64,
    n_most: u64,
    is_empty: bool,
    is_utf16: bool,
    bytes: Vec<u8>,
    text: String,
    decoder: Decoder,
}

impl<'a> Lines<'a> {
    /// Begins to read a file, plain or gzip.
    pub fn open(file: &'a SourceFile) -> Self {
        let is_packed = file.bytes.starts_with(&[0x1f, 0x8b]);
        let mut reader: Box<dyn BufRead + 'a> =
            if is_packed { Box::new(BufReader::new(MultiGzDecoder::new(&file.bytes[..]))) } else { Box::new(&file.bytes[..]) };
        // What cannot be unpacked is told with the first line.
        let mark = reader.fill_buf().map(Utf16::byte_order).unwrap_or_default();
        if let Some(order) = mark {
            reader = Box::new(BufReader::new(Utf16::new(reader, order)));
        }
        let most = (file.bytes.len() as u64).saturating_mul(MAX_RATIO).clamp(1 << 20, MAX_UNPACKED);
        Self {
            file: &file.name,
            reader,
            place: SourceLocation { file: &file.name, line: 0, is_open: false },
            n_read: 0,
            n_most: if is_packed { most } else { u64::MAX },
            is_empty: true,
            is_utf16: mark.is_some(),
            bytes: Vec::new(),
            text: String::new(),
            decoder: Decoder::default(),
        }
    }

    /// The next line that is not blank, without its end.
    ///
    /// # Errors
    /// If the file has no such line at all, a line is too long, or the file cannot be unpacked or decoded.
    pub fn next_line(&mut self) -> Result<Option<(SourceLocation<'a>, &str)>> {
        loop {
            if !self.fill()? {
                if self.is_empty {
                    return Err(Error::data(self.file, 0, "file must not be empty", format!("{} bytes", self.n_read)));
                }
                return Ok(None);
            }
            let is_first = self.place.line == 1;
            let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| is_first).unwrap_or(line);
            if !line.trim_ascii().is_empty() {
                self.is_empty = false;
                self.text.clear();
                self.decoder.push(&self.place, line, &mut self.text)?;
                return Ok(Some((self.place, &self.text)));
            }
        }
    }

    /// What a person should know about how the file was read, once it was. An older MovieLens file is expected not to be in UTF-8.
    pub fn notes(&self, is_utf8_expected: bool) -> Vec<String> {
        let mut notes = Vec::new();
        if self.place.is_open && !self.is_empty {
            notes.push(format!(
                "{}: the last line, {}, has no line break: it was read, but if the file was cut off, fetch it again",
                self.file, self.place.line
            ));
        }
        notes.extend(self.decoder.note().filter(|_| is_utf8_expected).map(|note| format!("{}: {note}", self.file)));
        notes
    }

    /// How the characters read so far are written.
    pub fn encoding(&self) -> &'static str {
        match (self.is_utf16, self.decoder.note()) {
            (true, _) => "UTF-16",
            (false, None) => "UTF-8",
            (false, Some(_)) => "Windows-1252 (Latin-1)",
        }
    }

    /// Reads one line with its end; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        let next = SourceLocation { line: self.place.line + 1, ..self.place };
        self.bytes.clear();
        let n = self.reader.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut self.bytes);
        let rule = if self.is_utf16 {
            "text in UTF-16 must be whole: fetch the file again, or save it as UTF-8"
        } else {
            "file must unpack and match its checksum: fetch it again"
        };
        let n = n.map_err(|error| next.error(rule, error))? as u64;
        if n == 0 {
            return Ok(false);
        }
        if n > MAX_LINE {
            return Err(next.error(
                format!("a line may have at most {} MiB and must end with LF or CRLF", MAX_LINE >> 20),
                format!("more than {MAX_LINE} bytes"),
            ));
        }
        self.n_read += n;
        if self.n_read > self.n_most {
            let rule = format!(
                "a packed file may unpack to at most {MAX_RATIO} times its size and {} GiB; if it is sound, unpack it and give the folder",
                MAX_UNPACKED >> 30
            );
            return Err(next.error(rule, format!("more than {} bytes", self.n_most)));
        }
        self.place = SourceLocation { is_open: !self.bytes.ends_with(b"\n"), ..next };
        Ok(true)
    }
}
