//! Training: gradients, the optimiser, and the loops that train a model from scratch or tune one.

pub mod cross_fit;
pub mod gradient;
pub mod infer;
pub mod optim;
mod packed;
pub mod pretrain;
pub mod read_titles;
pub mod shards;
pub mod shared;
pub mod sum;
pub mod tune;
