//! GGUF's block types whose bytes a package keeps as they are: the K types, Q5_0, Q5_1 and IQ4_NL (ggml's `ggml-common.h`, `ggml-quants.c`).
//!
//! A block becomes integers of at most eight bits with one binary32 scale, and for some types an offset, per 16 or 32 adjacent weights:
//! `w = q · scale + offset`. Where the block's own scales are binary16, q · scale takes at most 24 bits and is exact, so only the sum is rounded and a
//! fused multiplication gives the same bits. Q8_0, Q4_0 and Q4_1, which this program also writes, are [`Form`](super::stored::Form)s of their own.

mod k;
mod layout;
mod small;
mod types;

pub use layout::{Layout, Unpacked};
pub use types::BlockType;
