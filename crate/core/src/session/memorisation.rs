//! Memorisation: can a model be made to reveal what a user rated? S-MA and S-EL of selective forgetting (arXiv 2402.05813), on the names of items.
//!
//! A language model whose embedding table is its output layer is asked for the tokens of the names. A nano scores answers only, so it is asked
//! which of ten items the user rated: its choice is the item that makes the true answer most likely. Chance is one in ten.

use super::state::Session;
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::every_nth;
use crate::data::prompt::Question;
use crate::host::Host;
use crate::metric::p_yes;
use crate::model::{Decoder, Model, Network};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::unlearn::engine::recommender::Recommender;
use burn::tensor::{Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};

/// Largest number of forget rows that a nano is asked about.
const MAX_ITEM_ROWS: usize = 300;
/// Largest number of forget rows whose names a language model is asked for.
const MAX_NAME_ROWS: usize = 8;
/// Number of items to choose from.
const CHOICES: usize = 10;
/// Seed of the nine decoys, the same for every model.
const DECOYS: u64 = 10;

impl Session {
    /// Largest number of forward passes of a row that [`Session::secrets`] takes.
    pub(super) fn n_secrets(&self, forget: &[u32]) -> u32 {
        let n = match self.vocabulary.text() {
            None => forget.len().min(MAX_ITEM_ROWS) * CHOICES,
            Some(_) if token_decoder(&self.original).is_some() => every_nth(forget, MAX_NAME_ROWS)
                .into_iter()
                .map(|row| 1 + self.train.names(row).last().filter(|name| name.start > 0).map_or(0, |name| name.len()))
                .sum(),
            Some(_) => 0,
        };
        n as u32
    }

    /// S-MA and S-EL on a sample of the forget rows; `None` where they do not apply. `progress` receives the number of passes done.
    pub(super) async fn secrets(
        &self,
        model: &Recommender,
        forget: &[u32],
        host: &mut dyn Host,
        progress: impl FnMut(&mut dyn Host, usize),
    ) -> Result<(Option<f64>, Option<f64>)> {
        let decoder = match model {
            Recommender::One(one) => token_decoder(one),
            Recommender::Shards(_) => None,
        };
        match decoder {
            Some(decoder) => self.recited(&decoder.frozen(), forget, host, progress).await,
            None => Ok((self.picked(model, forget, host, progress).await?, None)),
        }
    }

    /// How often a model picks the rated item among ten.
    async fn picked(
        &self,
        model: &Recommender,
        forget: &[u32],
        host: &mut dyn Host,
        progress: impl FnMut(&mut dyn Host, usize),
    ) -> Result<Option<f64>> {
        if self.vocabulary.text().is_some() {
            return Ok(None); // ten long prompts per row cost more than the figure is worth for a language model
        }
        let rows = every_nth(forget, MAX_ITEM_ROWS);
        let mut rng = SeedRng::seed_from_u64(DECOYS);
        let mut prompts = Encoded::default();
        for row in &rows {
            let sample = &self.split.train[*row as usize];
            let own = self.split.question(sample);
            prompts.push(&own, sample.label(), &self.vocabulary);
            for _ in 1..CHOICES {
                // Decoys are other rows' targets, so they are as popular as the rated item.
                let other = self.split.train[rng.random_range(0..self.split.train.len())].item;
                let decoy = Question { user: own.user, ..self.split.ask(own.earlier, other) };
                prompts.push(&decoy, sample.label(), &self.vocabulary);
            }
        }
        let all: Vec<u32> = (0..prompts.len() as u32).collect();
        let p = p_yes(&model.answer_logits(&prompts, &all, host, progress).await?, self.width());
        let picked =
            p.chunks_exact(CHOICES).zip(prompts.labels.chunks_exact(CHOICES)).map(|(p, liked)| picks_first(p, liked[0])).sum::<f64>();
        Ok((!rows.is_empty()).then(|| picked / rows.len() as f64))
    }

