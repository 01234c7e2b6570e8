//! Fuzz targets: each feeds arbitrary bytes to a parser. `cargo xtask fuzz` runs them under libFuzzer; the tests run them on the committed corpus.

pub mod limit;
pub mod message;
pub mod targets;

// The worker's messages and the session's answers to them: the web crate's own source file, without the worker around it.
#[allow(dead_code)]
#[path = "../../../crate/web/src/answer.rs"]
mod answer;
#[allow(dead_code)]
#[path = "../../../crate/web/src/files.rs"]
mod files;
#[allow(dead_code)]
#[path = "../../../crate/web/src/protocol.rs"]
mod protocol;
#[allow(dead_code)]
#[path = "../../../crate/web/src/views.rs"]
mod views;
