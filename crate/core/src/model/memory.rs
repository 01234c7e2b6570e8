//! Memory estimates for a training step. They are known before it starts, so that the page can propose a smaller batch instead of failing.

use super::{Decoder, Network, Targets, Trainable};

/// Bytes per binary32 value.
const FLOAT: u64 = 4;

impl Decoder {
    /// Bytes of a training step on `batch` prompts of `seq` tokens, weights included: an upper estimate for an adapter of rank `rank` on `targets`.
    ///
    /// The sum of the weights as stored, the adapter with its gradient and AdamW's two moments, the inputs of all blocks, and the graph of one
    /// block: its unpacked weights, its activations and their gradients. If the weights are not packed, there is one graph over all blocks and
    /// nothing to unpack.
    pub fn training_bytes(&self, batch: usize, seq: usize, targets: Targets, rank: usize) -> u64 {
        let spec = &self.spec;
        let d = spec.hidden_size as u64;
        let packed = self.has_packed_blocks();
        let unpacked = if packed { spec.block_weights() } else { 0 };
        let graphs = if packed { 1 } else { spec.num_hidden_layers as u64 };
        let adapter = 4 * self.adapter_params(targets, rank);
        let table = spec.head_vocab_size as u64 * d;
        self.weight_bytes() + FLOAT * (unpacked + self.activations(batch, seq, graphs) + adapter + table)
    }

    /// Bytes of a training step that updates every weight, this model's own weights included: an upper estimate.
    ///
    /// The sum of a second, dense copy of the weights, their gradient, AdamW's two moments, and one graph over all blocks.
    pub fn full_training_bytes(&self, batch: usize, seq: usize) -> u64 {
        let trained = 4 * self.n_params(Trainable::Base);
        self.weight_bytes() + FLOAT * (trained + self.activations(batch, seq, self.spec.num_hidden_layers as u64))
    }

    /// Number of values in the inputs of all blocks and in the graphs of `graphs` blocks.
    fn activations(&self, batch: usize, seq: usize, graphs: u64) -> u64 {
        let spec = &self.spec;
        let n = (batch * seq) as u64;
        let (d, ff) = (spec.hidden_size as u64, spec.intermediate_size as u64);
        let [q, kv] = spec.head_widths().map(|width| width as u64);
        let inputs = n * d * spec.num_hidden_layers as u64;
        // Rows of width d, or of the width of all heads: norms, query, rotated query, mixed values, both residual sums and their gradients.
        // Rows of width ff: gate, up, sigmoid, their products and as many gradients.
        let mut rows = n * (14 * d.max(q) + 6 * kv + 8 * ff);
        // A norm keeps its input's quotient and its output, and has as many gradients; GELU has a cube, a sum, a tanh and their products where SiLU has
        // a sigmoid.
        if spec.variant.has_head_norms() {
            rows += n * 4 * (q + kv);
        }
        if spec.variant.is_gemma() {
            rows += n * (8 * d + 8 * ff);
        }
        // The softmax is kept for the backward pass, which needs two more tensors of its size.
        let attention = 3 * (batch * spec.num_attention_heads * seq * seq) as u64;
        inputs + graphs * (rows + attention)
    }

    fn adapter_params(&self, targets: Targets, rank: usize) -> u64 {
        let mut width = 0;
        let sum = |[rows, cols]: [usize; 2]| (rows + cols) as u64;
        self.clone().each_linear(&mut |name, linear| {
            if targets.linear(name) {
                width += sum(linear.weight.dims());
            }
        });
        if targets.embedding() {
            width += sum(self.embedding.weight.dims());
        }
        width * rank as u64
    }
}
