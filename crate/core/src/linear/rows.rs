//! A block-quantised table whose rows are unpacked one by one: an embedding of 49,152 tokens is read a few hundred rows a batch.
//!
//! Burn unpacks a whole quantised tensor to select from it, so the values lie in plain integers here, four a word. Word j of a row holds the
//! columns j, j + w, j + 2w and j + 3w (w words a row): unpacking is four shifts and one concatenation.

use super::{BLOCK, Quantised};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Values of 8 bits with one scale per [`BLOCK`] columns.
#[derive(Debug, Clone)]
pub struct PackedRows {
    words: Tensor<2, Int>, // [rows, cols / 4]
    scales: Tensor<2>,     // [rows, cols / 32]
}

impl PackedRows {
    /// The same table in device memory.
    pub fn new(q: &Quantised, device: &Device) -> Self {
        let [rows, cols] = q.dims;
        let n_words = cols / 4;
        let words: Vec<i32> = (0..rows * n_words)
            .map(|at| {
                let first = at / n_words * cols + at % n_words;
                i32::from_le_bytes(std::array::from_fn(|k| q.values[first + k * n_words].to_le_bytes()[0]))
            })
            .collect();
        Self {
            words: Tensor::from_data(TensorData::new(words, [rows, n_words]), device),
            scales: Tensor::from_data(TensorData::new(q.scales.clone(), [rows, cols / BLOCK]), device),
        }
    }

    /// `[rows, cols]`.
    pub fn dims(&self) -> [usize; 2] {
        let [rows, n_words] = self.words.dims();
        [rows, n_words * 4]
    }

    /// Rows by index: ids `[n]` → `[n, cols]`.
    pub fn select(&self, ids: Tensor<1, Int>) -> Tensor<2> {
        let ids = ids.inner(); // integers of a graph's device belong to no graph
        unpack(self.words.clone().select(0, ids.clone()), self.scales.clone().select(0, ids))
    }

    /// The first `n` rows `[n, cols]`.
    pub fn first(&self, n: usize) -> Tensor<2> {
        unpack(self.words.clone().slice_dim(0, 0..n), self.scales.clone().slice_dim(0, 0..n))
    }
}

fn unpack(words: Tensor<2, Int>, scales: Tensor<2>) -> Tensor<2> {
    let ([n, n_words], [_, n_blocks]) = (words.dims(), scales.dims());
    // The shift to the left leaves a value in the upper byte, the one to the right brings it back with its sign.
    let byte = |k: i32| words.clone().bitwise_left_shift_scalar(24 - 8 * k).bitwise_right_shift_scalar(24).float();
    let values = Tensor::cat((0..4).map(byte).collect(), 1);
    (values.reshape([n, n_blocks, BLOCK]) * scales.reshape([n, n_blocks, 1])).reshape([n, n_words * 4])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::{Bits, Weight};

    #[test]
    fn rows_are_those_of_the_whole_table() {
        let device = Device::flex();
        let weight: Vec<f32> = (0..5 * 96).map(|i| (i as f32 * 0.37).sin()).collect();
        for bits in [Bits::Eight, Bits::Four] {
            let q = Quantised::from_dense(&weight, [5, 96], bits).unwrap();
            let dense = q.to_dense();
            let table = Weight::Rows(PackedRows::new(&q, &device));
            assert_eq!(table.dims(), [5, 96]);
            let values = |t: Tensor<2>| -> Vec<f32> { t.try_into_vec_as().unwrap() };
            assert_eq!(values(table.dense()), dense);
            assert_eq!(values(table.first_rows(2)), dense[..2 * 96]);
            let ids = Tensor::from_data(TensorData::new(vec![4i32, 1, 4], [3]), &device);
            let expected: Vec<f32> = [4, 1, 4].iter().flat_map(|row| dense[row * 96..(row + 1) * 96].to_vec()).collect();
            assert_eq!(values(table.select_rows(ids)), expected);
        }
    }
}
