//! Measures the cost of a decoder of SmolLM2-135M's shape on this processor, with random weights.
//!
//! `cargo run --release -p unlearn-core --example large -- WHAT [LAYERS] [BATCH] [SEQ] [q4|q8|dense]`, where WHAT is
//! `step` (one training step block by block: seconds, memory, rate), `graph` (the same in one graph), `prefix` (scoring 500 candidates with and
//! without their shared prefix), `score` (a forward pass) or `parts` (milliseconds of the operations of one block). All times are CPU seconds of this
//! thread.

use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::{Rng, SeedableRng};
use unlearn_core::linear::{Bits, LoraSpec, Quantised, Weight};
use unlearn_core::model::{Decoder, DecoderSpec, EMBEDDING, Network, Targets, Trainable};
use unlearn_core::tensor::dropout::Dropout;
use unlearn_core::tensor::random::SeedRng;
use unlearn_core::train::gradient::{Memory, gradient};
use unlearn_core::train::optim::Optimiser;
use unlearn_core::unlearn::engine::loss::soft_cross_entropy;

const VOCABULARY: usize = 5600;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: usize| args.get(at).and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let what = args.first().map_or("step", String::as_str);
    let (layers, batch, seq) = (number(1, 30), number(2, 8), number(3, 288));
    let bits = match args.get(4).map_or("q8", String::as_str) {
        "dense" => None,
        "q4" => Some(Bits::Four),
        _ => Some(Bits::Eight),
    };
    println!("{what}: {layers} layers, {batch} x {seq} tokens, {bits:?}; a 1024³ product runs at {:.1} GFLOP/s", pace());
    let device = Device::flex();
    let before = memory("VmRSS");
    let start = busy();
    let base = base(layers, bits, &device);
    println!("weights {} MB, made in {:.1} s", memory("VmRSS") - before, (busy() - start));
    match what {
        "prefix" => prefix(&base, batch, seq, &device),
        "score" => {
            let ids = tokens(batch, seq, &device);
            time("answer logits", || drop(base.answer_logits(ids.clone())));
        }
        "parts" => parts(&base, batch, seq),
        "graph" => step(&base, Targets::QueryValue, batch, seq, Memory::WholeGraph),
        _ => {
            for targets in [Targets::QueryValue, Targets::Linear] {
                step(&base, targets, batch, seq, Memory::ByBlock);
            }
        }
    }
}

fn base(layers: usize, bits: Option<Bits>, device: &Device) -> Decoder {
    let spec = DecoderSpec {
        vocab_size: VOCABULARY,
        head_vocab_size: 16,
        hidden_size: 576,
        intermediate_size: 1536,
        num_hidden_layers: layers,
        num_attention_heads: 9,
        num_key_value_heads: 3,
        max_position_embeddings: 8192,
        rms_norm_eps: 1e-5,
        rope_theta: 1e5,
        tie_word_embeddings: true,
        head_dim: None,
        attention: unlearn_core::model::AttentionSpec::PLAIN,
        variant: unlearn_core::model::Variant::Llama,
    };
    let mut rng = SeedRng::seed_from_u64(1);
    Decoder::build(&spec, device, |name, dims| {
        if name.ends_with("norm.weight") {
            return Ok(Weight::Dense(Tensor::ones(dims, device)));
        }
        // Uniform, with a standard deviation that keeps activations in range.
        let bound = (3.0 / dims[1] as f64).sqrt();
        let values: Vec<f32> = (0..dims[0] * dims[1]).map(|_| rng.random_range(-bound..bound) as f32).collect();
        let Some(bits) = bits else { return Ok(Weight::Dense(Tensor::from_data(TensorData::new(values, dims), device))) };
        let q = Quantised::from_dense(&values, dims, bits)?;
        Ok(Weight::packed(&q, name == EMBEDDING, device))
    })
    .expect("a valid spec")
}

fn tokens(batch: usize, seq: usize, device: &Device) -> Tensor<2, Int> {
    let mut rng = SeedRng::seed_from_u64(7);
    let ids: Vec<i32> = (0..batch * seq).map(|_| rng.random_range(0..VOCABULARY as i32)).collect();
    Tensor::from_data(TensorData::new(ids, [batch, seq]), device)
}

