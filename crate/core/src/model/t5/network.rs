//! [`Network`] for T5: its parts under their published names, its blocks as a chain, and its answer at the decoder's first step.

use super::{Block, T5};
use crate::linear::Linear;
use crate::model::{Chain, Embedding, Network, Spec, State};
use burn::tensor::{Device, Int, Tensor};

impl Network for T5 {
    fn spec(&self) -> Spec {
        Spec::T5(self.spec.clone())
    }

    fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize) {
        (self.spec.vocab_size, self.spec.head_vocab_size) = (vocab_size, head_vocab_size);
    }

    fn device(&self) -> Device {
        self.decoder.norm.gain.device()
    }

    fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        self.answer(tokens).0
    }

    /// The cross attention weights of the decoder's last block over all tokens of the prompt.
    fn answer_attention(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<3>) {
        let (logits, weights) = self.answer(tokens);
        (logits, weights.expect("a validated spec has a decoder block, and each looks at what was read"))
    }

    fn chain(&self, seq: usize) -> Box<dyn Chain + '_> {
        Box::new(OfT5 { model: self, seq })
    }

    fn embedding(&self) -> &Embedding {
        &self.embedding
    }

    fn embedding_mut(&mut self) -> &mut Embedding {
        &mut self.embedding
    }

    fn head_mut(&mut self) -> Option<&mut Linear> {
        self.head.as_mut()
    }

    fn each_linear(&mut self, f: &mut dyn FnMut(&str, &mut Linear)) {
        self.encoder.each_linear("encoder", &self.spec, f);
        self.decoder.each_linear("decoder", &self.spec, f);
    }

    fn each_norm(&mut self, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        self.encoder.each_norm("encoder", f);
        self.decoder.each_norm("decoder", f);
    }
}

/// The chain of T5's blocks: those of the encoder update the first part of the state, those of the decoder the second.
struct OfT5<'a> {
    model: &'a T5,
    seq: usize,
}

impl Chain for OfT5<'_> {
    fn n_blocks(&self) -> usize {
        self.model.encoder.blocks.len() + self.model.decoder.blocks.len()
    }

    fn embed(&self, tokens: Tensor<2, Int>) -> State {
        let start = Tensor::<1, Int>::zeros([tokens.dims()[0]], &tokens.device());
        vec![self.model.embedding.forward(tokens.flatten(0, 1), None), self.model.embedding.forward(start, None)]
    }

    fn block(&self, i: usize, mut state: State) -> State {
        let (x, read) = (state.swap_remove(1), state.swap_remove(0));
        let encoder = &self.model.encoder;
        let n_encoder = encoder.blocks.len();
        match encoder.blocks.get(i) {
            Some(block) => {
                // Computed anew for every block, since the gradient of the bias table can be taken from one graph only.
                let read = block.encode(read, encoder.bias.both_ways(self.seq));
                vec![if i + 1 == n_encoder { encoder.norm.forward(read) } else { read }, x]
            }
            None => {
                let x = self.model.decoder.blocks[i - n_encoder].answer(x, read.clone()).0;
                vec![read, x]
            }
        }
    }

    fn answer(&self, state: State) -> Tensor<2> {
        let mut state = self.block(self.n_blocks() - 1, state);
        self.model.logits(state.swap_remove(1))
    }

    fn trains(&self, i: usize) -> bool {
        self.model.encoder.blocks.iter().chain(&self.model.decoder.blocks).nth(i).is_some_and(Block::trains)
    }
}
