//! A weight as stored in files: bytes, row by row, in one of the forms that packages, GGUF and safetensors share without loss.

use super::blocks::{BlockType, Unpacked};
use super::bytes::{Part, floats, halves, le_bytes, scale_bytes};
use crate::linear::{BLOCK, Bits, Quantised};
use crate::{Error, Result};
use half::{bf16, f16};
use safetensors::tensor::Dtype;

/// How the values of a matrix are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// binary32.
    F32,
    /// binary16.
    F16,
    /// bfloat16.
    Bf16,
    /// One signed byte per value and a binary16 scale per block of 32: GGUF's Q8_0.
    Q8,
    /// Half a byte n per value, which stands for `(n - 8) · scale`: GGUF's Q4_0. Byte j of a block holds value j in its low half and value j + 16 in
    /// its high half.
    Q4,
    /// As [`Form::Q4`], but n stands for `n · scale + offset`: GGUF's Q4_1.
    Q4Offset,
    /// GGUF's blocks of another type, as they are in the file.
    Blocks(BlockType),
}

impl Form {
    /// Size of a row's values, bytes.
    pub fn row_bytes(self, cols: usize) -> usize {
        match self {
            Self::F32 => cols * 4,
            Self::F16 | Self::Bf16 => cols * 2,
            Self::Q8 => cols,
            Self::Q4 | Self::Q4Offset => cols / 2,
            Self::Blocks(kind) => cols / kind.layout().weights * kind.layout().bytes,
        }
    }

    /// Whether the form is quantised.
    pub fn is_quantised(self) -> bool {
        self.has_scales() || matches!(self, Self::Blocks(_))
    }

    /// Whether a scale per block of 32 is kept beside the values.
    pub fn has_scales(self) -> bool {
        matches!(self, Self::Q8 | Self::Q4 | Self::Q4Offset)
    }

    /// The safetensors type of the values.
    pub fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::Bf16 => Dtype::BF16,
            Self::Q8 => Dtype::I8,
            Self::Q4 | Self::Q4Offset | Self::Blocks(_) => Dtype::U8,
        }
    }
}

/// A stored matrix `[rows, cols]`, or a vector as `[1, cols]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// How the values are stored.
    pub form: Form,
    /// Dimensions `[rows, cols]`.
    pub dims: [usize; 2],
    /// The values, row by row.
    pub values: Vec<u8>,
    /// Scales in little-endian binary16 `[rows, cols / 32]`; empty for floats and whole blocks.
    pub scales: Vec<u8>,
    /// Offsets in little-endian binary16 `[rows, cols / 32]`; empty unless the form has offsets.
    pub offsets: Vec<u8>,
}

impl Stored {
    /// Stores values as binary32.
    pub fn from_floats(values: &[f32], dims: [usize; 2]) -> Self {
        Self { form: Form::F32, dims, values: le_bytes(values), scales: Vec::new(), offsets: Vec::new() }
    }

    /// Quantises values; scales become binary16.
    ///
    /// # Errors
    /// If a row is not a whole number of blocks, a value is not finite, or a scale is too large for binary16.
    pub fn quantise(values: &[f32], dims: [usize; 2], bits: Bits) -> Result<Self> {
        let q = Quantised::from_dense(values, dims, bits)?;
        let scales = scale_bytes(&q.scales)?;
        let (form, values) = match bits {
            Bits::Eight => (Form::Q8, q.values.iter().map(|v| v.to_le_bytes()[0]).collect()),
            Bits::Four => {
                let nibble = |v: i8| (v + 8) as u8;
                let halves =
                    |block: &[i8]| -> [u8; BLOCK / 2] { std::array::from_fn(|j| nibble(block[j]) | nibble(block[j + BLOCK / 2]) << 4) };
                (Form::Q4, q.values.chunks_exact(BLOCK).flat_map(halves).collect())
            }
        };
        Ok(Self { form, dims, values, scales, offsets: Vec::new() })
    }

