//! How much memory a training step takes, known before it starts: so that a page can propose a smaller batch instead of failing.

use super::{Decoder, Network, Targets};

/// Bytes of a float.
const FLOAT: u64 = 4;

impl Decoder {
    /// Bytes that a training step of `batch` prompts of `seq` tokens needs, the weights included: an upper estimate for an adapter of rank
    /// `rank` on `targets`.
    ///
    /// The sum of the weights as they are, the adapter with its gradient and AdamW's two moments, the inputs of the blocks, and the graph of
    /// one block: its unpacked weights, its activations and their gradients. Without packed weights there is one graph, of every block, and
    /// nothing to unpack.
    pub fn training_bytes(&self, batch: usize, seq: usize, targets: Targets, rank: usize) -> u64 {
        let spec = &self.spec;
        let n = (batch * seq) as u64;
        let (d, ff) = (spec.hidden_size as u64, spec.intermediate_size as u64);
        let kv = (spec.num_key_value_heads * spec.head_dim()) as u64;
        let scores = (batch * spec.num_attention_heads * seq * seq) as u64;

        let inputs = n * d * spec.num_hidden_layers as u64;
        let packed = self.has_packed_blocks();
        let unpacked = if packed { 2 * d * d + 2 * d * kv + 3 * d * ff } else { 0 };
        let graphs = if packed { 1 } else { spec.num_hidden_layers as u64 };
        // Rows of width d: norms, query, its rotation, the mixed values, both residual sums and their gradients; of width ff: gate, up,
        // sigmoid, their products and as many gradients.
        let rows = n * (14 * d + 6 * kv + 8 * ff);
        // Kept for the way back: softmax; and on the way two more of its size.
        let attention = 3 * scores;
        let adapter = 4 * self.adapter_params(targets, rank);
        let table = spec.head_vocab_size as u64 * d;
        self.weight_bytes() + FLOAT * (inputs + unpacked + graphs * (rows + attention) + adapter + table)
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
