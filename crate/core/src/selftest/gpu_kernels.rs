//! Comparison of every GPU kernel with Burn's implementation on the same device: results and gradients, at shapes with incomplete tiles and shared
//! keys.

use super::check::Check;
use crate::Result;
use crate::gpu::{enable, is_software, set_software};
use crate::linear::{Linear, Lora, Weight};
use crate::model::{Decoder, DecoderSpec, Gate, Mlp, Network, RmsNorm, Trainable};
use crate::tensor::random::SeedRng;
use crate::tensor::read;
use crate::train::optim::Optimiser;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};

/// Largest relative difference that another order of summation explains.
const BOUND: f64 = 1e-4;

type Numbers = Vec<(String, Vec<f32>)>;

/// The comparisons, with the tiles for a GPU and those for a software GPU. Afterwards the kernels are enabled.
///
/// # Errors
/// If the device fails.
pub async fn check(device: &Device) -> Result<Vec<Check>> {
    let mut found = Vec::new();
    let software = is_software();
    for (own, tiles) in [(true, true), (true, false), (false, false)] {
        enable(own);
        set_software(tiles);
        let mut numbers = Numbers::new();
        for [n, d_in, d_out] in [[1, 32, 16], [13, 32, 64], [70, 20, 36]] {
            numbers.extend(layers(n, d_in, d_out, device).await?);
        }
        for (heads, kv_heads, dim) in [(4, 4, 8), (4, 2, 16), (6, 1, 32)] {
            numbers.extend(model(heads, kv_heads, dim, device).await?);
        }
        found.push(numbers);
    }
    enable(true);
    set_software(software);
    let burn = found.pop().unwrap_or_default();
    Ok(found.iter().flat_map(|own| own.iter().zip(&burn)).map(|((name, own), (_, burn))| compare(name, own, burn)).collect())
}

/// A linear layer, one with an adapter, a norm and a gated unit, with all gradients.
async fn layers(n: usize, d_in: usize, d_out: usize, device: &Device) -> Result<Numbers> {
    let mut rng = SeedRng::seed_from_u64(5);
    let mut leaf = |dims: [usize; 2]| {
        let values: Vec<f32> = (0..dims[0] * dims[1]).map(|_| rng.random_range(-1.0..1.0)).collect();
        Tensor::<2>::from_data(TensorData::new(values, dims), &device.clone().autodiff()).require_grad()
    };
    let (x, w, gain) = (leaf([n, d_in]), leaf([d_out, d_in]), leaf([1, d_in]));
    let (a, b, up, down) = (leaf([8, d_in]), leaf([d_out, 8]), leaf([d_out, d_in]), leaf([d_in, d_out]));
    let linear = |w: &Tensor<2>| Linear::new(Weight::Dense(w.clone()));
    let lora = Linear { lora: Some(Lora { a: a.clone(), b: b.clone(), scale: 2.0 }), ..linear(&w) };
    let norm = RmsNorm { gain: gain.clone(), eps: 1e-5, offset: 0.0 };
    let mlp = Mlp { gate: linear(&w), up: linear(&up), down: linear(&down), scale: None, through: Gate::Silu };
    let cases = [
        ("linear", linear(&w).forward(x.clone()), vec![&x, &w]),
        ("adapter", lora.forward(x.clone()), vec![&x, &w, &a, &b]),
        ("norm", norm.forward(x.clone()), vec![&x, &gain]),
        ("gated unit", mlp.forward(x.clone()), vec![&x, &w, &up, &down]),
    ];
    let mut numbers = Numbers::new();
    for (name, y, params) in cases {
        numbers.push((format!("{name} of {n} × {d_in}"), read(y.clone().inner()).await?));
        // A sum of squares, so that every element's gradient differs.
        let mut grads = y.square().sum().backward();
        for (i, param) in params.into_iter().enumerate() {
            let grad = param.grad_remove(&mut grads).expect("the result depends on it");
            numbers.push((format!("{name} of {n} × {d_in}, gradient {i}"), read(grad).await?));
        }
    }
    Ok(numbers)
}

/// A fully trainable decoder: rotary embedding, attention at all positions and at the last, AdamW.
async fn model(heads: usize, kv_heads: usize, dim: usize, device: &Device) -> Result<Numbers> {
    let spec = DecoderSpec {
        vocab_size: 24,
        head_vocab_size: 16,
        hidden_size: heads * dim,
        intermediate_size: 2 * heads * dim,
        num_hidden_layers: 2,
        num_attention_heads: heads,
        num_key_value_heads: kv_heads,
        max_position_embeddings: 16,
        rms_norm_eps: 1e-5,
        rope_theta: 1e4,
        tie_word_embeddings: false,
        head_dim: None,
        attention: crate::model::AttentionSpec::PLAIN,
        variant: crate::model::Variant::Llama,
    };
    let trainable = device.clone().autodiff();
    let mut model = Decoder::init(&spec, &mut SeedRng::seed_from_u64(11), device)?.trainable();
    let mut optimiser = Optimiser::new(Trainable::Base, 0.01);
    let ids: Vec<i32> = (0..3 * 11).map(|i| (i * 7 + i / 11) % 24).collect();
    let tokens = |device: &Device| Tensor::<2, Int>::from_data(TensorData::new(ids.clone(), [3, 11]), device);
    let mut numbers = Numbers::new();
    let name = |what: &str| format!("{what}, {heads} heads of {dim} on {kv_heads}");
    for _ in 0..2 {
        let logits = model.answer_logits(tokens(&trainable));
        numbers.push((name("logits"), read(logits.clone().inner()).await?));
        let mut grads = logits.square().sum().backward().into();
        optimiser.step(1e-3, &mut model, &mut grads);
    }
    numbers.push((name("logits after two steps"), read(model.frozen().answer_logits(tokens(device))).await?));
    Ok(numbers)
}

fn compare(name: &str, own: &[f32], burn: &[f32]) -> Check {
    let scale = burn.iter().fold(f32::MIN_POSITIVE, |max, v| max.max(v.abs()));
    let largest = own.iter().zip(burn).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let difference = if own.len() == burn.len() && own.iter().all(|v| v.is_finite()) { f64::from(largest / scale) } else { f64::INFINITY };
    Check { name: name.into(), difference, bound: BOUND, ok: difference <= BOUND }
}
