//! Training: loops, their events and their host.

pub mod event;
pub mod gradient;
pub mod host;
pub mod infer;
pub mod optim;
pub mod pretrain;
pub mod progress;
pub mod shared;
pub mod tune;
