//! The K types: blocks of 256 weights with integer scales of their own for each 16 or 32 of them.

use super::layout::{Layout, Unpacked, half_at};

/// 16 nibbles of scale and offset, two-bit values, d, dmin: `d · sc · q - dmin · mn`.
pub(super) const Q2K: Layout =
    Layout { name: "Q2_K", suffix: "q2_k", number: 10, weights: 256, bytes: 84, group: 16, has_offsets: true, unpack: q2 };
/// Third bits, two-bit values, 16 six-bit scales, d: `d · (sc - 32) · (q - 4)`.
pub(super) const Q3K: Layout =
    Layout { name: "Q3_K", suffix: "q3_k", number: 11, weights: 256, bytes: 110, group: 16, has_offsets: false, unpack: q3 };
/// d, dmin, eight six-bit scales and offsets, nibbles: `d · sc · q - dmin · mn`.
pub(super) const Q4K: Layout =
    Layout { name: "Q4_K", suffix: "q4_k", number: 12, weights: 256, bytes: 144, group: 32, has_offsets: true, unpack: q4 };
/// As Q4_K, with fifth bits before the nibbles.
pub(super) const Q5K: Layout =
    Layout { name: "Q5_K", suffix: "q5_k", number: 13, weights: 256, bytes: 176, group: 32, has_offsets: true, unpack: q5 };
/// Nibbles, two upper bits, 16 eight-bit scales, d: `d · sc · (q - 32)`.
pub(super) const Q6K: Layout =
    Layout { name: "Q6_K", suffix: "q6_k", number: 14, weights: 256, bytes: 210, group: 16, has_offsets: false, unpack: q6 };
/// A binary32 d, bytes, and sums that only products with them need: `d · q`.
pub(super) const Q8K: Layout =
    Layout { name: "Q8_K", suffix: "q8_k", number: 15, weights: 256, bytes: 292, group: 32, has_offsets: false, unpack: q8 };

fn q2(block: &[u8], out: &mut Unpacked) {
    let (pairs, rest) = block.split_at(16);
    let (d, dmin) = (half_at(rest, 64), half_at(rest, 66));
    out.scales.extend(pairs.iter().map(|pair| d * f32::from(pair & 15)));
    out.offsets.extend(pairs.iter().map(|pair| -(dmin * f32::from(pair >> 4))));
    out.values.extend((0..256).map(|at| two_bits(rest, at) as i8));
}

fn q3(block: &[u8], out: &mut Unpacked) {
    let (thirds, values, scales, d) = (&block[..32], &block[32..96], &block[96..108], half_at(block, 108));
    out.scales.extend((0..16).map(|j| {
        let low = scales[j % 8] >> (j / 8 * 4) & 15;
        let high = scales[8 + j % 4] >> (j / 4 * 2) & 3;
        d * f32::from((low | high << 4) as i8 - 32)
    }));
    // Bit c of the third bits belongs to the c-th 32 weights.
    out.values.extend((0..256).map(|at| two_bits(values, at) as i8 + (thirds[at % 32] >> (at / 32) & 1) as i8 * 4 - 4));
}

fn q4(block: &[u8], out: &mut Unpacked) {
    scales_and_offsets(block, out);
    out.values.extend((0..256).map(|at| nibble(&block[16..], at) as i8));
}

fn q5(block: &[u8], out: &mut Unpacked) {
    scales_and_offsets(block, out);
    let (fifth, nibbles) = block[16..].split_at(32);
    out.values.extend((0..256).map(|at| (nibble(nibbles, at) | (fifth[at % 32] >> (at / 32) & 1) << 4) as i8));
}

fn q6(block: &[u8], out: &mut Unpacked) {
    let (low, high, scales, d) = (&block[..128], &block[128..192], &block[192..208], half_at(block, 208));
    out.scales.extend(scales.iter().map(|scale| d * f32::from(scale.cast_signed())));
    out.values.extend((0..256).map(|at| {
        // Of 128 weights, the first 64 have the low halves of their 64 bytes.
        let nibble = low[at / 128 * 64 + at % 64] >> (at / 64 % 2 * 4) & 15;
        (nibble | two_bits(high, at) << 4) as i8 - 32
    }));
}

fn q8(block: &[u8], out: &mut Unpacked) {
    let d = f32::from_le_bytes([block[0], block[1], block[2], block[3]]);
    out.scales.extend([d; 8]);
    out.values.extend(block[4..260].iter().map(|byte| byte.cast_signed()));
}

/// Two bits of weight `at`: 128 weights share 32 bytes, the first 32 of them the lowest bits.
fn two_bits(bytes: &[u8], at: usize) -> u8 {
    bytes[at / 128 * 32 + at % 32] >> (at / 32 % 4 * 2) & 3
}

/// Four bits of weight `at`: 64 weights share 32 bytes, the first 32 of them the low halves.
fn nibble(bytes: &[u8], at: usize) -> u8 {
    bytes[at / 64 * 32 + at % 32] >> (at / 32 % 2 * 4) & 15
}

/// d, dmin and eight pairs of six bits in twelve bytes: the first four pairs as they are, the upper bits of the others above those.
fn scales_and_offsets(block: &[u8], out: &mut Unpacked) {
    let (d, dmin, s) = (half_at(block, 0), half_at(block, 2), &block[4..16]);
    for j in 0..8 {
        let (scale, offset) = match j {
            0..4 => (s[j] & 63, s[j + 4] & 63),
            _ => (s[j + 4] & 15 | s[j - 4] >> 6 << 4, s[j + 4] >> 4 | s[j] >> 6 << 4),
        };
        out.scales.push(d * f32::from(scale));
        out.offsets.push(-(dmin * f32::from(offset)));
    }
}