    /// A selection of rows in a new order: new row i is the old row `rows[i]`. Exact in every form.
    ///
    /// # Errors
    /// If a row does not exist.
    pub fn select_rows(&self, rows: &[u32]) -> Result<Self> {
        let [n_rows, cols] = self.dims;
        if let Some(bad) = rows.iter().find(|row| **row as usize >= n_rows) {
            return Err(Error::setting("kept", format!("a token must be below {n_rows}"), bad));
        }
        let pick = |bytes: &[u8], width: usize| -> Vec<u8> {
            if bytes.is_empty() {
                return Vec::new();
            }
            rows.iter().flat_map(|row| &bytes[*row as usize * width..][..width]).copied().collect()
        };
        let by_block = cols / BLOCK * 2;
        Ok(Self {
            form: self.form,
            dims: [rows.len(), cols],
            values: pick(&self.values, self.form.row_bytes(cols)),
            scales: pick(&self.scales, by_block),
            offsets: pick(&self.offsets, by_block),
        })
    }

    /// A selection from a vector `[1, n]` of floats in a new order: new value i is the old value `values[i]`.
    ///
    /// # Errors
    /// If a value does not exist, or the form is quantised.
    pub fn select_values(&self, values: &[u32]) -> Result<Self> {
        if self.form.is_quantised() {
            return Err(Error::setting("form", "must be F32, F16 or BF16 where single values move", format!("{:?}", self.form)));
        }
        let column = Self { dims: [self.dims[1], self.dims[0]], ..self.clone() };
        Ok(Self { dims: [1, values.len()], ..column.select_rows(values)? })
    }

    /// The values it represents, row-major.
    pub fn to_dense(&self) -> Vec<f32> {
        match self.form {
            Form::F32 => floats(&self.values),
            Form::F16 => halves(&self.values),
            Form::Bf16 => self.values.as_chunks::<2>().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            Form::Q8 | Form::Q4 | Form::Q4Offset | Form::Blocks(_) => self.quantised(Bits::Eight).to_dense(),
        }
    }

    /// The values and scales of a quantised form. `bits` says what a byte of [`Form::Q8`] contains; the half-byte forms always give [`Bits::Four`],
    /// whole blocks [`Bits::Eight`].
    pub fn quantised(&self, bits: Bits) -> Quantised {
        if let Form::Blocks(kind) = self.form {
            let Unpacked { values, scales, offsets } = kind.unpack(&self.values);
            return Quantised { dims: self.dims, bits: Bits::Eight, values, scales, offsets };
        }
        let scales = halves(&self.scales);
        if self.form == Form::Q8 {
            let values = self.values.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
            return Quantised { dims: self.dims, bits, values, scales, offsets: Vec::new() };
        }
        let whole = |block: &[u8]| -> [i8; BLOCK] {
            std::array::from_fn(|k| (block[k % (BLOCK / 2)] >> if k < BLOCK / 2 { 0 } else { 4 } & 15) as i8 - 8)
        };
        let values = self.values.chunks_exact(BLOCK / 2).flat_map(whole).collect();
        // n · scale + offset = (n - 8) · scale + (8 · scale + offset). Binary32 holds the bracket exactly unless the two terms differ by a factor of
        // 2¹³ or more.
        let offsets = halves(&self.offsets).iter().zip(&scales).map(|(offset, scale)| 8.0 * scale + offset).collect();
        Quantised { dims: self.dims, bits: Bits::Four, values, scales, offsets }
    }

    /// Whether every value is finite. A NaN in a weight would otherwise show only when the model answers.
    pub fn is_finite(&self) -> bool {
        let all_halves = |bytes: &[u8]| bytes.as_chunks::<2>().0.iter().all(|b| f16::from_le_bytes(*b).is_finite());
        match self.form {
            Form::F32 => self.values.as_chunks::<4>().0.iter().all(|b| f32::from_le_bytes(*b).is_finite()),
            Form::F16 => all_halves(&self.values),
            Form::Bf16 => self.values.as_chunks::<2>().0.iter().all(|b| bf16::from_le_bytes(*b).is_finite()),
            Form::Q8 | Form::Q4 | Form::Q4Offset => all_halves(&self.scales) && all_halves(&self.offsets),
            Form::Blocks(kind) => {
                let Unpacked { scales, offsets, .. } = kind.unpack(&self.values);
                // Q8_K has a binary32 scale, whose product with a value may overflow.
                scales.iter().all(|scale| (scale * 128.0).is_finite()) && offsets.iter().all(|offset| offset.is_finite())
            }
        }
    }

