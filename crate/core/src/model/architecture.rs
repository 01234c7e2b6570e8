//! The architectures there are, as one type: what a package holds and everything beyond `model` works with.

use super::{Chain, Decoder, DecoderSpec, Embedding, Network, T5, T5Spec, Trainable};
use crate::Result;
use crate::linear::random::SeedRng;
use crate::linear::{Linear, Weight};
use burn::tensor::{Device, Int, Tensor};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The shape of a model. A Llama's has no `model_type`, another's has that of its published `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Spec {
    /// A Llama-family decoder.
    Llama(DecoderSpec),
    /// T5, original or v1.1.
    T5(T5Spec),
}

/// A model.
#[derive(Debug, Clone)]
pub enum Model {
    /// A Llama-family decoder.
    Llama(Box<Decoder>),
    /// T5, original or v1.1.
    T5(Box<T5>),
}

/// The same expression for every architecture.
macro_rules! each {
    ($kind:ident, $of:expr, $inner:ident => $what:expr) => {
        match $of {
            $kind::Llama($inner) => $what,
            $kind::T5($inner) => $what,
        }
    };
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let spec = match value.get("model_type").map(|kind| kind.as_str()) {
            None => serde_json::from_value(value).map(Self::Llama),
            Some(Some("t5")) => serde_json::from_value(value).map(Self::T5),
            Some(_) => return Err(D::Error::custom(format!("model_type must be t5, or absent for Llama, got {}", value["model_type"]))),
        };
        spec.map_err(D::Error::custom)
    }
}

impl Spec {
    /// What it is, for people.
    pub fn family(&self) -> &'static str {
        match self {
            Self::Llama(_) => "Llama-family decoder",
            Self::T5(_) => "T5",
        }
    }

    /// Tokens.
    pub fn vocab_size(&self) -> usize {
        each!(Self, self, spec => spec.vocab_size)
    }

    /// The output layer scores the first so many tokens.
    pub fn head_vocab_size(&self) -> usize {
        each!(Self, self, spec => spec.head_vocab_size)
    }

    /// Says how many tokens there are, and how many of them the output layer scores.
    pub fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize) {
        each!(Self, self, spec => (spec.vocab_size, spec.head_vocab_size) = (vocab_size, head_vocab_size));
    }

    /// Whether the output layer is the embedding table.
    pub fn tie_word_embeddings(&self) -> bool {
        each!(Self, self, spec => spec.tie_word_embeddings)
    }

    /// d.
    pub fn hidden_size(&self) -> usize {
        match self {
            Self::Llama(spec) => spec.hidden_size,
            Self::T5(spec) => spec.d_model,
        }
    }

    /// Blocks; of T5 those of the encoder.
    pub fn num_hidden_layers(&self) -> usize {
        match self {
            Self::Llama(spec) => spec.num_hidden_layers,
            Self::T5(spec) => spec.num_layers,
        }
    }

    /// Positions that a prompt may have; none where they are relative, and any number will do.
    pub fn max_tokens(&self) -> Option<usize> {
        match self {
            Self::Llama(spec) => Some(spec.max_position_embeddings),
            Self::T5(_) => None,
        }
    }

    /// The embedding's published name.
    pub fn embedding(&self) -> &'static str {
        match self {
            Self::Llama(_) => "model.embed_tokens",
            Self::T5(_) => "shared",
        }
    }

    /// Numbers in all weight matrices.
    pub fn n_weights(&self) -> u64 {
        each!(Self, self, spec => spec.n_weights())
    }

    /// Operations of a forward pass over one row of `seq` tokens: two for every weight of every block and token. What a row costs by the
    /// model's shape alone, so the same on every device.
    pub fn row_flops(&self, seq: usize) -> f64 {
        each!(Self, self, spec => spec.row_flops(seq))
    }

    /// Checks what the forward pass relies on.
    ///
    /// # Errors
    /// If a size is zero or too large, or one does not divide the other.
    pub fn validate(&self) -> Result<()> {
        each!(Self, self, spec => spec.validate())
    }
}

impl From<DecoderSpec> for Spec {
    fn from(spec: DecoderSpec) -> Self {
        Self::Llama(spec)
    }
}

impl From<Decoder> for Model {
    fn from(decoder: Decoder) -> Self {
        Self::Llama(Box::new(decoder))
    }
}

impl Model {
    /// A model from named weights; `take` is asked once for each name of a published checkpoint and its dimensions.
    ///
    /// # Errors
    /// If the spec is invalid or `take` fails.
    pub fn build(spec: &Spec, device: &Device, take: impl FnMut(&str, [usize; 2]) -> Result<Weight>) -> Result<Self> {
        Ok(match spec {
            Spec::Llama(spec) => Self::Llama(Box::new(Decoder::build(spec, device, take)?)),
            Spec::T5(spec) => Self::T5(Box::new(T5::build(spec, take)?)),
        })
    }

    /// A model with random weights.
    ///
    /// # Errors
    /// If the spec is invalid.
    pub fn init(spec: &Spec, rng: &mut SeedRng, device: &Device) -> Result<Self> {
        Ok(match spec {
            Spec::Llama(spec) => Self::Llama(Box::new(Decoder::init(spec, rng, device)?)),
            Spec::T5(spec) => Self::T5(Box::new(T5::init(spec, rng, device)?)),
        })
    }

    /// [`Network::n_params`], for those who need nothing else of the trait.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_says_which_architecture_it_is() {
        let error = |text: &str| serde_json::from_str::<Spec>(text).unwrap_err().to_string();
        assert!(error(r#"{"model_type":"gpt2"}"#).contains("must be t5, or absent for Llama, got \"gpt2\""));
        assert!(error(r#"{"model_type":"t5"}"#).contains("missing field `vocab_size`"));
        assert!(error("{}").contains("missing field `vocab_size`"));
        let t5 = Spec::T5(T5Spec {
            vocab_size: 9,
            head_vocab_size: 6,
            d_model: 8,
            d_kv: 3,
            d_ff: 4,
            num_layers: 2,
            num_decoder_layers: 1,
            num_heads: 5,
            relative_attention_num_buckets: 32,
            relative_attention_max_distance: 128,
            layer_norm_epsilon: 1e-6,
            feed_forward_proj: super::super::Projection::GatedGelu,
            tie_word_embeddings: false,
        });
        let text = serde_json::to_string(&t5).unwrap();
        assert!(text.starts_with(r#"{"model_type":"t5","#) && text.contains(r#""feed_forward_proj":"gated-gelu""#), "{text}");
        assert_eq!(serde_json::from_str::<Spec>(&text).unwrap(), t5);
    }
}
