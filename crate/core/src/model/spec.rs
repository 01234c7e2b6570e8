//! The shape of a model of any architecture, as stored in a manifest.

use super::{DecoderSpec, T5Spec, Variant};
use crate::Result;
use crate::linear::Parts;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The shape of a model. Llama's has no `model_type`; any other has the one of its published `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Spec {
    /// A Llama-family decoder.
    Llama(DecoderSpec),
    /// T5, original or v1.1.
    T5(T5Spec),
}

/// Evaluates the same expression for every architecture.
macro_rules! each {
    ($kind:ident, $of:expr, $inner:ident => $what:expr) => {
        match $of {
            $kind::Llama($inner) => $what,
            $kind::T5($inner) => $what,
        }
    };
}
pub(super) use each;

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let spec = match value.get("model_type").map(|kind| kind.as_str()) {
            None => serde_json::from_value(value).map(Self::Llama),
            Some(Some("t5")) => serde_json::from_value(value).map(Self::T5),
            // Llama is written without a `model_type`, so that one shape has exactly one manifest.
            Some(_) if variant(&value).is_some_and(|variant| !variant.is_llama()) => serde_json::from_value(value).map(Self::Llama),
            Some(_) => return Err(D::Error::custom(format!("model_type must be t5, or absent for Llama, got {}", value["model_type"]))),
        };
        spec.map_err(D::Error::custom)
    }
}

/// The decoder variant that a shape names.
fn variant(value: &serde_json::Value) -> Option<Variant> {
    Variant::deserialize(&value["model_type"]).ok()
}

impl Spec {
    /// Name of the model family, for display.
    pub fn family(&self) -> &'static str {
        match self {
            Self::Llama(_) => "Llama-family decoder",
            Self::T5(_) => "T5",
        }
    }

    /// Number of tokens in the vocabulary.
    pub fn vocab_size(&self) -> usize {
        each!(Self, self, spec => spec.vocab_size)
    }

    /// Number of tokens that the output layer scores: the first ones of the vocabulary.
    pub fn head_vocab_size(&self) -> usize {
        each!(Self, self, spec => spec.head_vocab_size)
    }

    /// Sets the number of tokens, and how many of them the output layer scores.
    pub fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize) {
        each!(Self, self, spec => (spec.vocab_size, spec.head_vocab_size) = (vocab_size, head_vocab_size));
    }

    /// Whether the output layer shares its weights with the embedding table.
    pub fn tie_word_embeddings(&self) -> bool {
        each!(Self, self, spec => spec.tie_word_embeddings)
    }

    /// Hidden size d.
    pub fn hidden_size(&self) -> usize {
        match self {
            Self::Llama(spec) => spec.hidden_size,
            Self::T5(spec) => spec.d_model,
        }
    }

    /// Number of blocks; for T5, of the encoder's blocks.
    pub fn num_hidden_layers(&self) -> usize {
        match self {
            Self::Llama(spec) => spec.num_hidden_layers,
            Self::T5(spec) => spec.num_layers,
        }
    }

    /// Largest number of positions in a prompt; `None` if positions are relative and prompts may have any length.
    pub fn max_tokens(&self) -> Option<usize> {
        match self {
            Self::Llama(spec) => Some(spec.max_position_embeddings),
            Self::T5(_) => None,
        }
    }

    /// The published name of the embedding table.
    pub fn embedding(&self) -> &'static str {
        match self {
            Self::Llama(_) => "model.embed_tokens",
            Self::T5(_) => "shared",
        }
    }

    /// The heads of an attention projection, by its published name; other layers are one part.
    pub fn heads(&self, name: &str) -> Parts {
        let (all, of_keys) = match self {
            Self::Llama(spec) => (spec.num_attention_heads, spec.num_key_value_heads),
            Self::T5(spec) => (spec.num_heads, spec.num_heads),
        };
        match name.rsplit('.').next() {
            Some("q_proj" | "q") => Parts::Rows(all),
            Some("k_proj" | "k" | "v_proj" | "v") => Parts::Rows(of_keys),
            Some("o_proj" | "o") => Parts::Columns(all),
            _ => Parts::Whole,
        }
    }

    /// Number of values in all weight matrices.
    pub fn n_weights(&self) -> u64 {
        each!(Self, self, spec => spec.n_weights())
    }

    /// Operations of a forward pass over one row of `seq` tokens: two per block weight and token. It depends on the model's shape alone,
    /// so it is the same on every device.
    pub fn row_flops(&self, seq: usize) -> f64 {
        each!(Self, self, spec => spec.row_flops(seq))
    }

    /// Checks the conditions that the forward pass relies on.
    ///
    /// # Errors
    /// If a size is zero or too large, or a size that must divide another does not.
    pub fn validate(&self) -> Result<()> {
        each!(Self, self, spec => spec.validate())
    }
}

impl From<DecoderSpec> for Spec {
    fn from(spec: DecoderSpec) -> Self {
        Self::Llama(spec)
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
        // For plain Llama, a manifest states neither the variant nor the head width.
        let plain = Spec::from(DecoderSpec::tiny());
        let text = serde_json::to_string(&plain).unwrap();
        assert!(text.starts_with(r#"{"vocab_size":20,"#) && text.ends_with(r#""tie_word_embeddings":false}"#), "{text}");
        assert!(error(&text.replacen('{', r#"{"model_type":"llama","#, 1)).contains("must be t5, or absent for Llama"));
        let own = Spec::from(DecoderSpec { head_dim: Some(6), ..DecoderSpec::tiny() });
        let text = serde_json::to_string(&own).unwrap();
        assert!(text.ends_with(r#""tie_word_embeddings":false,"head_dim":6}"#), "{text}");
        assert_eq!(serde_json::from_str::<Spec>(&text).unwrap(), own);
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
            feed_forward_proj: crate::model::Projection::GatedGelu,
            tie_word_embeddings: false,
        });
        let text = serde_json::to_string(&t5).unwrap();
        assert!(text.starts_with(r#"{"model_type":"t5","#) && text.contains(r#""feed_forward_proj":"gated-gelu""#), "{text}");
        assert_eq!(serde_json::from_str::<Spec>(&text).unwrap(), t5);
    }
}
