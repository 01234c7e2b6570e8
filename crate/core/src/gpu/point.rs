//! Row-wise and element-wise kernels: norm, gated unit, rotary embedding, AdamW.

use super::launch::{empty, launch, rows};
use super::op::{Op, Raw, apply, raw};
use burn::backend::ops::FloatTensorOps;
use burn::backend::{Cube, TensorMetadata};
use burn::tensor::Tensor;
use std::ops::Range;

/// RMS norm `x / √(mean(x²) + ε) · g` `[n, d]` for x `[n, d]`, g `[1, d]`. `None` if there is no kernel for these tensors.
pub fn norm(x: Tensor<2>, gain: Tensor<2>, eps: f64) -> Option<Tensor<2>> {
    let [n, d] = x.dims();
    if n > 0 && d.is_multiple_of(4) { apply(&Norm(eps as f32), [x, gain]) } else { None }
}

/// Gated unit `silu(gate) · up`, all `[n, d]`. `None` if there is no kernel for these tensors.
pub fn gated(gate: Tensor<2>, up: Tensor<2>) -> Option<Tensor<2>> {
    let [n, d] = gate.dims();
    if n > 0 && d.is_multiple_of(4) { apply(&Gated, [gate, up]) } else { None }
}

/// Rotary embedding of x `[rows · positions, heads · dim]` by tables `[1, positions of the model, dim]`, half-split. `None` if there is no kernel
/// for these tensors.
pub fn rotate(x: Tensor<2>, cos: &Tensor<3>, sin: &Tensor<3>, positions: &Range<usize>) -> Option<Tensor<2>> {
    let dim = cos.dims()[2];
    if !dim.is_multiple_of(8) {
        return None;
    }
    let op = Rotate { cos: raw(cos.clone())?, sin: raw(sin.clone())?, dim, start: positions.start as u32, seq: positions.len() as u32 };
    apply(&op, [x])
}

fn dims(x: &Raw) -> [usize; 2] {
    let shape = x.shape();
    [shape[0], shape[1]]
}

#[derive(Debug, Clone)]
struct Norm(f32);

impl Op<2> for Norm {
    fn forward(&self, [x, gain]: &[Raw; 2]) -> (Raw, Vec<Raw>) {
        let [n, d] = dims(x);
        let y = empty(x, [n, d]);
        launch(("norm", vec![d]), norm_text, &[(&rows(x), 4), (&rows(gain), 4), (&y, 4)], n, &[self.0.to_bits()]);
        (y, vec![])
    }

    fn backward(&self, [x, gain]: &[Raw; 2], _kept: &[Raw], grad: Raw, wanted: [bool; 2]) -> [Option<Raw>; 2] {
        let [n, d] = dims(x);
        let (dx, inverse) = (empty(x, [n, d]), empty(x, [n, 1]));
        let buffers = [(&rows(x), 4), (&rows(gain), 4), (&rows(&grad), 4), (&dx, 4), (&inverse, 1)];
        launch(("norm back", vec![d]), norm_back_text, &buffers, n, &[self.0.to_bits()]);
        // Only a model trained from scratch updates its gains, so Burn's sum is good enough.
        let of_gain = wanted[1].then(|| Cube::float_sum_dim(Cube::float_mul(Cube::float_mul(grad, x.clone()), inverse), 0));
        [wanted[0].then_some(dx), of_gain]
    }
}

fn norm_text(numbers: &[usize]) -> String {
    let d4 = numbers[0] / 4;
    format!(
        "var sum = 0.0;
for (var k = 0u; k < {d4}u; k++) {{ let x = b0[at * {d4}u + k]; sum += dot(x, x); }}
let inverse = 1.0 / sqrt(sum / {d}.0 + bitcast<f32>(info[1]));
for (var k = 0u; k < {d4}u; k++) {{ b2[at * {d4}u + k] = b0[at * {d4}u + k] * inverse * b1[k]; }}
",
        d = numbers[0]
    )
}