fn step(base: &Decoder, targets: Targets, batch: usize, seq: usize, memory_kind: Memory) {
    let mut model = base.with_adapter(&LoraSpec { rank: 8, alpha: 16.0 }, targets, &mut SeedRng::seed_from_u64(3));
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let device = model.device().autodiff();
    let ids = tokens(batch, seq, &device);
    let rows: Vec<Vec<f64>> = (0..batch).map(|_| (0..16).map(|k| if k == 5 { 1.0 / batch as f64 } else { 0.0 }).collect()).collect();
    let loss = |logits| soft_cross_entropy(logits, &rows, 1.0, &device);
    for round in 0..2 {
        let before = memory("VmRSS");
        reset_peak();
        let start = busy();
        let mut pass = gradient(&model, ids.clone(), memory_kind, &loss);
        optimiser.step(1e-4, &mut model, &mut pass.grads);
        let loss: Vec<f32> = pass.loss.try_into_vec_as().expect("a loss");
        let seconds = busy() - start;
        let rate = operations(base, batch * seq, memory_kind) / seconds / 1e9;
        let grown = memory("VmHWM") - before;
        let said = base.training_bytes(batch, seq, targets, 8) / 1_000_000;
        println!(
            "{targets:?}, step {round}: loss {:.4}, {seconds:.2} s, about {rate:.0} GFLOP/s; peak {grown} MB above the {before} MB before; estimate with weights {said} MB",
            loss[0]
        );
    }
}

/// Operations of a step's products with frozen weights.
fn operations(base: &Decoder, n_tokens: usize, memory_kind: Memory) -> f64 {
    let spec = &base.spec;
    let (d, kv) = (spec.hidden_size as f64, (spec.num_key_value_heads * spec.head_dim()) as f64);
    let block = 2.0 * d * d + 2.0 * d * kv + 3.0 * d * spec.intermediate_size as f64;
    // Forward, forward again if the graph is made block by block, and backward to the inputs. The last block has only keys and
    // values at every position, once.
    let passes = if memory_kind == Memory::ByBlock { 3.0 } else { 2.0 };
    2.0 * n_tokens as f64 * (passes * block * (spec.num_hidden_layers - 1) as f64 + 2.0 * 2.0 * d * kv)
}

fn prefix(base: &Decoder, n: usize, seq: usize, device: &Device) {
    let suffix = 12;
    let all = tokens(n, seq + suffix, device);
    let shared = all.clone().slice([0..1, 0..seq]);
    let tails = all.slice([0..n, seq..seq + suffix]);
    let start = busy();
    let past = base.prefix(shared.clone());
    let after: Vec<Tensor<2>> = tails.clone().split(64, 0).into_iter().map(|tail| base.answer_logits_after(&past, tail)).collect();
    let after: Vec<f32> = Tensor::cat(after, 0).try_into_vec_as().expect("logits");
    let fast = busy() - start;
    let start = busy();
    let whole: Vec<Tensor<2>> = tails
        .split(64, 0)
        .into_iter()
        .map(|tail| base.answer_logits(Tensor::cat(vec![shared.clone().repeat_dim(0, tail.dims()[0]), tail], 1)))
        .collect();
    let whole: Vec<f32> = Tensor::cat(whole, 0).try_into_vec_as().expect("logits");
    let slow = busy() - start;
    let worst = after.iter().zip(&whole).map(|(a, w)| (a - w).abs()).fold(0f32, f32::max);
    println!(
        "{n} candidates of {seq} + {suffix} tokens: {fast:.2} s after the prefix, {slow:.2} s whole, {:.1} times; largest difference {worst:e}",
        slow / fast
    );
}