    /// Size in memory where it stays packed, bytes: one per value, four per scale or offset; four per value of floats.
    pub fn packed_bytes(&self) -> u64 {
        let n = self.dims[0] * self.dims[1];
        let bytes = match self.form {
            Form::F32 | Form::F16 | Form::Bf16 => 4 * n,
            Form::Q8 | Form::Q4 | Form::Q4Offset => n + 2 * (self.scales.len() + self.offsets.len()),
            Form::Blocks(kind) => n + 4 * (n / kind.layout().group) * if kind.layout().has_offsets { 2 } else { 1 },
        };
        bytes as u64
    }

    /// Appends its safetensors tensors: `NAME`, `NAME.scale`, `NAME.offset`; whole blocks of Q4_K, for example, as `NAME.q4_k`. A matrix `[1, cols]` is
    /// written as a vector if `is_vector`.
    pub fn into_parts(self, name: &str, is_vector: bool, out: &mut Vec<Part>) {
        let [rows, cols] = self.dims;
        if let Form::Blocks(kind) = self.form {
            let layout = kind.layout();
            let shape = vec![rows, cols / layout.weights, layout.bytes];
            return out.push((format!("{name}.{}", layout.suffix), self.form.dtype(), shape, self.values));
        }
        let width = if matches!(self.form, Form::Q4 | Form::Q4Offset) { cols / 2 } else { cols };
        let shape = if is_vector { vec![cols] } else { vec![rows, width] };
        out.push((name.to_owned(), self.form.dtype(), shape, self.values));
        for (suffix, bytes) in [("scale", self.scales), ("offset", self.offsets)] {
            if !bytes.is_empty() {
                out.push((format!("{name}.{suffix}"), Dtype::F16, vec![rows, cols / BLOCK], bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_bytes_by_hand() {
        let mut values = vec![0x88u8; 16]; // n = 8 everywhere, so every value is zero
        values[0] = 0x1f; // value 0: n = 15, value 16: n = 1
        let f = |v: f32| f16::from_f32(v).to_le_bytes().to_vec();
        let plain = Stored { form: Form::Q4, dims: [1, 32], values: values.clone(), scales: f(-0.5), offsets: vec![] };
        let dense = plain.to_dense();
        assert_eq!((dense[0], dense[16], dense[1]), (-3.5, 3.5, 0.0));
        let offset = Stored { form: Form::Q4Offset, dims: [1, 32], values, scales: f(0.5), offsets: f(-1.0) };
        let dense = offset.to_dense();
        assert_eq!((dense[0], dense[16], dense[1]), (6.5, -0.5, 3.0));
    }

    #[test]
    fn what_a_scale_cannot_hold_is_refused() {
        assert!(Stored::quantise(&[8e6; 32], [1, 32], Bits::Eight).unwrap().is_finite());
        for bits in [Bits::Eight, Bits::Four] {
            assert!(Stored::quantise(&[1e30; 32], [1, 32], bits).unwrap_err().to_string().contains("must fit in binary16"));
        }
    }

    #[test]
    fn rows_are_chosen_in_every_form() {
        let weight: Vec<f32> = (0..192).map(|i| (i as f32 * 0.37).sin()).collect();
        let stored = [
            Stored::from_floats(&weight, [3, 64]),
            Stored::quantise(&weight, [3, 64], Bits::Eight).unwrap(),
            Stored::quantise(&weight, [3, 64], Bits::Four).unwrap(),
        ];
        for stored in stored {
            let dense = stored.to_dense();
            let chosen = stored.select_rows(&[2, 0]).unwrap();
            assert_eq!(chosen.to_dense(), [&dense[128..], &dense[..64]].concat(), "{:?}", stored.form);
            assert!(stored.select_rows(&[3]).unwrap_err().to_string().contains("got `3`"));
        }
    }
}
