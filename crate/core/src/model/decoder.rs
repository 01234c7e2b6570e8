//! A Llama-family decoder (arXiv 2307.09288) that answers at the last position of its prompt.

use super::{AfterNorms, Attention, Block, DecoderSpec, Embedding, ForwardContext, Gate, HeadNorms, Mlp, RmsNorm, Rope, View};
use crate::linear::{Linear, Weight};
use crate::tensor::dropout::Dropout;
use crate::tensor::random::{SeedRng, normal};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::ops::Range;

/// The published name of the embedding table.
pub const EMBEDDING: &str = "model.embed_tokens.weight";
/// The published names of a block's norms beside that before the attention.
pub(super) const MLP_NORM: &str = "post_attention_layernorm";
pub(super) const GEMMA_MLP_NORM: &str = "pre_feedforward_layernorm";
pub(super) const AFTER_MLP_NORM: &str = "post_feedforward_layernorm";

/// The decoder. Cloning is cheap, since tensors are shared until one is changed.
#[derive(Debug, Clone)]
pub struct Decoder {
    /// Shape of the model.
    pub spec: DecoderSpec,
    /// Token embedding.
    pub embedding: Embedding,
    /// The blocks, lowest first.
    pub blocks: Vec<Block>,
    /// Norm after the last block.
    pub norm: RmsNorm,
    /// Output layer `[head_vocab, d]`; `None` if it is tied to the embedding table.
    pub head: Option<Linear>,
    rope: Rope,
    /// The rotary embedding of the layers with a window, where it differs.
    window_rope: Option<Rope>,
}

impl Decoder {
    /// Builds a decoder from named weights. `take` is called once per tensor, with its published checkpoint name and its dimensions.
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
        let is_gemma = spec.variant.is_gemma();
        let norm = |weight: Weight| RmsNorm { gain: weight.dense(), eps: spec.rms_norm_eps, offset: if is_gemma { 1.0 } else { 0.0 } };
        let mut embedding = Embedding::new(take(EMBEDDING, [spec.vocab_size, d])?);
        if is_gemma {
            embedding.scale = (d as f64).sqrt();
        }
        let blocks = (0..spec.num_hidden_layers)
            .map(|i| {
                let mut part = |name: &str, dims| take(&format!("model.layers.{i}.{name}"), dims);
                let mut projection = |name: &str, dims: [usize; 2]| -> crate::Result<Linear> {
                    let mut linear = Linear::new(part(&format!("self_attn.{name}.weight"), dims)?);
                    if spec.variant.has_biases() && name != "o_proj" {
                        linear.bias = Some(part(&format!("self_attn.{name}.bias"), [1, dims[0]])?.dense());
                    }
                    Ok(linear)
                };
                let projections = [
                    projection("q_proj", [q_width, d])?,
                    projection("k_proj", [kv_width, d])?,
                    projection("v_proj", [kv_width, d])?,
                    projection("o_proj", [d, q_width])?,
                ];
                let mut norm_of = |name: &str, width: usize| Ok::<_, crate::Error>(norm(part(&format!("{name}.weight"), [1, width])?));
                let heads = if spec.variant.has_head_norms() {
                    Some(HeadNorms { q: norm_of("self_attn.q_norm", dim)?, k: norm_of("self_attn.k_norm", dim)? })
                } else {
                    None
                };
                // Gemma's post_attention_layernorm is what its name says; Llama's stands before the MLP.
                let (mlp_norm, after) = if is_gemma {
                    let after = AfterNorms { attention: norm_of(MLP_NORM, d)?, mlp: norm_of(AFTER_MLP_NORM, d)? };
                    (norm_of(GEMMA_MLP_NORM, d)?, Some(after))
                } else {
                    (norm_of(MLP_NORM, d)?, None)
                };
                Ok(Block {
                    attention_norm: norm_of("input_layernorm", d)?,
                    attention: Attention::new(projections, heads, i, spec),
                    mlp_norm,
                    mlp: Mlp {
                        gate: Linear::new(part("mlp.gate_proj.weight", [ff, d])?),
                        up: Linear::new(part("mlp.up_proj.weight", [ff, d])?),
                        down: Linear::new(part("mlp.down_proj.weight", [d, ff])?),
                        scale: None,
                        through: if is_gemma { Gate::Gelu } else { Gate::Silu },
                    },
                    after,
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
            window_rope: Rope::of_window(spec, device),
        })
    }

    /// The same model with only these blocks, in this order; they must exist.
    pub(crate) fn keep_blocks(&mut self, layers: &[usize]) {
        self.blocks = layers.iter().map(|layer| self.blocks[*layer].clone()).collect();
        self.spec.num_hidden_layers = layers.len();
        self.spec.attention = self.spec.attention.of_layers(layers);
        for (layer, block) in self.blocks.iter_mut().enumerate() {
            block.attention.place(layer, &self.spec);
        }
    }

    /// Initialises a decoder for training from scratch: normal weights, those of a linear layer with the deviation that PyTorch's `Linear` starts with,
    /// 1/√(3 · inputs) (residual outputs divided by √(2 · layers)), embedding and output layer with 0.02; gains are 1, biases 0.
    ///
    /// # Errors
    /// If the spec is invalid.
    pub fn init(spec: &DecoderSpec, rng: &mut SeedRng, device: &Device) -> crate::Result<Self> {
        let residual = 1.0 / (2.0 * spec.num_hidden_layers as f64).sqrt();
        Self::build(spec, device, |name, dims| {
            let std = match name {
                _ if name.ends_with(".bias") => return Ok(Weight::Dense(Tensor::zeros(dims, device))),
                _ if name.ends_with("norm.weight") => {
                    let gain = if spec.variant.is_gemma() { Tensor::zeros(dims, device) } else { Tensor::ones(dims, device) };
                    return Ok(Weight::Dense(gain));
                }
                EMBEDDING | "lm_head.weight" => 0.02,
                _ if name.contains("o_proj") || name.contains("down_proj") => residual / (3.0 * dims[1] as f64).sqrt(),
                _ => 1.0 / (3.0 * dims[1] as f64).sqrt(),
            };
            Ok(Weight::Dense(normal(dims, std, rng, device)))
        })
    }

    /// Logits at every position, for training from scratch: tokens `[batch, seq]` → `[batch · seq, head_vocab]`.
    pub fn all_logits(&self, tokens: Tensor<2, Int>, id_tokens: Option<Tensor<2, Int>>, dropout: Dropout) -> Tensor<2> {
        self.logits(self.all_states(tokens, id_tokens, dropout))
    }

    /// Next-token scores over the whole embedding table at chosen positions of `[batch · seq]`: tokens `[batch, seq]`, at `[n]` → `[n, vocab]`.
    /// `None` if the table is not tied to the output layer, since it was then never trained to score tokens.
    pub fn next_logits(&self, tokens: Tensor<2, Int>, at: Tensor<1, Int>) -> Option<Tensor<2>> {
        self.spec.tie_word_embeddings.then(|| {
            let x = self.norm.forward(self.all_states(tokens, None, Dropout::default()).select(0, at));
            x.matmul(self.embedding.weight.dense().transpose())
        })
    }

    /// The input of every block's down projection `[n, ff]`: at all positions, but in the last block at the answer position only.
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

    /// The output of the `n`th block at every position `[batch · seq, d]`: what a model that only reads has made of its tokens so far.
    pub fn states_after(&self, tokens: Tensor<2, Int>, n: usize) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let x = self.embedding.forward(tokens.flatten(0, 1), None);
        self.blocks.iter().take(n).fold(x, |x, block| block.all(x, &pass, Dropout::default()))
    }

