//! The T5 model: the encoder reads the prompt, the decoder gets its start token, and its first prediction is the answer.
//!
//! Row 0 of a package is the padding token, which T5's decoder starts with, so the start token is not configured separately.

use super::{Attention, Block, Cross, FeedForward, PositionBias, T5Spec};
use crate::Result;
use crate::linear::{Linear, Weight};
use crate::model::{Embedding, RmsNorm};
use crate::tensor::random::{SeedRng, normal};
use burn::tensor::{Device, Int, Tensor};

/// The T5 model. Cloning is cheap, since tensors are shared until one is changed.
#[derive(Debug, Clone)]
pub struct T5 {
    /// Shape of the model.
    pub spec: T5Spec,
    /// Token embedding, shared by both stacks.
    pub embedding: Embedding,
    /// The encoder, which reads the prompt.
    pub encoder: Stack,
    /// The decoder, which answers.
    pub decoder: Stack,
    /// Output layer `[head_vocab, d]`; `None` if it is tied to the embedding table.
    pub head: Option<Linear>,
}

/// A stack of blocks with their shared position biases.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The position biases. The decoder's have no effect, since its first step has a single position.
    pub bias: PositionBias,
    /// The blocks, lowest first.
    pub blocks: Vec<Block>,
    /// Norm after the last block.
    pub norm: RmsNorm,
}

impl T5 {
    /// Builds a T5 from named weights. `take` is called once per tensor, with its published checkpoint name and its dimensions.
    ///
    /// # Errors
    /// If the spec is invalid or `take` fails.
    pub fn build(spec: &T5Spec, mut take: impl FnMut(&str, [usize; 2]) -> Result<Weight>) -> Result<Self> {
        spec.validate()?;
        let d = spec.d_model;
        let embedding = Embedding::new(take("shared.weight", [spec.vocab_size, d])?);
        let encoder = Stack::build("encoder", spec.num_layers, spec, &mut take)?;
        let decoder = Stack::build("decoder", spec.num_decoder_layers, spec, &mut take)?;
        let head = if spec.tie_word_embeddings { None } else { Some(Linear::new(take("lm_head.weight", [spec.head_vocab_size, d])?)) };
        Ok(Self { spec: spec.clone(), embedding, encoder, decoder, head })
    }

    /// Initialises a T5 for training from scratch: normal weights with the standard deviations of the published code.
    ///
    /// # Errors
    /// If the spec is invalid.
    pub fn init(spec: &T5Spec, rng: &mut SeedRng, device: &Device) -> Result<Self> {
        Self::build(spec, |name, dims| {
            let layer = name.trim_end_matches(".weight").rsplit('.').next().unwrap_or_default();
            let fan_in = dims[1] as f64;
            let std = match layer {
                "layer_norm" | "final_layer_norm" => return Ok(Weight::Dense(Tensor::ones(dims, device))),
                "shared" | "lm_head" => 1.0,
                "q" => 1.0 / (fan_in * spec.d_kv as f64).sqrt(),
                "relative_attention_bias" => 1.0 / (spec.d_model as f64).sqrt(),
                _ => 1.0 / fan_in.sqrt(),
            };
            Ok(Weight::Dense(normal(dims, std, rng, device)))
        })
    }

    pub(super) fn answer(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Option<Tensor<3>>) {
        let [batch, seq] = tokens.dims();
        let start = Tensor::<1, Int>::zeros([batch], &tokens.device());
        let bias = self.encoder.bias.both_ways(seq);
        let x = self.embedding.forward(tokens.flatten(0, 1), None);
        let x = self.encoder.blocks.iter().fold(x, |x, block| block.encode(x, bias.clone()));
        let read = self.encoder.norm.forward(x);
        let mut x = self.embedding.forward(start, None);
        let mut weights = None;
        for block in &self.decoder.blocks {
            (x, weights) = block.answer(x, read.clone());
        }
        (self.logits(x), weights)
    }

    /// The output layer: x `[n, d]` → `[n, head_vocab]`.
    pub(in crate::model) fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        let x = self.decoder.norm.forward(x);
        match &self.head {
            Some(head) => head.forward(x),
            None => {
                let x = x.div_scalar((self.spec.d_model as f64).sqrt());
                x.matmul(self.embedding.weight.first_rows(self.spec.head_vocab_size).transpose())
            }
        }
    }
}

