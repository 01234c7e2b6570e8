//! A Llama-family decoder (arXiv 2307.09288) that answers at the last position of its prompt.

use super::{Attention, Block, DecoderSpec, Dropout, Embedding, LowRank, Mlp, Pass, RmsNorm, Rope};
use crate::linear::random::{SeedRng, normal};
use crate::linear::{Linear, LoraSpec, Weight};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The embedding table's published name.
pub const EMBEDDING: &str = "model.embed_tokens.weight";

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
}

impl Targets {
    /// Whether the linear layer of this name is one.
    pub fn linear(self, name: &str) -> bool {
        match self {
            Self::QueryValue => name.contains("q_proj") || name.contains("v_proj"),
            Self::Linear | Self::LinearEmbedding => true,
            Self::Embedding => false,
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

/// The model: cheap to clone, since tensors are shared until one is changed.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// Its shape.
    pub spec: DecoderSpec,
    /// Token embedding.
    pub embedding: Embedding,
    /// The blocks, lowest first.
    pub blocks: Vec<Block>,
    /// After the last block.
    pub norm: RmsNorm,
    /// `[head_vocab, d]`; absent where the embedding table is tied to it.
    pub head: Option<Linear>,
    rope: Rope,
}

impl Decoder {
    /// A model from named weights; `take` is asked once for each name of a published checkpoint and its dimensions.
    ///
    /// # Errors
    /// If the spec is invalid or `take` fails.
    pub fn build(
        spec: &DecoderSpec,
        device: &Device,
        mut take: impl FnMut(&str, [usize; 2]) -> crate::Result<Weight>,
    ) -> crate::Result<Self> {
        spec.validate()?;
        let (d, ff, dim) = (spec.hidden_size, spec.intermediate_size, spec.head_dim());
        let (q_width, kv_width) = (spec.num_attention_heads * dim, spec.num_key_value_heads * dim);
        let norm = |weight: Weight| RmsNorm { gain: weight.dense(), eps: spec.rms_norm_eps };
        let embedding = Embedding::new(take(EMBEDDING, [spec.vocab_size, d])?);
        let blocks = (0..spec.num_hidden_layers)
            .map(|i| {
                let mut part = |name: &str, dims| take(&format!("model.layers.{i}.{name}.weight"), dims);
                Ok(Block {
                    attention_norm: norm(part("input_layernorm", [1, d])?),
                    attention: Attention::new(
                        [
                            Linear::new(part("self_attn.q_proj", [q_width, d])?),
                            Linear::new(part("self_attn.k_proj", [kv_width, d])?),
                            Linear::new(part("self_attn.v_proj", [kv_width, d])?),
                            Linear::new(part("self_attn.o_proj", [d, q_width])?),
                        ],
                        spec,
                    ),
                    mlp_norm: norm(part("post_attention_layernorm", [1, d])?),
                    mlp: Mlp {
                        gate: Linear::new(part("mlp.gate_proj", [ff, d])?),
                        up: Linear::new(part("mlp.up_proj", [ff, d])?),
                        down: Linear::new(part("mlp.down_proj", [d, ff])?),
                    },
                })
            })
            .collect::<crate::Result<Vec<_>>>()?;
        Ok(Self {
            spec: spec.clone(),
            embedding,
            blocks,
            norm: norm(take("model.norm.weight", [1, d])?),
            head: if spec.tie_word_embeddings { None } else { Some(Linear::new(take("lm_head.weight", [spec.head_vocab_size, d])?)) },
            rope: Rope::new(spec, device),
        })
    }

    /// A model to be trained from nothing: normal weights of deviation 0.02 (residual outputs scaled down by √(2 · layers)), norms 1.
    ///
    /// # Errors
    /// If the spec is invalid.
    pub fn init(spec: &DecoderSpec, rng: &mut SeedRng, device: &Device) -> crate::Result<Self> {
        let residual = 1.0 / (2.0 * spec.num_hidden_layers as f64).sqrt();
        let d = spec.hidden_size as f64;
        Self::build(spec, device, |name, dims| {
            let std = match name {
                _ if name.ends_with("norm.weight") => return Ok(Weight::Dense(Tensor::ones(dims, device))),
                _ if name.contains("o_proj") || name.contains("down_proj") => residual / (dims[1] as f64).sqrt(),
                EMBEDDING => 0.02,
                "lm_head.weight" => 0.02,
                _ => 1.0 / d.sqrt(),
            };
            Ok(Weight::Dense(normal(dims, std, rng, device)))
        })
    }

    /// The device its tensors live on.
    pub fn device(&self) -> Device {
        self.norm.gain.device()
    }

    /// Answer logits at the last position: tokens `[batch, seq]`, all rows of one length → `[batch, head_vocab]`.
    pub fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = self.embedding.forward(tokens.flatten(0, 1), None);
        let (last, lower) = self.split_last();
        for block in lower {
            x = block.all(x, &pass, Dropout::default());
        }
        self.logits(last.last(x, None, &pass))
    }

    /// [`Decoder::answer_logits`] with the last block's attention weights of the answer position `[batch, heads, seq]`.
    pub fn answer_attention(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<3>) {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let (last, lower) = self.blocks.split_last().expect("a validated spec has a block");
        let x = self.embedding.forward(tokens.flatten(0, 1), None);
        let x = lower.iter().fold(x, |x, block| block.all(x, &pass, Dropout::default()));
        (self.logits(last.last(x.clone(), None, &pass)), last.last_weights(x, &pass))
    }

    /// Logits at every position, for training from nothing: tokens `[batch, seq]` → `[batch · seq, head_vocab]`.
    pub fn all_logits(&self, tokens: Tensor<2, Int>, id_tokens: Option<Tensor<2, Int>>, dropout: Dropout) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = dropout.apply(self.embedding.forward(tokens.flatten(0, 1), id_tokens.map(|t| t.flatten(0, 1))));
        for block in &self.blocks {
            x = block.all(x, &pass, dropout);
        }
        self.logits(x)
    }

