//! Adapters in PEFT's file layout: `adapter_config.json` and `adapter_model.safetensors`.
//!
//! A setting that changes the numbers is computed as PEFT computes it, or refused by its name; so is every setting that is not known. What an adapter
//! can do beside frozen weights ([`load`]) is less than what can be merged into them ([`Adapter::merge_into`]).

mod adapter;
mod attach;
mod base;
mod merged;
mod names;
mod pattern;
mod settings;
mod tensors;
mod write;

pub use adapter::Adapter;
pub use attach::{PublishedTokens, load};
pub use base::base_id;
pub use names::{CONFIG, WEIGHTS};
pub use write::write;
