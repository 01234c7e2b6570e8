//! The model type [`Model`]: an enum of all architectures. Packages load it, and all code outside `model` works with it.

use super::spec::each;
use super::{Chain, Decoder, Embedding, Network, Spec, T5, Trainable};
use crate::Result;
use crate::linear::{Linear, Weight};
use crate::tensor::random::SeedRng;
use burn::tensor::{Device, Int, Tensor};

/// A model of any supported architecture.
#[derive(Debug, Clone)]
pub enum Model {
    /// A Llama-family decoder.
    Llama(Box<Decoder>),
    /// T5, original or v1.1.
    T5(Box<T5>),
}

impl From<Decoder> for Model {
    fn from(decoder: Decoder) -> Self {
        Self::Llama(Box::new(decoder))
    }
}

impl Model {
    /// Builds a model from named weights. `take` is called once per tensor, with its published checkpoint name and its dimensions.
    ///
    /// # Errors
    /// If the spec is invalid or `take` fails.
    pub fn build(spec: &Spec, device: &Device, take: impl FnMut(&str, [usize; 2]) -> Result<Weight>) -> Result<Self> {
        Ok(match spec {
            Spec::Llama(spec) => Self::Llama(Box::new(Decoder::build(spec, device, take)?)),
            Spec::T5(spec) => Self::T5(Box::new(T5::build(spec, take)?)),
        })
    }

    /// Builds a model with random weights.
    ///
    /// # Errors
    /// If the spec is invalid.
    pub fn init(spec: &Spec, rng: &mut SeedRng, device: &Device) -> Result<Self> {
        Ok(match spec {
            Spec::Llama(spec) => Self::Llama(Box::new(Decoder::init(spec, rng, device)?)),
            Spec::T5(spec) => Self::T5(Box::new(T5::init(spec, rng, device)?)),
        })
    }

    /// The number of parameters; same as [`Network::n_params`], callable without importing the trait.
    pub fn n_params(&self, what: Trainable) -> u64 {
        Network::n_params(self, what)
    }
}

impl Network for Model {
    fn spec(&self) -> Spec {
        each!(Self, self, model => model.spec())
    }

    fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize) {
        each!(Self, self, model => model.set_vocab_size(vocab_size, head_vocab_size));
    }

    fn device(&self) -> Device {
        each!(Self, self, model => model.device())
    }

    fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        each!(Self, self, model => model.answer_logits(tokens))
    }

    fn answer_state(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<2>) {
        each!(Self, self, model => model.answer_state(tokens))
    }

    fn answer_attention(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<3>) {
        each!(Self, self, model => model.answer_attention(tokens))
    }

    fn chain(&self, seq: usize) -> Box<dyn Chain + '_> {
        each!(Self, self, model => model.chain(seq))
    }

    fn embedding(&self) -> &Embedding {
        each!(Self, self, model => model.embedding())
    }

    fn embedding_mut(&mut self) -> &mut Embedding {
        each!(Self, self, model => model.embedding_mut())
    }

    fn head_mut(&mut self) -> Option<&mut Linear> {
        each!(Self, self, model => model.head_mut())
    }

    fn each_linear(&mut self, f: &mut dyn FnMut(&str, &mut Linear)) {
        each!(Self, self, model => model.each_linear(f));
    }

    fn each_norm(&mut self, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        each!(Self, self, model => model.each_norm(f));
    }

    fn decoder(&self) -> Option<&Decoder> {
        each!(Self, self, model => model.decoder())
    }
}
