//! Throughput of training steps and scoring, relative to the processor's measured peak: operations per second next to those of a plain matrix
//! product.

use crate::host::Terminal;
use anyhow::{Result, bail};
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use serde::Serialize;
use std::fmt::Write;
use unlearn_core::host::Host;
use unlearn_core::linear::{Bits, LoraSpec, Quantised, Weight};
use unlearn_core::model::{Decoder, DecoderSpec, EMBEDDING, Model, Network, Spec, Targets, Trainable};
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::gradient::{Memory, gradient};
use unlearn_core::train::optim::Optimiser;
use unlearn_core::unlearn::engine::loss::{one_hot, soft_cross_entropy};

/// Repetitions of each measurement. The best counts, since other load can only slow it down.
const TIMES: usize = 5;
/// Minimum time for which a product is repeated, ms.
const LONG_ENOUGH: f64 = 60.0;
/// Layers of the language model; its throughput does not depend on their number.
const LAYERS: usize = 6;

/// The throughput of one operation.
#[derive(Serialize)]
pub struct Rate {
    what: String,
    gflops: f64,
    /// Share of the throughput of a 512³ product.
    share: f64,
}

/// The kind of pass: it decides which products are computed, and how often.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PassKind {
    Forward,
    Step,
    /// Training block by block, with a second forward pass.
    StepByBlock,
}

/// Operations of one E2URec step on `rows` prompts of `seq` tokens, with an adapter of rank `rank` on the linear layers.
pub fn step_operations(nano: &Model, (rows, seq): (usize, usize), rank: usize) -> Result<f64> {
    let Spec::Llama(spec) = nano.spec() else { bail!("model: must be a nano, got T5") };
    Ok(operations(&spec, rows, seq, rank, Targets::Linear, PassKind::Step))
}

/// Measures the throughput of matrix products and of a language model's step and scoring. The nano's E2URec step, on `rows` prompts of `seq` tokens,
/// enters with the already measured `step_gflops`.
pub fn measure(nano: &Model, (rows, seq): (usize, usize), step_gflops: f64, host: &Terminal) -> Result<Vec<Rate>> {
    let Spec::Llama(small) = nano.spec() else { bail!("model: must be a nano, got T5") };
    let large = DecoderSpec { num_hidden_layers: LAYERS, ..smollm2() };
    let mut rates: Vec<(String, f64)> = Vec::new();
    let product = |[m, k, n]: [usize; 3]| product([m, k, n], host);
    let names = |[m, k, n]: [usize; 3]| format!("{m} × {k} · {k} × {n}");
    rates.push(("product, 512³".into(), product([512; 3])));
    for shape in [[rows * seq, small.hidden_size, small.intermediate_size], [2 * 288, large.hidden_size, large.intermediate_size]] {
        rates.push((format!("product, {}", names(shape)), product(shape)));
    }
    for (bits, name) in [(Bits::Four, "4"), (Bits::Eight, "8")] {
        rates.push((
            format!("the same with a weight unpacked from {name} bits"),
            unpacked([2 * 288, large.hidden_size, large.intermediate_size], bits, host)?,
        ));
    }
    rates.push(("E2URec step of the nano".into(), step_gflops));
    let base = random(&large)?;
    let ms = best(|| step(&base, [2, 288]), host)?;
    let made = operations(&large, 2, 288, 8, Targets::QueryValue, PassKind::StepByBlock);
    rates.push((format!("step of SmolLM2-135M's shape, {LAYERS} layers, 2 × 288 tokens, block by block"), made / ms / 1e6));
    for [rows, seq] in [[1, 110], [1, 288], [8, 110]] {
        let ids = tokens([rows, seq], &large);
        let score = || {
            base.answer_logits(ids.clone()).into_data();
            Ok(())
        };
        let ms = best(score, host)?;
        rates.push((
            format!("its scoring, {rows} × {seq} tokens"),
            operations(&large, rows, seq, 0, Targets::QueryValue, PassKind::Forward) / ms / 1e6,
        ));
    }
    let peak = rates[0].1;
    Ok(rates.into_iter().map(|(what, gflops)| Rate { what, gflops, share: gflops / peak }).collect())
}

/// Operations of all products in a pass over `rows` prompts of `seq` tokens: frozen weights, adapters of rank `rank`, and attention. The last block
/// computes keys and values at every position, and everything else only at the answer position.
fn operations(spec: &DecoderSpec, rows: usize, seq: usize, rank: usize, targets: Targets, pass: PassKind) -> f64 {
    let (d, ff, kv) = (spec.hidden_size, spec.intermediate_size, spec.num_key_value_heads * spec.head_dim());
    // [in, out], and whether the last block computes it at every position.
    let linears = [
        ("q", d, d, false),
        ("k", d, kv, true),
        ("v", d, kv, true),
        ("o", d, d, false),
        ("gate", d, ff, false),
        ("up", d, ff, false),
        ("down", ff, d, false),
    ];
    let (all, asked, lower) = (rows * seq, rows, spec.num_hidden_layers - 1);
    let (mut frozen, mut trained) = (0, 0);
    for (name, n_in, n_out, at_all) in linears {
        let tokens = lower * all + if at_all { all } else { asked };
        frozen += tokens * n_in * n_out;
        trained += if targets.linear(name) { tokens * rank * (n_in + n_out) } else { 0 };
    }
    let attention = (lower * all + asked) * 2 * seq * d; // attention scores and weighted values
    let (of_frozen, of_others) = match pass {
        PassKind::Forward => (1, 1),
        PassKind::Step => (2, 3), // no gradient of frozen weights
        PassKind::StepByBlock => (3, 4),
    };
    2.0 * (of_frozen * frozen + of_others * (trained + attention)) as f64
}

