//! One command, one file.

pub mod attack;
pub mod bench;
mod card;
pub mod compare;
pub mod export;
pub mod forget;
pub mod import;
pub mod measure;
pub mod merge;
mod peak;
pub mod prepare;
mod scaling;
pub mod serve;
mod stats;
pub mod train;
pub mod tune;
pub mod verify;
