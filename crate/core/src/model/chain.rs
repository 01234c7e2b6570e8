//! A model as a chain of blocks that pass a state on. Training can then store only the states and compute the gradient of one block at a time.

use burn::tensor::{Int, Tensor};

/// The state passed from one block to the next. For a decoder: rows `[batch · seq, d]`. For T5: the encoder's rows, followed by the decoder's
/// `[batch, d]`.
pub type State = Vec<Tensor<2>>;

/// The blocks of a model for prompts of one length, lowest first.
pub trait Chain {
    /// Number of blocks.
    fn n_blocks(&self) -> usize;

    /// The state before the first block, from tokens `[batch, seq]`.
    fn embed(&self, tokens: Tensor<2, Int>) -> State;

    /// Applies block `i`, which must not be the last one.
    fn block(&self, i: usize, state: State) -> State;

    /// Applies the last block and the output layer → answer logits `[batch, head_vocab]`.
    fn answer(&self, state: State) -> Tensor<2>;

    /// Whether any tensor of block `i` requires a gradient.
    fn trains(&self, i: usize) -> bool;
}
