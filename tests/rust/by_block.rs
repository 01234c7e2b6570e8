//! Tests that the block-by-block gradient equals that of a single graph, and that scoring with a shared prefix equals scoring whole prompts.

use super::Quiet;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use unlearn_core::linear::{Bits, LoraSpec, PackedRows, Quantised, Weight};
use unlearn_core::model::{Decoder, DecoderSpec, EMBEDDING, Network, Targets, Trainable};
use unlearn_core::package::import::Quantisation;
use unlearn_core::package::manifest::{MODEL, Manifest};
use unlearn_core::package::weights;
use unlearn_core::package::weights::Residency;
use unlearn_core::tensor::random::{SeedRng, normal};
use unlearn_core::train::gradient::{Memory, gradient};
use unlearn_core::train::optim::Optimiser;
use unlearn_core::train::shared::score_after_prefix;
use unlearn_core::unlearn::engine::loss::soft_cross_entropy;

/// Maximum difference, relative to the largest number of the reference.
const BOUND: f64 = 1e-5;
const SEQ: usize = 11;

/// A small model of SmolLM2's kind: nine query heads on three key-value heads, and a tied embedding.
fn spec(tied: bool) -> DecoderSpec {
    DecoderSpec {
        vocab_size: 40,
        head_vocab_size: 16,
        hidden_size: 288,
        intermediate_size: 96,
        num_hidden_layers: 4,
        num_attention_heads: 9,
        num_key_value_heads: 3,
        max_position_embeddings: 64,
        rms_norm_eps: 1e-5,
        rope_theta: 1e5,
        tie_word_embeddings: tied,
        head_dim: None,
        attention: unlearn_core::model::AttentionSpec::PLAIN,
        variant: unlearn_core::model::Variant::Llama,
    }
}

fn base(tied: bool, packed: bool, device: &Device) -> Decoder {
    let mut model = Decoder::init(&spec(tied), &mut SeedRng::seed_from_u64(1), device).expect("a valid spec");
    model.each_weight(&mut |name, weight| {
        let q = Quantised::from_dense(&values(weight.dense()), weight.dims(), Bits::Eight).expect("rows of 32");
        *weight = match (packed, name) {
            (false, _) => Weight::Dense(q.to_tensor(device)),
            (true, EMBEDDING) => Weight::Rows(Box::new(PackedRows::new(&q, device))),
            (true, name) if name.contains("mlp") => Weight::Rows(Box::new(PackedRows::new(&q, device))),
            (true, _) => Weight::Packed(q.to_packed(device)),
        };
    });
    model
}

/// Adds an adapter with no zero factors, so that every gradient can be compared.
fn adapted<M: Network>(model: &M, targets: Targets) -> M {
    let mut rng = SeedRng::seed_from_u64(2);
    let mut model = model.with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, targets, &mut rng);
    let device = model.device();
    model.each_param(Trainable::Adapter, &mut |_, p| *p = normal(p.dims(), 0.1, &mut rng, &device).autodiff().require_grad());
    model
}

fn tokens(batch: usize, device: &Device) -> Tensor<2, Int> {
    let ids: Vec<i32> = (0..batch * SEQ).map(|i| (i * 7 + i / SEQ * 3) as i32 % 40).collect();
    Tensor::from_data(TensorData::new(ids, [batch, SEQ]), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("floats")
}

fn close(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-9f64, |max, v| max.max(f64::from(v.abs())));
    let worst = found.iter().zip(expected).map(|(f, e)| f64::from((f - e).abs())).fold(0.0, f64::max) / scale;
    assert!(worst <= BOUND, "{what}: relative difference {worst:e}");
}

fn loss(logits: Tensor<2>) -> Tensor<1> {
    let device = logits.device();
    let targets: Vec<Vec<f64>> = (0..3).map(|row| (0..16).map(|k| if k == 4 + row % 2 { 0.7 } else { 0.02 }).collect()).collect();
    soft_cross_entropy(logits, &targets, 0.5, &device)
}

