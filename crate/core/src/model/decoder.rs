//! A Llama-family decoder (arXiv 2307.09288) that answers at the last position of its prompt.

use super::chain::OfDecoder;
use super::{Attention, Block, Chain, DecoderSpec, Dropout, Embedding, Mlp, Network, Pass, RmsNorm, Rope, Spec};
use crate::linear::random::{SeedRng, normal};
use crate::linear::{Linear, Weight};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// The embedding table's published name.
pub const EMBEDDING: &str = "model.embed_tokens.weight";

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
                        scale: None,
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

    /// Logits at every position, for training from nothing: tokens `[batch, seq]` → `[batch · seq, head_vocab]`.
    pub fn all_logits(&self, tokens: Tensor<2, Int>, id_tokens: Option<Tensor<2, Int>>, dropout: Dropout) -> Tensor<2> {
        self.logits(self.all_states(tokens, id_tokens, dropout))
    }

    /// Scores of every token of the embedding table as the next one, at chosen positions of `[batch · seq]`: tokens `[batch, seq]`, at `[n]` →
    /// `[n, vocab]`. None where the table is not the output layer, so that it was never taught to score.
    pub fn next_logits(&self, tokens: Tensor<2, Int>, at: Tensor<1, Int>) -> Option<Tensor<2>> {
        self.spec.tie_word_embeddings.then(|| {
            let x = self.norm.forward(self.all_states(tokens, None, Dropout::default()).select(0, at));
            x.matmul(self.embedding.weight.dense().transpose())
        })
    }

    /// What every block's output projection is given `[n, ff]`: at all positions, in the last block at the answer's.
    pub fn units(&self, tokens: Tensor<2, Int>) -> Vec<Tensor<2>> {
        let [batch, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = self.embedding.forward(tokens.flatten(0, 1), None);
        let mut all = Vec::new();
        for block in &self.blocks {
            let (next, units) = block.all_and_units(x, &pass);
            x = next;
            all.push(units);
        }
        if let Some(last) = all.last_mut() {
            let width = last.dims()[1];
            *last = last.clone().reshape([batch, seq, width]).slice_dim(1, seq - 1..seq).reshape([batch, width]);
        }
        all
    }

    /// What the last block leaves at every position `[batch · seq, d]`.
    fn all_states(&self, tokens: Tensor<2, Int>, id_tokens: Option<Tensor<2, Int>>, dropout: Dropout) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = dropout.apply(self.embedding.forward(tokens.flatten(0, 1), id_tokens.map(|t| t.flatten(0, 1))));
        for block in &self.blocks {
            x = block.all(x, &pass, dropout);
        }
        x
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
}

impl Network for Decoder {
    fn spec(&self) -> Spec {
        Spec::Llama(self.spec.clone())
    }

    fn set_vocab_size(&mut self, vocab_size: usize, head_vocab_size: usize) {
        (self.spec.vocab_size, self.spec.head_vocab_size) = (vocab_size, head_vocab_size);
    }

    fn device(&self) -> Device {
        self.norm.gain.device()
    }

    /// At the last position.
    fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = self.embedding.forward(tokens.flatten(0, 1), None);
        let (last, lower) = self.split_last();
        for block in lower {
            x = block.all(x, &pass, Dropout::default());
        }
        self.logits(last.last(x, None, &pass))
    }

    /// The weights of the last block at the last position.
    fn answer_attention(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<3>) {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let (last, lower) = self.blocks.split_last().expect("a validated spec has a block");
        let x = self.embedding.forward(tokens.flatten(0, 1), None);
        let x = lower.iter().fold(x, |x, block| block.all(x, &pass, Dropout::default()));
        (self.logits(last.last(x.clone(), None, &pass)), last.last_weights(x, &pass))
    }

    fn chain(&self, seq: usize) -> Box<dyn Chain + '_> {
        Box::new(OfDecoder { model: self, pass: self.pass(0, seq) })
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

    fn each_norm(&mut self, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        for (i, block) in self.blocks.iter_mut().enumerate() {
            f(&format!("model.layers.{i}.input_layernorm.weight"), &mut block.attention_norm.gain);
            f(&format!("model.layers.{i}.post_attention_layernorm.weight"), &mut block.mlp_norm.gain);
        }
        f("model.norm.weight", &mut self.norm.gain);
    }

    fn decoder(&self) -> Option<&Decoder> {
        Some(self)
    }

    fn head_vocab_size(&self) -> usize {
        self.spec.head_vocab_size
    }
}
