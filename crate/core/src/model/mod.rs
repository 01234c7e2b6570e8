//! The recommender, which knows nothing of unlearning: a Llama-family decoder or T5, behind one interface.

mod architecture;
mod attention;
mod block;
mod chain;
mod config;
mod decoder;
mod dropout;
mod embedding;
mod memory;
mod network;
mod norm;
mod prefix;
mod rope;
pub mod t5;

pub use architecture::{Model, Spec};
pub use attention::{Attention, KeysValues, Pass};
pub use block::{Block, Mlp};
pub use chain::{Chain, State};
pub use config::DecoderSpec;
pub use decoder::{Decoder, EMBEDDING};
pub use dropout::Dropout;
pub use embedding::{Embedding, LowRank, Names};
pub use network::{Network, Targets, Trainable};
pub use norm::RmsNorm;
pub use prefix::Prefix;
pub use rope::Rope;
pub use t5::{Projection, T5, T5Spec};
