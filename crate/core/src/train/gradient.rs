//! The gradient of a loss, from one graph over the whole model or block by block.
//!
//! Block by block (activation checkpointing, arXiv 1604.06174): a pass without a graph keeps the input of every block alone. Then each block,
//! from the top, runs once more with a graph, and its gradient follows from that of its output. One block's activations and unpacked weights
//! live at a time, for one more forward pass of time.

use crate::model::{Chain, Network, State};
use burn::tensor::{Gradients, Int, Tensor};

/// What a gradient keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Every activation and every unpacked weight: fastest where they fit.
    WholeGraph,
    /// The inputs of the blocks, and one block's activations and weights.
    ByBlock,
}

impl Memory {
    /// Block by block where the weights are packed: a graph over all of them would hold each unpacked.
    pub fn suited_to(model: &impl Network) -> Self {
        if model.has_packed_blocks() { Self::ByBlock } else { Self::WholeGraph }
    }
}

/// Gradients of one loss, from one graph or several.
pub struct Grads(Vec<Gradients>);

impl Grads {
    /// A parameter's gradient, taken out; None if the loss does not depend on it.
    pub fn take(&mut self, param: &Tensor<2>) -> Option<Tensor<2>> {
        // A tied table is part of two graphs.
        self.0.iter_mut().filter_map(|grads| param.grad_remove(grads)).reduce(|sum, grad| sum + grad)
    }
}

impl From<Gradients> for Grads {
    fn from(grads: Gradients) -> Self {
        Self(vec![grads])
    }
}

/// A forward and a backward pass.
pub struct Pass {
    /// Answer logits, without a graph `[batch, head_vocab]`.
    pub logits: Tensor<2>,
    /// The loss, without a graph.
    pub loss: Tensor<1>,
    /// Its gradients.
    pub grads: Grads,
}

/// A constant that is added to the input of one block.
pub struct Nudge {
    /// Which block.
    pub block: usize,
    /// Added to its rows `[batch · seq, d]`; of T5 to the encoder's.
    pub by: Tensor<2>,
}

impl Nudge {
    fn add(&self, i: usize, state: &mut State) {
        if i == self.block {
            let x = state[0].clone();
            let by = if x.is_autodiff() { self.by.clone().autodiff() } else { self.by.clone() };
            state[0] = x + by;
        }
    }
}

/// The loss of the answer logits of tokens `[batch, seq]` (on a device with a graph), and its gradient in what trains.
///
/// # Panics
/// If nothing in the model requires a gradient.
pub fn gradient(model: &impl Network, tokens: Tensor<2, Int>, memory: Memory, loss: &dyn Fn(Tensor<2>) -> Tensor<1>) -> Pass {
    nudged(model, tokens, memory, None, loss)
}

/// [`gradient`] with a block's input moved.
pub fn nudged(
    model: &impl Network,
    tokens: Tensor<2, Int>,
    memory: Memory,
    nudge: Option<&Nudge>,
    loss: &dyn Fn(Tensor<2>) -> Tensor<1>,
) -> Pass {
    match memory {
        Memory::ByBlock => by_block(model, tokens, nudge, loss),
        Memory::WholeGraph => {
            let logits = match nudge {
                None => model.answer_logits(tokens),
                Some(nudge) => {
                    let chain = model.chain(tokens.dims()[1]);
                    let mut state = chain.embed(tokens);
                    for i in 0..chain.n_blocks() - 1 {
                        nudge.add(i, &mut state);
                        state = chain.block(i, state);
                    }
                    nudge.add(chain.n_blocks() - 1, &mut state);
                    chain.answer(state)
                }
            };
            let loss = loss(logits.clone());
            let grads = loss.backward().into();
            Pass { logits: logits.inner(), loss: loss.inner(), grads }
        }
    }
}

fn by_block(model: &impl Network, tokens: Tensor<2, Int>, nudge: Option<&Nudge>, loss: &dyn Fn(Tensor<2>) -> Tensor<1>) -> Pass {
    let [_, seq] = tokens.dims();
    let frozen = model.frozen();
    let (frozen, chain) = (frozen.chain(seq), model.chain(seq));
    let tokens = tokens.inner();
    let embedding_trains = model.embedding().trains();
    let top = chain.n_blocks() - 1;
    // The lowest block in which something trains; the last if only the output layer or the embedding does.
    let lowest = if embedding_trains { 0 } else { (0..top).find(|i| chain.trains(*i)).unwrap_or(top) };
    let mut state = frozen.embed(tokens.clone());
    let mut inputs = Vec::new();
    let nudge = |i: usize, state: &mut State| nudge.iter().for_each(|nudge| nudge.add(i, state));
    for i in 0..top {
        nudge(i, &mut state);
        if i >= lowest {
            inputs.push(state.clone());
        }
        state = frozen.block(i, state);
    }

    nudge(top, &mut state);
    // The last block goes with the output layer and the loss: it runs but once.
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
    Pass { logits, loss, grads: Grads(all) }
}

/// The loss of the answer logits that follow from a state before the first block, block by block and without its graph, and its gradient in that
/// state. Nothing in the model trains.
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

/// A state's gradients, taken out.
fn taken(state: &State, grads: &mut Gradients) -> Vec<Option<Tensor<2>>> {
    state.iter().map(|x| x.grad_remove(grads)).collect()
}

/// Σ y · grad, whose gradient in y is grad: a scalar to start a block's backward pass from. None if nothing depends on the state.
fn product(state: State, grads: Vec<Option<Tensor<2>>>) -> Option<Tensor<1>> {
    state.into_iter().zip(grads).filter_map(|(y, grad)| Some((y * grad?).sum())).reduce(|sum, part| sum + part)
}

fn leaves(state: State, train: bool) -> State {
    let leaf = |x: Tensor<2>| if train { x.autodiff().require_grad() } else { x.autodiff() };
    state.into_iter().map(leaf).collect()
}