fn norm_back_text(numbers: &[usize]) -> String {
    let d4 = numbers[0] / 4;
    format!(
        "var sum = 0.0;
var mixed = 0.0;
for (var k = 0u; k < {d4}u; k++) {{ let x = b0[at * {d4}u + k]; sum += dot(x, x); mixed += dot(x, b2[at * {d4}u + k] * b1[k]); }}
let inverse = 1.0 / sqrt(sum / {d}.0 + bitcast<f32>(info[1]));
let back = mixed * inverse * inverse / {d}.0;
for (var k = 0u; k < {d4}u; k++) {{ let i = at * {d4}u + k; b3[i] = (b2[i] * b1[k] - b0[i] * back) * inverse; }}
b4[at] = inverse;
",
        d = numbers[0]
    )
}

#[derive(Debug, Clone)]
struct Gated;

impl Op<2> for Gated {
    fn forward(&self, [gate, up]: &[Raw; 2]) -> (Raw, Vec<Raw>) {
        let [n, d] = dims(gate);
        let y = empty(gate, [n, d]);
        launch(("gated", vec![]), gated_text, &[(&rows(gate), 4), (&rows(up), 4), (&y, 4)], n * d / 4, &[]);
        (y, vec![])
    }

    fn backward(&self, [gate, up]: &[Raw; 2], _kept: &[Raw], grad: Raw, wanted: [bool; 2]) -> [Option<Raw>; 2] {
        let [n, d] = dims(gate);
        let (d_gate, d_up) = (empty(gate, [n, d]), empty(gate, [n, d]));
        let buffers = [(&rows(gate), 4), (&rows(up), 4), (&rows(&grad), 4), (&d_gate, 4), (&d_up, 4)];
        launch(("gated back", vec![]), gated_back_text, &buffers, n * d / 4, &[]);
        [wanted[0].then_some(d_gate), wanted[1].then_some(d_up)]
    }
}

fn gated_text(_: &[usize]) -> String {
    "let x = b0[at];\nb2[at] = x / (1.0 + exp(-x)) * b1[at];\n".into()
}

fn gated_back_text(_: &[usize]) -> String {
    "let x = b0[at];
let s = 1.0 / (1.0 + exp(-x));
let g = b2[at];
b3[at] = g * b1[at] * s * (1.0 + x * (1.0 - s));
b4[at] = g * x * s;
"
    .into()
}

#[derive(Debug, Clone)]
struct Rotate {
    cos: Raw,
    sin: Raw,
    dim: usize,
    start: u32,
    seq: u32,
}

impl Rotate {
    fn turn(&self, x: &Raw, sign: f32) -> Raw {
        let [n, width] = dims(x);
        let y = empty(x, [n, width]);
        let buffers = [(&rows(x), 4), (&rows(&self.cos), 4), (&rows(&self.sin), 4), (&y, 4)];
        launch(("rotate", vec![width, self.dim]), rotate_text, &buffers, n * width / 8, &[self.start, self.seq, sign.to_bits()]);
        y
    }
}

impl Op<1> for Rotate {
    fn forward(&self, [x]: &[Raw; 1]) -> (Raw, Vec<Raw>) {
        (self.turn(x, 1.0), vec![])
    }

    fn backward(&self, _inputs: &[Raw; 1], _kept: &[Raw], grad: Raw, _wanted: [bool; 1]) -> [Option<Raw>; 1] {
        [Some(self.turn(&grad, -1.0))]
    }
}

fn rotate_text(numbers: &[usize]) -> String {
    let (width, dim) = (numbers[0], numbers[1]);
    let (half4, pairs) = (dim / 8, width / 8);
    format!(
        "let row = at / {pairs}u;
let head = at % {pairs}u / {half4}u;
let i = at % {half4}u;
let table = (info[1] + row % info[2]) * {dim4}u + i;
let low = row * {width4}u + head * {dim4}u + i;
let c = b1[table];
let s = b2[table] * bitcast<f32>(info[3]);
let x = b0[low];
let y = b0[low + {half4}u];
b3[low] = x * c - y * s;
b3[low + {half4}u] = y * c + x * s;
",
        dim4 = dim / 4,
        width4 = width / 4
    )
}

