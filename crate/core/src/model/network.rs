//! The interface that all architectures share: an embedding, linear layers that can carry an adapter, norms, and one answer per prompt.
//!
//! An architecture defines the names of its parts and how it answers. Adapters, freezing, counting and vocabulary trimming are written once,
//! on top of those parts. Only `model` and `package` need to know the architecture.

use super::{Chain, Decoder, Embedding, LowRank, Spec};
use crate::linear::{Linear, LoraSpec, Weight};
use crate::tensor::dropout::Dropout;
use crate::tensor::random::SeedRng;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The layers that an adapter is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// Query and value projections, as in the paper.
    QueryValue,
    /// All linear layers of all blocks.
    Linear,
    /// All linear layers and the token embedding.
    LinearEmbedding,
    /// The token embedding alone.
    Embedding,
    /// The output projection of every feed-forward layer.
    FeedForward,
    /// All linear layers of the MLPs of some blocks: bit i stands for block i.
    Mlps(u64),
}

impl Targets {
    /// Whether the linear layer `name` is a target.
    pub fn linear(self, name: &str) -> bool {
        match self {
            Self::QueryValue => matches!(name.rsplit('.').next(), Some("q_proj" | "v_proj" | "q" | "v")),
            Self::Linear | Self::LinearEmbedding => true,
            Self::Embedding => false,
            Self::FeedForward => matches!(name.rsplit('.').next(), Some("down_proj" | "wo")),
            Self::Mlps(blocks) => {
                // for example model.layers.3.mlp.gate_proj
                let mut parts = name.split('.').skip(2);
                let block: Option<u32> = parts.next().and_then(|block| block.parse().ok());
                parts.next() == Some("mlp") && block.is_some_and(|block| blocks.checked_shr(block).is_some_and(|rest| rest & 1 == 1))
            }
        }
    }

    /// Whether the token embedding is a target.
    pub fn embedding(self) -> bool {
        matches!(self, Self::Embedding | Self::LinearEmbedding)
    }
}

/// The parameters that are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trainable {
    /// The adapter's factors.
    Adapter,
    /// All weights of the base model, which must be dense.
    Base,
}

/// A model that answers at one position. Cloning is cheap, since tensors are shared until one is changed.
pub trait Network: Clone {
    /// Shape of the model.
    fn spec(&self) -> Spec;

