//! Answer logits of many rows, in large batches of equal length, each computed by one replica.

use crate::Result;
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::data::prompt::MAX_TOKENS;
use crate::host::Host;
use crate::host::shares::in_shares;
use crate::model::{Network, Spec};
use crate::tensor::read;
use burn::tensor::{Int, Tensor};

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
    progress: impl FnMut(&mut dyn Host, usize),
) -> Result<Vec<f32>> {
    let model = model.frozen();
    let width = model.head_vocab_size();
    by_row(&model, encoded, rows, width, host, progress, |tokens| model.answer_logits(tokens)).await
}

/// The states that the output layer reads for `rows` `[rows, d]`, and their answer logits `[rows, head_vocab]`.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn answer_states(model: &impl Network, encoded: &Encoded, rows: &[u32], host: &mut dyn Host) -> Result<(Vec<f32>, Vec<f32>)> {
    let model = model.frozen();
    let d = model.spec().hidden_size();
    let width = d + model.head_vocab_size();
    let both = by_row(
        &model,
        encoded,
        rows,
        width,
        host,
        |_, _| {},
        |tokens| {
            let (state, logits) = model.answer_state(tokens);
            Tensor::cat(vec![state, logits], 1)
        },
    )
    .await?;
    Ok(both.chunks_exact(width).map(|row| row.split_at(d)).fold((Vec::new(), Vec::new()), |(mut states, mut logits), (state, answer)| {
        states.extend_from_slice(state);
        logits.extend_from_slice(answer);
        (states, logits)
    }))
}

/// What `pass` computes for each of `rows`, `width` numbers each, row-major, in the order of `rows`.
async fn by_row(
    model: &impl Network,
    encoded: &Encoded,
    rows: &[u32],
    width: usize,
    host: &mut dyn Host,
    mut progress: impl FnMut(&mut dyn Host, usize),
    pass: impl Fn(Tensor<2, Int>) -> Tensor<2>,
) -> Result<Vec<f32>> {
    let (spec, device) = (model.spec(), model.device());
    let mut values = vec![0f32; rows.len() * width];
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
        let found = read(pass(encoded.tensor(batches[i], &device))).await?;
        // The others are about as far. Where there are some, all of it is done after the exchange.
        done += replicas * batches[i].len();
        progress(host, if replicas == 1 { done } else { done.min(rows.len() - 1) });
        host.breathe().await?;
        Ok(found)
    })
    .await?;
    if replicas > 1 {
        progress(host, rows.len());
    }
    for (row, found) in batches.into_iter().flatten().zip(computed.chunks_exact(width)) {
        let at = position[*row as usize] as usize * width;
        values[at..at + width].copy_from_slice(found);
    }
    Ok(values)
}
