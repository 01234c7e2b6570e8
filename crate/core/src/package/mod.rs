//! A model package: a manifest, quantised weights, a tokenizer, and the models it is compared with; published checkpoints in and out.

pub mod checkpoint;
pub mod export;
pub mod gguf;
pub mod hf;
pub mod import;
pub mod manifest;
pub mod merge;
pub mod peft;
pub mod stored;
mod t5;
pub mod vocabulary;
pub mod weights;

use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Files of a package by name: core does no IO, so the bytes come from outside.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A file that must be there.
///
/// # Errors
/// If it is not.
pub fn file<'a>(files: &'a Files, name: &str) -> Result<&'a [u8]> {
    files.get(name).map(Vec::as_slice).ok_or_else(|| Error::package(name, "is missing"))
}

/// sha256 as 64 hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
