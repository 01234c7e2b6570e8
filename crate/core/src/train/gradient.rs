//! The gradient of a loss, from one graph over the whole model or block by block.
//!
//! Block by block (activation checkpointing, arXiv 1604.06174): a forward pass without a graph keeps only the input of every block. Then each
//! block, from the top, runs again with a graph, and its gradient follows from that of its output. Only one block's activations and unpacked
//! weights exist at a time, at the cost of one more forward pass.

use crate::model::{Chain, Network, State};
use burn::tensor::{Gradients, Int, Tensor};

/// What is kept in memory for a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Every activation and every unpacked weight: fastest if they fit.
    WholeGraph,
    /// The inputs of the blocks, and the activations and weights of one block.
    ByBlock,
}

impl Memory {
    /// Block by block if the weights are packed, since a graph over the whole model would keep each of them unpacked.
    pub fn suited_to(model: &impl Network) -> Self {
        if model.has_packed_blocks() { Self::ByBlock } else { Self::WholeGraph }
    }
}

/// The gradients of one loss, from one graph or several.
pub struct Grads(Vec<Gradients>);

impl Grads {
    /// Removes and returns a parameter's gradient; `None` if the loss does not depend on it.
    pub fn take(&mut self, param: &Tensor<2>) -> Option<Tensor<2>> {
        // A tied embedding table is part of two graphs.
        self.0.iter_mut().filter_map(|grads| param.grad_remove(grads)).reduce(|sum, grad| sum + grad)
    }
}

impl From<Gradients> for Grads {
    fn from(grads: Gradients) -> Self {
        Self(vec![grads])
    }
}

/// The result of a forward and a backward pass.
pub struct GradOutput {
    /// Answer logits, detached `[batch, head_vocab]`.
    pub logits: Tensor<2>,
    /// The loss, detached `[1]`.
    pub loss: Tensor<1>,
    /// The gradients of the loss.
    pub grads: Grads,
}

impl GradOutput {
    /// The sum of two losses with its gradient; the logits of this one come first.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let grads = Grads(self.grads.0.into_iter().chain(other.grads.0).collect());
        Self { logits: Tensor::cat(vec![self.logits, other.logits], 0), loss: self.loss + other.loss, grads }
    }
}

/// A constant that is added to the input of one block.
pub struct ActivationOffset {
    /// Index of the block.
    pub block: usize,
    /// The offset `[batch · seq, d]`; for T5, of the encoder's states.
    pub by: Tensor<2>,
}

impl ActivationOffset {
    /// The offset of `n` rows of a batch, for a batch with `n_more` rows behind them that get none.
    #[must_use]
    pub fn before_rows(self, n: usize, n_more: usize) -> Self {
        let [n_states, d] = self.by.dims();
        if n_more == 0 || n == 0 {
            return self;
        }
        let none = Tensor::zeros([n_states / n * n_more, d], &self.by.device());
        Self { by: Tensor::cat(vec![self.by, none], 0), ..self }
    }

    fn add(&self, i: usize, state: &mut State) {
        if i == self.block {
            let x = state[0].clone();
            let by = if x.is_autodiff() { self.by.clone().autodiff() } else { self.by.clone() };
            state[0] = x + by;
        }
    }
}

/// The loss of the answer logits of tokens `[batch, seq]` (on an autodiff device), and its gradients for all parameters that require one.
///
/// # Panics
/// If nothing in the model requires a gradient.
pub fn gradient(model: &impl Network, tokens: Tensor<2, Int>, memory: Memory, loss: &dyn Fn(Tensor<2>) -> Tensor<1>) -> GradOutput {
    gradient_with_offset(model, tokens, memory, None, loss)
}

/// The same as [`gradient`], with an offset added to a block's input.
pub fn gradient_with_offset(
    model: &impl Network,
    tokens: Tensor<2, Int>,
    memory: Memory,
    offset: Option<&ActivationOffset>,
    loss: &dyn Fn(Tensor<2>) -> Tensor<1>,
) -> GradOutput {
    match memory {
        Memory::ByBlock => by_block(model, tokens, offset, loss),
        Memory::WholeGraph => {
            let logits = match offset {
                None => model.answer_logits(tokens),
                Some(offset) => {
                    let chain = model.chain(tokens.dims()[1]);
                    let mut state = chain.embed(tokens);
                    for i in 0..chain.n_blocks() - 1 {
                        offset.add(i, &mut state);
                        state = chain.block(i, state);
                    }
                    offset.add(chain.n_blocks() - 1, &mut state);
                    chain.answer(state)
                }
            };
            let loss = loss(logits.clone());
            let grads = loss.backward().into();
            GradOutput { logits: logits.inner(), loss: loss.inner(), grads }
        }
    }
}

