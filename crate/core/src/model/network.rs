//! What every architecture has in common: an embedding, linear layers that an adapter may stand beside, gains, and one answer a prompt.
//!
//! An architecture says what its parts are called and how it answers; adapters, freezing, counting and cutting down are written once, over
//! those parts. Nothing outside `model` and `package` needs to know which architecture it has.

use super::{Chain, Decoder, Embedding, LowRank, Spec};
use crate::linear::random::SeedRng;
use crate::linear::{Linear, LoraSpec, Weight};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Which layers an adapter reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// Query and value projections: the paper's.
    QueryValue,
    /// Every linear layer of every block.
    Linear,
    /// Every linear layer and the token embedding.
    LinearEmbedding,
    /// The token embedding alone.
    Embedding,
    /// The output projection of every feed-forward layer.
    FeedForward,
    /// Every linear layer of the MLPs of these blocks: bit i stands for block i.
    Mlps(u64),
}

impl Targets {
    /// Whether the linear layer of this name is one.
    pub fn linear(self, name: &str) -> bool {
        match self {
            Self::QueryValue => matches!(name.rsplit('.').next(), Some("q_proj" | "v_proj" | "q" | "v")),
            Self::Linear | Self::LinearEmbedding => true,
            Self::Embedding => false,
            Self::FeedForward => matches!(name.rsplit('.').next(), Some("down_proj" | "wo")),
            Self::Mlps(blocks) => {
                // model.layers.3.mlp.gate_proj
                let mut parts = name.split('.').skip(2);
                let block: Option<u32> = parts.next().and_then(|block| block.parse().ok());
                parts.next() == Some("mlp") && block.is_some_and(|block| blocks.checked_shr(block).is_some_and(|rest| rest & 1 == 1))
            }
        }
    }

    /// Whether the token embedding is one.
    pub fn embedding(self) -> bool {
        matches!(self, Self::Embedding | Self::LinearEmbedding)
    }
}

/// What trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trainable {
    /// The adapter's factors.
    Adapter,
    /// Every weight of the base (which must be dense).
    Base,
}

/// A model that answers at one position: cheap to clone, since tensors are shared until one is changed.
pub trait Network: Clone {
    /// Its shape.
    fn spec(&self) -> Spec;

    /// Says how many tokens the embedding has, and how many of them the output layer scores.
    fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize);

    /// The device its tensors live on.
    fn device(&self) -> Device;

    /// Answer logits: tokens `[batch, seq]`, all rows of one length → `[batch, head_vocab]`.
    fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2>;

    /// [`Network::answer_logits`], and how much the last block looks at every token when it answers `[batch, heads, seq]`.
    fn answer_attention(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<3>);

    /// Its blocks, for prompts of `seq` tokens.
    fn chain(&self, seq: usize) -> Box<dyn Chain + '_>;

    /// Token embedding.
    fn embedding(&self) -> &Embedding;

    /// Token embedding.
    fn embedding_mut(&mut self) -> &mut Embedding;

    /// `[head_vocab, d]`; absent where the embedding table is tied to it.
    fn head_mut(&mut self) -> Option<&mut Linear>;

    /// The linear layers of the blocks in the order of a forward pass, without the output layer, under their published names.
    fn each_linear(&mut self, f: &mut dyn FnMut(&str, &mut Linear));

    /// Every parameter that is never quantised, under its published name: gains `[1, d]`, and T5's position biases `[buckets, heads]`.
    fn each_norm(&mut self, f: &mut dyn FnMut(&str, &mut Tensor<2>));

    /// The model as a decoder whose positions depend on earlier ones alone, if it is one: such a model shares beginnings and answers at
    /// every position.
    fn decoder(&self) -> Option<&Decoder> {
        None
    }

    /// The output layer scores so many tokens.
    fn head_vocab_size(&self) -> usize {
        self.spec().head_vocab_size()
    }

    /// Every weight matrix under its published name.
    fn each_weight(&mut self, f: &mut dyn FnMut(&str, &mut Weight)) {
        let embedding = self.spec().embedding();
        f(&format!("{embedding}.weight"), &mut self.embedding_mut().weight);
        self.each_linear(&mut |name, linear| f(&format!("{name}.weight"), &mut linear.weight));
        if let Some(head) = self.head_mut() {
            f("lm_head.weight", &mut head.weight);
        }
    }

    /// The same model over fewer tokens: new token i is the old token `tokens[i]`, which must begin with the output layer's.
    ///
    /// Exact for prompts of these tokens, and training it moves nothing that training the whole would not move.
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

    /// The same base with a fresh adapter on `targets`; ΔW = 0, so it answers as the base does.
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

    /// Whether a block's weights are packed.
    fn has_packed_blocks(&self) -> bool {
        let mut packed = false;
        self.clone().each_linear(&mut |_, linear| packed |= linear.weight.is_packed());
        packed
    }

    /// Whether there is an adapter anywhere.
    fn has_adapter(&self) -> bool {
        self.n_params(Trainable::Adapter) > 0
    }

    /// The base alone.
    #[must_use]
    fn without_adapter(&self) -> Self {
        let mut model = self.clone();
        model.each_linear(&mut |_, linear| linear.lora = None);
        model.embedding_mut().lora = None;
        model
    }

    /// The same numbers as weights that train.
    #[must_use]
    fn trainable(&self) -> Self {
        let mut model = self.clone();
        model.each_weight(&mut |_, weight| *weight = Weight::Dense(weight.dense().autodiff().detach().require_grad()));
        model.each_norm(&mut |_, gain| *gain = gain.clone().autodiff().detach().require_grad());
        model
    }

    /// The same numbers, of which those of the embedding table train.
    #[must_use]
    fn trainable_embedding(&self) -> Self {
        let mut model = self.without_adapter();
        let table = &mut model.embedding_mut().weight;
        *table = Weight::Dense(table.dense().autodiff().detach().require_grad());
        model
    }

    /// The same numbers without any graph: for inference, and to be shared as a teacher.
    #[must_use]
    fn frozen(&self) -> Self {
        let mut model = self.clone();
        model.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().inner());
        model.each_weight(&mut |_, weight| *weight = weight.frozen());
        model.each_norm(&mut |_, gain| *gain = gain.clone().inner());
        model
    }

    /// Every number that `what` names, in a fixed order, under its published name.
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
                    f("features.basis", &mut features.basis);
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
                    f(&format!("{embedding}.lora_embedding_A"), &mut lora.code);
                    f(&format!("{embedding}.lora_embedding_B"), &mut lora.basis);
                }
            }
        }
    }

    /// Bytes of the weights in memory.
    fn weight_bytes(&self) -> u64 {
        let mut n = 0;
        self.clone().each_weight(&mut |_, weight| n += weight.bytes());
        n
    }

    /// How many numbers `what` holds.
    fn n_params(&self, what: Trainable) -> u64 {
        let mut n = 0;
        let mut model = self.clone();
        model.each_param(what, &mut |_, p| n += p.shape().num_elements() as u64);
        if what == Trainable::Base {
            // Packed weights cannot train, but they count.
            model.each_weight(&mut |_, weight| n += if weight.is_packed() { weight.dims().iter().product::<usize>() as u64 } else { 0 });
        }
        n
    }
}
