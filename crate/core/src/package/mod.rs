//! Model packages: a manifest, quantised weights, a tokenizer and reference models; also import and export of published checkpoints.

pub mod architecture;
pub mod blocks;
pub mod bytes;
pub mod checkpoint;
pub mod cross_fit;
pub mod export;
pub mod gguf;
pub mod hf;
pub mod import;
pub mod manifest;
pub mod merge;
pub mod open;
pub mod parts;
pub mod peft;
pub mod person;
pub mod stored;
pub mod titles;
#[cfg(test)]
mod toy;
pub mod vocabulary;
pub mod weights;

use crate::data::identity::hex;
use crate::data::sniff;
use crate::host::Files;
use crate::{Error, Result};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A file that must be present.
///
/// # Errors
/// If the file is absent.
pub fn file<'a>(files: &'a Files, name: &str) -> Result<&'a [u8]> {
    files.get(name).map(Vec::as_slice).ok_or_else(|| Error::package(name, "is missing"))
}

/// Reads a file of JSON.
///
/// # Errors
/// If it is damaged; the message says so if it is another kind of file.
pub fn parse_json<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| Error::package(name, sniff::told(bytes).map_or_else(|| e.to_string(), str::to_owned)))
}

/// The sha256 hash of `bytes` as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}
