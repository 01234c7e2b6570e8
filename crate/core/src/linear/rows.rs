//! Block-quantised weights in plain integers, of which single rows can be unpacked: a batch reads a few hundred rows of an embedding of 49,152
//! tokens.
//!
//! Burn unpacks a whole quantised tensor to select from it, and its CPU path unpacks element by element with four divisions each. On devices with
//! byte arithmetic, values are stored as bytes. Elsewhere a word holds four: word j of a row has the columns j, j + w, j + 2w and j + 3w (w words
//! per row), so that unpacking takes four shifts and one concatenation.

use super::Quantised;
use super::quant::in_bytes;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};

/// 8-bit values with one scale and optionally one offset per block of columns.
#[derive(Debug, Clone)]
pub struct PackedRows {
    values: Tensor<2, Int>,     // [rows, cols] bytes or [rows, cols / 4] words
    scales: Tensor<2>,          // [rows, cols / block]
    offsets: Option<Tensor<2>>, // likewise
    block: usize,
}

impl PackedRows {
    /// Packs a quantised matrix in device memory.
    pub fn new(q: &Quantised, device: &Device) -> Self {
        let values = if in_bytes(device) {
            Tensor::from_data(TensorData::new(q.values.clone(), q.dims), (device, DType::I8))
        } else {
            Tensor::from_data(TensorData::new(words(q), [q.dims[0], q.dims[1] / 4]), (device, DType::I32))
        };
        let block = q.block();
        let by_block = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [q.dims[0], q.dims[1] / block]), device);
        let offsets = (!q.offsets.is_empty()).then(|| by_block(q.offsets.clone()));
        Self { values, scales: by_block(q.scales.clone()), offsets, block }
    }

    /// Shape `[rows, cols]`.
    pub fn dims(&self) -> [usize; 2] {
        let [rows, n_blocks] = self.scales.dims();
        [rows, n_blocks * self.block]
    }

    /// All rows as floats `[rows, cols]`.
    pub fn dense(&self) -> Tensor<2> {
        self.clone().unpack()
    }

    /// Rows as floats `[n, cols]` for indices `[n]`.
    pub fn select(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        self.take(ids).unpack()
    }

    /// The packed matrix `[n, cols]` of the rows with indices `[n]`.
    #[must_use]
    pub fn take(&self, ids: Tensor<1, Int>) -> Self {
        let ids = ids.inner(); // frozen weights are not part of a graph
        let floats = |t: &Tensor<2>| t.clone().select(0, ids.clone());
        let values = self.values.clone().select(0, ids.clone());
        Self { values, scales: floats(&self.scales), offsets: self.offsets.as_ref().map(floats), block: self.block }
    }

    /// The first `n` rows as floats `[n, cols]`.
    pub fn first(&self, n: usize) -> Tensor<2> {
        let floats = |t: &Tensor<2>| t.clone().slice_dim(0, 0..n);
        let values = self.values.clone().slice_dim(0, 0..n);
        Self { values, scales: floats(&self.scales), offsets: self.offsets.as_ref().map(floats), block: self.block }.unpack()
    }

    fn unpack(self) -> Tensor<2> {
        let ([rows, n_blocks], [_, width]) = (self.scales.dims(), self.values.dims());
        let cols = n_blocks * self.block;
        let values = if width == cols { self.values.float() } else { from_words(self.values) };
        let blocks = values.reshape([rows, n_blocks, self.block]) * self.scales.reshape([rows, n_blocks, 1]);
        let blocks = match self.offsets {
            Some(offsets) => blocks + offsets.reshape([rows, n_blocks, 1]),
            None => blocks,
        };
        blocks.reshape([rows, cols])
    }

    /// Bytes in memory: one per value, four per scale or offset.
    pub fn bytes(&self) -> u64 {
        let [rows, cols] = self.dims();
        let n_floats = rows * (cols / self.block.max(1)) * if self.offsets.is_some() { 2 } else { 1 };
        (rows * cols + 4 * n_floats) as u64
    }
}

