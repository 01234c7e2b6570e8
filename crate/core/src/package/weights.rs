//! Weights as safetensors: `NAME` as I8 `[out, in]` with `NAME.scale` as F16 `[out, in / 32]`, or `NAME` as F32.
//!
//! Imported checkpoints may have `NAME` as F16 or BF16, or two values a byte as U8 `[out, in / 2]` (byte j of a block of 32 holds value j in its
//! low half and j + 16 in its high half): `(n - 8) · scale`, or `n · scale + offset` where there is `NAME.offset` as F16 `[out, in / 32]`.

use super::stored::{Form, Stored};
use crate::linear::{BLOCK, Bits, Quantised, Weight};
use crate::model::{Model, Network, Spec};
use crate::train::infer::read;
use crate::{Error, Result};
use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};

/// A tensor of a file: name, type, shape, bytes.
pub type Part = (String, Dtype, Vec<usize>, Vec<u8>);

/// Where quantised weights live while the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residency {
    /// As floats: for models so small that unpacking them in every product costs more than their memory.
    Dense,
    /// Packed, unpacked inside every product.
    Packed,
}

impl Residency {
    /// Floats up to 128 MiB of them, packed above.
    pub fn suited_to(spec: &Spec) -> Self {
        if spec.n_weights() * 4 <= 128 << 20 { Self::Dense } else { Self::Packed }
    }
}

/// Writes a model's weights, matrices quantised, gains and T5's position biases as floats.
///
/// # Errors
/// If the device fails or a row length does not fit a block.
pub async fn write(model: &impl Network, bits: Bits) -> Result<Vec<u8>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut model = model.frozen();
    let mut matrices = Vec::new();
    model.each_weight(&mut |name, weight| matrices.push((name.to_owned(), weight.dense())));
    for (name, weight) in matrices {
        let dims = weight.dims();
        let q = Quantised::from_dense(&read(weight).await?, dims, bits)?;
        parts.push((name.clone(), Dtype::I8, dims.to_vec(), q.values.iter().map(|v| v.to_le_bytes()[0]).collect()));
        let scales = q.scales.iter().flat_map(|scale| f16::from_f32(*scale).to_le_bytes()).collect();
        parts.push((format!("{name}.scale"), Dtype::F16, vec![dims[0], dims[1] / BLOCK], scales));
    }
    let mut gains = Vec::new();
    model.each_norm(&mut |name, gain| gains.push((name.to_owned(), gain.clone())));
    for (name, gain) in gains {
        let dims = gain.dims();
        let shape = if dims[0] == 1 { vec![dims[1]] } else { dims.to_vec() };
        parts.push((name, Dtype::F32, shape, le_bytes(&read(gain).await?)));
    }
    serialise(&parts)
}

/// Reads a model's weights, one tensor after the other; `bits` says what a byte may hold.
///
/// # Errors
/// If a tensor is missing, or has the wrong type or shape.
pub fn load(name: &str, bytes: &[u8], spec: &Spec, bits: Bits, residency: Residency, device: &Device) -> Result<Model> {
    let tensors = parse(name, bytes)?;
    let table = format!("{}.weight", spec.embedding());
    Model::build(spec, device, |key, dims| {
        let stored = stored(name, &tensors, key, dims)?;
        if !stored.form.is_quantised() {
            return Ok(Weight::Dense(Tensor::from_data(TensorData::new(stored.to_dense(), dims), device)));
        }
        let q = stored.quantised(bits);
        Ok(match residency {
            Residency::Dense => Weight::Dense(q.to_tensor(device)),
            Residency::Packed => Weight::packed(&q, key == table, device),
        })
    })
}

/// One tensor with its scales and offsets; `dims` is what it must be, a vector being `[1, d]`.
///
/// # Errors
/// If it is missing, or has the wrong type or shape.
pub fn stored(name: &str, tensors: &SafeTensors<'_>, key: &str, dims: [usize; 2]) -> Result<Stored> {
    let find = |key: &str| tensors.tensor(key).map_err(|_| Error::package(name, format!("tensor `{key}` is missing")));
    let view = find(key)?;
    let [rows, cols] = dims;
    let form = match view.dtype() {
        Dtype::F32 => Form::F32,
        Dtype::F16 => Form::F16,
        Dtype::BF16 => Form::Bf16,
        Dtype::I8 => Form::Q8,
        Dtype::U8 if tensors.tensor(&format!("{key}.offset")).is_ok() => Form::Q4Offset,
        Dtype::U8 => Form::Q4,
        other => return Err(Error::package(name, format!("tensor `{key}` must be F32, F16, BF16, I8 or U8, got {other:?}"))),
    };
    let shape = if view.dtype() == Dtype::U8 { [rows, cols / 2] } else { dims };
    if view.shape() != shape && (rows != 1 || view.shape() != &shape[1..]) {
        return Err(Error::package(name, format!("tensor `{key}` must be {shape:?}, got {:?}", view.shape())));
    }
    let by_block = |suffix: &str| -> Result<Vec<u8>> {
        let key = format!("{key}.{suffix}");
        let view = find(&key)?;
        if view.dtype() != Dtype::F16 || view.shape() != [rows, cols / BLOCK] || !cols.is_multiple_of(BLOCK) {
            let must = [rows, cols / BLOCK];
            return Err(Error::package(name, format!("tensor `{key}` must be F16 {must:?}, got {:?} {:?}", view.dtype(), view.shape())));
        }
        Ok(view.data().to_vec())
    };
    let scales = if form.is_quantised() { by_block("scale")? } else { Vec::new() };
    let offsets = if form == Form::Q4Offset { by_block("offset")? } else { Vec::new() };
    Ok(Stored { form, dims, values: view.data().to_vec(), scales, offsets })
}

/// Opens a safetensors file; every offset in it is checked.
///
/// # Errors
/// If it is damaged.
pub fn parse<'a>(name: &str, bytes: &'a [u8]) -> Result<SafeTensors<'a>> {
    SafeTensors::deserialize(bytes).map_err(|e| Error::package(name, format!("is not a safetensors file: {e}")))
}

/// Little-endian floats.
pub fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Little-endian bytes.
pub fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Writes tensors sorted by name, so that equal weights give equal bytes.
///
/// # Errors
/// If a shape does not fit its data.
pub fn serialise(parts: &[Part]) -> Result<Vec<u8>> {
    write_parts(parts, None)
}

/// The same with words about them in the header.
///
/// # Errors
/// As [`serialise`].
pub fn serialise_with(parts: &[Part], about: HashMap<String, String>) -> Result<Vec<u8>> {
    write_parts(parts, Some(about))
}

fn write_parts(parts: &[Part], about: Option<HashMap<String, String>>) -> Result<Vec<u8>> {
    let fail = |e: safetensors::SafeTensorError| Error::package("safetensors", e.to_string());
    let views = parts
        .iter()
        .map(|(name, dtype, shape, data)| Ok((name.clone(), TensorView::new(*dtype, shape.clone(), data).map_err(fail)?)))
        .collect::<Result<BTreeMap<_, _>>>()?;
    safetensors::serialize(views, about).map_err(fail)
}
