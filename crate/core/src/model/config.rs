//! The shape of a Llama-family decoder, with the field names of published `config.json` files.

use super::AttentionSpec;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Largest accepted head width: Gemma's. With wider heads a damaged file could ask for rotary tables that nothing in it justifies.
const MAX_HEAD_DIM: usize = 256;

/// The supported decoders of the Llama family, named by the `model_type` of their published `config.json`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// Llama itself: no biases, no norms over single heads.
    #[default]
    Llama,
    /// Mistral (arXiv 2310.06825): Llama with a window.
    Mistral,
    /// Qwen 2 and 2.5 (arXiv 2407.10671): biases on query, key and value.
    Qwen2,
    /// Qwen 3 (arXiv 2505.09388): norms over the heads of query and key.
    Qwen3,
    /// The text model of Gemma 3 (arXiv 2503.19786): norms over heads, also after attention and MLP, of which the gain is 1 + weight; GELU; a scaled
    /// embedding.
    #[serde(rename = "gemma3_text")]
    Gemma3,
}

impl Variant {
    /// All variants.
    pub const ALL: [Self; 5] = [Self::Llama, Self::Mistral, Self::Qwen2, Self::Qwen3, Self::Gemma3];

    /// Whether the variant is Llama, for which a manifest omits the field.
    pub fn is_llama(&self) -> bool {
        *self == Self::Llama
    }

    /// Whether query, key and value have biases.
    pub fn has_biases(self) -> bool {
        self == Self::Qwen2
    }

    /// Whether each head of query and key has a norm before the rotation.
    pub fn has_head_norms(self) -> bool {
        matches!(self, Self::Qwen3 | Self::Gemma3)
    }

    /// Whether attention and MLP have a norm after them, too; norms have the gain 1 + weight, the gate is GELU, and the embedding is scaled.
    pub fn is_gemma(self) -> bool {
        self == Self::Gemma3
    }
}

/// The shape of a decoder: everything its architecture depends on. The nano and SmolLM2 differ in nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecoderSpec {
    /// Number of tokens in the vocabulary.
    pub vocab_size: usize,
    /// Number of tokens that the output layer scores: the first ones, which can follow a prompt. Equal to `vocab_size` for a plain LLM.
    pub head_vocab_size: usize,
    /// Hidden size d.
    pub hidden_size: usize,
    /// Width of the SwiGLU layer.
    pub intermediate_size: usize,
    /// Number of blocks.
    pub num_hidden_layers: usize,
    /// Number of query heads.
    pub num_attention_heads: usize,
    /// Number of key and value heads (grouped-query attention).
    pub num_key_value_heads: usize,
    /// Longest prompt in tokens.
    pub max_position_embeddings: usize,
    /// ε of RMSNorm.
    pub rms_norm_eps: f64,
    /// θ of the rotary embedding.
    pub rope_theta: f64,
    /// Whether the output layer shares its weights with the embedding table.
    pub tie_word_embeddings: bool,
    /// Width of one head, if it is set independently; hidden size / heads if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<usize>,
    /// What the attention does beyond plain Llama's.
    #[serde(default, skip_serializing_if = "AttentionSpec::is_plain")]
    pub attention: AttentionSpec,
    /// The decoder variant.
    #[serde(rename = "model_type", default, skip_serializing_if = "Variant::is_llama")]
    pub variant: Variant,
}

impl DecoderSpec {
    /// A decoder with a single block, small enough to inspect in a test.
    #[cfg(test)]
    pub(crate) fn tiny() -> Self {
        Self {
            vocab_size: 20,
            head_vocab_size: 6,
            hidden_size: 8,
            intermediate_size: 6,
            num_hidden_layers: 1,
            num_attention_heads: 2,
            num_key_value_heads: 2,
            max_position_embeddings: 16,
            rms_norm_eps: 1e-5,
            rope_theta: 1e4,
            tie_word_embeddings: false,
            head_dim: None,
            attention: AttentionSpec::PLAIN,
            variant: Variant::Llama,
        }
    }