/// AdamW's moments of one parameter, and its number of steps.
#[derive(Clone)]
pub struct Moments {
    first: Raw,
    second: Raw,
    time: i32,
}

impl Moments {
    /// First and second moment as tensors, and the number of steps.
    pub fn tensors(&self) -> (Tensor<2>, Tensor<2>, usize) {
        let tensor = |raw: &Raw| Tensor::from_primitive::<Cube>(raw.clone());
        (tensor(&self.first), tensor(&self.second), self.time as usize)
    }

    /// Moments from tensors on this device; none where there are no kernels.
    pub fn from_tensors(first: &Tensor<2>, second: &Tensor<2>, time: usize) -> Option<Self> {
        let (first, second) = (raw(first.clone())?, raw(second.clone())?);
        super::is_enabled().then(|| Self { first: rows(&first), second: rows(&second), time: time as i32 })
    }
}

/// The numbers of an AdamW step; β₁ is 0.9.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Learning rate.
    pub lr: f64,
    /// The factor left by weight decay.
    pub keep: f64,
    /// ε, added to the root of the mean squared gradient.
    pub eps: f64,
    /// β₂, of the mean squared gradient.
    pub beta_2: f64,
    /// Whether a number decays before the first gradient that reached it.
    pub decays_untouched: bool,
}

/// One AdamW step of a parameter without a graph. `None` if there is no kernel for these tensors.
pub fn adam(param: Tensor<2>, grad: Tensor<2>, before: Option<Moments>, step: AdamStep) -> Option<(Tensor<2>, Moments)> {
    if !super::is_enabled() {
        return None;
    }
    let [n, d] = param.dims();
    let (param, grad) = (raw(param)?, raw(grad)?);
    let (moved, first, second) = (empty(&param, [n, d]), empty(&param, [n, d]), empty(&param, [n, d]));
    let time = before.as_ref().map_or(0, |before| before.time) + 1;
    let AdamStep { lr, keep, eps, beta_2, decays_untouched } = step;
    let left = 1.0 - (beta_2 as f32).powi(time);
    let numbers = [lr as f32, keep as f32, eps as f32, 1.0 - 0.9f32.powi(time), left, beta_2 as f32, (1.0 - beta_2) as f32];
    let numbers = numbers.map(f32::to_bits);
    let key = |has_moments: usize| ("adam", vec![has_moments, usize::from(decays_untouched)]);
    let (param, grad) = (rows(&param), rows(&grad));
    match &before {
        None => launch(key(0), adam_text, &[(&param, 1), (&grad, 1), (&moved, 1), (&first, 1), (&second, 1)], n * d, &numbers),
        Some(before) => {
            let buffers = [(&param, 1), (&grad, 1), (&moved, 1), (&first, 1), (&second, 1), (&before.first, 1), (&before.second, 1)];
            launch(key(1), adam_text, &buffers, n * d, &numbers);
        }
    }
    Some((Tensor::from_primitive::<Cube>(moved), Moments { first, second, time }))
}

fn adam_text(numbers: &[usize]) -> String {
    let (first, second) = if numbers[0] == 0 { ("0.0", "0.0") } else { ("b5[at]", "b6[at]") };
    let keep = if numbers[1] == 1 { "bitcast<f32>(info[2])" } else { "select(bitcast<f32>(info[2]), 1.0, abs(first) + second == 0.0)" };
    format!(
        "let grad = b1[at];
let first = {first} * 0.9 + grad * 0.1;
let second = {second} * bitcast<f32>(info[6]) + grad * grad * bitcast<f32>(info[7]);
b3[at] = first;
b4[at] = second;
let step = first / bitcast<f32>(info[4]) / (sqrt(second / bitcast<f32>(info[5])) + bitcast<f32>(info[3]));
b2[at] = b0[at] * {keep} - step * bitcast<f32>(info[1]);
"
    )
}
