//! [`Network`] for the decoder: its parts under their published names, its blocks as a chain, and its answer at the last position.

use super::decoder::{AFTER_MLP_NORM, GEMMA_MLP_NORM, MLP_NORM};
use super::{Chain, Decoder, Embedding, ForwardContext, Network, Spec, State};
use crate::linear::Linear;
use crate::tensor::dropout::Dropout;
use burn::tensor::{Device, Int, Tensor};

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

    fn answer_logits(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        self.answer_state(tokens).1
    }

    /// Computed at the last position.
    fn answer_state(&self, tokens: Tensor<2, Int>) -> (Tensor<2>, Tensor<2>) {
        let [_, seq] = tokens.dims();
        let pass = self.pass(0, seq);
        let mut x = self.embedding.forward(tokens.flatten(0, 1), None);
        let (last, lower) = self.split_last();
        for block in lower {
            x = block.all(x, &pass, Dropout::default());
        }
        let state = self.norm.forward(last.last(x, None, &pass));
        (state.clone(), self.scores(state))
    }

    /// The attention weights of the last block at the last position.
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
            let mut visit = |name: &str, gain: &mut Tensor<2>| f(&format!("model.layers.{i}.{name}"), gain);
            visit("input_layernorm.weight", &mut block.attention_norm.gain);
            let mlp_norm = if block.after.is_some() { GEMMA_MLP_NORM } else { MLP_NORM };
            visit(&format!("{mlp_norm}.weight"), &mut block.mlp_norm.gain);
            if let Some(after) = &mut block.after {
                visit(&format!("{MLP_NORM}.weight"), &mut after.attention.gain);
                visit(&format!("{AFTER_MLP_NORM}.weight"), &mut after.mlp.gain);
            }
            let attention = &mut block.attention;
            if let Some(norms) = &mut attention.norms {
                visit("self_attn.q_norm.weight", &mut norms.q.gain);
                visit("self_attn.k_norm.weight", &mut norms.k.gain);
            }
            for (name, linear) in [("q_proj", &mut attention.q), ("k_proj", &mut attention.k), ("v_proj", &mut attention.v)] {
                if let Some(bias) = &mut linear.bias {
                    visit(&format!("self_attn.{name}.bias"), bias);
                }
            }
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

/// The chain of a decoder's blocks. The context that they share is built once.
struct OfDecoder<'a> {
    model: &'a Decoder,
    pass: ForwardContext<'a>,
}

impl Chain for OfDecoder<'_> {
    fn n_blocks(&self) -> usize {
        self.model.blocks.len()
    }

    fn embed(&self, tokens: Tensor<2, Int>) -> State {
        vec![self.model.embedding.forward(tokens.flatten(0, 1), None)]
    }

    fn block(&self, i: usize, state: State) -> State {
        state.into_iter().map(|x| self.model.blocks[i].all(x, &self.pass, Dropout::default())).collect()
    }

    fn answer(&self, mut state: State) -> Tensor<2> {
        let x = state.swap_remove(0);
        self.model.logits(self.model.split_last().0.last(x, None, &self.pass))
    }

    fn trains(&self, i: usize) -> bool {
        self.model.blocks[i].trains()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttentionSpec, DecoderSpec, Sliding, Variant};
    use crate::tensor::random::SeedRng;
    use rand::SeedableRng;

    fn logits(spec: DecoderSpec) -> [Vec<f32>; 4] {
        let device = Device::flex();
        let model = Decoder::init(&spec, &mut SeedRng::seed_from_u64(7), &device).unwrap();
        let tokens = || Tensor::<2, Int>::from_ints([[1, 5, 9, 13, 2, 7]], &device);
        let all = model.all_logits(tokens(), None, Dropout::default()).slice_dim(0, 5..6);
        let chain = model.chain(6);
        let by_block = chain.answer(chain.block(0, chain.embed(tokens())));
        let prefix = model.prefix(tokens().slice_dim(1, 0..4));
        let after = model.answer_logits_after(&prefix, tokens().slice_dim(1, 4..6));
        [model.answer_logits(tokens()), all, by_block, after].map(|x| x.into_data().try_to_vec().unwrap())
    }

    fn two_layers() -> DecoderSpec {
        DecoderSpec { num_hidden_layers: 2, ..DecoderSpec::tiny() }
    }

    fn agree(spec: DecoderSpec) -> Vec<f32> {
        let shown = format!("{spec:?}");
        let [answer, others @ ..] = logits(spec);
        assert!(answer.iter().all(|x| x.is_finite()));
        for other in others {
            assert!(answer.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-5), "{shown}: {answer:?} {other:?}");
        }
        answer
    }

    #[test]
    fn every_way_to_an_answer_knows_how_wide_a_head_is() {
        let of = |head_dim| agree(DecoderSpec { head_dim, ..two_layers() });
        // Stated or not, the head width is 8 / 2.
        assert_eq!(of(None), of(Some(4)));
        assert!(of(None) != of(Some(6)) && of(Some(2)) != of(Some(6)));
    }

    /// A window that hides the first of six positions, in every layer, in one, and none; also across a cached prefix.
    #[test]
    fn every_way_to_an_answer_has_the_same_window() {
        for variant in Variant::ALL {
            let of = |window: usize, layers: &[usize]| {
                let sliding = Some(Sliding { window, layers: layers.to_vec(), theta: None });
                agree(DecoderSpec { variant, attention: AttentionSpec { sliding, ..AttentionSpec::PLAIN }, ..two_layers() })
            };
            let plain = agree(DecoderSpec { variant, ..two_layers() });
            assert_eq!(of(6, &[0, 1]), plain);
            assert!(of(5, &[0, 1]) != plain && of(1, &[1]) != of(5, &[1]) && of(3, &[0]) != of(3, &[1]));
        }
    }

    #[test]
    fn what_a_window_hides_gets_no_attention() {
        let sliding = Some(Sliding { window: 2, layers: vec![1], theta: Some(100.0) });
        let spec = DecoderSpec { attention: AttentionSpec { sliding, ..AttentionSpec::PLAIN }, ..two_layers() };
        let model = Decoder::init(&spec, &mut SeedRng::seed_from_u64(7), &Device::flex()).unwrap();
        let (_, weights) = model.answer_attention(Tensor::from_ints([[1, 5, 9, 13]], &Device::flex()));
        let weights: Vec<f32> = weights.into_data().try_to_vec().unwrap();
        for head in weights.as_chunks::<4>().0 {
            assert!(head[..2] == [0.0, 0.0] && head[2] > 0.0 && (head[2] + head[3] - 1.0).abs() < 1e-6, "{head:?}");
        }
    }
}
