//! The building stone of the model: a frozen, optionally block-quantised weight with a LoRA beside it.

pub mod cholesky;
#[expect(clippy::module_inception, reason = "the module's one idea carries its name")]
mod linear;
mod lora;
mod quant;
pub mod random;
mod rows;

pub use linear::{Linear, Weight};
pub use lora::{Lora, LoraSpec};
pub use quant::{BLOCK, Bits, Packed, Quantised};
pub use rows::PackedRows;
