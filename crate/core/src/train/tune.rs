//! Tuning a language model as a recommender: cross entropy of Yes and No at the answer position. Trains all weights, or an adapter that is merged
//! afterwards.

use super::gradient::{GradOutput, Memory, gradient};
use super::optim::Optimiser;
use super::pretrain::schedule;
use super::shards::{self, Shard};
use super::sum::Sum;
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::data::tokenizer::{NO, YES};
use crate::host::Host;
use crate::host::event::{Event, LossTerms};
use crate::linear::{LoraSpec, Weight};
use crate::model::{Decoder, Model, Network, PretrainSpec, Targets, Trainable};
use crate::tensor::dropout::Dropout;
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::SeedableRng;

/// Largest norm of a step's gradient: without it a few prompts ruin a cut-down model (test AUC 0.762 instead of 0.790, see RESULTS.md).
const MAX_NORM: f64 = 1.0;

/// The starting point of tuning.
#[derive(Clone)]
pub struct Start {
    /// The language model, already cut down to its final layers and tokens.
    pub model: Model,
    /// Rank of the adapter; `None` to tune all weights.
    pub rank: Option<usize>,
}

/// Tunes `start` on `rows` of `encoded`. `tell` is called after every step with the step and their total.
///
/// It uses the settings epochs, batch, learning rate, weight decay, seed, and the auxiliary loss (of the history's ratings, if the wording has them
/// in the answer's place). A batch has rows of equal length.
///
/// # Errors
/// If a setting is invalid, the device fails or the host cancels.
pub async fn tune(
    spec: &PretrainSpec,
    start: &Start,
    encoded: &Encoded,
    rows: &[u32],
    host: &mut dyn Host,
    mut tell: impl FnMut(&mut dyn Host, u32, u32),
) -> Result<Model> {
    if spec.epochs == 0 || spec.batch == 0 || rows.is_empty() {
        let given = format!("{}, {}, {}", spec.epochs, spec.batch, rows.len());
        return Err(Error::setting("training", "epochs, batch and rows must not be zero", given));
    }
    encoded.check_lengths(start.model.spec().max_tokens())?;
    let mut rng = SeedRng::seed_from_u64(u64::from(spec.seed));
    let (mut model, what) = match start.rank {
        // alpha is twice the rank, as in the paper's code
        Some(rank) => {
            let lora = LoraSpec { rank, alpha: 2.0 * rank as f64 };
            (start.model.with_adapter(&lora, Targets::Linear, &mut rng), Trainable::Adapter)
        }
        None => (start.model.trainable(), Trainable::Base),
    };
    let device = model.device().autodiff();
    // This loss takes one graph over every position, so it is used for decoders small enough to be kept as floats.
    let teaches = |decoder: &&Decoder| spec.auxiliary > 0.0 && !decoder.has_packed_blocks();
    let mut optimiser = Optimiser::new(what, spec.weight_decay).clipped(MAX_NORM);
    let mut dealer = LengthBucketSampler::new(encoded, rows.iter().copied());
    let mut step = 0;
    for _ in 0..spec.epochs {
        let batches = dealer.epoch(spec.batch, &mut rng);
        let n_steps = batches.len() as u32 * spec.epochs;
        for batch in batches {
            let of_shard = |model: &Model, shard: Shard| {
                let rows = shard.rows(&batch);
                if rows.is_empty() {
                    return None;
                }
                let share = rows.len() as f64 / batch.len() as f64;
                Some(match model.decoder().filter(teaches) {
                    Some(decoder) => history_pass(decoder, encoded, rows, &batch, spec.auxiliary, &device),
                    None => {
                        let labels = encoded.truth(rows);
                        let loss = |logits| cross_entropy(logits, &labels, &device).mul_scalar(share);
                        gradient(model, encoded.tensor(rows, &device), Memory::suited_to(model), &loss)
                    }
                })
            };
            let sum = shards::sum(&mut model, what, host, of_shard).await.map_err(|error| error.in_training(step + 1, spec.lr, "lr"))?;
            let Some(Sum { loss, grads, .. }) = sum else { return Err(Error::setting("batch", "must have a row", 0)) };
            optimiser.apply(schedule(step, n_steps, spec.lr), &mut model, grads);
            step += 1;
            if step.is_multiple_of(10) || step == n_steps {
                let total = read(loss).await.map_err(|error| error.in_training(step, spec.lr, "lr"))?[0];
                host.event(Event::Losses { steps: vec![LossTerms { step, total, ..Default::default() }] });
            }
            tell(host, step, n_steps);
            host.breathe().await?;
        }
    }
    let mut model = model.frozen();
    model.embedding_mut().weight = Weight::Dense(model.embedding().merged());
    model.each_linear(&mut |_, linear| linear.weight = Weight::Dense(linear.merged()));
    Ok(model.without_adapter())
}

