//! The gradient of a loss, from one graph over the whole model or, for a decoder, block by block.
//!
//! Block by block (activation checkpointing, arXiv 1604.06174): a pass without a graph keeps the input of every block alone. Then each block,
//! from the top, runs once more with a graph, and its gradient follows from that of its output. One block's activations and unpacked weights
//! live at a time, for one more forward pass of time.

use crate::model::{Decoder, Dropout, Network};
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
    /// Block by block where a decoder's weights are packed: a graph over all of them would hold each unpacked.
    pub fn suited_to(model: &impl Network) -> Self {
        if model.decoder().is_some_and(Decoder::has_packed_blocks) { Self::ByBlock } else { Self::WholeGraph }
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

/// The loss of the answer logits of tokens `[batch, seq]` (on a device with a graph), and its gradient in what trains. What is no decoder
/// has one graph, whatever `memory` says.
///
/// # Panics
/// If nothing in the model requires a gradient.
pub fn gradient(model: &impl Network, tokens: Tensor<2, Int>, memory: Memory, loss: &dyn Fn(Tensor<2>) -> Tensor<1>) -> Pass {
    match (memory, model.decoder()) {
        (Memory::ByBlock, Some(decoder)) => by_block(decoder, tokens, loss),
        _ => {
            let logits = model.answer_logits(tokens);
            let loss = loss(logits.clone());
            let grads = loss.backward().into();
            Pass { logits: logits.inner(), loss: loss.inner(), grads }
        }
    }
}

fn by_block(model: &Decoder, tokens: Tensor<2, Int>, loss: &dyn Fn(Tensor<2>) -> Tensor<1>) -> Pass {
    let [_, seq] = tokens.dims();
    let frozen = model.frozen();
    let pass = frozen.pass(0, seq);
    let ids = tokens.inner().flatten(0, 1);
    let embedding_trains = model.embedding_trains();
    let lowest = if embedding_trains { 0 } else { model.lowest_trained() };
    let mut x = frozen.embedding.forward(ids.clone(), None);
    let mut inputs = Vec::new();
    let top = model.blocks.len() - 1;
    for (i, block) in frozen.blocks[..top].iter().enumerate() {
        if i >= lowest {
            inputs.push(x.clone());
        }
        x = block.all(x, &pass, Dropout::default());
    }

    // The last block goes with the output layer and the loss: it runs but once.
    let below = |i: usize| i > lowest || embedding_trains;
    let mut x = leaf(x, below(top));
    let logits = model.logits(model.blocks[top].last(x.clone(), None, &pass));
    let loss = loss(logits.clone());
    let (logits, mut grads) = (logits.inner(), loss.backward());
    let loss = loss.inner();
    let mut upstream = x.grad_remove(&mut grads);
    let mut all = vec![grads];
    for (i, input) in (lowest..top).zip(inputs).rev() {
        let Some(grad) = upstream.take() else { break };
        x = leaf(input, below(i));
        // The gradient of Σ y · grad in y is grad: a scalar to start the block's backward pass from.
        let mut grads = (model.blocks[i].all(x.clone(), &pass, Dropout::default()) * grad).sum().backward();
        upstream = x.grad_remove(&mut grads);
        all.push(grads);
    }
    if let Some(grad) = upstream.filter(|_| embedding_trains) {
        all.push((model.embedding.forward(ids, None) * grad).sum().backward());
    }
    Pass { logits, loss, grads: Grads(all) }
}

fn leaf(x: Tensor<2>, trains: bool) -> Tensor<2> {
    let x = x.autodiff();
    if trains { x.require_grad() } else { x }
}
