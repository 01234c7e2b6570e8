//! Tests of the core against stored references and real data; how the references were made is in `tests/parity/README.md`.

mod attack;
mod baseline;
mod by_block;
mod checkpoint;
mod conformance;
mod corpus;
mod data_errors;
mod data_expected;
mod data_formats;
mod data_goodreads;
mod data_select;
mod determinism;
mod fuzz;
mod import;
mod language_model;
mod methods;
mod metric_fixtures;
mod model_parity;
mod package;
mod step_parity;
mod t5_parity;
mod text;
mod text_parity;

use std::path::PathBuf;
use unlearn_core::train::event::Event;
use unlearn_core::train::host::Host;

/// A file of the repository.
fn repo(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A host that only lets run.
struct Quiet;

impl Host for Quiet {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    async fn breathe(&mut self) -> unlearn_core::Result<()> {
        Ok(())
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
