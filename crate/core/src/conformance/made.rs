//! Inputs generated from their names, identically in every language: 32-bit integer arithmetic, of which 24 bits become a float exactly.

use super::Tensors;
use crate::linear::Weight;
use crate::model::EMBEDDING;
use burn::tensor::{Device, Int, Tensor, TensorData};

/// `n` numbers in ±`scale`: a hash of the name (FNV-1a) and the index, mixed (lowbias32).
pub fn numbers(name: &str, n: usize, scale: f64) -> Vec<f32> {
    let seed = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mixed = |i: u32| {
        let mut x = seed.wrapping_add(i.wrapping_mul(0x9e37_79b9));
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        x ^ (x >> 16)
    };
    (0..n as u32).map(|i| ((f64::from(mixed(i) >> 8) / f64::from(1 << 23) - 1.0) * scale) as f32).collect()
}

/// A matrix of [`numbers`], without a graph.
pub fn matrix(name: &str, dims: [usize; 2], scale: f64, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers(name, dims[0] * dims[1], scale), dims), device)
}

/// A matrix of [`numbers`] that requires a gradient.
pub fn leaf(name: &str, dims: [usize; 2], scale: f64, device: &Device) -> Tensor<2> {
    matrix(name, dims, scale, &device.clone().autodiff()).require_grad()
}

/// A model's weight by its published name: gains around 1, tables within ±1, others such that a product keeps the magnitude of its input.
pub fn weight(name: &str, dims: [usize; 2], device: &Device) -> Weight {
    Weight::Dense(match name {
        _ if name.ends_with("norm.weight") => matrix(name, dims, 0.3, device).add_scalar(1.0),
        EMBEDDING | "shared.weight" => matrix(name, dims, 1.0, device),
        _ if name.contains("relative_attention_bias") => matrix(name, dims, 1.0, device),
        _ => matrix(name, dims, 1.5 / (dims[1] as f64).sqrt(), device),
    })
}

/// `n` integers below `below`, generated like [`numbers`].
pub fn ids(name: &str, n: usize, below: u32) -> Vec<i32> {
    numbers(name, n, 1.0).into_iter().map(|v| (f64::midpoint(f64::from(v), 1.0) * f64::from(below)) as i32).collect()
}

/// [`ids`] as prompts `[batch, seq]`.
pub fn tokens(name: &str, dims: [usize; 2], below: u32, device: &Device) -> Tensor<2, Int> {
    Tensor::from_data(TensorData::new(ids(name, dims[0] * dims[1], below), dims), device)
}

/// A result `y`, and the gradients of Σ y · c for the named leaves. c is generated from a name too, so that every element of y has another weight.
pub fn with_gradients(y: Tensor<2>, leaves: &[(&str, &Tensor<2>)]) -> Tensors {
    let dims = y.dims();
    let mut out = vec![("y".to_owned(), y.clone().inner().flatten(0, 1))];
    let c = matrix("c", dims, 1.0, &y.device());
    let mut grads = (y * c).sum().backward();
    for (name, leaf) in leaves {
        // Burn has no gradient for leaves that the result does not depend on; it is 0.
        let grad = leaf.grad_remove(&mut grads).unwrap_or_else(|| (*leaf).clone().inner().zeros_like());
        out.push((format!("d{name}"), grad.flatten(0, 1)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand for the empty name: FNV-1a gives its offset, 0x811c9dc5, and lowbias32 of that is 0x74141c20.
    #[test]
    fn numbers_are_those_of_the_name() {
        let first = numbers("", 2, 1.0);
        let expected = f64::from(0x7414_1c20_u32 >> 8) / f64::from(1 << 23) - 1.0;
        assert_eq!(f64::from(first[0]), expected);
        assert!(numbers("x", 4096, 2.0).iter().all(|v| (-2.0..2.0).contains(v)));
        assert!(ids("x", 4096, 5).iter().all(|id| (0..5).contains(id)) && ids("x", 4096, 5).contains(&4));
    }
}