fn parts(base: &Decoder, batch: usize, seq: usize) {
    let (block, device) = (&base.blocks[0], base.device());
    let x = Tensor::<2>::random([batch * seq, 576], burn::tensor::Distribution::Default, &device);
    let wide = Tensor::<2>::random([batch * seq, 1536], burn::tensor::Distribution::Default, &device);
    let gate = block.mlp.gate.weight.dense();
    let scores = Tensor::<4>::random([batch, 3, 3 * seq, seq], burn::tensor::Distribution::Default, &device);
    let q = Tensor::<4>::random([batch, 3, 3 * seq, 64], burn::tensor::Distribution::Default, &device);
    let k = Tensor::<4>::random([batch, 3, seq, 64], burn::tensor::Distribution::Default, &device);
    let pass_over = base.pass(0, seq);
    time("unpack the seven weights", || block.linears().iter().for_each(|linear| drop(linear.weight.dense())));
    time("x · gateᵀ", || drop(x.clone().matmul(gate.clone().transpose())));
    time("gradient · gate", || drop(wide.clone().matmul(gate.clone())));
    time("norm", || drop(block.mlp_norm.forward(x.clone())));
    time("silu · up", || drop(activation::silu(wide.clone()) * wide.clone()));
    time("scores", || drop(q.clone().matmul(k.clone().swap_dims(2, 3))));
    time("scale scores", || drop(scores.clone().mul_scalar(0.125)));
    time("mask scores", || drop(scores.clone().reshape([batch, 9, seq, seq]) + pass_over.full.causal.clone()));
    time("softmax", || drop(activation::softmax(scores.clone(), 3)));
    time("weights · values", || drop(scores.clone().matmul(k.clone())));
    time("rope of the queries", || drop(pass_over.full.rope.rotate(x.clone(), 0..seq)));
    time("heads together", || drop(q.clone().reshape([batch, 9, seq, 64]).swap_dims(1, 2).reshape([batch * seq, 576])));
    time("block", || drop(block.all(x.clone(), &pass_over, Dropout::default())));
    let upstream = x.clone();
    let x = x.autodiff().require_grad();
    let back = |name: &str, run: &dyn Fn(Tensor<2>) -> Tensor<2>| {
        let x = upstream.clone().autodiff().require_grad();
        time(name, || drop((run(x.clone()) * upstream.clone()).sum().backward()));
    };
    back("norm, and back", &|x| block.mlp_norm.forward(x));
    back("MLP, and back", &|x| block.mlp.forward(x));
    back("rope, and back", &|x| pass_over.full.rope.rotate(x, 0..seq));
    back("query, and back", &|x| block.attention.q.forward(x));
    back("attention, and back", &|x| {
        let own = block.attention.keys_values(x.clone(), &pass_over);
        block.attention.all(x, own, None, &pass_over)
    });
    time("block with a graph, and back", || {
        drop((block.all(x.clone(), &pass_over, Dropout::default()) * upstream.clone()).sum().backward())
    });
}

fn time(name: &str, run: impl Fn()) {
    run();
    // The system counts in ticks of milliseconds, so this takes the mean over many repetitions.
    let (start, mut n) = (busy(), 0);
    while busy() - start < 0.4 {
        run();
        n += 1;
    }
    println!("{name:32} {:8.2} ms", (busy() - start) / f64::from(n) * 1e3);
}

/// CPU seconds of this thread, independent of other load; wall-clock time on systems that do not report it.
fn busy() -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse::<f64>().ok());
    nanoseconds
        .map_or_else(|| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0.0, |t| t.as_secs_f64()), |ns| ns / 1e9)
}

/// GFLOP/s of a 1024³ product.
fn pace() -> f64 {
    let a = Tensor::<2>::ones([1024, 1024], &Device::flex());
    let best = (0..6).map(|_| {
        let start = busy();
        drop(a.clone().matmul(a.clone()));
        busy() - start
    });
    2.0 * 1024f64.powi(3) / best.fold(f64::INFINITY, f64::min) / 1e9
}

/// A memory figure of this process, MB; 0 on systems that do not report it.
fn memory(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(key));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1000
}

/// Resets the peak memory, so that it is counted from now on.
fn reset_peak() {
    // Where this is not possible, the peak since the start of the process is reported.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
