//! The weight files of packages, in safetensors: `NAME` as I8 `[out, in]` with `NAME.scale` as F16 `[out, in / 32]`, or `NAME` as F32.
//!
//! Imported checkpoints may have `NAME` as F16 or BF16, or two values per byte as U8 `[out, in / 2]` (byte j of a block of 32 holds value j in its
//! low half and j + 16 in its high half). A value n stands for `(n - 8) · scale`, or for `n · scale + offset` if there is `NAME.offset` as F16
//! `[out, in / 32]`. Whole blocks of another of GGUF's types are `NAME.TYPE` as U8 `[out, blocks, bytes of a block]`, for example `NAME.q4_k`
//! ([`blocks`](super::blocks)).

use super::blocks::BlockType;
use super::bytes::scale_bytes;
pub use super::bytes::{Part, floats, le_bytes, parse, serialise, serialise_with};
use super::stored::{Form, Stored};
use crate::linear::{BLOCK, Bits, Quantised, Weight};
use crate::model::{Model, Network, Spec};
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors};

/// How quantised weights are kept in memory while the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residency {
    /// As floats: for models so small that unpacking them in every matrix product costs more than the memory they take.
    Dense,
    /// Packed, and unpacked inside every matrix product.
    Packed,
}

impl Residency {
    /// Dense if the floats take at most 128 MiB, packed otherwise.
    pub fn suited_to(spec: &Spec) -> Self {
        if spec.n_weights() * 4 <= 128 << 20 { Self::Dense } else { Self::Packed }
    }
}

/// Writes a model's weights: matrices quantised, gains and T5's position biases as floats.
///
/// # Errors
/// If the device fails, a row is not a whole number of blocks, a value is not finite, or a scale is too large for binary16.
pub async fn write(model: &impl Network, bits: Bits) -> Result<Vec<u8>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut model = model.frozen();
    let mut matrices = Vec::new();
    model.each_weight(&mut |name, weight| matrices.push((name.to_owned(), weight.dense())));
    for (name, weight) in matrices {
        let dims = weight.dims();
        let q = Quantised::from_dense(&read(weight).await?, dims, bits)?;
        parts.push((name.clone(), Dtype::I8, dims.to_vec(), q.values.iter().map(|v| v.to_le_bytes()[0]).collect()));
        parts.push((format!("{name}.scale"), Dtype::F16, vec![dims[0], dims[1] / BLOCK], scale_bytes(&q.scales)?));
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

/// Reads a model's weights, one tensor at a time; `bits` says what a byte contains.
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

/// Reads one tensor with its scales and offsets. Its dimensions must be `dims`; a vector is `[1, d]`.
///
/// # Errors
/// If the tensor is missing, or has the wrong type or shape.
pub fn stored(name: &str, tensors: &SafeTensors<'_>, key: &str, dims: [usize; 2]) -> Result<Stored> {
    let find = |key: &str| tensors.tensor(key).map_err(|_| Error::package(name, format!("tensor `{key}` is missing")));
    let [rows, cols] = dims;
    let view = match find(key) {
        Ok(view) => view,
        Err(missing) => return blocks(name, tensors, key, dims)?.ok_or(missing),
    };
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

/// Reads a tensor that is kept as whole blocks; `None` if there is none of this name.
fn blocks(name: &str, tensors: &SafeTensors<'_>, key: &str, dims: [usize; 2]) -> Result<Option<Stored>> {
    let named = |kind: BlockType| format!("{key}.{}", kind.layout().suffix);
    let Some((kind, view)) = BlockType::ALL.into_iter().find_map(|kind| Some((kind, tensors.tensor(&named(kind)).ok()?))) else {
        return Ok(None);
    };
    let ([rows, cols], layout) = (dims, kind.layout());
    let must = [rows, cols / layout.weights, layout.bytes];
    if view.dtype() != Dtype::U8 || view.shape() != must || !cols.is_multiple_of(layout.weights) {
        let reason = format!("tensor `{}` must be U8 {must:?}, got {:?} {:?}", named(kind), view.dtype(), view.shape());
        return Err(Error::package(name, format!("{reason}, for {rows} rows of {cols} weights")));
    }
    Ok(Some(Stored { form: Form::Blocks(kind), dims, values: view.data().to_vec(), scales: Vec::new(), offsets: Vec::new() }))
}
