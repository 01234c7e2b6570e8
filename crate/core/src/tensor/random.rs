//! Random tensors drawn on the host, so that a seed gives the same numbers on every device.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngCore};

/// The random number generator of a run; portable between 32 and 64 bit.
pub type SeedRng = rand_chacha::ChaCha8Rng;

/// A matrix of uniform random numbers in ±`bound`.
pub fn uniform(dims: [usize; 2], bound: f64, rng: &mut SeedRng, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..dims[0] * dims[1]).map(|_| rng.random_range(-bound..bound) as f32).collect();
    Tensor::from_data(TensorData::new(values, dims), device)
}

/// A matrix of normal random numbers with mean 0 and standard deviation `std` (Box–Muller).
pub fn normal(dims: [usize; 2], std: f64, rng: &mut SeedRng, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = (0..dims[0] * dims[1])
        .map(|_| {
            let (u, v) = (rng.random_range(f64::MIN_POSITIVE..1.0), rng.random::<f64>());
            ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos() * std) as f32
        })
        .collect();
    Tensor::from_data(TensorData::new(values, dims), device)
}

/// A dropout mask: 0 with probability `rate` (to 1 in 65,536), otherwise 1 / (1 − `rate`), so that the mean is preserved.
pub fn dropout_mask(dims: [usize; 2], rate: f64, rng: &mut SeedRng, device: &Device) -> Tensor<2> {
    let dropped = (rate * 65536.0).round() as u16; // of 65,536: two random bytes a number, since drawing whole floats takes a tenth of a step
    let kept = (65536.0 / (65536.0 - f64::from(dropped))) as f32;
    let mut drawn = vec![0u8; 2 * dims[0] * dims[1]];
    rng.fill_bytes(&mut drawn);
    let values = drawn.as_chunks::<2>().0.iter().map(|two| if u16::from_le_bytes(*two) < dropped { 0.0 } else { kept }).collect();
    Tensor::from_data(TensorData::new(values, dims), device)
}
