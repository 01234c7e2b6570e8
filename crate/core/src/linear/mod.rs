//! The basic layer of the models: a frozen, optionally block-quantised weight with a LoRA adapter.

#[expect(clippy::module_inception, reason = "the module's one idea carries its name")]
mod linear;
mod lora;
mod moved;
mod quant;
mod rows;

pub use linear::{Linear, Weight};
pub use lora::{Lora, LoraSpec};
pub use moved::{Parts, squares};
pub use quant::{BLOCK, Bits, Packed, Quantised};
pub use rows::PackedRows;