    /// The output of the last block at every position `[batch · seq, d]`.
    fn all_states(&self, tokens: Tensor<2, Int>, id_tokens: Option<Tensor<2, Int>>, dropout: Dropout) -> Tensor<2> {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = dropout.apply(self.embedding.forward(tokens.flatten(0, 1), id_tokens.map(|t| t.flatten(0, 1))));
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.all(x, &pass, dropout.at(1 + 2 * i as u64));
        }
        x
    }

    /// The output layer: x `[n, d]` → `[n, head_vocab]`.
    pub(crate) fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        self.scores(self.norm.forward(x))
    }

    /// The output layer without the norm before it.
    pub(crate) fn scores(&self, x: Tensor<2>) -> Tensor<2> {
        match &self.head {
            Some(head) => head.forward(x),
            None => x.matmul(self.embedding.weight.first_rows(self.spec.head_vocab_size).transpose()),
        }
    }

    /// The shared context of a forward pass over the positions `start..start + seq`.
    pub fn pass(&self, start: usize, seq: usize) -> ForwardContext<'_> {
        let device = self.norm.gain.device();
        let causal = mask(start..start + seq, start..start + seq, None, &device);
        let full = View { rope: &self.rope, causal, past: None, is_windowed: false };
        let rope = self.window_rope.as_ref().unwrap_or(&self.rope);
        let sliding = match &self.spec.attention.sliding {
            Some(sliding) if sliding.window < start + seq => {
                let window = Some(sliding.window);
                let past = (start > 0).then(|| mask(start..start + seq, 0..start, window, &device));
                View { rope, causal: mask(start..start + seq, start..start + seq, window, &device), past, is_windowed: true }
            }
            _ => View { rope, ..full.clone() },
        };
        ForwardContext { full, sliding, start, seq }
    }

    /// The last block, and the blocks below it.
    pub(crate) fn split_last(&self) -> (&Block, &[Block]) {
        self.blocks.split_last().expect("a validated spec has a block")
    }
}

/// The mask `[1, 1, queries, keys]` of these positions: 0 where a query may attend to a key, -1e9 where the key comes later or has left the window.
fn mask(queries: Range<usize>, keys: Range<usize>, window: Option<usize>, device: &Device) -> Tensor<4> {
    let shape = [1, 1, queries.len(), keys.len()];
    let sees = |q: usize, k: usize| k <= q && window.is_none_or(|window| q - k < window);
    let values: Vec<f32> = queries.flat_map(|q| keys.clone().map(move |k| if sees(q, k) { 0.0 } else { -1e9 })).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}
