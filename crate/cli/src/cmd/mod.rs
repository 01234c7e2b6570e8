//! The commands, one file each.

pub mod attack;
pub mod bench;
mod card;
pub mod compare;
mod cross_fit;
pub mod explain;
pub mod export;
pub mod forget;
pub mod import;
pub mod measure;
pub mod merge;
mod peak;
pub mod prepare;
mod published;
pub mod recommend;
mod scaling;
pub mod serve;
pub mod spam;
pub mod tables;
pub mod teach;
pub mod titles;
pub mod train;
mod training_inputs;
mod tune;
pub mod verify;
