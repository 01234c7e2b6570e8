//! Tests of the core against stored references and real data; `tests/parity/README.md` says how the references were made.

mod architectures;
mod attack;
mod baseline;
mod blocks;
mod by_block;
mod checkpoint;
mod conformance;
mod corpus;
mod data_errors;
mod data_expected;
mod data_formats;
mod data_goodreads;
mod data_own;
mod data_select;
mod data_variants;
mod determinism;
mod families;
mod faults;
mod fuzz;
mod import;
mod import_bytes;
mod language_model;
mod live;
mod methods;
mod metric_fixtures;
mod model_parity;
mod package;
mod peft;
mod personal;
mod published_parity;
mod ranking;
mod replicas;
mod step_parity;
mod structure;
mod student;
mod t5_parity;
mod text;
mod text_parity;

use std::path::PathBuf;
use unlearn_core::host::Host;
use unlearn_core::host::event::{Event, LossTerms};

/// Path of a file in the repository.
fn repo(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A host that ignores all events and never cancels.
struct Quiet;

impl Host for Quiet {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, unlearn_core::Result<()>> {
        Box::pin(async move { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

/// A host that keeps the loss terms of every step.
#[derive(Default)]
struct Losses(Vec<LossTerms>);

impl Host for Losses {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, event: Event) {
        if let Event::Losses { steps } = event {
            self.0.extend(steps);
        }
    }

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, unlearn_core::Result<()>> {
        Box::pin(async move { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}
