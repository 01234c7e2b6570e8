//! Answer logits of prompts with a common prefix, such as candidates for one user; the prefix is computed once.

use crate::Result;
use crate::data::batch::Encoded;
use crate::host::Host;
use crate::host::shares::in_shares;
use crate::model::Network;
use crate::tensor::read;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// Largest number of tokens per forward pass: that of 256 rows of the nano's candidates.
const TOKENS: usize = 2048;
/// Largest number of rows per forward pass.
const ROWS: usize = 256;

/// [`answer_logits`](super::infer::answer_logits) of all rows of `encoded`, row-major `[rows, head_vocab]`.
///
/// The longest common prefix runs through a decoder once, the rest of each prompt in batches of equal length. This is exact, and fastest if prompts
/// differ only in their last tokens. In an encoder every position depends on all others, so each prompt runs in full.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn logits_after_shared(model: &impl Network, encoded: &Encoded, host: &mut dyn Host) -> Result<Vec<f32>> {
    let prompts: Vec<Vec<u32>> = (0..encoded.len() as u32).map(|row| encoded.row(row).to_vec()).collect();
    score_after_prefix(model, &prompts, host).await
}

/// The same for prompts given as tokens, none of them empty.
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn score_after_prefix(model: &impl Network, prompts: &[Vec<u32>], host: &mut dyn Host) -> Result<Vec<f32>> {
    let (model, width) = (model.frozen(), model.head_vocab_size());
    let device = model.device();
    let n = if model.decoder().is_some() { n_shared(prompts) } else { 0 };
    let shared = model.decoder().filter(|_| n > 0).map(|decoder| (decoder, decoder.prefix(tensor(&[&prompts[0][..n]], &device))));
    let mut buckets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (idx, prompt) in prompts.iter().enumerate() {
        buckets.entry(prompt.len() - n).or_default().push(idx);
    }
    let batches: Vec<&[usize]> = buckets.iter().flat_map(|(len, rows)| rows.chunks((TOKENS / len).clamp(1, ROWS))).collect();
    let sizes: Vec<usize> = batches.iter().map(|batch| batch.len() * width).collect();
    let computed = in_shares(host, &sizes, async |i, host| {
        let tokens: Vec<&[u32]> = batches[i].iter().map(|idx| &prompts[*idx][n..]).collect();
        let tokens = tensor(&tokens, &device);
        let out = match &shared {
            Some((decoder, prefix)) => decoder.answer_logits_after(prefix, tokens),
            None => model.answer_logits(tokens),
        };
        let values = read(out).await?;
        host.breathe().await?;
        Ok(values)
    })
    .await?;
    let mut logits = vec![0f32; prompts.len() * width];
    for (idx, values) in batches.into_iter().flatten().zip(computed.chunks_exact(width)) {
        logits[idx * width..(idx + 1) * width].copy_from_slice(values);
    }
    Ok(logits)
}

/// Length of the common prefix, such that each prompt keeps at least one token of its own, where it is answered.
fn n_shared(prompts: &[Vec<u32>]) -> usize {
    let Some((first, others)) = prompts.split_first() else { return 0 };
    let common = |other: &Vec<u32>| first.iter().zip(other).take_while(|(a, b)| a == b).count().min(other.len() - 1);
    others.iter().map(common).min().unwrap_or(0).min(first.len() - 1)
}

fn tensor(rows: &[&[u32]], device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i32> = rows.iter().flat_map(|row| row.iter().map(|id| *id as i32)).collect();
    Tensor::from_data(TensorData::new(ids, [rows.len(), rows[0].len()]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_beginnings() {
        let n = |prompts: &[&[u32]]| n_shared(&prompts.iter().map(|prompt| prompt.to_vec()).collect::<Vec<_>>());
        assert_eq!(n(&[&[1, 2, 3, 9], &[1, 2, 4, 9], &[1, 2, 3, 3, 9]]), 2);
        assert_eq!(n(&[&[1, 2, 3], &[1, 2, 3]]), 2, "the answer's position is every prompt's own");
        assert_eq!(n(&[&[1, 2, 3], &[1, 2]]), 1);
        assert_eq!(n(&[&[1, 2], &[2, 2]]), 0);
        assert_eq!(n(&[&[1, 2, 3]]), 0, "a single prompt shares nothing");
        assert_eq!(n(&[]), 0);
    }
}
