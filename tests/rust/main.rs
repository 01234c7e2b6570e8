//! Tests of the core against stored references and real data; how the references were made is in `tests/parity/README.md`.

mod baseline;
mod by_block;
mod data_errors;
mod data_expected;
mod data_formats;
mod data_goodreads;
mod data_select;
mod fuzz;
mod import;
mod language_model;
mod metric_fixtures;
mod model_parity;
mod package;
mod step_parity;
mod t5_parity;
mod text;
mod text_parity;

use std::path::PathBuf;

/// A file of the repository.
fn repo(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
