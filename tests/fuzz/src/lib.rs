//! Fuzz targets: what each parser does with any bytes. `cargo xtask fuzz` runs them under libFuzzer; the tests run them on the committed corpus.

pub mod limit;
pub mod message;
pub mod targets;

// The worker's messages, and what a lab answers to them: the page's own files, without the worker around them.
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