/// CPU time of this thread, ms, independent of other load; wall-clock time on systems that do not report it. The system counts in ticks, so only long
/// measurements are accurate.
pub fn computed_ms(host: &Terminal) -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(|| host.now_ms(), |ns| ns / 1e6)
}

/// Time of the fastest repetition, ms, after one warm-up repetition.
fn best(mut work: impl FnMut() -> Result<()>, host: &Terminal) -> Result<f64> {
    work()?;
    let mut best = f64::INFINITY;
    for _ in 0..TIMES {
        let start = computed_ms(host);
        work()?;
        best = best.min(computed_ms(host) - start);
    }
    Ok(best)
}

fn repeated(work: impl Fn(), operations: f64, host: &Terminal) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..TIMES {
        let (start, mut times) = (computed_ms(host), 0.0);
        while computed_ms(host) - start < LONG_ENOUGH {
            work();
            times += 1.0;
        }
        best = best.min((computed_ms(host) - start) / times);
    }
    operations / best / 1e6
}

fn noise(dims: [usize; 2]) -> Tensor<2> {
    Tensor::random(dims, Distribution::Default, &Device::flex())
}

/// GFLOP/s of the product `[m, k] · [k, n]`.
fn product([m, k, n]: [usize; 3], host: &Terminal) -> f64 {
    let (a, b) = (noise([m, k]), noise([k, n]));
    repeated(|| drop(a.clone().matmul(b.clone())), 2.0 * (m * k * n) as f64, host)
}

/// GFLOP/s of the same product with a packed `[n, k]` matrix that is unpacked each time.
fn unpacked([m, k, n]: [usize; 3], bits: Bits, host: &Terminal) -> Result<f64> {
    let values: Vec<f32> = noise([n, k]).try_into_vec_as()?;
    let weight = Weight::packed(&Quantised::from_dense(&values, [n, k], bits)?, false, &Device::flex());
    let a = noise([m, k]);
    Ok(repeated(|| drop(a.clone().matmul(weight.dense().transpose())), 2.0 * (m * k * n) as f64, host))
}

/// The shape of SmolLM2-135M, with the vocabulary that its film prompts need.
fn smollm2() -> DecoderSpec {
    DecoderSpec {
        vocab_size: 7291,
        head_vocab_size: 6,
        hidden_size: 576,
        intermediate_size: 1536,
        num_hidden_layers: 30,
        num_attention_heads: 9,
        num_key_value_heads: 3,
        max_position_embeddings: 8192,
        rms_norm_eps: 1e-5,
        rope_theta: 1e5,
        tie_word_embeddings: true,
        head_dim: None,
        attention: unlearn_core::model::AttentionSpec::PLAIN,
        variant: unlearn_core::model::Variant::Llama,
    }
}

/// Random packed four-bit weights, uniform, with a standard deviation that keeps activations in range.
fn random(spec: &DecoderSpec) -> Result<Decoder> {
    let device = Device::flex();
    let mut rng = SeedRng::seed_from_u64(1);
    Ok(Decoder::build(spec, &device, |name, dims| {
        if name.ends_with("norm.weight") {
            return Ok(Weight::Dense(Tensor::ones(dims, &device)));
        }
        let bound = (3.0 / dims[1] as f64).sqrt();
        let values: Vec<f32> = (0..dims[0] * dims[1]).map(|_| rng.random_range(-bound..bound) as f32).collect();
        Ok(Weight::packed(&Quantised::from_dense(&values, dims, Bits::Four)?, name == EMBEDDING, &device))
    })?)
}

fn tokens(dims: [usize; 2], spec: &DecoderSpec) -> Tensor<2, Int> {
    let ids: Vec<i32> = (0..dims[0] * dims[1]).map(|at| (at * 7919 % spec.vocab_size) as i32).collect();
    Tensor::from_data(TensorData::new(ids, dims), &Device::flex())
}

/// One training step of an adapter on query and value, from creating the adapter to updating its weights.
fn step(base: &Decoder, dims: [usize; 2]) -> Result<()> {
    let mut model = base.with_adapter(&LoraSpec { rank: 8, alpha: 16.0 }, Targets::QueryValue, &mut SeedRng::seed_from_u64(3));
    let truth: Vec<Vec<f64>> = (0..dims[0]).map(|row| one_hot(row % 2 == 0, base.head_vocab_size())).collect();
    let device = model.device().autodiff();
    let loss = |logits| soft_cross_entropy(logits, &truth, 1.0 / dims[0] as f64, &device);
    let mut pass = gradient(&model, tokens(dims, &base.spec), Memory::ByBlock, &loss);
    Optimiser::new(Trainable::Adapter, 0.0).step(1e-4, &mut model, &mut pass.grads);
    pass.loss.into_data();
    Ok(())
}

/// The measurements as a plain-text table.
pub fn text(rates: &[Rate]) -> String {
    let mut out = String::new();
    for Rate { what, gflops, share } in rates {
        let _ = writeln!(out, "{what}: {gflops:.0} GFLOP/s, {:.0} % of a 512³ product", 100.0 * share);
    }
    out
}
