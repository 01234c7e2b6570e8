//! Metadata values. Lists stay in the file's bytes and are decoded when they are used.

use super::refuse::fail;
use crate::Result;

/// Largest nesting depth of lists; no model has more.
const MAX_DEPTH: u32 = 3;

/// A metadata value. Integers of all widths share one variant.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Any integer.
    Int(i128),
    /// Any float.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A UTF-8 string.
    Text(&'a str),
    /// A list of values of one type.
    List(List<'a>),
}

/// A list of values of one type, checked when the file was opened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct List<'a> {
    kind: u32,
    len: u64,
    bytes: &'a [u8],
}

impl<'a> List<'a> {
    /// Number of values.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The values, in order.
    pub fn values(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let (kind, mut reader) = (self.kind, Reader::new(self.bytes));
        (0..self.len).map_while(move |_| reader.value(kind, 1).ok())
    }
}

/// A cursor over untrusted bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pos: 0 }
    }

    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    /// Number of bytes left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.pos
    }

    pub(super) fn take(&mut self, n: u64) -> Result<&'a [u8]> {
        let n = usize::try_from(n).ok().filter(|n| *n <= self.left());
        let Some(n) = n else { return Err(fail(format!("ends too early: a field at byte {} reaches over the end", self.pos))) };
        let taken = &self.bytes[self.pos..self.pos + n];
        self.pos += n;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N as u64)?);
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        let (at, len) = (self.pos, self.u64()?);
        std::str::from_utf8(self.take(len)?).map_err(|_| fail(format!("the text at byte {at} is not UTF-8")))
    }

    /// Reads a value of the given type, by its number in the format.
    pub(super) fn value(&mut self, kind: u32, depth: u32) -> Result<Value<'a>> {
        Ok(match kind {
            0 => Value::Int(u8::from_le_bytes(self.array()?).into()),
            1 => Value::Int(i8::from_le_bytes(self.array()?).into()),
            2 => Value::Int(u16::from_le_bytes(self.array()?).into()),
            3 => Value::Int(i16::from_le_bytes(self.array()?).into()),
            4 => Value::Int(u32::from_le_bytes(self.array()?).into()),
            5 => Value::Int(i32::from_le_bytes(self.array()?).into()),
            6 => Value::Float(f32::from_le_bytes(self.array()?).into()),
            7 => match self.array::<1>()? {
                [byte @ (0 | 1)] => Value::Bool(byte == 1),
                [byte] => return Err(fail(format!("a truth value at byte {} must be 0 or 1, got {byte}", self.pos - 1))),
            },
            8 => Value::Text(self.text()?),
            9 => Value::List(self.list(depth)?),
            10 => Value::Int(u64::from_le_bytes(self.array()?).into()),
            11 => Value::Int(i64::from_le_bytes(self.array()?).into()),
            12 => Value::Float(f64::from_le_bytes(self.array()?)),
            _ => return Err(fail(format!("value type must be 0 to 12, got {kind} before byte {}", self.pos))),
        })
    }

    fn list(&mut self, depth: u32) -> Result<List<'a>> {
        if depth >= MAX_DEPTH {
            return Err(fail(format!("lists may be nested {MAX_DEPTH} deep, at byte {} they go deeper", self.pos)));
        }
        let (kind, len) = (self.u32()?, self.u64()?);
        // The smallest value takes one byte, so a count that exceeds the rest of the file is rejected before the list is walked.
        if len > self.left() as u64 {
            return Err(fail(format!("a list of {len} values at byte {} reaches over the end", self.pos)));
        }
        let start = self.pos;
        for _ in 0..len {
            self.value(kind, depth + 1)?;
        }
        Ok(List { kind, len, bytes: &self.bytes[start..self.pos] })
    }
}
