//! T5 (arXiv 1910.10683): the encoder reads the prompt, and the decoder's first step gives the answer.

mod attention;
mod bias;
mod block;
mod config;
mod model;
mod network;

pub use attention::Attention;
pub use bias::{PositionBias, bucket};
pub use block::{Block, Cross, FeedForward};
pub use config::{Projection, T5Spec};
pub use model::{Stack, T5};