    /// The share of name tokens that a language model predicts (S-MA), and the overlap of the names it generates by itself (S-EL).
    async fn recited(
        &self,
        model: &Decoder,
        forget: &[u32],
        host: &mut dyn Host,
        mut progress: impl FnMut(&mut dyn Host, usize),
    ) -> Result<(Option<f64>, Option<f64>)> {
        let (mut n_predicted, mut n_tokens, mut overlap, mut n_names, mut n_passes) = (0, 0, 0.0, 0, 0);
        let mut pass = |host: &mut dyn Host| {
            n_passes += 1;
            progress(host, n_passes);
        };
        for row in every_nth(forget, MAX_NAME_ROWS) {
            let prompt = self.train.row(row).into_owned();
            let names = self.train.names(row);
            let name_positions: Vec<usize> = names.iter().cloned().flatten().filter(|pos| *pos > 0).collect();
            let Some(next) = next(model, &prompt, name_positions.iter().map(|pos| pos - 1)).await? else { return Ok((None, None)) };
            n_predicted += name_positions.iter().zip(next).filter(|(pos, token)| prompt[**pos] == *token).count();
            n_tokens += name_positions.len();
            pass(host);
            // The name of the item in question is generated from everything before it.
            if let Some(name) = names.last().filter(|name| name.start > 0) {
                let mut generated = prompt[..name.start].to_vec();
                while generated.len() < name.end {
                    match next_token(model, &generated).await? {
                        Some(token) => generated.push(token),
                        None => return Ok((None, None)),
                    }
                    pass(host);
                    host.breathe().await?;
                }
                overlap += shared_pairs(&generated[name.start..], &prompt[name.clone()]);
                n_names += 1;
            }
        }
        Ok(((n_tokens > 0).then(|| n_predicted as f64 / n_tokens as f64), (n_names > 0).then(|| overlap / f64::from(n_names))))
    }
}

/// The decoder of a model whose embedding table is its output layer, so that it can predict any token; otherwise `None`.
fn token_decoder(model: &Model) -> Option<&Decoder> {
    model.decoder().filter(|decoder| decoder.spec.tie_word_embeddings)
}

/// The most likely next token after each position in `at`; `None` if the model cannot predict tokens.
async fn next(model: &Decoder, prompt: &[u32], at: impl Iterator<Item = usize>) -> Result<Option<Vec<u32>>> {
    let device = model.device();
    let at: Vec<i32> = at.map(|pos| pos as i32).collect();
    let ids: Vec<i32> = prompt.iter().map(|id| *id as i32).collect();
    let tokens = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, prompt.len()]), &device);
    let n = at.len();
    let Some(logits) = model.next_logits(tokens, Tensor::from_data(TensorData::new(at, [n]), &device)) else { return Ok(None) };
    let width = logits.dims()[1];
    let best = |row: &[f32]| row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(token, _)| token as u32);
    Ok(Some(read(logits).await?.chunks_exact(width).map(best).collect()))
}

async fn next_token(model: &Decoder, prompt: &[u32]) -> Result<Option<u32>> {
    Ok(next(model, prompt, std::iter::once(prompt.len() - 1)).await?.and_then(|tokens| tokens.first().copied()))
}

/// 1 if the first of the choices makes the true answer more likely than any other; ties count in part.
fn picks_first(p: &[f64], liked: bool) -> f64 {
    let score = |p: &f64| if liked { *p } else { 1.0 - p };
    let own = score(&p[0]);
    if p[1..].iter().any(|p| score(p) > own) { 0.0 } else { 1.0 / p.iter().filter(|p| score(p) == own).count() as f64 }
}

/// Share of a name's token pairs (of its tokens, if it has only one) that were generated too.
fn shared_pairs(generated: &[u32], name: &[u32]) -> f64 {
    let n = name.len().min(2);
    let own: Vec<&[u32]> = name.windows(n).collect();
    own.iter().filter(|pair| generated.windows(n).any(|generated| generated == **pair)).count() as f64 / own.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!((picks_first(&[0.9, 0.2, 0.3], true), picks_first(&[0.9, 0.2, 0.3], false)), (1.0, 0.0));
        assert_eq!(picks_first(&[0.5, 0.5, 0.1], true), 0.5);
        // Pairs of (1 2 3): (1 2) and (2 3); the generated 5 2 3 contains the second.
        assert_eq!((shared_pairs(&[5, 2, 3], &[1, 2, 3]), shared_pairs(&[4], &[4]), shared_pairs(&[3], &[4])), (0.5, 1.0, 0.0));
    }
}
