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
        attention: crate::model::AttentionSpec::PLAIN,
        variant: crate::model::Variant::Llama,
    }
}

/// What describes every token `[vocab, features]`, and the number of features: genres and decade as multi-hot rows, then the title's vector. Where items
/// have no rows of their own, the title alone, which was read with its genres.
fn features(spec: &PretrainSpec, dataset: &Dataset, vocabulary: &ItemVocabulary) -> Result<(Vec<f32>, usize)> {
    let hot = if spec.item_rows { multi_hot(dataset, vocabulary) } else { (Vec::new(), 0) };
    if !spec.titles {
        return Ok(hot);
    }
    let needed = || Error::setting("titles", "must be there: the model is made of what was read in them", "none");
    let titles = dataset.titles.as_ref().ok_or_else(needed)?;
    let (width, more) = (hot.1, titles.width());
    let mut rows = vec![0f32; vocabulary.len() * (width + more)];
    for (row, hot) in rows.chunks_exact_mut(width + more).zip(hot.0.chunks_exact(width.max(1))) {
        row[..width].copy_from_slice(hot);
    }
    for (item, token) in vocabulary.items() {
        if let Some(vector) = titles.of(item) {
            let start = token as usize * (width + more) + width;
            rows[start..start + more].copy_from_slice(vector);
        }
    }
    Ok((rows, width + more))
}

/// Genres and decade of every token as multi-hot rows `[vocab, features]`, and the number of features.
pub fn multi_hot(dataset: &Dataset, vocabulary: &ItemVocabulary) -> (Vec<f32>, usize) {
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
    let (code, width) = features(spec, dataset, vocabulary)?;
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
            let share = if spec.item_rows { spec.item_dropout } else { 1.0 };
            let dropped = drop_items(encoded, &batch, vocabulary.first_item(), share, &mut rng, &trainable);
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
    if !spec.item_rows {
        model.embedding.weight = Weight::Dense(without_item_rows(&model.embedding.weight, vocabulary.first_item()));
    }
    model.embedding.weight = Weight::Dense(model.embedding.merged());
    (model.embedding.features, model.embedding.names) = (None, None);
    Ok(model)
}

/// The table with the unknown token's row in place of every item's, as it was trained.
fn without_item_rows(table: &Weight, first_item: u32) -> Tensor<2> {
    let table = table.dense();
    let ids: Vec<i32> = (0..table.dims()[0] as u32).map(|token| if token >= first_item { UNK as i32 } else { token as i32 }).collect();
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [table.dims()[0]]), &table.device());
    table.select(0, ids)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interaction::{Interaction, Item};
    use crate::data::split::split;
    use crate::data::title_vectors::TitleVectors;
    use crate::data::vocabulary::Vocabulary;
    use crate::host::Quiet;

    /// Twelve people who rate eight of twelve items; 8, 9, 10 and 11 are never rated, 9 has the vector of 3, and 10 and 11 have none.
    fn dataset() -> Dataset {
        let item = |id| Item { id, title: format!("item {id}"), genres: Vec::new(), authors: Vec::new(), year: None };
        let rate = |user: u32, k: u32| Interaction {
            user,
            item: (user + k) % 8,
            rating: if (user + k).is_multiple_of(2) { 5.0 } else { 1.0 },
            time: k.into(),
        };
        let vectors = (0..10).flat_map(|id| if id == 9 { [3.0, 1.0] } else { [id as f32, 1.0] }).collect();
        Dataset {
            name: "small".into(),
            interactions: (1..13).flat_map(|user| (0..8).map(move |k| rate(user, k))).collect(),
            items: (0..12).map(item).collect(),
            titles: Some(TitleVectors::new((0..10).collect(), 2, vectors).unwrap()),
            ..Dataset::default()
        }
    }

    fn trained(spec: &PretrainSpec, dataset: &Dataset) -> Result<Vec<Vec<f32>>> {
        let vocabulary = ItemVocabulary::from_json(ItemVocabulary::json_of(dataset).as_bytes()).unwrap();
        let split = split(dataset).unwrap();
        let all = Vocabulary::from(vocabulary);
        let encoded = Encoded::new(&split.train, &split, &all);
        let rows: Vec<u32> = (0..encoded.len() as u32).collect();
        let vocabulary = all.items().unwrap();
        let shape = nano_spec(vocabulary.len());
        let model = pollster::block_on(pretrain(
            &shape,
            spec,
            dataset,
            vocabulary,
            &encoded,
            &rows,
            &Device::flex(),
            &mut Quiet::default(),
            |_, _, _| (),
        ))?;
        let table = pollster::block_on(read(model.embedding.weight.dense())).unwrap();
        let mut of_items: Vec<(u32, Vec<f32>)> =
            vocabulary.items().map(|(item, token)| (item, table[token as usize * 64..(token as usize + 1) * 64].to_vec())).collect();
        of_items.sort_by_key(|(item, _)| *item);
        Ok(of_items.into_iter().map(|(_, row)| row).collect())
    }

    #[test]
    fn without_rows_of_their_own_items_are_what_their_titles_say() {
        let spec = PretrainSpec { epochs: 2, batch: 8, titles: true, item_rows: false, ..PretrainSpec::default() };
        let rows = trained(&spec, &dataset()).unwrap();
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near(&rows[3], &rows[9]), "the same title, though one was never rated");
        assert!(near(&rows[10], &rows[11]), "no title was read: the unknown item");
        assert!(!near(&rows[3], &rows[4]) && !near(&rows[3], &rows[10]));
        // A line in the vectors: item 8 goes on where 0 to 7 point to.
        let along: Vec<f32> = rows[7].iter().zip(&rows[6]).map(|(a, b)| a + (a - b)).collect();
        assert!(rows[8].iter().zip(&along).all(|(a, b)| (a - b).abs() < 1e-4));
        let own = trained(&PretrainSpec { item_rows: true, ..spec }, &dataset()).unwrap();
        assert!(!near(&own[3], &own[9]), "with rows of their own, the rated one differs");
    }

    #[test]
    fn titles_that_were_not_read_are_missed() {
        let spec = PretrainSpec { titles: true, ..PretrainSpec::default() };
        let told = trained(&spec, &Dataset { titles: None, ..dataset() }).unwrap_err().to_string();
        assert!(told.contains("titles"), "{told}");
    }
}
