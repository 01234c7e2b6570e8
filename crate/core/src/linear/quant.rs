//! Block quantisation: 32 adjacent values of a row share one scale, `w ≈ q · scale`, `scale = max|w| / q_max`. Matrices quantised by other programs
//! may also have an offset per block (GGUF's Q4_1), and blocks of 16 (its Q6_K).
//!
//! Rows are output channels (`[out, in]`, the layout of published checkpoints), so a block lies along the summed dimension.

use crate::{Error, Result};
use burn::tensor::quantization::{QuantScheme, QuantStore, QuantValue, QuantizationParameters, ScaleDtype};
use burn::tensor::{DType, Device, Tensor, TensorData};

/// Number of values that share a scale; a matrix quantised by another program may have blocks of another size ([`Quantised::block`]).
pub const BLOCK: usize = 32;

/// Bits per quantised value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// -127..=127.
    Eight,
    /// -7..=7; -8..=7 if quantised by another program.
    Four,
}

impl Bits {
    fn q_max(self) -> f32 {
        match self {
            Self::Eight => 127.0,
            Self::Four => 7.0,
        }
    }
}

/// A quantised matrix in device memory.
#[derive(Debug, Clone)]
pub struct Packed {
    /// Values `[rows, cols]`, four or eight per word.
    pub values: Tensor<2>,
    /// Offset added to every value of a block `[rows, cols / block]`, if there are offsets.
    pub offsets: Option<Box<Tensor<2>>>,
}

impl Packed {
    /// The dequantised values `[rows, cols]`.
    pub fn dequantize(&self) -> Tensor<2> {
        let [rows, cols] = self.values.dims();
        let values = self.values.clone().dequantize();
        match &self.offsets {
            None => values,
            Some(offsets) => {
                let [_, n_blocks] = offsets.dims();
                let blocks = values.reshape([rows, n_blocks, cols / n_blocks]) + offsets.as_ref().clone().reshape([rows, n_blocks, 1]);
                blocks.reshape([rows, cols])
            }
        }
    }
}

/// A quantised matrix in host memory, as a package stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// Shape `[rows, cols]`.
    pub dims: [usize; 2],
    /// Bits per value.
    pub bits: Bits,
    /// Row-major values.
    pub values: Vec<i8>,
    /// Row-major scales `[rows, cols / block]`.
    pub scales: Vec<f32>,
    /// Row-major offsets `[rows, cols / block]`: `w = q · scale + offset`; empty if there are none.
    pub offsets: Vec<f32>,
}

impl Quantised {
    /// Quantises a row-major `[rows, cols]` matrix.
    ///
    /// # Errors
    /// If a block of 32 does not divide `cols`, or `weight` is not `rows · cols` finite numbers.
    pub fn from_dense(weight: &[f32], dims: [usize; 2], bits: Bits) -> Result<Self> {
        let [rows, cols] = dims;
        if !cols.is_multiple_of(BLOCK) {
            return Err(Error::setting("quantisation", format!("a block of {BLOCK} must divide the row length"), cols));
        }
        if weight.len() != rows * cols {
            return Err(Error::setting("quantisation", format!("a {rows} x {cols} matrix has {} numbers", rows * cols), weight.len()));
        }
        if let Some(bad) = weight.iter().find(|w| !w.is_finite()) {
            return Err(Error::setting("quantisation", "weights must be finite", bad));
        }
        let mut values = Vec::with_capacity(weight.len());
        let mut scales = Vec::with_capacity(weight.len() / BLOCK);
        for block in weight.chunks_exact(BLOCK) {
            let max = block.iter().fold(0f32, |max, w| max.max(w.abs()));
            let scale = max / bits.q_max();
            scales.push(scale);
            // A block of zeros has scale 0; 0 / 0 is NaN, which casts to 0.
            values.extend(block.iter().map(|w| (w / scale).round().clamp(-bits.q_max(), bits.q_max()) as i8));
        }
        Ok(Self { dims, bits, values, scales, offsets: Vec::new() })
    }

    /// Number of values that share a scale.
    pub fn block(&self) -> usize {
        self.values.len() / self.scales.len().max(1)
    }

