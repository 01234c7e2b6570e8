//! Can a model be made to tell what a person rated? S-MA and S-EL of selective forgetting (arXiv 2402.05813), on the names of items.
//!
//! A language model whose embedding table is its output layer is asked for the names' tokens themselves. A nano scores answers alone, so it is asked which of
//! ten items the person rated: the one that makes the true answer most likely; chance is one in ten.

use super::{Lab, every_nth, p_yes};
use crate::Result;
use crate::data::batch::Encoded;
use crate::data::prompt::Question;
use crate::linear::random::SeedRng;
use crate::model::{Decoder, Model, Network};
use crate::train::host::Host;
use crate::train::infer::read;
use crate::unlearn::Recommender;
use burn::tensor::{Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};

/// Forget rows that a nano is asked about.
const ASKED: usize = 300;
/// Forget rows whose names a language model is asked for.
const RECITED: usize = 8;
/// Items to choose from.
const CHOICES: usize = 10;
/// Seed of the other nine, the same for every model.
const DECOYS: u64 = 10;

impl Lab {
    /// Passes of a row that [`Lab::secrets`] takes at most.
    pub(super) fn n_secrets(&self, forget: &[u32]) -> u32 {
        let n = match self.vocabulary.text() {
            None => forget.len().min(ASKED) * CHOICES,
            Some(_) if recites(&self.original).is_some() => every_nth(forget, RECITED)
                .into_iter()
                .map(|row| 1 + self.train.names(row).last().filter(|name| name.start > 0).map_or(0, |name| name.len()))
                .sum(),
            Some(_) => 0,
        };
        n as u32
    }

    /// S-MA and S-EL of some of the forget rows; `progress` is told the passes done.
    pub(super) async fn secrets<H: Host>(
        &self,
        model: &Recommender,
        forget: &[u32],
        host: &mut H,
        progress: impl FnMut(&mut H, usize),
    ) -> Result<(Option<f64>, Option<f64>)> {
        let decoder = match model {
            Recommender::One(one) => recites(one),
            Recommender::Shards(_) => None,
        };
        match decoder {
            Some(decoder) => self.recited(&decoder.frozen(), forget, host, progress).await,
            None => Ok((self.picked(model, forget, host, progress).await?, None)),
        }
    }

    /// How often a model picks the item that was rated among ten.
    async fn picked<H: Host>(
        &self,
        model: &Recommender,
        forget: &[u32],
        host: &mut H,
        progress: impl FnMut(&mut H, usize),
    ) -> Result<Option<f64>> {
        if self.vocabulary.text().is_some() {
            return Ok(None); // ten long prompts a row are more than the measure is worth there
        }
        let rows = every_nth(forget, ASKED);
        let mut rng = SeedRng::seed_from_u64(DECOYS);
        let mut prompts = Encoded::default();
        for row in &rows {
            let sample = &self.split.train[*row as usize];
            let own = self.split.question(sample);
            prompts.push(&own, sample.label(), &self.vocabulary);
            for _ in 1..CHOICES {
                // Other rows' targets: items as often rated as this one.
                let other = self.split.train[rng.random_range(0..self.split.train.len())].item;
                let asked = Question { user: own.user, ..self.split.ask(own.earlier, other) };
                prompts.push(&asked, sample.label(), &self.vocabulary);
            }
        }
        let all: Vec<u32> = (0..prompts.len() as u32).collect();
        let p = p_yes(&model.answer_logits(&prompts, &all, host, progress).await?, self.width());
        let picked =
            p.chunks_exact(CHOICES).zip(prompts.labels.chunks_exact(CHOICES)).map(|(p, liked)| picks_first(p, liked[0])).sum::<f64>();
        Ok((!rows.is_empty()).then(|| picked / rows.len() as f64))
    }

    /// How much of the names a language model foretells token by token, and how much it recites by itself.
    async fn recited<H: Host>(
        &self,
        model: &Decoder,
        forget: &[u32],
        host: &mut H,
        mut progress: impl FnMut(&mut H, usize),
    ) -> Result<(Option<f64>, Option<f64>)> {
        let (mut foretold, mut n_tokens, mut overlap, mut n_names, mut n_passes) = (0, 0, 0.0, 0, 0);
        let mut pass = |host: &mut H| {
            n_passes += 1;
            progress(host, n_passes);
        };
        for row in every_nth(forget, RECITED) {
            let prompt = self.train.row(row).into_owned();
            let names = self.train.names(row);
            let asked: Vec<usize> = names.iter().cloned().flatten().filter(|pos| *pos > 0).collect();
            let Some(next) = next(model, &prompt, asked.iter().map(|pos| pos - 1)).await? else { return Ok((None, None)) };
            foretold += asked.iter().zip(next).filter(|(pos, token)| prompt[**pos] == *token).count();
            n_tokens += asked.len();
            pass(host);
            // The name that is asked about last is recited from all that stands before it.
            if let Some(name) = names.last().filter(|name| name.start > 0) {
                let mut told = prompt[..name.start].to_vec();
                while told.len() < name.end {
                    match next_token(model, &told).await? {
                        Some(token) => told.push(token),
                        None => return Ok((None, None)),
                    }
                    pass(host);
                    host.breathe().await?;
                }
                overlap += shared_pairs(&told[name.start..], &prompt[name.clone()]);
                n_names += 1;
            }
        }
        Ok(((n_tokens > 0).then(|| foretold as f64 / n_tokens as f64), (n_names > 0).then(|| overlap / f64::from(n_names))))
    }
}

/// The decoder of a model whose embedding table is its output layer: it can be asked for any token.
fn recites(model: &Model) -> Option<&Decoder> {
    model.decoder().filter(|decoder| decoder.spec.tie_word_embeddings)
}

/// The most likely next token at positions of a prompt.
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

/// 1 if the first of the choices makes the true answer likelier than any other; shared first places count in part.
fn picks_first(p: &[f64], liked: bool) -> f64 {
    let score = |p: &f64| if liked { *p } else { 1.0 - p };
    let own = score(&p[0]);
    if p[1..].iter().any(|p| score(p) > own) { 0.0 } else { 1.0 / p.iter().filter(|p| score(p) == own).count() as f64 }
}

/// Share of a name's pairs of neighbouring tokens that were told too; of its tokens where it has but one.
fn shared_pairs(told: &[u32], name: &[u32]) -> f64 {
    let n = name.len().min(2);
    let own: Vec<&[u32]> = name.windows(n).collect();
    own.iter().filter(|pair| told.windows(n).any(|told| told == **pair)).count() as f64 / own.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!((picks_first(&[0.9, 0.2, 0.3], true), picks_first(&[0.9, 0.2, 0.3], false)), (1.0, 0.0));
        assert_eq!(picks_first(&[0.5, 0.5, 0.1], true), 0.5);
        // Pairs of (1 2 3): (1 2) and (2 3); told 5 2 3 has the second.
        assert_eq!((shared_pairs(&[5, 2, 3], &[1, 2, 3]), shared_pairs(&[4], &[4]), shared_pairs(&[3], &[4])), (0.5, 1.0, 0.0));
    }
}