fn words(q: &Quantised) -> Vec<i32> {
    let [rows, cols] = q.dims;
    let n_words = cols / 4;
    let first = |at: usize| at / n_words * cols + at % n_words;
    let word = |at: usize| i32::from_le_bytes(std::array::from_fn(|k| q.values[first(at) + k * n_words].to_le_bytes()[0]));
    (0..rows * n_words).map(word).collect()
}

/// The values `[n, 4 w]` of words `[n, w]`.
fn from_words(words: Tensor<2, Int>) -> Tensor<2> {
    // The left shift moves a value into the highest byte; the right shift moves it back with its sign.
    let byte = |k: i32| words.clone().bitwise_left_shift_scalar(24 - 8 * k).bitwise_right_shift_scalar(24).float();
    Tensor::cat((0..4).map(byte).collect(), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::{Bits, Weight};

    fn values(t: Tensor<2>) -> Vec<f32> {
        t.try_into_vec_as().unwrap()
    }

    #[test]
    fn rows_are_those_of_the_whole_matrix() {
        let device = Device::flex();
        assert!(in_bytes(&device));
        let weight: Vec<f32> = (0..5 * 96).map(|i| (i as f32 * 0.37).sin()).collect();
        for bits in [Bits::Eight, Bits::Four] {
            let q = Quantised::from_dense(&weight, [5, 96], bits).unwrap();
            let dense = q.to_dense();
            let as_words = Tensor::from_data(TensorData::new(words(&q), [5, 24]), (&device, DType::I32));
            let in_bytes = PackedRows::new(&q, &device);
            for rows in [in_bytes.clone(), PackedRows { values: as_words, ..in_bytes }] {
                let table = Weight::Rows(Box::new(rows));
                assert_eq!(table.dims(), [5, 96]);
                assert_eq!(values(table.dense()), dense);
                assert_eq!(values(table.first_rows(2)), dense[..2 * 96]);
                let ids = Tensor::from_data(TensorData::new(vec![4i32, 1, 4], [3]), &device);
                let expected: Vec<f32> = [4, 1, 4].iter().flat_map(|row| dense[row * 96..(row + 1) * 96].to_vec()).collect();
                assert_eq!(values(table.select_rows(ids)), expected);
            }
        }
    }

    /// Two rows of two blocks of 16, as bytes and as words: 0.5 q + 1, q / 4, -q, 2 q - 3.
    #[test]
    fn blocks_may_be_smaller() {
        let device = Device::flex();
        let q = Quantised {
            dims: [2, 32],
            bits: Bits::Eight,
            values: (0..64).map(|i| i - 32).collect(),
            scales: vec![0.5, 0.25, -1.0, 2.0],
            offsets: vec![1.0, 0.0, 0.0, -3.0],
        };
        assert_eq!(q.block(), 16);
        let as_words = Tensor::from_data(TensorData::new(words(&q), [2, 8]), (&device, DType::I32));
        let in_bytes = PackedRows::new(&q, &device);
        for rows in [in_bytes.clone(), PackedRows { values: as_words, ..in_bytes }] {
            assert_eq!((rows.dims(), rows.bytes()), ([2, 32], 64 + 4 * 8));
            let dense = values(rows.dense());
            assert_eq!((dense[0], dense[15], dense[16], dense[31]), (-15.0, -7.5, -4.0, -0.25));
            assert_eq!((dense[32], dense[47], dense[48], dense[63]), (0.0, -15.0, 29.0, 59.0));
            assert_eq!(dense, q.to_dense());
            let ids = Tensor::from_data(TensorData::new(vec![1i32], [1]), &device);
            assert_eq!(values(rows.select(ids)), dense[32..]);
        }
    }

    #[test]
    fn offsets_are_added_block_by_block() {
        let q = Quantised {
            dims: [2, 32],
            bits: Bits::Four,
            values: (0..64).map(|i| i % 8).collect(),
            scales: vec![0.5, 2.0],
            offsets: vec![10.0, -1.0],
        };
        let rows = PackedRows::new(&q, &Device::flex());
        assert_eq!(values(rows.first(1))[..3], [10.0, 10.5, 11.0]);
        let ids = Tensor::from_data(TensorData::new(vec![1i32], [1]), &Device::flex());
        assert_eq!(values(rows.select(ids))[..3], [-1.0, 1.0, 3.0]);
    }
}
