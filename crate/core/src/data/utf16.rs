//! Text in UTF-16 with a byte order mark, as spreadsheets save it, handed on as UTF-8 while it is read.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// Units that are decoded at a time.
const CHUNK: usize = 4096;

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// The low byte, as on Windows.
    Little,
    /// The high byte.
    Big,
}

/// A reader of UTF-16 that gives UTF-8; the byte order mark becomes that of UTF-8.
pub struct Utf16<R> {
    inner: R,
    order: ByteOrder,
    /// The first half of a character whose second half is in the next chunk.
    half: Option<u16>,
    out: Vec<u8>,
    at: usize,
}

impl Utf16<()> {
    /// The byte order that a text's first bytes state; `None` if it is not in UTF-16. With two more zero bytes it would be UTF-32, or no text.
    pub fn byte_order(start: &[u8]) -> Option<ByteOrder> {
        match start {
            [0xff, 0xfe, 0, 0, ..] | [0xfe, 0xff, 0, 0, ..] => None,
            [0xff, 0xfe, ..] => Some(ByteOrder::Little),
            [0xfe, 0xff, ..] => Some(ByteOrder::Big),
            _ => None,
        }
    }
}

impl<R: BufRead> Utf16<R> {
    /// Reads on from the byte order mark.
    pub fn new(inner: R, order: ByteOrder) -> Self {
        Self { inner, order, half: None, out: Vec::new(), at: 0 }
    }

    /// Decodes the next chunk; `out` stays empty at the end.
    fn decode(&mut self) -> Result<()> {
        let mut bytes = Vec::with_capacity(2 * CHUNK);
        self.inner.by_ref().take(2 * CHUNK as u64).read_to_end(&mut bytes)?;
        let is_end = bytes.len() < 2 * CHUNK;
        let cut = || Error::new(ErrorKind::InvalidData, "half a character");
        if bytes.len() % 2 == 1 {
            return Err(cut());
        }
        let unit = |pair: &[u8]| match self.order {
            ByteOrder::Little => u16::from_le_bytes([pair[0], pair[1]]),
            ByteOrder::Big => u16::from_be_bytes([pair[0], pair[1]]),
        };
        let mut units: Vec<u16> = self.half.take().into_iter().chain(bytes.chunks_exact(2).map(unit)).collect();
        if !is_end && units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
            self.half = units.pop();
        }
        self.out.clear();
        self.at = 0;
        for character in char::decode_utf16(units) {
            self.out.extend(character.map_err(|_| cut())?.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        if self.at == self.out.len() {
            self.decode()?;
        }
        let n = into.len().min(self.out.len() - self.at);
        into[..n].copy_from_slice(&self.out[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<String> {
        let order = Utf16::byte_order(bytes)?;
        let mut text = String::new();
        Utf16::new(bytes, order).read_to_string(&mut text).ok()?;
        Some(text)
    }

    #[test]
    fn both_byte_orders_and_characters_of_two_units() {
        // Every chunk ends in the middle of a character.
        let text = format!("\u{feff}a,é\n{}", "😀".repeat(3 * CHUNK));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(read(&little).as_deref() == Some(&text) && read(&big).as_deref() == Some(&text));
        assert_eq!(read(&little[..little.len() - 1]), None, "cut in a unit");
        assert_eq!(read(&little[..little.len() - 2]), None, "cut in a character");
        assert_eq!((read(b"a,b"), read(b"\xff\xfe\0\0")), (None, None));
    }
}
