//! Conformance cases of products: plain, with an adapter, and with 8-bit and 4-bit weights. Odd row counts leave incomplete tiles.

use super::Tensors;
use super::made::{ids, leaf, numbers, with_gradients};
use crate::Result;
use crate::linear::{BLOCK, Bits, Linear, Lora, Quantised, Weight};
use burn::tensor::{Device, Tensor, TensorData};

const N: usize = 33;
const D_IN: usize = 64;
const D_OUT: usize = 40;

/// x wᵀ by Burn's own product.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn matmul(device: &Device) -> Result<Tensors> {
    let (x, w) = (leaf("x", [N, D_IN], 1.0, device), leaf("w", [D_OUT, D_IN], 1.0, device));
    Ok(with_gradients(x.clone().matmul(w.clone().transpose()), &[("x", &x), ("w", &w)]))
}

/// x wᵀ as the models compute it, with w trainable.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn linear(device: &Device) -> Result<Tensors> {
    let (x, w) = (leaf("x", [N, D_IN], 1.0, device), leaf("w", [D_OUT, D_IN], 1.0, device));
    Ok(with_gradients(Linear::new(Weight::Dense(w.clone())).forward(x.clone()), &[("x", &x), ("w", &w)]))
}

/// x wᵀ + s (x aᵀ) bᵀ with w frozen.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn lora(device: &Device) -> Result<Tensors> {
    let (x, w) = (leaf("x", [N, D_IN], 1.0, device), leaf("w", [D_OUT, D_IN], 1.0, device).inner());
    let (a, b) = (leaf("a", [8, D_IN], 1.0, device), leaf("b", [D_OUT, 8], 1.0, device));
    let layer = Linear { lora: Some(Lora { a: a.clone(), b: b.clone(), scale: 2.0 }), ..Linear::new(Weight::Dense(w)) };
    Ok(with_gradients(layer.forward(x.clone()), &[("x", &x), ("a", &a), ("b", &b)]))
}

/// A product with a packed, frozen weight.
fn packed(bits: Bits, device: &Device) -> Result<Tensors> {
    let q = Quantised::from_dense(&numbers("w", D_OUT * D_IN, 1.0), [D_OUT, D_IN], bits)?;
    let x = leaf("x", [N, D_IN], 1.0, device);
    Ok(with_gradients(Linear::new(Weight::packed(&q, false, device)).forward(x.clone()), &[("x", &x)]))
}

/// [`packed`] with 8 bits.
pub fn q8(device: &Device) -> Result<Tensors> {
    packed(Bits::Eight, device)
}

/// [`packed`] with 4 bits.
pub fn q4(device: &Device) -> Result<Tensors> {
    packed(Bits::Four, device)
}

/// A product with a weight quantised as by other programs (GGUF's Q4_1): all four-bit values, also negative scales, and an offset per block.
#[expect(clippy::unnecessary_wraps, reason = "one type for all cases")]
pub fn q4_offsets(device: &Device) -> Result<Tensors> {
    let (n, n_blocks) = (D_OUT * D_IN, D_OUT * D_IN / BLOCK);
    let values = ids("q", n, 16).into_iter().map(|id| id as i8 - 8).collect();
    let (scales, offsets) = (numbers("scales", n_blocks, 0.2), numbers("offsets", n_blocks, 0.5));
    let q = Quantised { dims: [D_OUT, D_IN], bits: Bits::Four, values, scales, offsets };
    let x = leaf("x", [N, D_IN], 1.0, device);
    Ok(with_gradients(Linear::new(Weight::packed(&q, false, device)).forward(x.clone()), &[("x", &x)]))
}

/// Rows of a packed table, as looked up by an embedding.
pub fn q8_rows(device: &Device) -> Result<Tensors> {
    let q = Quantised::from_dense(&numbers("w", D_OUT * D_IN, 1.0), [D_OUT, D_IN], Bits::Eight)?;
    let rows = Tensor::from_data(TensorData::new(ids("ids", 13, D_OUT as u32), [13]), device);
    Ok(vec![("y".into(), Weight::packed(&q, true, device).select_rows(rows).flatten(0, 1))])
}
