//! The explanation of one answer: the prompt's tokens, the attention from the answer position, and p(Yes).

use super::state::Session;
use crate::data::batch::Encoded;
use crate::data::profile;
use crate::data::prompt::Question;
use crate::data::tokenizer::HEAD_VOCAB;
use crate::data::vocabulary::Vocabulary;
use crate::metric::p_yes;
use crate::model::{Model, Network};
use crate::tensor::read;
use crate::unlearn::engine::recommender::Recommender;
use crate::{Error, Result};
use serde::Serialize;

/// A model's answer to a prompt, with its attention.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Explanation {
    /// The prompt's tokens in order.
    pub tokens: Vec<Shade>,
    /// p(Yes) over {Yes, No}.
    pub p_yes: f64,
}

/// A token and the attention it gets from the answer position.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Shade {
    /// The tokenizer's id.
    pub id: u32,
    /// Display text: a language model's token as text, a nano's as title or stars.
    pub text: String,
    /// The last block's attention weight from the answer position, averaged over heads; the weights of a prompt sum to one.
    pub attention: f32,
    /// The attention weight of every head.
    pub heads: Vec<f32>,
}

impl Session {
    /// The answer of `model` to a question, with its attention. Attention shows where the last block reads, not why it gives the answer.
    ///
    /// # Errors
    /// If the device fails.
    pub async fn explain(&self, model: &Model, question: &Question<'_>) -> Result<Explanation> {
        let mut prompt = Encoded::default();
        prompt.push(question, false, &self.vocabulary);
        prompt.check_lengths(self.manifest.config.max_tokens())?;
        let tokens = prompt.row(0);
        let model = model.frozen();
        let (logits, weights) = model.answer_attention(prompt.tensor(&[0], &model.device()));
        let [_, n_heads, seq] = weights.dims();
        let (logits, weights) = (read(logits).await?, read(weights).await?);
        let shade = |(at, token): (usize, &u32)| {
            let heads: Vec<f32> = (0..n_heads).map(|head| weights[head * seq + at]).collect();
            let (id, text) = self.show(*token);
            Shade { id, text, attention: heads.iter().sum::<f32>() / n_heads as f32, heads }
        };
        Ok(Explanation { tokens: tokens.iter().enumerate().map(shade).collect(), p_yes: p_yes(&logits, self.width())[0] })
    }

    /// Explanations of Original's answer for a user and an item and, if a run left a single model, of the unlearned model's. If the pair is a
    /// sample, the prompt is the sample's; otherwise it has all of the user's ratings before the item.
    ///
    /// # Errors
    /// If user or item is not in the data, the user has no rating before the item, or the device fails.
    pub async fn explain_item(&self, user: u32, item: u32) -> Result<(Explanation, Option<Explanation>)> {
        if self.dataset.item(item).is_none() {
            return Err(Error::setting("item", "must be one of the data set", item));
        }
        let split = &self.split;
        let mut samples = [&split.train, &split.valid, &split.test].into_iter().flatten();
        let sample = samples.find(|sample| sample.user == user && sample.item == item);
        let mut ratings: Vec<_> = self.dataset.interactions.iter().filter(|rating| rating.user == user).collect();
        ratings.sort_by_key(|rating| (rating.time, rating.item));
        let earlier: Vec<_> = ratings.iter().take_while(|rating| rating.item != item).map(|rating| (rating.item, rating.rating)).collect();
        let question = match sample {
            Some(sample) => split.question(sample),
            None if earlier.is_empty() => {
                let rule = "must be one of the data set with a rating before the item";
                return Err(Error::setting("user", rule, user));
            }
            None => split.ask(&earlier, item),
        };
        let before = self.explain(&self.original, &question).await?;
        let after = match &self.unlearned {
            Some(Recommender::One(model)) => Some(self.explain(model, &question).await?),
            _ => None,
        };
        Ok((before, after))
    }

    /// A token's id in the tokenizer, and its display text.
    fn show(&self, token: u32) -> (u32, String) {
        match &self.vocabulary {
            Vocabulary::Text(text) => (text.id_of(token).unwrap_or(token), text.text_of(token)),
            Vocabulary::Items(items) => {
                let text = match (token, token.checked_sub(HEAD_VOCAB as u32)) {
                    (0..6, _) => ["[pad]", "[bos]", "[unk]", "[ask]", "No", "Yes"][token as usize].to_owned(),
                    (_, None) if token == 7 => "1 star".to_owned(),
                    (_, None) => format!("{} stars", (token - 5) as f32 / 2.0),
                    (_, Some(at)) if token < items.first_item() => profile::words().swap_remove(at as usize),
                    _ => {
                        let item = items.items().find(|(_, of)| *of == token).map_or(token, |(item, _)| item);
                        self.dataset.item(item).map_or_else(|| format!("item {item}"), |item| item.title.clone())
                    }
                };
                (token, text)
            }
        }
    }
}