    /// Width of one head.
    pub fn head_dim(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads)
    }

    /// Total width of the query heads, and total width of the key or value heads.
    pub fn head_widths(&self) -> [usize; 2] {
        [self.num_attention_heads, self.num_key_value_heads].map(|heads| heads * self.head_dim())
    }

    /// Number of values in the weight matrices of one block.
    pub fn block_weights(&self) -> u64 {
        let [q, kv] = self.head_widths().map(|n| n as u64);
        let (d, ff) = (self.hidden_size as u64, self.intermediate_size as u64);
        2 * d * q + 2 * d * kv + 3 * d * ff
    }

    /// Number of values in all weight matrices.
    pub fn n_weights(&self) -> u64 {
        let head = if self.tie_word_embeddings { 0 } else { self.head_vocab_size as u64 };
        self.num_hidden_layers as u64 * self.block_weights() + (self.vocab_size as u64 + head) * self.hidden_size as u64
    }

    /// Operations of a forward pass over one row of `seq` tokens: two per block weight and token.
    pub fn row_flops(&self, seq: usize) -> f64 {
        2.0 * self.block_weights() as f64 * (self.num_hidden_layers * seq) as f64
    }

    /// Checks the conditions that the forward pass relies on.
    ///
    /// # Errors
    /// If a size is zero or too large, or a size that must divide another does not.
    pub fn validate(&self) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocab_size, 1 << 20),
            ("head_vocab_size", self.head_vocab_size, self.vocab_size),
            ("hidden_size", self.hidden_size, 1 << 14),
            ("intermediate_size", self.intermediate_size, 1 << 16),
            ("num_hidden_layers", self.num_hidden_layers, 256),
            ("num_attention_heads", self.num_attention_heads, 256),
            ("num_key_value_heads", self.num_key_value_heads, self.num_attention_heads),
            ("max_position_embeddings", self.max_position_embeddings, 1 << 20),
        ];
        for (name, value, max) in sizes {
            if value == 0 || value > max {
                return Err(Error::setting(name, format!("must be between 1 and {max}"), value));
            }
        }
        if let Some(dim) = self.head_dim {
            if !(1..=MAX_HEAD_DIM).contains(&dim) || !dim.is_multiple_of(2) {
                return Err(Error::setting("head_dim", format!("must be even and between 2 and {MAX_HEAD_DIM}"), dim));
            }
        } else if !self.hidden_size.is_multiple_of(self.num_attention_heads) || !self.head_dim().is_multiple_of(2) {
            return Err(Error::setting(
                "num_attention_heads",
                format!("must split hidden_size {} into heads of even width", self.hidden_size),
                self.num_attention_heads,
            ));
        }
        if self.head_dim() > MAX_HEAD_DIM {
            return Err(Error::setting(
                "num_attention_heads",
                format!("must make heads of at most {MAX_HEAD_DIM}"),
                self.num_attention_heads,
            ));
        }
        if !self.num_attention_heads.is_multiple_of(self.num_key_value_heads) {
            return Err(Error::setting(
                "num_key_value_heads",
                format!("must divide num_attention_heads {}", self.num_attention_heads),
                self.num_key_value_heads,
            ));
        }
        // In binary32, since they are computed and written in it.
        let (eps, theta) = (self.rms_norm_eps as f32, self.rope_theta as f32);
        if !(eps > 0.0 && theta > 1.0 && eps.is_finite() && theta.is_finite()) {
            return Err(Error::setting(
                "rms_norm_eps, rope_theta",
                "must be above 0 and above 1 in 32 bits",
                format!("{}, {}", self.rms_norm_eps, self.rope_theta),
            ));
        }
        self.attention.validate(self.num_hidden_layers)
    }
}

#[cfg(test)]
mod tests {
    use super::DecoderSpec;

    #[test]
    fn what_it_cannot_compute_is_refused() {
        let spec = |num_attention_heads| DecoderSpec {
            hidden_size: 4096,
            num_attention_heads,
            num_key_value_heads: 1,
            max_position_embeddings: 1 << 17,
            tie_word_embeddings: true,
            ..DecoderSpec::tiny()
        };
        assert!(spec(16).validate().is_ok());
        // Positive in binary64, but zero in the 32 bits that GGUF stores.
        let told = DecoderSpec { rms_norm_eps: 1e-50, ..spec(16) }.validate().unwrap_err().to_string();
        assert!(told.contains("in 32 bits, got `0.00"), "{told}");
        // One head of width 4096.
        assert!(spec(1).validate().unwrap_err().to_string().contains("must make heads of at most 256, got `1`"));
        for bad in [0, 7, 258] {
            let told = DecoderSpec { head_dim: Some(bad), ..spec(16) }.validate().unwrap_err().to_string();
            assert!(told.contains(&format!("head_dim: must be even and between 2 and 256, got `{bad}`")), "{told}");
        }
        // If the head width is set, the number of heads need not divide the hidden size.
        let own = DecoderSpec { head_dim: Some(128), num_attention_heads: 24, num_key_value_heads: 8, ..spec(16) };
        assert!(own.validate().is_ok());
        assert_eq!(own.head_widths(), [24 * 128, 8 * 128]);
    }
}
