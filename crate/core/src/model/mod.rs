//! The recommender: a Llama-family decoder that knows nothing of unlearning.

mod attention;
mod block;
mod config;
mod decoder;
mod dropout;
mod embedding;
mod norm;
mod rope;

pub use attention::{Attention, Pass};
pub use block::{Block, Mlp};
pub use config::DecoderSpec;
pub use decoder::{Decoder, Targets, Trainable};
pub use dropout::Dropout;
pub use embedding::{Embedding, LowRank, Names};
pub use norm::RmsNorm;
pub use rope::Rope;