/// Checks that loss, logits and every gradient agree between both ways.
fn compare(model: &mut impl Network, what: Trainable) {
    let tokens = tokens(3, &Device::flex().autodiff());
    let mut whole = gradient(model, tokens.clone(), Memory::WholeGraph, &loss);
    let mut parts = gradient(model, tokens, Memory::ByBlock, &loss);
    close("loss", &values(parts.loss), &values(whole.loss));
    close("logits", &values(parts.logits), &values(whole.logits));
    let mut n_checked = 0;
    model.each_param(what, &mut |name, p| {
        let Some(expected) = whole.grads.take(p) else {
            // The first step of a T5 decoder attends only to itself, whatever its query is.
            let unasked = ["SelfAttention.q", "SelfAttention.k", "relative_attention_bias"].iter().any(|part| name.contains(part));
            assert!(name.starts_with("decoder.") && unasked && parts.grads.take(p).is_none(), "{name} has no gradient");
            return;
        };
        let found = parts.grads.take(p).unwrap_or_else(|| panic!("{name} has no gradient by block"));
        let expected = values(expected);
        assert!(expected.iter().any(|g| *g != 0.0), "{name} has a gradient of zero");
        close(name, &values(found), &expected);
        n_checked += 1;
    });
    assert!(n_checked > 0);
}

#[test]
fn gradients_by_block_are_those_of_one_graph() {
    let device = Device::flex();
    for packed in [false, true] {
        let base = base(true, packed, &device);
        for targets in [Targets::QueryValue, Targets::Linear, Targets::LinearEmbedding, Targets::Embedding] {
            compare(&mut adapted(&base, targets), Trainable::Adapter);
        }
    }
}

#[test]
fn t5_by_block() {
    let device = Device::flex();
    for kind in ["original", "v1_1"] {
        let (bits, files) = (Bits::Eight, super::t5_parity::import(kind, Quantisation::Q8));
        let spec = Manifest::read(&files).expect("the package is whole").config;
        for residency in [Residency::Dense, Residency::Packed] {
            let mut base = weights::load(MODEL, &files[MODEL], &spec, bits, residency, &device).expect("the weights fit");
            base.set_vocab_size(spec.vocab_size(), 16);
            if let Some(head) = base.head_mut() {
                head.weight = Weight::Dense(head.weight.first_rows(16));
            }
            let suited = if residency == Residency::Packed { Memory::ByBlock } else { Memory::WholeGraph };
            assert_eq!(Memory::suited_to(&base), suited);
            for targets in [Targets::QueryValue, Targets::Linear, Targets::LinearEmbedding, Targets::Embedding] {
                compare(&mut adapted(&base, targets), Trainable::Adapter);
            }
            compare(&mut base.trainable(), Trainable::Base);
        }
    }
}

#[test]
fn an_adapter_on_upper_blocks_alone() {
    let mut model = adapted(&base(true, true, &Device::flex()), Targets::Linear);
    for block in &mut model.blocks[..2] {
        let (a, m) = (&mut block.attention, &mut block.mlp);
        for linear in [&mut a.q, &mut a.k, &mut a.v, &mut a.o, &mut m.gate, &mut m.up, &mut m.down] {
            linear.lora = None;
        }
    }
    compare(&mut model, Trainable::Adapter);
}

#[test]
fn every_weight_by_block() {
    for tied in [false, true] {
        compare(&mut base(tied, false, &Device::flex()).trainable(), Trainable::Base);
    }
}

