//! Answer logits of many rows, in large batches of one length.

use super::host::Host;
use crate::data::batch::{Dealer, Encoded};
use crate::data::prompt::MAX_TOKENS;
use crate::model::{Network, Spec};
use crate::{Error, Result};
use burn::tensor::Tensor;

/// Rows a forward pass takes at once: large enough to amortise its dispatches, small enough to let messages in.
const BATCH: usize = 256;
/// Operations of a forward pass over several rows, at most: about a second of a CPU; the nano's largest batch has a hundredth of them.
const PASS_FLOPS: f64 = 1e11;

/// Rows of `seq` tokens that go through the model at once.
fn rows_at_once(spec: &Spec, seq: usize) -> usize {
    // What is kept between two layers grows with the tokens: 4,096 of them, unless the rows are as short as the nano's.
    let of_memory = if seq <= MAX_TOKENS { BATCH } else { 4096 / seq };
    ((PASS_FLOPS / spec.row_flops(seq)) as usize).min(of_memory).clamp(1, BATCH)
}

/// Answer logits of `rows`, row-major `[rows, head_vocab]`, in the order of `rows`.
///
/// `progress` is told how many of the rows are done.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn answer_logits<H: Host>(
    model: &impl Network,
    encoded: &Encoded,
    rows: &[u32],
    host: &mut H,
    mut progress: impl FnMut(&mut H, usize),
) -> Result<Vec<f32>> {
    let (model, spec) = (model.frozen(), model.spec());
    let width = spec.head_vocab_size();
    let device = model.device();
    let mut logits = vec![0f32; rows.len() * width];
    // Rows deal in their position within `rows`, so that the order survives the bucketing.
    let mut position = vec![0u32; encoded.len()];
    for (idx, row) in rows.iter().enumerate() {
        position[*row as usize] = idx as u32;
    }
    let dealer = Dealer::new(encoded, rows.iter().copied());
    let mut done = 0;
    for batch in dealer.in_order(|seq| rows_at_once(&spec, seq)) {
        let out = read(model.answer_logits(encoded.tensor(batch, &device))).await?;
        for (row, values) in batch.iter().zip(out.chunks_exact(width)) {
            let at = position[*row as usize] as usize * width;
            logits[at..at + width].copy_from_slice(values);
        }
        done += batch.len();
        progress(host, done);
        host.breathe().await?;
    }
    Ok(logits)
}

/// Reads a tensor back, row-major.
///
/// # Errors
/// If the device fails or gives numbers that are not finite.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.inner().into_data_async().await.map_err(|e| Error::Device(format!("a read-back failed: {e:?}")))?;
    let values: Vec<f32> = data.try_to_vec().map_err(|e| Error::Device(format!("a read-back has the wrong type: {e:?}")))?;
    match values.iter().find(|v| !v.is_finite()) {
        Some(bad) => Err(Error::Device(format!("the model gave {bad}: the step size is too large, or the device computes wrongly"))),
        None => Ok(values),
    }
}