/// What some rows of a batch add to its cross entropy of the answers plus `weight` times that of the history's ratings as answers to the same question:
/// each line of a prompt gives a training signal. The loss of the batch is the mean over its weighted answers.
fn history_pass(model: &Decoder, encoded: &Encoded, rows: &[u32], batch: &[u32], weight: f64, device: &Device) -> GradOutput {
    let seq = encoded.n_tokens(rows[0]);
    let (mut at, mut answers, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (idx, row) in rows.iter().enumerate() {
        let asked = [(seq - 1, encoded.labels[*row as usize], 1.0)];
        let lines = encoded.answered(*row).into_iter().map(|(pos, liked)| (pos, liked, weight));
        for (pos, liked, weight) in lines.chain(asked) {
            at.push((idx * seq + pos) as i32);
            answers.push(if liked { YES } else { NO } as i32);
            weights.push(weight as f32);
        }
    }
    let total: f64 = batch.iter().map(|row| 1.0 + weight * encoded.answered(*row).len() as f64).sum();
    let n = at.len();
    let at = Tensor::<1, Int>::from_data(TensorData::new(at, [n]), device);
    let answers = Tensor::<2, Int>::from_data(TensorData::new(answers, [n, 1]), device);
    let weights = Tensor::<2>::from_data(TensorData::new(weights, [n, 1]), device);
    let logits = model.all_logits(encoded.tensor(rows, device), None, Dropout::default()).select(0, at);
    let loss = (activation::log_softmax(logits.clone(), 1).gather(1, answers) * weights).sum().div_scalar(-total);
    let grads = loss.backward().into();
    GradOutput { logits: logits.inner(), loss: loss.inner(), grads }
}

/// Mean of −log softmax at the true answers `[1]`, for logits `[rows, head_vocab]`.
fn cross_entropy(logits: Tensor<2>, labels: &[bool], device: &Device) -> Tensor<1> {
    let answers: Vec<i32> = labels.iter().map(|liked| if *liked { YES } else { NO } as i32).collect();
    let answers = Tensor::<2, Int>::from_data(TensorData::new(answers, [logits.dims()[0], 1]), device);
    activation::log_softmax(logits, 1).gather(1, answers).mean().neg()
}

/// A cut-down language model: the blocks `layers`, the tokens `tokens` (rows of its table, with the answers in their places), and an output layer
/// for the first `head_vocab` of them.
///
/// # Errors
/// If a block or a token does not exist, or the model's own output layer does not cover a token that the new one needs.
pub fn cut_down(model: &Model, layers: &[usize], tokens: &[u32], head_vocab: usize) -> Result<Model> {
    let spec = model.spec();
    let n_layers = spec.num_hidden_layers();
    if let Some(layer) = layers.iter().find(|layer| **layer >= n_layers) {
        return Err(Error::setting("layers", format!("must be below {n_layers}"), layer));
    }
    if let Some(token) = tokens.iter().find(|token| **token as usize >= spec.vocab_size()) {
        return Err(Error::setting("tokens", format!("must be below {}", spec.vocab_size()), token));
    }
    if layers.is_empty() || !(6..=tokens.len()).contains(&head_vocab) {
        return Err(Error::setting("layers, tokens", "must be at least one block and six tokens", format!("{layers:?}, {}", tokens.len())));
    }
    let mut small = model.frozen().with_vocabulary(tokens);
    match &mut small {
        Model::Llama(decoder) => decoder.keep_blocks(layers),
        // A T5 decoder was trained on the output of the whole encoder, so its layers cannot be cut.
        Model::T5(_) if !layers.iter().copied().eq(0..n_layers) => {
            return Err(Error::setting("layers", format!("of T5 must be all {n_layers}, in order"), format!("{layers:?}")));
        }
        Model::T5(_) => {}
    }
    small.set_vocab_size(tokens.len(), head_vocab);
    let device = small.device();
    if let Some(head) = small.head_mut() {
        if let Some(token) = tokens[..head_vocab].iter().find(|token| **token as usize >= spec.head_vocab_size()) {
            return Err(Error::setting("tokens", format!("of the output layer must be below {}", spec.head_vocab_size()), token));
        }
        let ids = tokens[..head_vocab].iter().map(|token| *token as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new::<i32, _>(ids, [head_vocab]), &device);
        head.weight = head.weight.take_rows(ids);
    }
    Ok(small.without_adapter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_by_hand() {
        let device = Device::flex();
        // softmax over six tokens: No has 3 of 8 parts, Yes 1 of 8, each of the others 1 of 8.
        let mut row = [0f32; 6];
        row[NO as usize] = 3f32.ln();
        let logits = Tensor::from_data(TensorData::new([row, row].concat(), [2, 6]), &device);
        let loss: Vec<f32> = cross_entropy(logits, &[true, false], &device).into_data().try_to_vec().unwrap();
        assert!((f64::from(loss[0]) - (8f64.ln() + (8f64 / 3.0).ln()) / 2.0).abs() < 1e-6, "{loss:?}");
    }
}
