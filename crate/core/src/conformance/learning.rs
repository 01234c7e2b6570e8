//! Conformance cases of losses, the optimiser, whole models, and twenty steps of unlearning.

use super::Tensors;
use super::attending::{SPEC, decoder as built};
use super::made::{leaf, matrix, numbers, tokens, weight, with_gradients};
use crate::Result;
use crate::linear::LoraSpec;
use crate::metric::softmax;
use crate::model::{Network, Projection, T5, T5Spec, Targets, Trainable};
use crate::tensor::random::SeedRng;
use crate::train::optim::Optimiser;
use crate::unlearn::engine::loss::soft_cross_entropy;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;

const ROWS: usize = 5;
const WIDTH: usize = SPEC.head_vocab_size;
const BATCH: usize = 3;
const SEQ: usize = 9;

/// A loss of logits `[ROWS, WIDTH]`, and its gradient.
fn loss(targets: &[Vec<f64>], entropy: f64, device: &Device) -> Tensors {
    let logits = leaf("logits", [ROWS, WIDTH], 3.0, device);
    let loss = soft_cross_entropy(logits.clone(), targets, 1.0 / ROWS as f64, &device.clone().autodiff()).add_scalar(-entropy);
    let mut grads = loss.backward();
    let grad = logits.grad_remove(&mut grads).unwrap_or_else(|| logits.clone().inner().zeros_like());
    vec![("y".into(), loss.inner()), ("dlogits".into(), grad.flatten(0, 1))]
}

/// Mean over rows of −log softmax at the answer.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn cross_entropy(device: &Device) -> Result<Tensors> {
    let one_hot = |row: usize| (0..WIDTH).map(|k| f64::from(u8::from(k == 4 + row % 2))).collect();
    Ok(loss(&(0..ROWS).map(one_hot).collect::<Vec<_>>(), 0.0, device))
}

/// Mean over rows of KL(teacher ‖ student).
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn kl(device: &Device) -> Result<Tensors> {
    let teacher: Vec<Vec<f64>> = numbers("teacher", ROWS * WIDTH, 3.0).chunks_exact(WIDTH).map(softmax).collect();
    let entropy = -teacher.iter().flatten().map(|p| p * p.ln()).sum::<f64>() / ROWS as f64;
    Ok(loss(&teacher, entropy, device))
}

/// Three AdamW steps with known gradients: a weight matrix has decay, a norm's gain has none.
pub fn adamw(device: &Device) -> Result<Tensors> {
    const SHOWN: [&str; 2] = ["model.layers.0.self_attn.q_proj.weight", "model.layers.0.input_layernorm.weight"];
    let mut model = built(device)?.trainable();
    let mut optimiser = Optimiser::new(Trainable::Base, 0.01);
    for step in 0..3 {
        let mut terms: Vec<Tensor<1>> = Vec::new();
        model.each_param(Trainable::Base, &mut |name, param| {
            let c = matrix(&format!("{step} {name}"), param.dims(), 1.0, &param.device());
            terms.push((param.clone() * c).sum());
        });
        let mut grads = Tensor::cat(terms, 0).sum().backward().into();
        optimiser.step(1e-2, &mut model, &mut grads);
    }
    let mut out = Tensors::new();
    model.each_param(Trainable::Base, &mut |name, param| {
        if SHOWN.contains(&name) {
            out.push((name.to_owned(), param.clone().inner().flatten(0, 1)));
        }
    });
    Ok(out)
}

/// Answer logits of a model, and the gradients of all its weights.
fn whole(model: &mut impl Network, device: &Device) -> Tensors {
    let mut params: Vec<(String, Tensor<2>)> = Vec::new();
    model.each_param(Trainable::Base, &mut |name, param| params.push((name.to_owned(), param.clone())));
    let y = model.answer_logits(tokens("tokens", [BATCH, SEQ], SPEC.vocab_size as u32, &device.clone().autodiff()));
    with_gradients(y, &params.iter().map(|(name, param)| (name.as_str(), param)).collect::<Vec<_>>())
}

/// A decoder with two layers.
pub fn decoder(device: &Device) -> Result<Tensors> {
    Ok(whole(&mut built(device)?.trainable(), device))
}

/// A T5 v1.1 with one layer per stack.
pub fn t5(device: &Device) -> Result<Tensors> {
    let spec = T5Spec {
        vocab_size: SPEC.vocab_size,
        head_vocab_size: SPEC.vocab_size,
        d_model: 32,
        d_kv: 8,
        d_ff: 48,
        num_layers: 1,
        num_decoder_layers: 1,
        num_heads: 4,
        relative_attention_num_buckets: 8,
        relative_attention_max_distance: 16,
        layer_norm_epsilon: 1e-6,
        feed_forward_proj: Projection::GatedGelu,
        tie_word_embeddings: false,
    };
    Ok(whole(&mut T5::build(&spec, |name, dims| Ok(weight(name, dims, device)))?.trainable(), device))
}

/// Twenty steps of a student's adapter towards fixed answers, on the same four rows: every loss, and the answers afterwards.
pub fn drift(device: &Device) -> Result<Tensors> {
    const N_ROWS: usize = 4;
    let trainable = device.clone().autodiff();
    // The generator's numbers are replaced right away.
    let lora = LoraSpec { rank: 4, alpha: 8.0 };
    let mut student = built(device)?.frozen().with_adapter(&lora, Targets::LinearEmbedding, &mut SeedRng::seed_from_u64(0));
    student.each_param(Trainable::Adapter, &mut |name, param| *param = leaf(name, param.dims(), 0.3, device));
    let mut optimiser = Optimiser::new(Trainable::Adapter, 0.0);
    let targets: Vec<Vec<f64>> = (0..N_ROWS).map(|row| (0..WIDTH).map(|k| if k == 4 + row % 2 { 0.7 } else { 0.02 }).collect()).collect();
    let prompts = |device: &Device| tokens("prompts", [N_ROWS, SEQ], SPEC.vocab_size as u32, device);
    let mut losses = Vec::new();
    for _ in 0..20 {
        let loss = soft_cross_entropy(student.answer_logits(prompts(&trainable)), &targets, 1.0 / N_ROWS as f64, &trainable);
        let mut grads = loss.backward().into();
        optimiser.step(5e-3, &mut student, &mut grads);
        losses.push(loss.inner());
    }
    Ok(vec![("losses".into(), Tensor::cat(losses, 0)), ("y".into(), student.frozen().answer_logits(prompts(device)).flatten(0, 1))])
}
