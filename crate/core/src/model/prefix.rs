//! Prefix caching: the keys and values of a beginning that all rows of a batch share are computed once.
//!
//! Exact, since a decoder's positions depend on earlier positions only.

use super::{Decoder, KeysValues};
use crate::tensor::dropout::Dropout;
use burn::tensor::{Int, Tensor};

/// Keys and values of the first positions of a prompt, for every block.
#[derive(Debug, Clone)]
pub struct Prefix {
    blocks: Vec<KeysValues>,
    n_tokens: usize,
}

impl Prefix {
    /// Length of the prefix in tokens.
    pub fn n_tokens(&self) -> usize {
        self.n_tokens
    }
}

impl Decoder {
    /// Computes the cache of a shared beginning, tokens `[1, n]`.
    pub fn prefix(&self, tokens: Tensor<2, Int>) -> Prefix {
        let [_, n_tokens] = tokens.dims();
        let pass = self.pass(0, n_tokens);
        let mut x = self.embedding.forward(tokens.flatten(0, 1), None);
        let (last, lower) = self.split_last();
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for block in lower {
            let (next, own) = block.after(x, None, &pass, Dropout::default());
            blocks.push(own);
            x = next;
        }
        blocks.push(last.attention.keys_values(last.attention_norm.forward(x), &pass));
        Prefix { blocks, n_tokens }
    }

    /// [`Network::answer_logits`](super::Network::answer_logits) of prompts that start with `prefix` and continue with tokens `[batch, m]`
    /// → `[batch, head_vocab]`.
    pub fn answer_logits_after(&self, prefix: &Prefix, tokens: Tensor<2, Int>) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(prefix.n_tokens, seq);
        let mut x = self.embedding.forward(tokens.flatten(0, 1), None);
        let (last, lower) = self.split_last();
        for (block, past) in lower.iter().zip(&prefix.blocks) {
            x = block.after(x, Some(past), &pass, Dropout::default()).0;
        }
        self.logits(last.last(x, prefix.blocks.last(), &pass))
    }
}
