//! Conversion of numbers to and from little-endian bytes, and reading and writing of safetensors files.

use crate::data::sniff::{self, FileKind};
use crate::{Error, Result};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};

/// A tensor of a safetensors file: name, type, shape, bytes.
pub type Part = (String, Dtype, Vec<usize>, Vec<u8>);

/// Reads little-endian binary32 values.
pub fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// Writes binary32 values in little-endian order.
pub fn le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// Reads little-endian binary16 values as binary32.
pub fn halves(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect()
}

/// The scales of quantised blocks as little-endian binary16.
///
/// # Errors
/// If a scale is too large for binary16: it would become infinite, and with it every value of its block.
pub fn scale_bytes(scales: &[f32]) -> Result<Vec<u8>> {
    if let Some(scale) = scales.iter().find(|scale| !f16::from_f32(**scale).is_finite()) {
        return Err(Error::setting("scale", "must fit in binary16, up to 65504: the numbers are too large to be quantised", scale));
    }
    Ok(scales.iter().flat_map(|scale| f16::from_f32(*scale).to_le_bytes()).collect())
}

/// Parses a safetensors file; every offset in it is checked.
///
/// # Errors
/// If the file is damaged.
pub fn parse<'a>(name: &str, bytes: &'a [u8]) -> Result<SafeTensors<'a>> {
    SafeTensors::deserialize(bytes).map_err(|e| {
        let told = sniff::sniff(bytes).filter(|kind| *kind != FileKind::Safetensors).map(FileKind::told);
        Error::package(name, told.map_or_else(|| format!("is not a whole safetensors file: {e}"), str::to_owned))
    })
}

/// Serialises a safetensors file. Tensors are sorted by name, so that equal weights give equal bytes.
///
/// # Errors
/// If a shape does not fit its data.
pub fn serialise(parts: &[Part]) -> Result<Vec<u8>> {
    write_parts(parts, None)
}

/// Serialises a safetensors file with metadata in its header.
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