impl Stack {
    fn build(name: &str, n_blocks: usize, spec: &T5Spec, take: &mut dyn FnMut(&str, [usize; 2]) -> Result<Weight>) -> Result<Self> {
        let (d, inner) = (spec.d_model, spec.inner());
        let attends = name == "decoder";
        let norm = |weight: Weight| RmsNorm { gain: weight.dense(), eps: spec.layer_norm_epsilon, offset: 0.0 };
        let bias = take(&bias_name(name), [spec.relative_attention_num_buckets, spec.num_heads])?;
        let mut blocks = Vec::with_capacity(n_blocks);
        for i in 0..n_blocks {
            let mut part = |part: &str, dims| take(&format!("{name}.block.{i}.layer.{part}.weight"), dims);
            let attention = |part_name: &str, part: &mut dyn FnMut(&str, [usize; 2]) -> Result<Weight>| -> Result<Attention> {
                let mut linear = |which: &str, dims| Ok(Linear::new(part(&format!("{part_name}.{which}"), dims)?));
                let (q, k, v) = (linear("q", [inner, d])?, linear("k", [inner, d])?, linear("v", [inner, d])?);
                Ok(Attention::new([q, k, v, linear("o", [d, inner])?], spec))
            };
            let (own_attention, own_norm) = (attention("0.SelfAttention", &mut part)?, norm(part("0.layer_norm", [1, d])?));
            let cross = if attends {
                let attention = attention("1.EncDecAttention", &mut part)?;
                Some(Cross { norm: norm(part("1.layer_norm", [1, d])?), attention })
            } else {
                None
            };
            let last = if attends { 2 } else { 1 };
            let inputs = spec.feed_forward_proj.inputs().iter().map(|which| {
                let weight = part(&format!("{last}.DenseReluDense.{which}"), [spec.d_ff, d])?;
                Ok(Linear::new(weight))
            });
            let inputs = inputs.collect::<Result<Vec<_>>>()?;
            let output = Linear::new(part(&format!("{last}.DenseReluDense.wo"), [d, spec.d_ff])?);
            let feed_norm = norm(part(&format!("{last}.layer_norm"), [1, d])?);
            let feed = FeedForward { inputs, output };
            blocks.push(Block { attention_norm: own_norm, attention: own_attention, cross, feed_norm, feed });
        }
        let norm = norm(take(&format!("{name}.final_layer_norm.weight"), [1, d])?);
        Ok(Self { bias: PositionBias::new(bias.dense(), spec), blocks, norm })
    }

    pub(super) fn each_linear(&mut self, name: &str, spec: &T5Spec, f: &mut dyn FnMut(&str, &mut Linear)) {
        for (i, block) in self.blocks.iter_mut().enumerate() {
            let mut layer = 0;
            let attentions =
                [("SelfAttention", Some(&mut block.attention)), ("EncDecAttention", block.cross.as_mut().map(|c| &mut c.attention))];
            for (kind, attention) in attentions {
                let Some(Attention { q, k, v, o, .. }) = attention else { continue };
                for (which, linear) in [("q", q), ("k", k), ("v", v), ("o", o)] {
                    f(&format!("{name}.block.{i}.layer.{layer}.{kind}.{which}"), linear);
                }
                layer += 1;
            }
            let prefix = format!("{name}.block.{i}.layer.{layer}.DenseReluDense");
            block.feed.each(spec.feed_forward_proj, &mut |which, linear| f(&format!("{prefix}.{which}"), linear));
        }
    }

    pub(super) fn each_norm(&mut self, name: &str, f: &mut dyn FnMut(&str, &mut Tensor<2>)) {
        f(&bias_name(name), &mut self.bias.table);
        for (i, block) in self.blocks.iter_mut().enumerate() {
            let cross = block.cross.as_mut().map(|cross| &mut cross.norm);
            let norms = [Some(&mut block.attention_norm), cross, Some(&mut block.feed_norm)].into_iter().flatten();
            for (layer, norm) in norms.enumerate() {
                f(&format!("{name}.block.{i}.layer.{layer}.layer_norm.weight"), &mut norm.gain);
            }
        }
        f(&format!("{name}.final_layer_norm.weight"), &mut self.norm.gain);
    }
}

fn bias_name(stack: &str) -> String {
    format!("{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight")
}
