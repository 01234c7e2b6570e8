//! Weights as safetensors: `NAME` as I8 `[out, in]` with `NAME.scale` as F16 `[out, in / 32]`, or `NAME` as F32.

use crate::linear::{BLOCK, Bits, Quantised, Weight};
use crate::model::{Decoder, DecoderSpec, EMBEDDING};
use crate::train::infer::read;
use crate::{Error, Result};
use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;

/// Where quantised weights live while the model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residency {
    /// As floats: for models so small that unpacking them in every product costs more than their memory.
    Dense,
    /// Packed, unpacked inside every product.
    Packed,
}

/// Writes a model's weights, matrices quantised and gains as floats.
///
/// # Errors
/// If the device fails or a row length does not fit a block.
pub async fn write(model: &Decoder, bits: Bits) -> Result<Vec<u8>> {
    let mut parts: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
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
        parts.push((name, Dtype::F32, vec![dims[1]], le_bytes(&read(gain).await?)));
    }
    serialise(&parts)
}

/// Reads a model's weights.
///
/// # Errors
/// If a tensor is missing, or has the wrong type or shape.
pub fn load(name: &str, bytes: &[u8], spec: &DecoderSpec, bits: Bits, residency: Residency, device: &Device) -> Result<Decoder> {
    let tensors = parse(name, bytes)?;
    Decoder::build(spec, device, |key, dims| {
        let view = tensors.tensor(key).map_err(|_| Error::package(name, format!("tensor `{key}` is missing")))?;
        let shape_ok = view.shape() == dims || (dims[0] == 1 && view.shape() == [dims[1]]);
        if !shape_ok {
            return Err(Error::package(name, format!("tensor `{key}` must be {dims:?}, got {:?}", view.shape())));
        }
        match view.dtype() {
            Dtype::F32 => Ok(Weight::Dense(Tensor::from_data(TensorData::new(floats(view.data()), dims), device))),
            Dtype::I8 => {
                let scale_key = format!("{key}.scale");
                let scale = tensors.tensor(&scale_key).map_err(|_| Error::package(name, format!("tensor `{scale_key}` is missing")))?;
                if scale.dtype() != Dtype::F16 || scale.shape() != [dims[0], dims[1] / BLOCK] || !dims[1].is_multiple_of(BLOCK) {
                    return Err(Error::package(
                        name,
                        format!(
                            "tensor `{scale_key}` must be F16 {:?}, got {:?} {:?}",
                            [dims[0], dims[1] / BLOCK],
                            scale.dtype(),
                            scale.shape()
                        ),
                    ));
                }
                let values = view.data().iter().map(|byte| i8::from_le_bytes([*byte])).collect();
                let scales = scale.data().as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect();
                let q = Quantised { dims, bits, values, scales };
                Ok(match residency {
                    Residency::Dense => Weight::Dense(q.to_tensor(device)),
                    Residency::Packed => Weight::packed(&q, key == EMBEDDING, device),
                })
            }
            other => Err(Error::package(name, format!("tensor `{key}` must be I8 or F32, got {other:?}"))),
        }
    })
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
pub fn serialise(parts: &[(String, Dtype, Vec<usize>, Vec<u8>)]) -> Result<Vec<u8>> {
    let fail = |e: safetensors::SafeTensorError| Error::package("safetensors", e.to_string());
    let views = parts
        .iter()
        .map(|(name, dtype, shape, data)| Ok((name.clone(), TensorView::new(*dtype, shape.clone(), data).map_err(fail)?)))
        .collect::<Result<BTreeMap<_, _>>>()?;
    safetensors::serialize(views, None).map_err(fail)
}
