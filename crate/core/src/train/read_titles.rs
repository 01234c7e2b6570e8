//! The reader: a language model reads each item's title once, and the mean of its hidden states is what it made of it. The shape of HLLM
//! (arXiv 2409.12740), whose item model reads texts and whose user model reads item vectors.

use crate::Result;
use crate::data::interaction::Item;
use crate::host::Host;
use crate::model::Decoder;
use crate::tensor::read;
use burn::tensor::{Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// Titles that are read at a time.
const BATCH: usize = 64;

/// What is read of an item: title, year, then who wrote it and which genres it has.
pub fn title_text(item: &Item) -> String {
    let mut text = item.title_and_year();
    if !item.authors.is_empty() {
        text.push_str(" by ");
        text.push_str(&item.authors.join(", "));
    }
    if !item.genres.is_empty() {
        text.push_str(": ");
        text.push_str(&item.genres.join(", "));
    }
    text
}

/// The mean of the hidden states after `n_blocks` blocks over a title's tokens, `[titles, d]`. A title is read after `first`, a token that is not part
/// of the mean: the first position of a decoder collects attention and stands far from all others (arXiv 2309.17453).
///
/// # Errors
/// If the device fails or the host cancels.
pub async fn read_titles(
    model: &Decoder,
    first: u32,
    titles: &[Vec<u32>],
    n_blocks: usize,
    host: &mut dyn Host,
    mut tell: impl FnMut(&mut dyn Host, usize),
) -> Result<Vec<f32>> {
    let d = model.spec.hidden_size;
    let mut of_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, title) in titles.iter().enumerate() {
        of_length.entry(title.len()).or_default().push(at);
    }
    let mut found = vec![0.0; titles.len() * d];
    let mut done = 0;
    for (length, all) in of_length.iter().filter(|(length, _)| **length > 0) {
        for batch in all.chunks(BATCH) {
            let seq = length + 1;
            let ids: Vec<i32> =
                batch.iter().flat_map(|at| std::iter::once(first).chain(titles[*at].iter().copied())).map(|id| id as i32).collect();
            let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [batch.len(), seq]), &model.norm.gain.device());
            let states = model.states_after(tokens, n_blocks).reshape([batch.len(), seq, d]);
            let means = read(states.slice_dim(1, 1..seq).mean_dim(1).reshape([batch.len(), d])).await?;
            for (at, mean) in batch.iter().zip(means.chunks_exact(d)) {
                found[at * d..(at + 1) * d].copy_from_slice(mean);
            }
            done += batch.len();
            host.breathe().await?;
            tell(host, done);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Quiet;
    use crate::model::DecoderSpec;
    use crate::tensor::random::SeedRng;
    use burn::tensor::Device;
    use rand::SeedableRng;

    fn reader() -> Decoder {
        let spec = DecoderSpec { num_hidden_layers: 2, ..DecoderSpec::tiny() };
        Decoder::init(&spec, &mut SeedRng::seed_from_u64(1), &Device::flex()).unwrap()
    }

    #[test]
    fn each_title_is_the_mean_of_its_own_states() {
        let (model, titles) = (reader(), [vec![7, 8], vec![9], vec![], vec![7, 8], vec![9, 7, 8]]);
        let mut told = Vec::new();
        let found = pollster::block_on(read_titles(&model, 1, &titles, 1, &mut Quiet::default(), |_, done| told.push(done))).unwrap();
        let d = model.spec.hidden_size;
        let row = |at: usize| &found[at * d..(at + 1) * d];
        assert_eq!(row(0), row(3), "batched by length, whatever the order");
        assert_ne!(row(0), row(4));
        assert!(row(2).iter().all(|v| *v == 0.0), "nothing was read");
        assert_eq!(told, [1, 3, 4], "titles of a length at a time");
        let alone = Tensor::<2, Int>::from_data(TensorData::new(vec![1, 7, 8], [1, 3]), &Device::flex());
        let states = pollster::block_on(read(model.states_after(alone, 1))).unwrap();
        let mean: Vec<f32> = (0..d).map(|k| f32::midpoint(states[d + k], states[2 * d + k])).collect();
        assert!(row(0).iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-6), "the first token is not part of the mean");
    }

    /// After all blocks, what is read is what the model answers by.
    #[test]
    fn the_last_states_are_those_of_the_answer() {
        let model = reader();
        let tokens = || Tensor::<2, Int>::from_data(TensorData::new(vec![1, 7, 8, 9], [1, 4]), &Device::flex());
        let read = |x| pollster::block_on(read(x)).unwrap();
        let by_states = read(model.logits(model.states_after(tokens(), 2)));
        assert_eq!(by_states, read(model.all_logits(tokens(), None, crate::tensor::dropout::Dropout::default())));
    }

    #[test]
    fn what_is_read_of_an_item() {
        let item = |authors: &[&str], genres: &[&str]| Item {
            id: 1,
            title: "Emma".into(),
            year: Some(1815),
            authors: authors.iter().map(|a| (*a).to_owned()).collect(),
            genres: genres.iter().map(|a| (*a).to_owned()).collect(),
        };
        assert_eq!(title_text(&item(&["Jane Austen"], &[])), "Emma (1815) by Jane Austen");
        assert_eq!(title_text(&item(&[], &["Comedy", "Romance"])), "Emma (1815): Comedy, Romance");
    }
}