#[test]
fn steps_by_block_end_where_those_of_one_graph_end() {
    let start = adapted(&base(true, true, &Device::flex()), Targets::LinearEmbedding);
    assert_eq!(Memory::suited_to(&start), Memory::ByBlock);
    let tokens = tokens(3, &Device::flex().autodiff());
    let run = |memory: Memory| {
        let (mut model, mut optimiser) = (start.clone(), Optimiser::new(Trainable::Adapter, 0.0));
        for _ in 0..5 {
            let mut pass = gradient(&model, tokens.clone(), memory, &loss);
            optimiser.step(1e-3, &mut model, &mut pass.grads);
        }
        values(model.frozen().answer_logits(tokens.clone().inner()))
    };
    let (whole, parts) = (run(Memory::WholeGraph), run(Memory::ByBlock));
    assert_ne!(whole, values(start.frozen().answer_logits(tokens.clone().inner())), "five steps move the answer");
    close("logits after five steps", &parts, &whole);
}

#[test]
fn answers_after_a_prefix_are_those_of_whole_prompts() {
    let device = Device::flex();
    for packed in [false, true] {
        for targets in [Targets::QueryValue, Targets::LinearEmbedding] {
            let model = adapted(&base(true, packed, &device), targets).frozen();
            let ids: Vec<i32> = values(tokens(1, &device).float()).iter().map(|id| *id as i32).collect();
            for n_shared in [1, 4, SEQ - 1] {
                // All rows share a prefix and differ in every later token.
                let rows: Vec<Vec<i32>> =
                    (0..3).map(|row| (0..SEQ).map(|k| if k < n_shared { ids[k] } else { (ids[k] + row) % 40 }).collect()).collect();
                let whole = Tensor::<2, Int>::from_data(TensorData::new(rows.concat(), [3, SEQ]), &device);
                let (head, tail) = (whole.clone().slice([0..1, 0..n_shared]), whole.clone().slice([0..3, n_shared..SEQ]));
                let prefix = model.prefix(head);
                assert_eq!(prefix.n_tokens(), n_shared);
                close("logits", &values(model.answer_logits_after(&prefix, tail)), &values(model.answer_logits(whole)));
            }
        }
    }
}

#[test]
fn candidates_of_different_lengths_are_scored_as_one_by_one() {
    let device = Device::flex();
    let model = adapted(&base(true, true, &device), Targets::LinearEmbedding);
    for shared in [vec![], vec![1, 7, 8, 9, 30]] {
        let tails: [&[u32]; 5] = [&[3, 5], &[4, 6, 2], &[8, 5], &[3], &[9, 9, 3]];
        let prompts: Vec<Vec<u32>> = tails.iter().map(|tail| [&shared, *tail].concat()).collect();
        let found = pollster::block_on(score_after_prefix(&model, &prompts, &mut Quiet)).expect("finite logits");
        let frozen = model.frozen();
        let expected = prompts.iter().flat_map(|prompt| {
            let ids: Vec<i32> = prompt.iter().map(|id| *id as i32).collect();
            values(frozen.answer_logits(Tensor::from_data(TensorData::new(ids, [1, prompt.len()]), &device)))
        });
        close("logits", &found, &expected.collect::<Vec<f32>>());
    }
}

#[test]
fn the_memory_of_a_step_is_the_sum_of_its_parts() {
    let model = base(true, true, &Device::flex());
    // Four blocks: q 288², k and v 96 · 288, o 288², gate, up and down 96 · 288; the embedding table 40 · 288.
    // One byte per number, one float per block of 32.
    let numbers = 4 * (2 * 288 * 288 + 5 * 96 * 288) + 40 * 288;
    assert_eq!(model.weight_bytes(), numbers + numbers / 8);
    let bytes = |batch, seq, rank| model.training_bytes(batch, seq, Targets::QueryValue, rank);
    // Query 288 + 288 and value 96 + 288 in four blocks; each number also has a gradient and two moments.
    assert_eq!(bytes(2, 8, 5) - bytes(2, 8, 4), 4 * 4 * 4 * (576 + 384));
    // Memory grows linearly with the number of rows, and quadratically with length for attention scores.
    let (one, two) = (bytes(1, 8, 4), bytes(2, 8, 4));
    assert_eq!(bytes(3, 8, 4) - two, two - one);
    assert!(bytes(1, 16, 4) - one > two - one);
}
