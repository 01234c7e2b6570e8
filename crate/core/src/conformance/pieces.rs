//! Conformance cases of the operations between the products of a block.

use super::Tensors;
use super::attending::SPEC;
use super::made::{ids, leaf, with_gradients};
use crate::Result;
use crate::linear::{Linear, Weight};
use crate::model::{Embedding, Gate, LowRank, Mlp, RmsNorm, Rope};
use burn::tensor::{Device, Tensor, TensorData};

/// Rows of a trainable embedding table with an adapter; a token occurs several times, so that its gradients add up.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn embedding(device: &Device) -> Result<Tensors> {
    let table = leaf("table", [24, 32], 1.0, device);
    let (code, basis) = (leaf("code", [24, 4], 1.0, device), leaf("basis", [4, 32], 1.0, device));
    let lora = Some(LowRank { a: code.clone(), b: basis.clone(), scale: 2.0 });
    let embedding = Embedding { lora, ..Embedding::new(Weight::Dense(table.clone())) };
    let tokens = Tensor::from_data(TensorData::new(ids("ids", 37, 24), [37]), &device.clone().autodiff());
    Ok(with_gradients(embedding.forward(tokens, None), &[("table", &table), ("code", &code), ("basis", &basis)]))
}

/// RMS norm: x / √(mean(x²) + ε) · g.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn norm(device: &Device) -> Result<Tensors> {
    let (x, gain) = (leaf("x", [33, 64], 2.0, device), leaf("gain", [1, 64], 1.0, device));
    let norm = RmsNorm { gain: gain.clone(), eps: 1e-5, offset: 0.0 };
    Ok(with_gradients(norm.forward(x.clone()), &[("x", &x), ("gain", &gain)]))
}

/// Gated unit: down(silu(gate x) · up x).
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn gated(device: &Device) -> Result<Tensors> {
    let x = leaf("x", [33, 32], 2.0, device);
    let (gate, up, down) = (leaf("gate", [48, 32], 0.3, device), leaf("up", [48, 32], 0.3, device), leaf("down", [32, 48], 0.3, device));
    let linear = |w: &Tensor<2>| Linear::new(Weight::Dense(w.clone()));
    let mlp = Mlp { gate: linear(&gate), up: linear(&up), down: linear(&down), scale: None, through: Gate::Silu };
    Ok(with_gradients(mlp.forward(x.clone()), &[("x", &x), ("gate", &gate), ("up", &up), ("down", &down)]))
}

/// Rotary embedding of two rows of five positions, starting at the third position.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn rope(device: &Device) -> Result<Tensors> {
    let x = leaf("x", [2 * 5, SPEC.hidden_size], 1.0, device);
    Ok(with_gradients(Rope::new(&SPEC, device).rotate(x.clone(), 2..7), &[("x", &x)]))
}