    /// Sets the number of tokens in the embedding and the number of tokens that the output layer scores.
    fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize);

    /// The device that holds the tensors.
    fn device(&self) -> Device;

    /// Answer logits: tokens `[batch, seq]`, rows of equal length → `[batch, head_vocab]`.
    fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2>;

    /// The state that the output layer reads at the answer `[batch, d]`, and [`Network::answer_logits`]. Where an architecture does not tell it, the
    /// logits stand for the state.
    fn answer_state(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<2>) {
        let logits = self.answer_logits(tokens);
        (logits.clone(), logits)
    }

    /// [`Network::answer_logits`], and the last block's attention weights over all tokens at the answer `[batch, heads, seq]`.
    fn answer_attention(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<3>);

    /// The blocks as a chain, for prompts of `seq` tokens.
    fn chain(&self, seq: usize) -> Box<dyn Chain + '_>;

    /// The token embedding.
    fn embedding(&self) -> &Embedding;

    /// The token embedding, mutable.
    fn embedding_mut(&mut self) -> &mut Embedding;

    /// The output layer `[head_vocab, d]`; `None` if it is tied to the embedding table.
    fn head_mut(&mut self) -> Option<&mut Linear>;

    /// Visits the linear layers of the blocks, without the output layer, in the order of a forward pass and under their published names.
    fn each_linear(&mut self, f: &mut dyn FnMut(&str, &mut Linear));

    /// Visits every parameter that is never quantised, under its published name: gains `[1, d]`, and T5's position biases `[buckets, heads]`.
    fn each_norm(&mut self, f: &mut dyn FnMut(&str, &mut Tensor<2>));

    /// The model as a causal decoder, if it is one: only then can prompts share a cached prefix, and every position has an answer.
    fn decoder(&self) -> Option<&Decoder> {
        None
    }

    /// Number of tokens that the output layer scores.
    fn head_vocab_size(&self) -> usize {
        self.spec().head_vocab_size()
    }

    /// Visits every weight matrix under its published name.
    fn each_weight(&mut self, f: &mut dyn FnMut(&str, &mut Weight)) {
        let embedding = self.spec().embedding();
        f(&format!("{embedding}.weight"), &mut self.embedding_mut().weight);
        self.each_linear(&mut |name, linear| f(&format!("{name}.weight"), &mut linear.weight));
        if let Some(head) = self.head_mut() {
            f("lm_head.weight", &mut head.weight);
        }
    }

    /// The same model over fewer tokens: new token i is the old token `tokens[i]`. `tokens` must begin with those of the output layer.
    ///
    /// Exact for prompts of these tokens. Training it changes nothing that training the whole model would not change.
    #[must_use]
    fn with_vocabulary(&self, tokens: &[u32]) -> Self {
        let mut model = self.without_adapter();
        let ids: Vec<i32> = tokens.iter().map(|token| *token as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [tokens.len()]), &self.device());
        let table = &mut model.embedding_mut().weight;
        *table = Weight::Dense(table.select_rows(ids));
        model.set_vocab_size(tokens.len(), self.head_vocab_size());
        model
    }

    /// The same base with a new adapter on `targets`. Its ΔW is 0, so it answers as the base does.
    #[must_use]
    fn with_adapter(&self, spec: &LoraSpec, targets: Targets, rng: &mut SeedRng) -> Self {
        let mut model = self.without_adapter();
        let device = self.device().autodiff();
        model.each_linear(&mut |name, linear| {
            if targets.linear(name) {
                linear.lora = Some(spec.init(linear.weight.dims(), rng, &device));
            }
        });
        if targets.embedding() {
            let embedding = model.embedding_mut();
            embedding.lora = Some(LowRank::adapter(spec, embedding.weight.dims(), rng, &device));
        }
        model
    }

    /// Whether the weights of the blocks are packed.
    fn has_packed_blocks(&self) -> bool {
        let mut packed = false;
        self.clone().each_linear(&mut |_, linear| packed |= linear.weight.is_packed());
        packed
    }

    /// Whether any layer has an adapter.
    fn has_adapter(&self) -> bool {
        self.n_params(Trainable::Adapter) > 0
    }

    /// The base model, without its adapter.
    #[must_use]
    fn without_adapter(&self) -> Self {
        let mut model = self.clone();
        model.each_linear(&mut |_, linear| linear.lora = None);
        model.embedding_mut().lora = None;
        model
    }

    /// The same model with its adapter scaled: ΔW becomes `scale` · ΔW. Only the factor that starts at zero is multiplied.
    #[must_use]
    fn scaled_adapter(&self, scale: f64) -> Self {
        let mut model = self.clone();
        model.each_linear(&mut |_, linear| {
            if let Some(lora) = &mut linear.lora {
                lora.b = lora.b.clone().mul_scalar(scale);
            }
        });
        if let Some(lora) = &mut model.embedding_mut().lora {
            lora.a = lora.a.clone().mul_scalar(scale);
        }
        model
    }

    /// Sets the dropout on the inputs of every linear layer's adapter, each with masks of its own. As in PEFT, the embedding's
    /// adapter has none.
    fn set_lora_dropout(&mut self, dropout: Dropout) {
        let mut stream = 0;
        self.each_linear(&mut |_, linear| {
            linear.dropout = if linear.lora.is_some() { dropout.at(stream) } else { Dropout::default() };
            stream += 1;
        });
    }

    /// The same model with trainable weights.
    #[must_use]
    fn trainable(&self) -> Self {
        let mut model = self.clone();
        model.each_weight(&mut |_, weight| *weight = Weight::Dense(weight.dense().autodiff().detach().require_grad()));
        model.each_norm(&mut |_, gain| *gain = gain.clone().autodiff().detach().require_grad());
        model
    }

    /// The same model with a trainable embedding table.
    #[must_use]
    fn trainable_embedding(&self) -> Self {
        let mut model = self.without_adapter();
        let table = &mut model.embedding_mut().weight;
        *table = Weight::Dense(table.dense().autodiff().detach().require_grad());
        model
    }

    /// The same model without a gradient graph: for inference, or to be shared as a teacher.
    #[must_use]
    fn frozen(&self) -> Self {
        let mut model = self.clone();
        model.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().inner());
        model.each_weight(&mut |_, weight| *weight = weight.frozen());
        model.each_norm(&mut |_, gain| *gain = gain.clone().inner());
        model
    }

    /// Visits every parameter in `what`, in a fixed order and under its published name.
    fn each_param(&mut self, what: Trainable, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        match what {
            Trainable::Base => {
                self.each_weight(&mut |name, weight| {
                    if let Weight::Dense(w) = weight {
                        f(name, w);
                    }
                });
                self.each_norm(f);
                if let Some(features) = &mut self.embedding_mut().features {
                    f("features.basis", &mut features.b);
                }
                if let Some(names) = &mut self.embedding_mut().names {
                    f("names.basis", &mut names.basis);
                }
            }
            Trainable::Adapter => {
                self.each_linear(&mut |name, linear| {
                    if let Some(lora) = &mut linear.lora {
                        f(&format!("{name}.lora_A.weight"), &mut lora.a);
                        f(&format!("{name}.lora_B.weight"), &mut lora.b);
                    }
                });
                let embedding = self.spec().embedding();
                if let Some(lora) = &mut self.embedding_mut().lora {
                    f(&format!("{embedding}.lora_embedding_A"), &mut lora.a);
                    f(&format!("{embedding}.lora_embedding_B"), &mut lora.b);
                }
            }
        }
    }

    /// Size of the weights in memory, bytes.
    fn weight_bytes(&self) -> u64 {
        let mut n = 0;
        self.clone().each_weight(&mut |_, weight| n += weight.bytes());
        n
    }

    /// Number of values in `what`.
    fn n_params(&self, what: Trainable) -> u64 {
        let mut n = 0;
        let mut model = self.clone();
        model.each_param(what, &mut |_, p| n += p.shape().num_elements() as u64);
        if what == Trainable::Base {
            // Packed weights cannot be trained, but they count.
            model.each_weight(&mut |_, weight| n += if weight.is_packed() { weight.dims().iter().product::<usize>() as u64 } else { 0 });
        }
        n
    }
}