fn by_block(
    model: &impl Network,
    tokens: Tensor<2, Int>,
    offset: Option<&ActivationOffset>,
    loss: &dyn Fn(Tensor<2>) -> Tensor<1>,
) -> GradOutput {
    let [_, seq] = tokens.dims();
    let frozen = model.frozen();
    let (frozen, chain) = (frozen.chain(seq), model.chain(seq));
    let tokens = tokens.inner();
    let embedding_trains = model.embedding().trains();
    let top = chain.n_blocks() - 1;
    // The lowest block with a trainable parameter; the last if only the output layer or the embedding is trained.
    let lowest = if embedding_trains { 0 } else { (0..top).find(|i| chain.trains(*i)).unwrap_or(top) };
    let mut state = frozen.embed(tokens.clone());
    let mut inputs = Vec::new();
    let offset = |i: usize, state: &mut State| offset.iter().for_each(|offset| offset.add(i, state));
    for i in 0..top {
        offset(i, &mut state);
        if i >= lowest {
            inputs.push(state.clone());
        }
        state = frozen.block(i, state);
    }

    offset(top, &mut state);
    // The last block runs together with the output layer and the loss, so it runs only once.
    let below = |i: usize| i > lowest || embedding_trains;
    let state = leaves(state, below(top));
    let logits = chain.answer(state.clone());
    let loss = loss(logits.clone());
    let (logits, mut grads) = (logits.inner(), loss.backward());
    let loss = loss.inner();
    let mut upstream = taken(&state, &mut grads);
    let mut all = vec![grads];
    for (i, input) in (lowest..top).zip(inputs).rev() {
        let state = leaves(input, below(i));
        let Some(sum) = product(chain.block(i, state.clone()), std::mem::take(&mut upstream)) else { break };
        let mut grads = sum.backward();
        upstream = taken(&state, &mut grads);
        all.push(grads);
    }
    if embedding_trains && let Some(sum) = product(chain.embed(tokens), upstream) {
        all.push(sum.backward());
    }
    GradOutput { logits, loss, grads: Grads(all) }
}

/// The loss of the answer logits that follow from a state before the first block, and its gradient with respect to that state, computed block by
/// block. The state has no graph, and no parameter requires a gradient.
pub fn of_state(chain: &dyn Chain, state: State, loss: &dyn Fn(Tensor<2>) -> Tensor<1>) -> (Tensor<1>, Vec<Option<Tensor<2>>>) {
    let top = chain.n_blocks() - 1;
    let mut inputs = vec![state];
    for i in 0..top {
        inputs.push(chain.block(i, inputs[i].clone()));
    }
    let state = leaves(inputs.pop().unwrap_or_default(), true);
    let value = loss(chain.answer(state.clone()));
    let mut upstream = taken(&state, &mut value.backward());
    for (i, input) in inputs.into_iter().enumerate().rev() {
        let state = leaves(input, true);
        let Some(sum) = product(chain.block(i, state.clone()), std::mem::take(&mut upstream)) else { break };
        upstream = taken(&state, &mut sum.backward());
    }
    (value.inner(), upstream)
}

/// Removes and returns a state's gradients.
fn taken(state: &State, grads: &mut Gradients) -> Vec<Option<Tensor<2>>> {
    state.iter().map(|x| x.grad_remove(grads)).collect()
}

/// Σ y · grad, whose gradient with respect to y is grad: a scalar to start a block's backward pass from. `None` if nothing depends on the state.
fn product(state: State, grads: Vec<Option<Tensor<2>>>) -> Option<Tensor<1>> {
    state.into_iter().zip(grads).filter_map(|(y, grad)| Some((y * grad?).sum())).reduce(|sum, part| sum + part)
}

fn leaves(state: State, train: bool) -> State {
    let leaf = |x: Tensor<2>| if train { x.autodiff().require_grad() } else { x.autodiff() };
    state.into_iter().map(leaf).collect()
}
