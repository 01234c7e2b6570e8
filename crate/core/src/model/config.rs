//! The shape of a Llama-family decoder, under the names of published `config.json` files.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// No published Llama has wider heads; with them, tables of a long context would take gigabytes that the file does not bear out.
const MAX_HEAD_DIM: usize = 256;

/// Everything the architecture depends on; the nano and SmolLM2 differ in nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecoderSpec {
    /// Tokens.
    pub vocab_size: usize,
    /// The output layer scores the first so many tokens only: those that can follow a prompt. Equal to `vocab_size` for a plain LLM.
    pub head_vocab_size: usize,
    /// d.
    pub hidden_size: usize,
    /// Width of the SwiGLU.
    pub intermediate_size: usize,
    /// Blocks.
    pub num_hidden_layers: usize,
    /// Query heads.
    pub num_attention_heads: usize,
    /// Key and value heads (grouped-query attention).
    pub num_key_value_heads: usize,
    /// Longest prompt in tokens.
    pub max_position_embeddings: usize,
    /// ε of RMSNorm.
    pub rms_norm_eps: f64,
    /// θ of the rotary embedding.
    pub rope_theta: f64,
    /// Whether the output layer is the embedding table.
    pub tie_word_embeddings: bool,
}

impl DecoderSpec {
    /// One block that a test can look through.
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
        }
    }

    /// Width of one head.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Numbers in all weight matrices.
    pub fn n_weights(&self) -> u64 {
        let [d, ff, kv] = [self.hidden_size, self.intermediate_size, self.num_key_value_heads * self.head_dim()].map(|n| n as u64);
        let head = if self.tie_word_embeddings { 0 } else { self.head_vocab_size as u64 };
        self.num_hidden_layers as u64 * (2 * d * d + 2 * d * kv + 3 * d * ff) + (self.vocab_size as u64 + head) * d
    }

    /// Operations of a forward pass over one row of `seq` tokens: two for every weight of every block and token.
    pub fn row_flops(&self, seq: usize) -> f64 {
        let (d, kv) = (self.hidden_size as f64, (self.num_key_value_heads * self.head_dim()) as f64);
        let block = 2.0 * d * d + 2.0 * d * kv + 3.0 * d * self.intermediate_size as f64;
        2.0 * block * (self.num_hidden_layers * seq) as f64
    }

    /// Checks what the forward pass relies on.
    ///
    /// # Errors
    /// If a size is zero or too large, or one does not divide the other.
    pub fn validate(&self) -> Result<()> {
        let sizes = [
            ("vocab_size", self.vocab_size, 1 << 20),
            ("head_vocab_size", self.head_vocab_size, self.vocab_size),
            ("hidden_size", self.hidden_size, 1 << 14),
            ("intermediate_size", self.intermediate_size, 1 << 16),
            ("num_hidden_layers", self.num_hidden_layers, 256),
            ("num_attention_heads", self.num_attention_heads, 256),
            ("num_key_value_heads", self.num_key_value_heads, self.num_attention_heads),
            ("max_position_embeddings", self.max_position_embeddings, 1 << 17),
        ];
        for (name, value, max) in sizes {
            if value == 0 || value > max {
                return Err(Error::setting(name, format!("must be between 1 and {max}"), value));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) || !self.head_dim().is_multiple_of(2) {
            return Err(Error::setting(
                "num_attention_heads",
                format!("must split hidden_size {} into heads of even width", self.hidden_size),
                self.num_attention_heads,
            ));
        }
        // The rotary tables have a row of this width for every position.
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
        // In binary32, in which they are computed and written.
        let (eps, theta) = (self.rms_norm_eps as f32, self.rope_theta as f32);
        if !(eps > 0.0 && theta > 1.0 && eps.is_finite() && theta.is_finite()) {
            return Err(Error::setting(
                "rms_norm_eps, rope_theta",
                "must be above 0 and above 1 in 32 bits",
                format!("{}, {}", self.rms_norm_eps, self.rope_theta),
            ));
        }
        Ok(())
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
        // It is above 0, but not in the 32 bits that GGUF has for it.
        let told = DecoderSpec { rms_norm_eps: 1e-50, ..spec(16) }.validate().unwrap_err().to_string();
        assert!(told.contains("in 32 bits, got `0.00"), "{told}");
        // One head of 4096: sine and cosine of every position would take 4 GB.
        assert!(spec(1).validate().unwrap_err().to_string().contains("must make heads of at most 256, got `1`"));
    }
}
