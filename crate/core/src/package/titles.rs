//! What a language model read in a data set's titles, as a file of a package: I32 `ids` `[n]`, I8 `vectors` `[n, k]` and F32 `scales` `[k]`, so that
//! number j of item i is `vectors[i, j] · scales[j]`. The header names the reader.

use super::bytes::{floats, le_bytes, parse, serialise_with};
use crate::data::title_vectors::TitleVectors;
use crate::{Error, Result};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use std::collections::HashMap;

/// File of the vectors.
pub const TITLES: &str = "titles.safetensors";

/// Largest value of eight bits with a sign.
const MOST: f32 = 127.0;

/// Writes vectors, rounded to eight bits, each of the `k` numbers with a scale of its own. `reader` says in words what read them.
///
/// # Errors
/// If an id does not fit in 31 bits.
pub fn write(vectors: &TitleVectors, reader: &str) -> Result<Vec<u8>> {
    let (n, k) = (vectors.ids().len(), vectors.width());
    let mut scales = vec![0f32; k];
    for row in vectors.values().chunks_exact(k) {
        scales.iter_mut().zip(row).for_each(|(scale, value)| *scale = scale.max(value.abs() / MOST));
    }
    let byte = |(value, scale): (&f32, &f32)| (if *scale > 0.0 { (value / scale).round() } else { 0.0 } as i8).to_le_bytes()[0];
    let bytes = vectors.values().chunks_exact(k).flat_map(|row| row.iter().zip(&scales).map(byte).collect::<Vec<_>>()).collect();
    let mut ids = Vec::with_capacity(4 * n);
    for id in vectors.ids() {
        let id = i32::try_from(*id).map_err(|_| Error::package(TITLES, format!("an item's id must be below 2147483648, got {id}")))?;
        ids.extend(id.to_le_bytes());
    }
    let parts = [
        ("ids".to_owned(), Dtype::I32, vec![n], ids),
        ("vectors".to_owned(), Dtype::I8, vec![n, k], bytes),
        ("scales".to_owned(), Dtype::F32, vec![k], le_bytes(&scales)),
    ];
    serialise_with(&parts, HashMap::from([("reader".to_owned(), reader.to_owned())]))
}

/// Reads such a file.
///
/// # Errors
/// If it is damaged or its tensors do not fit together.
pub fn read(bytes: &[u8]) -> Result<TitleVectors> {
    let tensors = parse(TITLES, bytes)?;
    let (ids, [n]) = tensor(&tensors, "ids", Dtype::I32)?;
    let (values, [rows, k]) = tensor(&tensors, "vectors", Dtype::I8)?;
    let (scales, [n_scales]) = tensor(&tensors, "scales", Dtype::F32)?;
    if rows != n || n_scales != k || k == 0 {
        return Err(Error::package(TITLES, format!("`vectors` must be [{n}, {n_scales}], got [{rows}, {k}]")));
    }
    let scales = floats(scales);
    let ids = ids.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect();
    let values =
        values.chunks_exact(k).flat_map(|row| row.iter().zip(&scales).map(|(b, s)| f32::from(i8::from_le_bytes([*b])) * s)).collect();
    TitleVectors::new(ids, k, values).map_err(|error| Error::package(TITLES, error.to_string()))
}

/// What the file says read the titles.
///
/// # Errors
/// If it is damaged.
pub fn reader(bytes: &[u8]) -> Result<String> {
    let (_, about) = SafeTensors::read_metadata(bytes).map_err(|error| Error::package(TITLES, error.to_string()))?;
    Ok(about.metadata().as_ref().and_then(|about| about.get("reader")).cloned().unwrap_or_default())
}

fn tensor<'a, const R: usize>(tensors: &SafeTensors<'a>, name: &str, dtype: Dtype) -> Result<(&'a [u8], [usize; R])> {
    let view = tensors.tensor(name).map_err(|_| Error::package(TITLES, format!("tensor `{name}` is missing")))?;
    let shape = <[usize; R]>::try_from(view.shape());
    match shape {
        Ok(shape) if view.dtype() == dtype => Ok((view.data(), shape)),
        _ => {
            let found = format!("{:?} {:?}", view.dtype(), view.shape());
            Err(Error::package(TITLES, format!("tensor `{name}` must be {dtype:?} of {R} dimensions, got {found}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_within_the_rounding() {
        let values: Vec<f32> = (0..30).map(|k| (k as f32 * 1.7).sin() * (1 + k % 3) as f32).collect();
        let vectors = TitleVectors::new((0..10).map(|id| id * 7).collect(), 3, values.clone()).unwrap();
        let bytes = write(&vectors, "a reader").unwrap();
        let found = read(&bytes).unwrap();
        assert_eq!((found.ids(), found.width(), reader(&bytes).unwrap().as_str()), (vectors.ids(), 3, "a reader"));
        assert!(values.iter().zip(found.values()).all(|(a, b)| (a - b).abs() <= 3.0 / 127.0 / 2.0 + 1e-6));
        let again = read(&write(&found, "a reader").unwrap()).unwrap();
        assert!(found.values().iter().zip(again.values()).all(|(a, b)| (a - b).abs() < 1e-6), "rounded once");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let vectors = TitleVectors::new(vec![1], 2, vec![1.0, 2.0]).unwrap();
        let bytes = write(&vectors, "").unwrap();
        assert!(read(&bytes[..bytes.len() - 1]).is_err());
        assert!(read(b"[]").is_err());
        assert!(write(&TitleVectors::new(vec![u32::MAX], 1, vec![1.0]).unwrap(), "").unwrap_err().to_string().contains("2147483648"));
    }
}
