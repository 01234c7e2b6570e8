//! One command, one file.

pub mod bench;
mod card;
pub mod compare;
pub mod export;
pub mod forget;
pub mod import;
mod peak;
pub mod prepare;
mod scaling;
mod stats;
pub mod train;
pub mod tune;
