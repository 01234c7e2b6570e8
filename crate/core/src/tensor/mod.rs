//! Tensor helpers beyond Burn: reading a tensor back, seeded random numbers, and principal components, and a small dense solver.

pub mod cholesky;
pub mod dropout;
pub mod pca;
pub mod random;
mod read;

pub use read::read;
