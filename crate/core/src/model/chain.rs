//! A model as a chain of blocks that hand on a state, so that training can keep the states alone and take one block's gradient at a time.

use super::t5::T5;
use super::{Decoder, Dropout, Pass};
use burn::tensor::{Int, Tensor};

/// What one block hands to the next: a decoder's rows `[batch · seq, d]`; T5's rows of the encoder, and with them the decoder's `[batch, d]`.
pub type State = Vec<Tensor<2>>;

/// A model's blocks for prompts of one length, lowest first.
pub trait Chain {
    /// How many there are.
    fn n_blocks(&self) -> usize;

    /// Before the first block: tokens `[batch, seq]`.
    fn embed(&self, tokens: Tensor<2, Int>) -> State;

    /// A block below the last.
    fn block(&self, i: usize, state: State) -> State;

    /// The last block and the output layer → answer logits `[batch, head_vocab]`.
    fn answer(&self, state: State) -> Tensor<2>;

    /// Whether anything in a block requires a gradient.
    fn trains(&self, i: usize) -> bool;
}

/// A decoder's: what its blocks share is made once.
pub(super) struct OfDecoder<'a> {
    pub model: &'a Decoder,
    pub pass: Pass<'a>,
}

impl Chain for OfDecoder<'_> {
    fn n_blocks(&self) -> usize {
        self.model.blocks.len()
    }

    fn embed(&self, tokens: Tensor<2, Int>) -> State {
        vec![self.model.embedding.forward(tokens.flatten(0, 1), None)]
    }

    fn block(&self, i: usize, state: State) -> State {
        state.into_iter().map(|x| self.model.blocks[i].all(x, &self.pass, Dropout::default())).collect()
    }

    fn answer(&self, mut state: State) -> Tensor<2> {
        let x = state.swap_remove(0);
        self.model.logits(self.model.split_last().0.last(x, None, &self.pass))
    }

    fn trains(&self, i: usize) -> bool {
        self.model.blocks[i].trains()
    }
}

/// T5's: the encoder's blocks change the first part of the state, the decoder's the second.
pub(super) struct OfT5<'a> {
    pub model: &'a T5,
    pub seq: usize,
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
                // Made anew for every block: a gradient in its table could be taken from one graph only.
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
        self.model.encoder.blocks.iter().chain(&self.model.decoder.blocks).nth(i).is_some_and(super::t5::Block::trains)
    }
}