    /// The output layer: x `[n, d]` → `[n, head_vocab]`.
    pub(crate) fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        let x = self.norm.forward(x);
        match &self.head {
            Some(head) => head.forward(x),
            None => x.matmul(self.embedding.weight.first_rows(self.spec.head_vocab_size).transpose()),
        }
    }

    /// What a pass over the positions `start..start + seq` shares.
    pub fn pass(&self, start: usize, seq: usize) -> Pass<'_> {
        let mask: Vec<f32> = (0..seq * seq).map(|k| if k % seq > k / seq { -1e9 } else { 0.0 }).collect();
        let device = self.device();
        Pass { rope: &self.rope, causal: Tensor::from_data(TensorData::new(mask, [1, 1, seq, seq]), &device), start, seq }
    }

    /// The last block, and those below it.
    pub(crate) fn split_last(&self) -> (&Block, &[Block]) {
        self.blocks.split_last().expect("a validated spec has a block")
    }

    /// The same model over fewer tokens: new token i is the old token `tokens[i]`, which must begin with the output layer's.
    ///
    /// Exact for prompts of these tokens, and training it moves nothing that training the whole would not move.
    #[must_use]
    pub fn with_vocabulary(&self, tokens: &[u32]) -> Self {
        let mut model = self.without_adapter();
        let ids: Vec<i32> = tokens.iter().map(|token| *token as i32).collect();
        let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [tokens.len()]), &self.device());
        model.embedding.weight = Weight::Dense(model.embedding.weight.select_rows(ids));
        model.spec.vocab_size = tokens.len();
        model
    }

    /// The same base with a fresh adapter on `targets`; ΔW = 0, so it answers as the base does.
    #[must_use]
    pub fn with_adapter(&self, spec: &LoraSpec, targets: Targets, rng: &mut SeedRng) -> Self {
        let mut model = self.without_adapter();
        let device = self.device().autodiff();
        model.each_linear(&mut |name, linear| {
            if targets.linear(name) {
                linear.lora = Some(spec.init(linear.weight.dims(), rng, &device));
            }
        });
        if targets.embedding() {
            model.embedding.lora = Some(LowRank::adapter(spec, model.embedding.weight.dims(), rng, &device));
        }
        model
    }

    /// Whether a block's weights are packed.
    pub fn has_packed_blocks(&self) -> bool {
        self.blocks.iter().any(|block| block.linears().iter().any(|linear| linear.weight.is_packed()))
    }

    /// The lowest block in which something requires a gradient; the last if only the output layer or the embedding does.
    pub(crate) fn lowest_trained(&self) -> usize {
        self.blocks.iter().position(Block::trains).unwrap_or(self.blocks.len() - 1)
    }

    /// Whether the embedding requires a gradient.
    pub(crate) fn embedding_trains(&self) -> bool {
        self.embedding.lora.is_some() || matches!(&self.embedding.weight, Weight::Dense(w) if w.is_require_grad())
    }

    /// Whether there is an adapter anywhere.
    pub fn has_adapter(&self) -> bool {
        self.n_params(Trainable::Adapter) > 0
    }

    /// The base alone.
    #[must_use]
    pub fn without_adapter(&self) -> Self {
        let mut model = self.clone();
        model.each_linear(&mut |_, linear| linear.lora = None);
        model.embedding.lora = None;
        model
    }

    /// The same numbers as weights that train.
    #[must_use]
    pub fn trainable(&self) -> Self {
        let mut model = self.clone();
        model.each_weight(&mut |_, weight| *weight = Weight::Dense(weight.dense().autodiff().detach().require_grad()));
        model.each_norm(&mut |_, gain| *gain = gain.clone().autodiff().detach().require_grad());
        model
    }

    /// The same numbers, of which those of the embedding table train.
    #[must_use]
    pub fn trainable_embedding(&self) -> Self {
        let mut model = self.without_adapter();
        model.embedding.weight = Weight::Dense(model.embedding.weight.dense().autodiff().detach().require_grad());
        model
    }

    /// The same numbers without any graph: for inference, and to be shared as a teacher.
    #[must_use]
    pub fn frozen(&self) -> Self {
        let mut model = self.clone();
        model.each_param(Trainable::Adapter, &mut |_, p| *p = p.clone().inner());
        model.each_weight(&mut |_, weight| *weight = weight.frozen());
        model.each_norm(&mut |_, gain| *gain = gain.clone().inner());
        model
    }

    /// Every number that `what` names, in a fixed order, under its published name.
    pub fn each_param(&mut self, what: Trainable, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        match what {
            Trainable::Base => {
                self.each_weight(&mut |name, weight| {
                    if let Weight::Dense(w) = weight {
                        f(name, w);
                    }
                });
                self.each_norm(f);
                if let Some(features) = &mut self.embedding.features {
                    f("features.basis", &mut features.basis);
                }
                if let Some(names) = &mut self.embedding.names {
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
                if let Some(lora) = &mut self.embedding.lora {
                    f("model.embed_tokens.lora_embedding_A", &mut lora.code);
                    f("model.embed_tokens.lora_embedding_B", &mut lora.basis);
                }
            }
        }
    }

    /// How many numbers `what` holds.
    pub fn n_params(&self, what: Trainable) -> u64 {
        let mut n = 0;
        let mut model = self.clone();
        model.each_param(what, &mut |_, p| n += p.shape().num_elements() as u64);
        if what == Trainable::Base {
            // Packed weights cannot train, but they count.
            model.each_weight(&mut |_, weight| n += if weight.is_packed() { weight.dims().iter().product::<usize>() as u64 } else { 0 });
        }
        n
    }

    /// The linear layers of the blocks, lowest first, without the output layer.
    pub fn each_linear(&mut self, f: &mut dyn FnMut(&str, &mut Linear)) {
        for (i, block) in self.blocks.iter_mut().enumerate() {
            let (a, m) = (&mut block.attention, &mut block.mlp);
            for (name, linear) in [
                ("self_attn.q_proj", &mut a.q),
                ("self_attn.k_proj", &mut a.k),
                ("self_attn.v_proj", &mut a.v),
                ("self_attn.o_proj", &mut a.o),
                ("mlp.gate_proj", &mut m.gate),
                ("mlp.up_proj", &mut m.up),
                ("mlp.down_proj", &mut m.down),
            ] {
                f(&format!("model.layers.{i}.{name}"), linear);
            }
        }
    }

    /// Every weight matrix under its published name.
    pub fn each_weight(&mut self, f: &mut dyn FnMut(&str, &mut Weight)) {
        f(EMBEDDING, &mut self.embedding.weight);
        self.each_linear(&mut |name, linear| f(&format!("{name}.weight"), &mut linear.weight));
        if let Some(head) = &mut self.head {
            f("lm_head.weight", &mut head.weight);
        }
    }

    /// Every gain `[1, d]` under its published name.
    pub fn each_norm(&mut self, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        for (i, block) in self.blocks.iter_mut().enumerate() {
            f(&format!("model.layers.{i}.input_layernorm.weight"), &mut block.attention_norm.gain);
            f(&format!("model.layers.{i}.post_attention_layernorm.weight"), &mut block.mlp_norm.gain);
        }
        f("model.norm.weight", &mut self.norm.gain);
    }
}
