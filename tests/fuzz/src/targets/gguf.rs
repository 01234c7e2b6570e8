//! Fuzz target for GGUF files, and for the package made from an accepted file.

use super::whole::{imported, through};
use unlearn_core::package::gguf::{Gguf, checkpoint};

/// One byte for the number format, then the file.
pub fn run(bytes: &[u8]) -> bool {
    let (how, file) = super::parts::choice(bytes);
    if let Ok(gguf) = Gguf::parse(file) {
        for (_, value) in gguf.metadata() {
            if let unlearn_core::package::gguf::Value::List(list) = value {
                assert_eq!(list.values().count() as u64, list.len());
            }
        }
        gguf.tensors().for_each(|(_, tensor)| drop(tensor.stored(|row| row).to_dense()));
    }
    checkpoint(file).ok().and_then(|model| imported(model, how)).map(|files| through(&files)).is_some()
}
