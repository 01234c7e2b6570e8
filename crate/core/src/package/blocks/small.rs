//! Blocks of 32 weights: Q5_0, Q5_1, IQ4_NL. Byte j of the nibbles holds weight j in its low half and weight j + 16 in its high half.

use super::layout::{Layout, Unpacked, half_at};

/// d, 32 fifth bits, nibbles: `d · (q - 16)`.
pub(super) const Q5_0: Layout =
    Layout { name: "Q5_0", suffix: "q5_0", number: 6, weights: 32, bytes: 22, group: 32, has_offsets: false, unpack: q5_0 };
/// d, m, 32 fifth bits, nibbles: `d · q + m`.
pub(super) const Q5_1: Layout =
    Layout { name: "Q5_1", suffix: "q5_1", number: 7, weights: 32, bytes: 24, group: 32, has_offsets: true, unpack: q5_1 };
/// d, nibbles: `d · TABLE[q]`.
pub(super) const IQ4_NL: Layout =
    Layout { name: "IQ4_NL", suffix: "iq4_nl", number: 20, weights: 32, bytes: 18, group: 32, has_offsets: false, unpack: iq4_nl };

/// What the nibbles of IQ4_NL stand for: closer together near zero.
const TABLE: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

fn q5_0(block: &[u8], out: &mut Unpacked) {
    out.scales.push(half_at(block, 0));
    out.values.extend(five_bits(&block[2..]).map(|q| q - 16));
}

fn q5_1(block: &[u8], out: &mut Unpacked) {
    out.scales.push(half_at(block, 0));
    out.offsets.push(half_at(block, 2));
    out.values.extend(five_bits(&block[4..]));
}

fn iq4_nl(block: &[u8], out: &mut Unpacked) {
    out.scales.push(half_at(block, 0));
    out.values.extend((0..32).map(|k| TABLE[usize::from(nibble(&block[2..], k))]));
}

/// The values 0 to 31 of four bytes of fifth bits and 16 bytes of nibbles.
fn five_bits(bytes: &[u8]) -> impl Iterator<Item = i8> {
    let (fifth, nibbles) = bytes.split_at(4);
    (0..32).map(move |k| (nibble(nibbles, k) | (fifth[k / 8] >> (k % 8) & 1) << 4) as i8)
}

fn nibble(nibbles: &[u8], k: usize) -> u8 {
    nibbles[k % 16] >> (k / 16 * 4) & 15
}
