//! How a type of block is laid out, and what its blocks are unpacked to.

use half::f16;

/// How a type is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Name in the format.
    pub name: &'static str,
    /// End of the name of a package's tensor of this type.
    pub suffix: &'static str,
    /// Number in the format.
    pub number: u32,
    /// Weights of a block.
    pub weights: usize,
    /// Size of a block, bytes.
    pub bytes: usize,
    /// Adjacent weights that share a scale.
    pub group: usize,
    /// Whether every group has an offset.
    pub has_offsets: bool,
    /// Unpacks one block.
    pub(super) unpack: fn(&[u8], &mut Unpacked),
}

/// Unpacked blocks.
#[derive(Debug, Default)]
pub struct Unpacked {
    /// A value for every weight.
    pub values: Vec<i8>,
    /// A scale for every group.
    pub scales: Vec<f32>,
    /// An offset for every group; empty if the type has none.
    pub offsets: Vec<f32>,
}

/// The binary16 at a place of a block.
pub(super) fn half_at(block: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([block[at], block[at + 1]]).to_f32()
}
