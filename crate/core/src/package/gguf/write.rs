//! Writer for GGUF files, version 3, readable by llama.cpp and by [`Gguf`](super::Gguf).

use super::read::{Kind, unit};
use crate::package::stored::{Form, Stored};

/// Alignment of every tensor's offset, bytes.
const ALIGNMENT: usize = 32;

/// A metadata value to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A string.
    Text(String),
    /// An unsigned integer.
    Count(u32),
    /// A number, written as binary32.
    Number(f64),
    /// A boolean.
    Flag(bool),
    /// A list of strings.
    Texts(Vec<String>),
    /// A list of integers.
    Ints(Vec<i32>),
    /// A list of numbers in binary32.
    Numbers(Vec<f32>),
}

/// A GGUF file under construction.
#[derive(Debug, Default)]
pub struct Writer {
    metadata: Vec<u8>,
    n_metadata: u64,
    directory: Vec<u8>,
    n_tensors: u64,
    data: Vec<u8>,
}

impl Writer {
    /// Adds a metadata entry.
    pub fn entry(&mut self, key: &str, entry: &Entry) {
        self.n_metadata += 1;
        let out = &mut self.metadata;
        put_text(out, key);
        let list = |out: &mut Vec<u8>, kind: u32, len: usize| {
            put(out, &9u32.to_le_bytes());
            put(out, &kind.to_le_bytes());
            put(out, &(len as u64).to_le_bytes());
        };
        match entry {
            Entry::Text(text) => {
                put(out, &8u32.to_le_bytes());
                put_text(out, text);
            }
            Entry::Count(n) => {
                put(out, &4u32.to_le_bytes());
                put(out, &n.to_le_bytes());
            }
            Entry::Number(x) => {
                put(out, &6u32.to_le_bytes());
                put(out, &(*x as f32).to_le_bytes());
            }
            Entry::Flag(yes) => {
                put(out, &7u32.to_le_bytes());
                out.push(u8::from(*yes));
            }
            Entry::Texts(texts) => {
                list(out, 8, texts.len());
                texts.iter().for_each(|text| put_text(out, text));
            }
            Entry::Ints(values) => {
                list(out, 5, values.len());
                values.iter().for_each(|value| put(out, &value.to_le_bytes()));
            }
            Entry::Numbers(values) => {
                list(out, 6, values.len());
                values.iter().for_each(|value| put(out, &value.to_le_bytes()));
            }
        }
    }

    /// Adds a tensor whose row i is the stored row `row(i)`.
    pub fn tensor(&mut self, name: &str, stored: &Stored, is_vector: bool, row: impl Fn(usize) -> usize) {
        self.n_tensors += 1;
        let [rows, cols] = stored.dims;
        let out = &mut self.directory;
        put_text(out, name);
        let shape: &[usize] = if is_vector { &[cols] } else { &[cols, rows] };
        put(out, &(shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|size| put(out, &(*size as u64).to_le_bytes()));
        put(out, &Kind::of(stored.form).0.to_le_bytes());
        pad(&mut self.data);
        put(out, &(self.data.len() as u64).to_le_bytes());
        for i in 0..rows {
            put_row(&mut self.data, stored, row(i));
        }
    }

    /// The bytes of the finished file.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        put(&mut out, &3u32.to_le_bytes());
        put(&mut out, &self.n_tensors.to_le_bytes());
        put(&mut out, &self.n_metadata.to_le_bytes());
        out.append(&mut self.metadata);
        out.append(&mut self.directory);
        pad(&mut out);
        pad(&mut self.data);
        out.append(&mut self.data);
        out
    }
}

fn put_row(out: &mut Vec<u8>, stored: &Stored, row: usize) {
    let cols = stored.dims[1];
    let width = stored.form.row_bytes(cols);
    let values = &stored.values[row * width..][..width];
    if !stored.form.has_scales() {
        return put(out, values);
    }
    let n_blocks = cols / crate::linear::BLOCK;
    let [_, n_bytes] = unit(stored.form);
    let n_values = n_bytes - if stored.form == Form::Q4Offset { 4 } else { 2 };
    for (i, block) in values.chunks_exact(n_values).enumerate() {
        let at = (row * n_blocks + i) * 2;
        put(out, &stored.scales[at..at + 2]);
        if stored.form == Form::Q4Offset {
            put(out, &stored.offsets[at..at + 2]);
        }
        put(out, block);
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, &(text.len() as u64).to_le_bytes());
    put(out, text.as_bytes());
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
}
