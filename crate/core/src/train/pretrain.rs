//! Training a nano from scratch: Original on all training rows, Retrain on the retain rows, both from the same initialisation.
//!
//! An item's vector is the sum of its own row and those of its genres, decade, authors and series; the sum is merged into the embedding at the end.
//! Besides the answer, the rating that follows every item of the history is predicted (an auxiliary loss), so each prompt gives eleven training
//! signals instead of one.

use super::optim::Optimiser;
use crate::data::authors::series;
use crate::data::batch::{Encoded, LengthBucketSampler};
use crate::data::interaction::Dataset;
use crate::data::tokenizer::{HEAD_VOCAB, ItemVocabulary, NO, UNK, YES};
use crate::host::Host;
use crate::host::event::{Event, LossTerms};
use crate::linear::Weight;
use crate::model::{Decoder, DecoderSpec, LowRank, Names, Network, PretrainSpec, Trainable};
use crate::tensor::dropout::Dropout;
use crate::tensor::random::{SeedRng, normal};
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;

impl PretrainSpec {
    /// Settings suited to a dataset: with authors there are more names to overfit, so weight decay and item dropout are stronger.
    pub fn suited_to(dataset: &Dataset) -> Self {
        if dataset.has_authors() {
            return Self { lr: 1.2e-3, weight_decay: 1.0, dropout: 0.2, item_dropout: 0.3, auxiliary: 0.2, ..Self::default() };
        }
        Self::default()
    }
}

/// The architecture of a new nano for a vocabulary. A Retrain has the shape of its Original, whichever version trained that.
pub fn nano_spec(vocab_size: usize) -> DecoderSpec {
    DecoderSpec {
        vocab_size,
        head_vocab_size: HEAD_VOCAB,
        hidden_size: 64,
        intermediate_size: 160,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 4,
        max_position_embeddings: 32,
        rms_norm_eps: 1e-5,
        rope_theta: 1e4,
        tie_word_embeddings: false,
        head_dim: None,
        variant: crate::model::Variant::Llama,
    }
}

/// Genres and decade of every token as multi-hot rows `[vocab, features]`, and the number of features.
pub fn features(dataset: &Dataset, vocabulary: &ItemVocabulary) -> (Vec<f32>, usize) {
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let names = |item: u32| -> Vec<String> {
        let Some(item) = dataset.item(item) else { return Vec::new() };
        let decade = item.year.map(|year| format!("{}s", year.clamp(1900, 2029) / 10 * 10));
        item.genres.iter().cloned().chain(decade).collect()
    };
    for item in &dataset.items {
        for name in names(item.id) {
            let next = index.len();
            index.entry(name).or_insert(next);
        }
    }
    let width = index.len().max(1);
    let mut rows = vec![0f32; vocabulary.len() * width];
    for (item, token) in vocabulary.items() {
        for name in names(item) {
            rows[token as usize * width + index[&name]] = 1.0;
        }
    }
    (rows, width)
}

/// Largest number of names per item: three authors and a series.
const MAX_NAMES: usize = 4;

struct NameLists {
    ids: Vec<i32>,
    present: Vec<f32>,
    n_names: usize,
}

/// Authors and series of every token as lists of [`MAX_NAMES`]; `None` if the dataset has no authors. A name of only one item would duplicate the
/// item's own row, and is left out.
fn names(dataset: &Dataset, vocabulary: &ItemVocabulary) -> Option<NameLists> {
    let names = |item: u32| -> Vec<String> {
        let Some(item) = dataset.item(item).filter(|item| !item.authors.is_empty()) else { return Vec::new() };
        let authors = item.authors.iter().take(MAX_NAMES - 1).map(|name| format!("by {name}"));
        authors.chain(series(item).map(|name| format!("in {name}"))).collect()
    };
    let mut n_items: BTreeMap<String, usize> = BTreeMap::new();
    for (item, _) in vocabulary.items() {
        names(item).into_iter().for_each(|name| *n_items.entry(name).or_default() += 1);
    }
    let index: BTreeMap<&str, i32> = n_items.iter().filter(|(_, n)| **n > 1).map(|(name, _)| name.as_str()).zip(0..).collect();
    if index.is_empty() {
        return None;
    }
    let mut lists =
        NameLists { ids: vec![0; vocabulary.len() * MAX_NAMES], present: vec![0.0; vocabulary.len() * MAX_NAMES], n_names: index.len() };
    for (item, token) in vocabulary.items() {
        for (k, id) in names(item).iter().filter_map(|name| index.get(name.as_str())).enumerate() {
            let at = token as usize * MAX_NAMES + k;
            (lists.ids[at], lists.present[at]) = (*id, 1.0);
        }
    }
    Some(lists)
}

