//! GGUF, version 2 and 3 (the format page of the ggml project): metadata and tensor directory, every count and offset checked before it is
//! believed. Nothing is allocated by a figure from the file that its length does not bear out.

mod llama;
mod read;
mod tokenizer;
mod value;
mod write;

pub use llama::checkpoint;
pub use read::{Gguf, Kind, TensorInfo};
pub use value::{List, Value};
pub use write::{Entry, Writer, write};

/// What messages call the file.
pub(super) const FILE: &str = "gguf";

fn fail(reason: impl Into<String>) -> crate::Error {
    crate::Error::package(FILE, reason)
}
