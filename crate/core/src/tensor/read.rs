//! Reading a tensor back from its device: the only awaited read-back.

use crate::{Error, Result};
use burn::tensor::Tensor;

/// The values of a tensor, row-major.
///
/// # Errors
/// If the device fails or returns numbers that are not finite.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.inner().into_data_async().await.map_err(|e| Error::Device(format!("a read-back failed: {e:?}")))?;
    let values: Vec<f32> = data.try_to_vec().map_err(|e| Error::Device(format!("a read-back has the wrong type: {e:?}")))?;
    match values.iter().find(|v| !v.is_finite()) {
        Some(bad) => Err(Error::NotFinite(*bad)),
        None => Ok(values),
    }
}
