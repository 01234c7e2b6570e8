//! The GGUF format, versions 2 and 3 (the format page of the ggml project): metadata and tensor directory. Every count and offset is checked before
//! use, and nothing is allocated by a size in the file that exceeds what the file's length allows.

mod adapter;
mod attention;
mod head;
mod model;
mod read;
mod refuse;
mod sentence_piece;
mod tokenizer;
mod value;
mod write;

pub use adapter::write_adapter;
pub use model::{checkpoint, checkpoint_of, write};
#[cfg(test)]
pub(super) use model::{read_as, write_as};
pub use read::{Gguf, Kind, TensorInfo};
pub use value::{List, Value};
pub use write::{Entry, Writer};
