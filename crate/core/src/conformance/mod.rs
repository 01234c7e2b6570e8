//! Conformance cases: every operation that the models use, forward and gradient, as one named case each. `/conformance.html` runs them on a
//! browser's devices.
//!
//! Inputs are generated from their names (`made`), so that any other program can generate the same. `tests/parity/make_conformance.py` computes
//! all cases in PyTorch in float64; `tests/rust/conformance.rs` compares the CPU's numbers with those. The page compares them again in the browser,
//! and then the GPU's with the CPU's.

mod attending;
mod learning;
mod made;
mod pieces;
mod products;

use crate::linear::{Linear, Weight};
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::{Device, Tensor};

/// One operation to check.
pub struct Case {
    /// Id of the case in queries.
    pub id: &'static str,
    /// Display name.
    pub title: &'static str,
    /// Largest allowed difference from the reference, relative to a tensor's largest number.
    pub bound: f64,
    run: fn(&Device) -> Result<Tensors>,
}

/// Named tensors, flattened.
type Tensors = Vec<(String, Tensor<1>)>;

/// A tensor that was read back.
pub struct Numbers {
    /// `y` for the result, `dx` for the gradient with respect to x.
    pub name: String,
    /// Values, row-major.
    pub values: Vec<f32>,
}

/// Bound for differences due to another order of summation.
const ROUNDING: f64 = 1e-4;
/// Bound for many layers, or many steps.
const DEEP: f64 = 1e-3;

/// All cases, simple ones first.
pub const CASES: [Case; 20] = [
    Case { id: "matmul", title: "Matrix product", bound: ROUNDING, run: products::matmul },
    Case { id: "linear", title: "Linear layer", bound: ROUNDING, run: products::linear },
    Case { id: "lora", title: "Linear layer with an adapter", bound: ROUNDING, run: products::lora },
    Case { id: "q8", title: "Product with an 8-bit weight", bound: ROUNDING, run: products::q8 },
    Case { id: "q4", title: "Product with a 4-bit weight", bound: ROUNDING, run: products::q4 },
    Case { id: "q4_offsets", title: "Product with a 4-bit weight and offsets", bound: ROUNDING, run: products::q4_offsets },
    Case { id: "q8_rows", title: "Rows of an 8-bit table", bound: ROUNDING, run: products::q8_rows },
    Case { id: "embedding", title: "Embedding with an adapter", bound: ROUNDING, run: pieces::embedding },
    Case { id: "norm", title: "RMS norm", bound: ROUNDING, run: pieces::norm },
    Case { id: "gated", title: "SwiGLU unit", bound: ROUNDING, run: pieces::gated },
    Case { id: "rope", title: "Rotary embedding", bound: ROUNDING, run: pieces::rope },
    Case { id: "attention", title: "Causal attention", bound: ROUNDING, run: attending::all },
    Case { id: "attention_last", title: "Attention of the answer", bound: ROUNDING, run: attending::last },
    Case { id: "attention_past", title: "Attention after a shared beginning", bound: ROUNDING, run: attending::past },
    Case { id: "cross_entropy", title: "Softmax and cross entropy", bound: ROUNDING, run: learning::cross_entropy },
    Case { id: "kl", title: "KL to a teacher's answers", bound: ROUNDING, run: learning::kl },
    Case { id: "adamw", title: "Three AdamW steps", bound: ROUNDING, run: learning::adamw },
    Case { id: "decoder", title: "A whole decoder", bound: DEEP, run: learning::decoder },
    Case { id: "t5", title: "A whole T5", bound: DEEP, run: learning::t5 },
    Case { id: "drift", title: "Twenty training steps", bound: DEEP, run: learning::drift },
];

/// Computes a case. All of its numbers are read back at once, since a read-back takes a tenth of a second in some browsers.
///
/// # Errors
/// If there is no such case, or the device fails or returns numbers that are not finite.
pub async fn run(id: &str, device: &Device) -> Result<Vec<Numbers>> {
    let case = CASES.iter().find(|case| case.id == id);
    let case =
        case.ok_or_else(|| Error::setting("case", format!("must be one of {}", CASES.each_ref().map(|case| case.id).join(", ")), id))?;
    let (names, tensors): (Vec<_>, Vec<_>) = (case.run)(device)?.into_iter().unzip();
    let sizes: Vec<usize> = tensors.iter().map(|tensor| tensor.dims()[0]).collect();
    let mut values = read(Tensor::cat(tensors, 0)).await?.into_iter();
    Ok(names.into_iter().zip(sizes).map(|(name, n)| Numbers { name, values: values.by_ref().take(n).collect() }).collect())
}

/// Largest matrix size in timed products: 64 MB per matrix.
const MOST_ROWS: usize = 4096;
/// Largest number of products per call.
const MOST_TIMES: u32 = 1 << 17;

/// Multiplies `[n, n]` by `[n, n]`, `times` times, and returns one number of the last product. The caller measures the time.
///
/// # Errors
/// If the limits are exceeded (4096 rows, 131,072 times), or the device fails.
pub async fn product(n: usize, times: u32, device: &Device) -> Result<f32> {
    if !(1..=MOST_ROWS).contains(&n) {
        return Err(Error::setting("n", format!("must be 1 to {MOST_ROWS}"), n));
    }
    if !(1..=MOST_TIMES).contains(&times) {
        return Err(Error::setting("times", format!("must be 1 to {MOST_TIMES}"), times));
    }
    let layer = Linear::new(Weight::Dense(Tensor::ones([n, n], device)));
    let x = Tensor::<2>::ones([n, n], device);
    let mut y = layer.forward(x.clone());
    for _ in 1..times {
        y = layer.forward(x.clone());
    }
    Ok(read(y.slice([0..1, 0..1])).await?[0])
}