    /// The dequantised matrix, row-major.
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = Vec::with_capacity(self.values.len());
        for (i, (block, scale)) in self.values.chunks_exact(self.block().max(1)).zip(&self.scales).enumerate() {
            match self.offsets.get(i) {
                Some(offset) => dense.extend(block.iter().map(|q| f32::from(*q) * scale + offset)),
                None => dense.extend(block.iter().map(|q| f32::from(*q) * scale)),
            }
        }
        dense
    }

    /// The matrix packed in device memory (four or eight values per word) `[rows, cols]`; the same numbers as [`Self::to_dense`].
    pub fn to_packed(&self, device: &Device) -> Packed {
        let block = self.block();
        let (value, range) = match self.bits {
            Bits::Eight => (QuantValue::Q8S, 0),
            Bits::Four if self.values.contains(&-8) => (QuantValue::Q4F, 8),
            Bits::Four => (QuantValue::Q4S, 7),
        };
        let scheme =
            QuantScheme::default().with_value(value).with_store(QuantStore::PackedU32(0)).per_block([block as u8], ScaleDtype::F32);
        let by_block = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [self.dims[0], self.dims[1] / block]), device);
        let offsets = (!self.offsets.is_empty()).then(|| Box::new(by_block(self.offsets.clone())));
        if range == 0 {
            let data = TensorData::quantized(self.values.clone(), self.dims, scheme, &self.scales, None);
            return Packed { values: Tensor::from_data(data, device), offsets };
        }
        if !in_bytes(device) {
            // Packed here, because `quantize` takes the scales as a list, and Burn 0.22's WebGPU kernel finds a block's scale by the dimensions of
            // a grid, so that most blocks get another block's.
            return Packed { values: Tensor::from_data(self.nibbles(scheme), device), offsets };
        }
        // burn-flex cannot read packed four-bit data, but it can pack: the stored scales reproduce the stored values. It accepts no negative scale,
        // which GGUF's Q4_0 has; q · -s = (-1 - q) · s + s, exactly, as -1 - q is in -8..=7 too.
        if self.scales.iter().any(|scale| *scale < 0.0) {
            return self.with_positive_scales().to_packed(device);
        }
        let plain = Self { offsets: Vec::new(), ..self.clone() };
        let scales = Tensor::from_data(TensorData::new(self.scales.clone(), [self.scales.len()]), device);
        Packed { values: plain.to_tensor(device).quantize(&scheme, QuantizationParameters { scales, global: None }), offsets }
    }

    /// Four-bit values in Burn's layout: eight per word in two's complement, the first in the lowest bits, then the scales.
    fn nibbles(&self, scheme: QuantScheme) -> TensorData {
        let word = |eight: &[i8]| eight.iter().rev().fold(0u32, |word, value| word << 4 | (i32::from(*value) as u32 & 15));
        let mut bytes: Vec<u8> = self.values.chunks_exact(8).flat_map(|eight| word(eight).to_le_bytes()).collect();
        bytes.extend(self.scales.iter().flat_map(|scale| scale.to_le_bytes()));
        TensorData::from_bytes_vec(bytes, self.dims, DType::QFloat(scheme))
    }

    /// The same four-bit matrix with offsets instead of negative scales.
    fn with_positive_scales(&self) -> Self {
        let mut same = self.clone();
        same.offsets.resize(self.scales.len(), 0.0);
        let blocks = same.values.chunks_exact_mut(self.block().max(1)).zip(&mut same.scales).zip(&mut same.offsets);
        for ((block, scale), offset) in blocks.filter(|((_, scale), _)| **scale < 0.0) {
            *scale = -*scale;
            *offset += *scale;
            block.iter_mut().for_each(|q| *q = -1 - *q);
        }
        same
    }

    /// The dequantised matrix in device memory `[rows, cols]`.
    pub fn to_tensor(&self, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.to_dense(), self.dims), device)
    }
}

/// Whether a device computes in bytes.
pub fn in_bytes(device: &Device) -> bool {
    device.supports_dtype(DType::I8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_by_hand() {
        let mut row = vec![0.0; 32];
        row[0] = 1.27;
        row[1] = -0.634;
        let q = Quantised::from_dense(&row, [1, 32], Bits::Eight).unwrap();
        assert!((q.scales[0] - 0.01).abs() < 1e-7);
        assert_eq!((q.values[0], q.values[1]), (127, -63));
    }

    #[test]
    fn packed_and_dense_agree() {
        let weight: Vec<f32> = (0..128).map(|i| (i as f32 * 0.37).sin()).collect();
        for bits in [Bits::Eight, Bits::Four] {
            let q = Quantised::from_dense(&weight, [2, 64], bits).unwrap();
            let device = Device::flex();
            let packed: Vec<f32> = q.to_packed(&device).dequantize().try_into_vec_as().unwrap();
            assert_eq!(packed, q.to_dense());
        }
    }

    #[test]
    fn what_others_quantised_is_kept_exactly() {
        let device = Device::flex();
        let values: Vec<i8> = (0..128).map(|i| (i * 7 % 16) as i8 - 8).collect();
        let scales = vec![0.5, -0.375, 0.0, 0.001_953_125]; // all exact in binary16
        for offsets in [vec![], vec![0.25, -1.5, 3.0, 0.0]] {
            for bits in [Bits::Eight, Bits::Four] {
                let q = Quantised { dims: [2, 64], bits, values: values.clone(), scales: scales.clone(), offsets: offsets.clone() };
                let packed: Vec<f32> = q.to_packed(&device).dequantize().try_into_vec_as().unwrap();
                assert_eq!(packed, q.to_dense(), "{bits:?} {offsets:?}");
                assert_eq!(packed[0], -8.0 * 0.5 + offsets.first().unwrap_or(&0.0));
                assert_eq!(packed[33], f32::from(values[33]) * -0.375 + offsets.get(1).unwrap_or(&0.0));
            }
        }
    }

    /// By hand: 1, -1, 7, -8 are the nibbles 1, f, 7, 8, the first in the lowest bits.
    #[test]
    fn eight_values_a_word() {
        let mut values = vec![0i8; 32];
        values[..4].copy_from_slice(&[1, -1, 7, -8]);
        let q = Quantised { dims: [1, 32], bits: Bits::Four, values, scales: vec![0.5], offsets: vec![] };
        let data = q.nibbles(
            QuantScheme::default().with_value(QuantValue::Q4F).with_store(QuantStore::PackedU32(0)).per_block([32], ScaleDtype::F32),
        );
        let bytes = data.as_bytes();
        assert_eq!(bytes[..4], 0x0000_87f1_u32.to_le_bytes());
        assert_eq!((bytes.len(), &bytes[16..]), (20, &0.5f32.to_le_bytes()[..]));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(Quantised::from_dense(&[0.0; 48], [1, 48], Bits::Eight).unwrap_err().to_string().contains("got `48`"));
        assert!(Quantised::from_dense(&[f32::NAN; 32], [1, 32], Bits::Eight).is_err());
    }
}
