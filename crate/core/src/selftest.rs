//! A start-up check of a device's arithmetic: an invalid shader is only logged by browsers, and stale numbers look like numbers.
//!
//! Products are held against plain loops; the model's answers, a gradient and a three-step run against values stored from the CPU path, which
//! itself is held against PyTorch (`tests/parity`).

use crate::Result;
use crate::linear::random::SeedRng;
use crate::linear::{Bits, LoraSpec, PackedRows, Quantised, Weight};
use crate::model::{Decoder, DecoderSpec, Network, Targets, Trainable};
use crate::train::infer::read;
use crate::train::optim::Optimiser;
use crate::unlearn::teachers::soft_cross_entropy;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// One line of the self-test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "tsify", derive(tsify::Tsify))]
pub struct Check {
    /// What was computed.
    pub name: String,
    /// Largest difference from the reference, relative to the reference's largest number.
    pub difference: f64,
    /// The bound it must stay under.
    pub bound: f64,
    /// Whether it did.
    pub ok: bool,
}

/// The lines, and the numbers of the small run for a comparison between devices.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfTest {
    /// One line a check.
    pub checks: Vec<Check>,
    /// Losses of three steps, then the answer logits after them.
    pub trace: Vec<f32>,
}

/// Largest relative difference that counts as right.
const BOUND: f64 = 1e-3;

/// Losses and final logits of [`small_run`] on the CPU path; made by `cargo test -p unlearn-core selftest -- --nocapture`.
const TRACE: &[f32] = &include!("selftest_trace.in");

/// Runs the checks.
///
/// # Errors
/// If the device fails altogether.
pub async fn self_test(device: &Device) -> Result<SelfTest> {
    let mut rng = SeedRng::seed_from_u64(7);
    let mut numbers = |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
    let (m, k, n) = (33, 64, 40);
    let (a, b) = (numbers(m * k), numbers(n * k));
    let tensor = |values: &[f32], dims: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), dims), device);
    let product = read(tensor(&a, [m, k]).matmul(tensor(&b, [n, k]).transpose())).await?;
    let mut checks = vec![check("matrix product", &product, &by_loops(&a, &b, m, k, n))];

    // After the other numbers, which so stay as they were.
    #[cfg(feature = "gpu")]
    checks.push(gradient_of_a_weight(&a, &b, &numbers(m * n), [m, k, n], device).await?);

    let q = Quantised::from_dense(&b, [n, k], Bits::Eight)?;
    let packed = Weight::Packed(q.to_packed(device));
    let product = read(tensor(&a, [m, k]).matmul(packed.dense().transpose())).await?;
    checks.push(check("8-bit product", &product, &by_loops(&a, &q.to_dense(), m, k, n)));

    // Integers four a word, unpacked by shifts, on a device that does not compute in bytes.
    let rows = read(PackedRows::new(&q, device).first(n)).await?;
    let expected: Vec<f64> = q.to_dense().into_iter().map(f64::from).collect();
    checks.push(check("packed rows", &rows, &expected));

    let soft = read(burn::tensor::activation::log_softmax(tensor(&a, [m, k]), 1)).await?;
    let expected: Vec<f64> = a.chunks_exact(k).flat_map(crate::metric::log_softmax).collect();
    checks.push(check("log softmax", &soft, &expected));

    let trace = small_run(device).await?;
    let expected: Vec<f64> = TRACE.iter().map(|v| f64::from(*v)).collect();
    checks.push(check("three unlearning steps", &trace, &expected));
    Ok(SelfTest { checks, trace })
}

/// Three steps of a small student on two rows: every operation of the model, its gradient and AdamW.
///
/// # Errors
/// If the device fails.
pub async fn small_run(device: &Device) -> Result<Vec<f32>> {
    let spec = DecoderSpec {
        vocab_size: 24,
        head_vocab_size: 16,
        hidden_size: 32,
        intermediate_size: 64,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        num_key_value_heads: 1,
        max_position_embeddings: 16,
        rms_norm_eps: 1e-5,
        rope_theta: 1e4,
        tie_word_embeddings: false,
    };
    let mut rng = SeedRng::seed_from_u64(11);
    let base = Decoder::init(&spec, &mut rng, device)?.frozen();
    let mut student = base.with_adapter(&LoraSpec { rank: 4, alpha: 8.0 }, Targets::LinearEmbedding, &mut rng);
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let trainable = device.clone().autodiff();
    let ids: Vec<i32> = (0..2 * 13).map(|i| (i * 7 + i / 13) % 24).collect();
    let tokens = |device: &Device| Tensor::<2, Int>::from_data(TensorData::new(ids.clone(), [2, 13]), device);
    let targets: Vec<Vec<f64>> = (0..2).map(|row| (0..16).map(|k| if k == 4 + row { 0.7 } else { 0.02 }).collect()).collect();
    let mut trace = Vec::new();
    for _ in 0..3 {
        let loss = soft_cross_entropy(student.answer_logits(tokens(&trainable)), &targets, 0.5, &trainable);
        let mut grads = loss.backward().into();
        optimiser.step(1e-2, &mut student, &mut grads);
        trace.extend(read(loss).await?);
    }
    trace.extend(read(student.frozen().answer_logits(tokens(device))).await?);
    Ok(trace)
}

fn by_loops(a: &[f32], b: &[f32], m: usize, k: usize, n: usize) -> Vec<f64> {
    (0..m * n).map(|at| (0..k).map(|i| f64::from(a[at / n * k + i]) * f64::from(b[at % n * k + i])).sum()).collect()
}

/// The gradient of Σ x Wᵀ · c in W, which is cᵀ x: x `[m, k]`, W `[n, k]`, c `[m, n]`. A sum over the rows is a kernel of its own.
#[cfg(feature = "gpu")]
async fn gradient_of_a_weight(x: &[f32], w: &[f32], c: &[f32], [m, k, n]: [usize; 3], device: &Device) -> Result<Check> {
    use crate::linear::Linear;
    let tensor = |values: &[f32], dims: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), dims), device).autodiff();
    let weight = tensor(w, [n, k]).require_grad();
    let y = Linear::new(Weight::Dense(weight.clone())).forward(tensor(x, [m, k]));
    let mut grads = (y * tensor(c, [m, n])).sum().backward();
    let found = weight.grad_remove(&mut grads).ok_or_else(|| crate::Error::Device("the self-test's weight got no gradient".into()))?;
    let columns = |x: &[f32], width: usize| -> Vec<f32> { (0..width).flat_map(|j| x.iter().skip(j).step_by(width).copied()).collect() };
    Ok(check("gradient of a weight", &read(found).await?, &by_loops(&columns(c, n), &columns(x, k), n, m, k)))
}

fn check(name: &str, found: &[f32], expected: &[f64]) -> Check {
    let scale = expected.iter().fold(f64::MIN_POSITIVE, |max, v| max.max(v.abs()));
    let largest = found.iter().zip(expected).map(|(f, e)| (f64::from(*f) - e).abs()).fold(0.0, f64::max);
    let difference = if found.len() == expected.len() { largest / scale } else { f64::INFINITY };
    Check { name: name.into(), difference, bound: BOUND, ok: difference <= BOUND }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_path_gives_the_stored_trace() {
        let result = pollster::block_on(self_test(&Device::flex())).unwrap();
        println!("{:?}", result.trace);
        for check in &result.checks {
            assert!(check.difference <= 1e-5, "{check:?}");
        }
    }
}
