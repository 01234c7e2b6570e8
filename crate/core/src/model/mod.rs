//! The recommender models: a Llama-family decoder or T5, behind one interface. They know nothing of unlearning.

mod architecture;
mod attention;
mod attention_spec;
mod block;
mod chain;
mod config;
mod decoder;
mod decoder_network;
mod embedding;
mod gelu;
mod memory;
mod network;
mod norm;
mod prefix;
mod pretrain_spec;
mod rope;
mod rope_scaling;
mod spec;
pub mod t5;

pub use architecture::Model;
pub use attention::{Attention, ForwardContext, HeadNorms, KeysValues, View};
pub use attention_spec::{AttentionSpec, Sliding};
pub use block::{AfterNorms, Block, Gate, Mlp};
pub use chain::{Chain, State};
pub use config::{DecoderSpec, Variant};
pub use decoder::{Decoder, EMBEDDING};
pub use embedding::{Embedding, LowRank, Names};
pub use network::{Network, Targets, Trainable};
pub use norm::RmsNorm;
pub use prefix::Prefix;
pub use pretrain_spec::PretrainSpec;
pub use rope::Rope;
pub use rope_scaling::RopeScaling;
pub use spec::Spec;
pub use t5::{Projection, T5, T5Spec};
