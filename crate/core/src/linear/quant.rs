//! Symmetric block quantisation: 32 neighbours of a row share one scale, `w ≈ q · scale`, `scale = max|w| / q_max`.
//!
//! Rows are output channels (`[out, in]`, the layout of published checkpoints), so that a block lies along the summed dimension.

use crate::{Error, Result};
use burn::tensor::quantization::{QuantScheme, QuantStore, QuantValue, QuantizationParameters, ScaleDtype};
use burn::tensor::{Device, Tensor, TensorData};

/// Values that share a scale.
pub const BLOCK: usize = 32;

/// Width of a quantised value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    /// -127..=127.
    Eight,
    /// -7..=7.
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

/// A quantised matrix in host memory, as a package stores it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// `[rows, cols]`.
    pub dims: [usize; 2],
    /// Width of a value.
    pub bits: Bits,
    /// Row-major values.
    pub values: Vec<i8>,
    /// Row-major scales `[rows, cols / 32]`.
    pub scales: Vec<f32>,
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
        Ok(Self { dims, bits, values, scales })
    }

    /// The matrix these values stand for, row-major.
    pub fn to_dense(&self) -> Vec<f32> {
        self.values
            .chunks_exact(BLOCK)
            .zip(&self.scales)
            .flat_map(|(block, scale)| block.iter().map(move |q| f32::from(*q) * scale))
            .collect()
    }

    /// The matrix packed in device memory (four or eight values a word) `[rows, cols]`.
    pub fn to_packed(&self, device: &Device) -> Tensor<2> {
        let value = match self.bits {
            Bits::Eight => QuantValue::Q8S,
            Bits::Four => QuantValue::Q4S,
        };
        let scheme =
            QuantScheme::default().with_value(value).with_store(QuantStore::PackedU32(0)).per_block([BLOCK as u8], ScaleDtype::F32);
        match self.bits {
            Bits::Eight => Tensor::from_data(TensorData::quantized(self.values.clone(), self.dims, scheme, &self.scales, None), device),
            // burn-flex cannot read packed four-bit data, but it can pack: the stored scales give back the stored values.
            Bits::Four => {
                let scales = Tensor::from_data(TensorData::new(self.scales.clone(), [self.scales.len()]), device);
                self.to_tensor(device).quantize(&scheme, QuantizationParameters { scales, global: None })
            }
        }
    }

    /// The dequantised matrix in device memory `[rows, cols]`.
    pub fn to_tensor(&self, device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.to_dense(), self.dims), device)
    }
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
    fn refuses_what_does_not_fit() {
        assert!(Quantised::from_dense(&[0.0; 48], [1, 48], Bits::Eight).unwrap_err().to_string().contains("got `48`"));
        assert!(Quantised::from_dense(&[f32::NAN; 32], [1, 32], Bits::Eight).is_err());
    }
}
