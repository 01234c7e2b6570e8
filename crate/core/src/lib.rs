//! Unlearn Lab's core: no IO, clock, threads or JavaScript; bytes and tensors in, values and events out.

pub mod attack;
pub mod baseline;
pub mod conformance;
pub mod data;
pub mod error;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod host;
pub mod linear;
pub mod metric;
pub mod model;
pub mod package;
pub mod record;
pub mod report;
pub mod selftest;
pub mod session;
pub mod tensor;
pub mod train;
pub mod unlearn;

pub use error::{Error, Result};