/// Trains a nano of this shape on `rows` of `encoded` and merges the item features into its embedding. `tell` is called after every step with the
/// step and their total.
///
/// # Errors
/// If a setting or the shape is invalid, the device fails or the host cancels.
#[expect(clippy::too_many_arguments, reason = "settings, data, and the world around them")]
pub async fn pretrain(
    shape: &DecoderSpec,
    spec: &PretrainSpec,
    dataset: &Dataset,
    vocabulary: &ItemVocabulary,
    encoded: &Encoded,
    rows: &[u32],
    device: &Device,
    host: &mut dyn Host,
    mut tell: impl FnMut(&mut dyn Host, u32, u32),
) -> Result<Decoder> {
    if spec.epochs == 0 || spec.batch == 0 || rows.is_empty() {
        return Err(Error::setting(
            "training",
            "epochs, batch and rows must not be zero",
            format!("{}, {}, {}", spec.epochs, spec.batch, rows.len()),
        ));
    }
    let trainable = device.clone().autodiff();
    let mut rng = SeedRng::seed_from_u64(u64::from(spec.seed));
    let mut model = Decoder::init(shape, &mut rng, device)?.trainable();
    let (code, width) = features(dataset, vocabulary);
    model.embedding.features = Some(LowRank {
        a: Tensor::from_data(TensorData::new(code, [vocabulary.len(), width]), &trainable),
        b: normal([width, model.spec.hidden_size], 0.1, &mut rng, &trainable).require_grad(),
        scale: 1.0,
    });
    model.embedding.names = names(dataset, vocabulary).map(|names| Names {
        ids: Tensor::from_data(TensorData::new(names.ids, [vocabulary.len(), MAX_NAMES]), &trainable),
        present: Tensor::from_data(TensorData::new(names.present, [vocabulary.len(), MAX_NAMES]), &trainable),
        basis: normal([names.n_names, model.spec.hidden_size], 0.02, &mut rng, &trainable).require_grad(),
    });
    let mut optimiser = Optimiser::new(Trainable::Base, spec.weight_decay);
    let mut dealer = LengthBucketSampler::new(encoded, rows.iter().copied());
    let mut step = 0u32;
    for _ in 0..spec.epochs {
        let batches = dealer.epoch(spec.batch, &mut rng);
        let n_steps = batches.len() as u32 * spec.epochs;
        for batch in batches {
            let tokens = encoded.tensor(&batch, &trainable);
            let dropped = drop_items(encoded, &batch, vocabulary.first_item(), spec.item_dropout, &mut rng, &trainable);
            let log_probs =
                activation::log_softmax(model.all_logits(tokens, Some(dropped), Dropout::of_step(spec.dropout, spec.seed, step)), 1);
            let loss = (log_probs * targets(encoded, &batch, vocabulary.n_profile(), spec.auxiliary, &trainable)).sum().neg();
            let mut grads = loss.backward().into();
            optimiser.step(schedule(step, n_steps, spec.lr), &mut model, &mut grads);
            step += 1;
            host.breathe().await?;
            if step.is_multiple_of(10) || step == n_steps {
                let total = read(loss).await.map_err(|error| error.in_training(step, spec.lr, "lr"))?[0];
                host.event(Event::Losses { steps: vec![LossTerms { step, total, ..Default::default() }] });
            }
            tell(host, step, n_steps);
        }
    }
    let mut model = model.frozen();
    model.embedding.features = model.embedding.features.map(|f| LowRank { a: f.a.inner(), b: f.b.inner(), ..f });
    model.embedding.names = model.embedding.names.map(|n| Names { ids: n.ids.inner(), present: n.present.inner(), basis: n.basis.inner() });
    model.embedding.weight = Weight::Dense(model.embedding.merged());
    (model.embedding.features, model.embedding.names) = (None, None);
    Ok(model)
}

/// Learning rate schedule: linear warm-up over 3 % of the steps, then half a cosine to zero.
pub(super) fn schedule(step: u32, n_steps: u32, lr: f64) -> f64 {
    let warm = (f64::from(n_steps) * 0.03).max(1.0);
    let step = f64::from(step) + 1.0;
    if step < warm {
        return lr * step / warm;
    }
    lr * 0.5 * (1.0 + (std::f64::consts::PI * (step - warm) / (f64::from(n_steps) - warm).max(1.0)).cos())
}

/// The batch's tokens `[batch, seq]` with a share of the items replaced by [`UNK`] (item dropout).
fn drop_items(encoded: &Encoded, batch: &[u32], first_item: u32, share: f64, rng: &mut SeedRng, device: &Device) -> Tensor<2, Int> {
    let seq = encoded.n_tokens(batch[0]);
    let ids: Vec<i32> = batch
        .iter()
        .flat_map(|row| encoded.row(*row).into_owned())
        .map(|id| if id >= first_item && rng.random::<f64>() < share { UNK as i32 } else { id as i32 })
        .collect();
    Tensor::from_data(TensorData::new(ids, [batch.len(), seq]), device)
}

/// Weighted one-hot targets `[batch · seq, head_vocab]`: the answer at the last position, and the rating after every item of the history.
fn targets(encoded: &Encoded, batch: &[u32], n_profile: usize, auxiliary: f64, device: &Device) -> Tensor<2> {
    let seq = encoded.n_tokens(batch[0]);
    let n_history = (seq - 3 - n_profile) / 2;
    let mut weights = vec![0f32; batch.len() * seq * HEAD_VOCAB];
    for (idx, row) in batch.iter().enumerate() {
        let tokens = encoded.row(*row);
        let mut set = |position: usize, token: u32, weight: f64| {
            weights[(idx * seq + position) * HEAD_VOCAB + token as usize] = (weight / batch.len() as f64) as f32;
        };
        set(seq - 1, if encoded.labels[*row as usize] { YES } else { NO }, 1.0);
        for k in 0..n_history {
            set(1 + 2 * k, tokens[2 + 2 * k], auxiliary / n_history as f64);
        }
    }
    Tensor::from_data(TensorData::new(weights, [batch.len() * seq, HEAD_VOCAB]), device)
}
