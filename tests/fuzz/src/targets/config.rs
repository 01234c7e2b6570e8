//! Fuzz target for `config.json` and the index of a Hugging Face folder, next to valid weights and a valid tokenizer.

use super::parts::{choice, parts};
use super::whole::{folder, imported, through};
use unlearn_core::package::hf;

/// Bits of the first byte: T5; the number format. Then `config.json`, the index if there is a second part, the model card if there is a third.
pub fn run(bytes: &[u8]) -> bool {
    let (way, rest) = choice(bytes);
    let mut files = folder(way & 1 != 0);
    for (name, part) in [hf::CONFIG, hf::INDEX, hf::CARD].into_iter().zip(parts(rest)) {
        files.insert(name.into(), part.to_vec());
    }
    let _ = hf::weight_files(files.get(hf::INDEX).map(Vec::as_slice), &files.keys().cloned().collect());
    hf::checkpoint(&files).ok().and_then(|model| imported(model, way >> 1)).map(|package| through(&package)).is_some()
}
