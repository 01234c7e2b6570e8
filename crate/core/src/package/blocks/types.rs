//! The types by name and number.

use super::layout::{Layout, Unpacked};
use super::{k, small};

/// A type of block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockType {
    /// Five bits and a scale.
    Q5_0,
    /// Five bits, a scale and an offset.
    Q5_1,
    /// Two bits; four-bit scales and offsets for 16 weights.
    Q2K,
    /// Three bits; six-bit scales for 16 weights.
    Q3K,
    /// Four bits; six-bit scales and offsets for 32 weights.
    Q4K,
    /// Five bits; six-bit scales and offsets for 32 weights.
    Q5K,
    /// Six bits; eight-bit scales for 16 weights.
    Q6K,
    /// Eight bits and a binary32 scale.
    Q8K,
    /// Four bits, each of which names one of 16 fixed values, and a scale.
    Iq4Nl,
}

impl BlockType {
    /// All types.
    pub const ALL: [Self; 9] = [Self::Q5_0, Self::Q5_1, Self::Q2K, Self::Q3K, Self::Q4K, Self::Q5K, Self::Q6K, Self::Q8K, Self::Iq4Nl];

    /// How the type is laid out.
    pub const fn layout(self) -> &'static Layout {
        match self {
            Self::Q5_0 => &small::Q5_0,
            Self::Q5_1 => &small::Q5_1,
            Self::Q2K => &k::Q2K,
            Self::Q3K => &k::Q3K,
            Self::Q4K => &k::Q4K,
            Self::Q5K => &k::Q5K,
            Self::Q6K => &k::Q6K,
            Self::Q8K => &k::Q8K,
            Self::Iq4Nl => &small::IQ4_NL,
        }
    }

    /// The type with this number in the format.
    pub fn numbered(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.layout().number == number)
    }

    /// Unpacks whole blocks; bytes behind the last whole block are ignored.
    pub fn unpack(self, blocks: &[u8]) -> Unpacked {
        let layout = self.layout();
        let n_weights = blocks.len() / layout.bytes * layout.weights;
        let n_groups = n_weights / layout.group;
        let mut out = Unpacked {
            values: Vec::with_capacity(n_weights),
            scales: Vec::with_capacity(n_groups),
            offsets: Vec::with_capacity(if layout.has_offsets { n_groups } else { 0 }),
        };
        blocks.chunks_exact(layout.bytes).for_each(|block| (layout.unpack)(block, &mut out));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes follow from the layout, and each type can be told from the others by number and by suffix.
    #[test]
    fn every_type_unpacks_to_what_it_says() {
        for kind in BlockType::ALL {
            let layout = kind.layout();
            let out = kind.unpack(&vec![0x5a; layout.bytes * 2 + 1]);
            let n_groups = 2 * layout.weights / layout.group;
            let offsets = if layout.has_offsets { n_groups } else { 0 };
            assert_eq!((out.values.len(), out.scales.len(), out.offsets.len()), (2 * layout.weights, n_groups, offsets), "{kind:?}");
            assert_eq!(BlockType::numbered(layout.number), Some(kind));
            assert_eq!(layout.name.to_lowercase(), layout.suffix);
            assert_eq!(BlockType::ALL.iter().filter(|other| other.layout().suffix == layout.suffix).count(), 1);
        }
        assert_eq!(BlockType::numbered(8), None);
    }
}
