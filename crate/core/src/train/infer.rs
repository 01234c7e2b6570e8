//! Answer logits of many rows, in large batches of equal length, each computed by one replica.

use crate::Result;
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::data::prompt::MAX_TOKENS;
use crate::host::Host;
use crate::host::shares::in_shares;
use crate::model::{Network, Spec};
use crate::tensor::read;

/// Largest number of rows per forward pass: large enough to amortise its dispatches, small enough to let messages in.
const BATCH: usize = 256;
/// Largest number of operations per forward pass of several rows: about a second on a CPU. The nano's largest batch takes a hundredth of it.
const PASS_FLOPS: f64 = 1e11;

/// Number of rows of `seq` tokens per forward pass.
fn rows_at_once(spec: &Spec, seq: usize) -> usize {
    // Memory between two layers grows with the tokens: 4,096 of them, unless the rows are as short as the nano's.
    let of_memory = if seq <= MAX_TOKENS { BATCH } else { 4096 / seq };
    ((PASS_FLOPS / spec.row_flops(seq)) as usize).min(of_memory).clamp(1, BATCH)
}

/// Answer logits of `rows`, row-major `[rows, head_vocab]`, in the order of `rows`.
///
/// `progress` receives the number of rows done.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn answer_logits(
    model: &impl Network,
    encoded: &Encoded,
    rows: &[u32],
    host: &mut dyn Host,
    mut progress: impl FnMut(&mut dyn Host, usize),
) -> Result<Vec<f32>> {
    let (model, spec) = (model.frozen(), model.spec());
    let width = spec.head_vocab_size();
    let device = model.device();
    let mut logits = vec![0f32; rows.len() * width];
    // The sampler reorders rows by length; this restores their position within `rows`.
    let mut position = vec![0u32; encoded.len()];
    for (idx, row) in rows.iter().enumerate() {
        position[*row as usize] = idx as u32;
    }
    let sampler = LengthBucketSampler::new(encoded, rows.iter().copied());
    let batches: Vec<&[u32]> = sampler.in_order(|seq| rows_at_once(&spec, seq)).collect();
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.len() * width).collect();
    let replicas = host.replica().of;
    let mut done = 0;
    let computed = in_shares(host, &sizes, async |i, host| {
        let values = read(model.answer_logits(encoded.tensor(batches[i], &device))).await?;
        // The others are about as far. Where there are some, all of it is done after the exchange.
        done += replicas * batches[i].len();
        progress(host, if replicas == 1 { done } else { done.min(rows.len() - 1) });
        host.breathe().await?;
        Ok(values)
    })
    .await?;
    if replicas > 1 {
        progress(host, rows.len());
    }
    for (row, values) in batches.into_iter().flatten().zip(computed.chunks_exact(width)) {
        let at = position[*row as usize] as usize * width;
        logits[at..at + width].copy_from_slice(values);
    }
    Ok(logits)
}
