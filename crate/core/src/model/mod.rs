//! The recommender: a Llama-family decoder that knows nothing of unlearning.

mod attention;
mod block;
mod config;
mod decoder;
mod dropout;
mod embedding;
mod memory;
mod norm;
mod prefix;
mod rope;

pub use attention::{Attention, KeysValues, Pass};
pub use block::{Block, Mlp};
pub use config::DecoderSpec;
pub use decoder::{Decoder, EMBEDDING, Targets, Trainable};
pub use dropout::Dropout;
pub use embedding::{Embedding, LowRank, Names};
pub use norm::RmsNorm;
pub use prefix::Prefix;
pub use rope::Rope;
