//! The shape of a T5, with the field names of published `config.json` files.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The shape of a T5: everything its architecture depends on. The original and v1.1
/// (<https://github.com/google-research/text-to-text-transfer-transformer>, released checkpoints) differ only in `feed_forward_proj` and
/// `tie_word_embeddings`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model_type", rename = "t5")]
pub struct T5Spec {
    /// Number of tokens in the vocabulary.
    pub vocab_size: usize,
    /// Number of tokens that the output layer scores: the first ones of the vocabulary.
    pub head_vocab_size: usize,
    /// Hidden size d.
    pub d_model: usize,
    /// Width of one head; it need not be d / heads.
    pub d_kv: usize,
    /// Width of the feed-forward layer.
    pub d_ff: usize,
    /// Number of encoder blocks.
    pub num_layers: usize,
    /// Number of decoder blocks.
    pub num_decoder_layers: usize,
    /// Number of heads in every attention layer.
    pub num_heads: usize,
    /// Number of buckets for the distance between two positions.
    pub relative_attention_num_buckets: usize,
    /// Distance from which on all distances share one bucket.
    pub relative_attention_max_distance: usize,
    /// ε of RMSNorm.
    pub layer_norm_epsilon: f64,
    /// Type of the feed-forward layer.
    pub feed_forward_proj: Projection,
    /// Whether the output layer shares its weights with the embedding table. If so, its input is scaled by 1/√d.
    pub tie_word_embeddings: bool,
}

/// The type of the feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projection {
    /// `wo ReLU(wi x)`, in the original.
    Relu,
    /// `wo (gelu(wi_0 x) · wi_1 x)`, in v1.1 (arXiv 2002.05202).
    GatedGelu,
}

impl Projection {
    /// Published names of the input projections.
    pub fn inputs(self) -> &'static [&'static str] {
        match self {
            Self::Relu => &["wi"],
            Self::GatedGelu => &["wi_0", "wi_1"],
        }
    }
}

impl T5Spec {
    /// Total width of all heads.
    pub fn inner(&self) -> usize {
        self.num_heads * self.d_kv
    }

    /// Number of values in the weight matrices of one feed-forward layer.
    fn feed_forward(&self) -> u64 {
        (self.feed_forward_proj.inputs().len() as u64 + 1) * (self.d_model * self.d_ff) as u64
    }

    /// Number of values in all weight matrices.
    pub fn n_weights(&self) -> u64 {
        let [d, inner, encoder, decoder] = [self.d_model, self.inner(), self.num_layers, self.num_decoder_layers].map(|n| n as u64);
        let head = if self.tie_word_embeddings { 0 } else { self.head_vocab_size as u64 };
        let blocks = (encoder + 2 * decoder) * 4 * d * inner + (encoder + decoder) * self.feed_forward();
        blocks + (self.vocab_size as u64 + head) * d
    }

    /// Operations of a forward pass over one row of `seq` tokens: two per token and weight of the encoder and of the cross attention's keys and
    /// values, and two per remaining weight of the decoder, which has a single position.
    pub fn row_flops(&self, seq: usize) -> f64 {
        let (d, inner, seq) = (self.d_model as f64, self.inner() as f64, seq as f64);
        let encoder = self.num_layers as f64 * (4.0 * d * inner + self.feed_forward() as f64) * seq;
        let decoder = self.num_decoder_layers as f64 * (2.0 * d * inner * seq + 4.0 * d * inner + self.feed_forward() as f64);
        2.0 * (encoder + decoder)
    }

    /// Checks the conditions that the forward pass relies on.
    ///
    /// # Errors
    /// If a size is zero or too large, or the number of buckets cannot be divided as needed.
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
        // Half of the buckets for each direction, and half of those for single distances.
        let n_single = self.relative_attention_num_buckets / 4;
        if !self.relative_attention_num_buckets.is_multiple_of(4) || self.relative_attention_max_distance <= n_single {
            let got = format!("{}, {}", self.relative_attention_num_buckets, self.relative_attention_max_distance);
            return Err(Error::setting(&format!("{buckets}, {distance}"), "must be a multiple of 4, and above a quarter of it", got));
        }
        // In binary32, since it is computed in it.
        if self.layer_norm_epsilon as f32 > 0.0 && (self.layer_norm_epsilon as f32).is_finite() {
            return Ok(());
        }
        Err(Error::setting("layer_norm_epsilon", "must be above 0 in 32 bits", self.layer_norm_epsilon))
    }
}
