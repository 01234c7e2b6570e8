//! The shape of a T5, under the names of published `config.json` files.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// Everything the architecture depends on. The original and v1.1 (<https://github.com/google-research/text-to-text-transfer-transformer>,
/// released checkpoints) differ in `feed_forward_proj` and `tie_word_embeddings` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename = "t5")]
pub struct T5Spec {
    /// Tokens.
    pub vocab_size: usize,
    /// The output layer scores the first so many tokens only.
    pub head_vocab_size: usize,
    /// d.
    pub d_model: usize,
    /// Width of one head, which need not be d / heads.
    pub d_kv: usize,
    /// Width of the feed-forward layer.
    pub d_ff: usize,
    /// Blocks of the encoder.
    pub num_layers: usize,
    /// Blocks of the decoder.
    pub num_decoder_layers: usize,
    /// Heads of every attention.
    pub num_heads: usize,
    /// Distances between two positions fall into so many buckets.
    pub relative_attention_num_buckets: usize,
    /// From this distance on there is one bucket.
    pub relative_attention_max_distance: usize,
    /// ε of RMSNorm.
    pub layer_norm_epsilon: f64,
    /// The feed-forward layer.
    pub feed_forward_proj: Projection,
    /// Whether the output layer is the embedding table; if so, what it reads is scaled by 1/√d.
    pub tie_word_embeddings: bool,
}

/// The feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// `wo ReLU(wi x)`: the original's.
    Relu,
    /// `wo (gelu(wi_0 x) · wi_1 x)`: v1.1's (arXiv 2002.05202).
    GatedGelu,
}

impl Projection {
    /// Published names of the layers that read the block's input.
    pub fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::Relu => &["wi"],
            Self::GatedGelu => &["wi_0", "wi_1"],
        }
    }
}

impl T5Spec {
    /// Width of all heads together.
    pub fn inner(&self) -> usize {
        self.num_heads * self.d_kv
    }

    /// Numbers in the weight matrices of one feed-forward layer.
    fn feed_forward(&self) -> u64 {
        (self.feed_forward_proj.inputs().len() as u64 + 1) * (self.d_model * self.d_ff) as u64
    }

    /// Numbers in all weight matrices.
    pub fn n_weights(&self) -> u64 {
        let [d, inner, encoder, decoder] = [self.d_model, self.inner(), self.num_layers, self.num_decoder_layers].map(|n| n as u64);
        let head = if self.tie_word_embeddings { 0 } else { self.head_vocab_size as u64 };
        let blocks = (encoder + 2 * decoder) * 4 * d * inner + (encoder + decoder) * self.feed_forward();
        blocks + (self.vocab_size as u64 + head) * d
    }

    /// Operations of a forward pass over one row of `seq` tokens: two for every weight of the encoder and of the cross attention's keys and
    /// values and every token, and for the decoder's other weights at its one position.
    pub fn row_flops(&self, seq: usize) -> f64 {
        let (d, inner, seq) = (self.d_model as f64, self.inner() as f64, seq as f64);
        let encoder = self.num_layers as f64 * (4.0 * d * inner + self.feed_forward() as f64) * seq;
        let decoder = self.num_decoder_layers as f64 * (2.0 * d * inner * seq + 4.0 * d * inner + self.feed_forward() as f64);
        2.0 * (encoder + decoder)
    }

    /// Checks what the forward pass relies on.
    ///
    /// # Errors
    /// If a size is zero or too large, or the buckets cannot be divided.
    pub fn validate(&self) -> Result<()> {
        let (buckets, distance) = ("relative_attention_num_buckets", "relative_attention_max_distance");
        let sizes = [
            ("vocab_size", self.vocab_size, 1 << 20),
            ("head_vocab_size", self.head_vocab_size, self.vocab_size),
            ("d_model", self.d_model, 1 << 14),
            ("d_kv", self.d_kv, 1 << 10),
            ("d_ff", self.d_ff, 1 << 17),
            ("num_layers", self.num_layers, 256),
            ("num_decoder_layers", self.num_decoder_layers, 256),
            ("num_heads", self.num_heads, 256),
            (buckets, self.relative_attention_num_buckets, 1 << 10),
            (distance, self.relative_attention_max_distance, 1 << 17),
        ];
        for (name, value, max) in sizes {
            if value == 0 || value > max {
                return Err(Error::setting(name, format!("must be between 1 and {max}"), value));
            }
        }
        // Half of them for each direction, and half of those for single distances.
        let n_single = self.relative_attention_num_buckets / 4;
        if !self.relative_attention_num_buckets.is_multiple_of(4) || self.relative_attention_max_distance <= n_single {
            let got = format!("{}, {}", self.relative_attention_num_buckets, self.relative_attention_max_distance);
            return Err(Error::setting(&format!("{buckets}, {distance}"), "must be a multiple of 4, and above a quarter of it", got));
        }
        // In binary32, in which it is computed.
        if self.layer_norm_epsilon as f32 > 0.0 && (self.layer_norm_epsilon as f32).is_finite() {
            return Ok(());
        }
        Err(Error::setting("layer_norm_epsilon", "must be above 0 in 32 bits", self.layer_norm_epsilon))
    }
}
