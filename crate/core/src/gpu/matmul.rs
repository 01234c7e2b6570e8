//! Matrix products with one register tile per invocation and no shared memory: x Wᵀ, g W and gᵀ x. The first two can add a second product of rank
//! r, so that a LoRA needs no further pass over the result.

use super::launch::{empty, launch, rows};
use super::op::{Op, Raw, apply};
use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use std::fmt::Write as _;

/// `x Wᵀ` `[n, out]` for x `[n, in]`, w `[out, in]`. `None` if there is no kernel for these tensors.
pub fn linear(x: Tensor<2>, w: Tensor<2>) -> Option<Tensor<2>> {
    let ([n, d_in], [d_out, _]) = (x.dims(), w.dims());
    let fits = n > 0 && d_in.is_multiple_of(4) && d_out.is_multiple_of(4);
    if fits { apply(&Linear, [x, w]) } else { None }
}

/// `x Wᵀ + s (x Aᵀ) Bᵀ` `[n, out]` for x `[n, in]`, w `[out, in]`, a `[r, in]`, b `[out, r]`. `None` if there is no kernel for these tensors.
pub fn linear_lora(x: Tensor<2>, w: Tensor<2>, a: Tensor<2>, b: Tensor<2>, scale: f64) -> Option<Tensor<2>> {
    let ([n, d_in], [d_out, rank]) = (x.dims(), b.dims());
    let fits = n > 0 && d_in.is_multiple_of(4) && d_out.is_multiple_of(4) && rank.is_multiple_of(4);
    if fits { apply(&LinearLora(scale as f32), [x, w, a, b]) } else { None }
}

#[derive(Debug, Clone)]
struct Linear;

impl Op<2> for Linear {
    fn forward(&self, [x, w]: &[Raw; 2]) -> (Raw, Vec<Raw>) {
        (by_rows(x, w, None, 1.0), vec![])
    }

    fn backward(&self, [x, w]: &[Raw; 2], _kept: &[Raw], grad: Raw, wanted: [bool; 2]) -> [Option<Raw>; 2] {
        [wanted[0].then(|| by_columns(&grad, w, None, 1.0)), wanted[1].then(|| over_rows(&grad, x, 1.0))]
    }
}

#[derive(Debug, Clone)]
struct LinearLora(f32);

impl Op<4> for LinearLora {
    fn forward(&self, [x, w, a, b]: &[Raw; 4]) -> (Raw, Vec<Raw>) {
        let low = by_rows(x, a, None, 1.0);
        (by_rows(x, w, Some((&low, b)), self.0), vec![low])
    }

    fn backward(&self, [x, w, a, b]: &[Raw; 4], kept: &[Raw], grad: Raw, wanted: [bool; 4]) -> [Option<Raw>; 4] {
        let low_grad = by_columns(&grad, b, None, self.0); // s g B [n, r]
        [
            wanted[0].then(|| by_columns(&grad, w, Some((&low_grad, a)), 1.0)),
            wanted[1].then(|| over_rows(&grad, x, 1.0)),
            wanted[2].then(|| over_rows(&low_grad, x, 1.0)),
            wanted[3].then(|| over_rows(&grad, &kept[0], self.0)),
        ]
    }
}

fn dims(x: &Raw) -> [usize; 2] {
    let shape = x.shape();
    [shape[0], shape[1]]
}

/// Rows and columns of a tile. A GPU needs many invocations, so its tiles grow only while enough remain. A software GPU needs as many products per
/// load as its compiler still optimises (measured on SwiftShader: 2.5 GFLOP/s per core at 8 × 4, 3.2 at 16 × 8).
fn tile(n: usize, m: usize) -> [usize; 2] {
    if super::is_software() {
        return [n.next_power_of_two().min(16), if m.is_multiple_of(8) { 8 } else { 4 }];
    }
    let mut rows = 8;
    while rows > 1 && n.div_ceil(rows) * (m / 4) < ENOUGH {
        rows /= 2;
    }
    [rows, 4]
}

/// Number of invocations that keeps a GPU busy.
const ENOUGH: usize = 16_384;

/// `x Wᵀ (+ s h Bᵀ)` `[n, m]` for x `[n, k]`, w `[m, k]`, h `[n, r]`, b `[m, r]`; without h and b, `s x Wᵀ`.
fn by_rows(x: &Raw, w: &Raw, more: Option<(&Raw, &Raw)>, scale: f32) -> Raw {
    let ([n, k], [m, _]) = (dims(x), dims(w));
    let (x, w, y) = (rows(x), rows(w), empty(x, [n, m]));
    let [tile, wide] = tile(n, m);
    let numbers = [n as u32, scale.to_bits()];
    let invocations = n.div_ceil(tile) * (m / wide);
    match more {
        None => launch(("x wt", vec![m, k, 0, tile, wide]), by_rows_text, &[(&x, 4), (&w, 4), (&y, 1)], invocations, &numbers),
        Some((h, b)) => {
            let (h, b) = (rows(h), rows(b));
            let key = ("x wt", vec![m, k, dims(&h)[1], tile, wide]);
            launch(key, by_rows_text, &[(&x, 4), (&w, 4), (&h, 4), (&b, 4), (&y, 1)], invocations, &numbers);
        }
    }
    y
}

fn by_rows_text(numbers: &[usize]) -> String {
    let [m, k, r, tile, wide] = [numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]];
    let columns = m / wide;
    let mut t = format!("let col = (at % {columns}u) * {wide}u;\nlet row = (at / {columns}u) * {tile}u;\nlet last = info[1] - 1u;\n");
    for i in 0..tile {
        let _ = writeln!(t, "let r{i} = min(row + {i}u, last);");
        for j in 0..wide {
            let _ = writeln!(t, "var c{i}_{j} = 0.0;");
        }
    }
    let mut product = |x: &str, w: &str, k4: usize, times: &str| {
        let _ = writeln!(t, "for (var k = 0u; k < {k4}u; k++) {{");
        for i in 0..tile {
            let _ = writeln!(t, "let x{i} = {x}[r{i} * {k4}u + k];");
        }
        for j in 0..wide {
            let _ = writeln!(t, "let w{j} = {w}[(col + {j}u) * {k4}u + k]{times};");
            for i in 0..tile {
                let _ = writeln!(t, "c{i}_{j} += dot(x{i}, w{j});");
            }
        }
        t.push_str("}\n");
    };
    let y = if r == 0 { "b2" } else { "b4" };
    product("b0", "b1", k / 4, "");
    if r > 0 {
        product("b2", "b3", r / 4, " * bitcast<f32>(info[2])");
    }
    for i in 0..tile {
        let _ = writeln!(t, "if (row + {i}u <= last) {{");
        for j in 0..wide {
            let _ = writeln!(t, "{y}[(row + {i}u) * {m}u + col + {j}u] = c{i}_{j};");
        }
        t.push_str("}\n");
    }
    t
}

/// `s g W (+ h A)` `[n, m]` for g `[n, k]`, w `[k, m]`, h `[n, r]`, a `[r, m]`.
fn by_columns(g: &Raw, w: &Raw, more: Option<(&Raw, &Raw)>, scale: f32) -> Raw {
    let ([n, k], [_, m]) = (dims(g), dims(w));
    let (g, w, y) = (rows(g), rows(w), empty(g, [n, m]));
    let [tile, wide] = tile(n, m);
    let numbers = [n as u32, scale.to_bits()];
    let invocations = n.div_ceil(tile) * (m / wide);
    match more {
        None => launch(("g w", vec![m, k, 0, tile, wide]), by_columns_text, &[(&g, 4), (&w, 4), (&y, 4)], invocations, &numbers),
        Some((h, a)) => {
            let (h, a) = (rows(h), rows(a));
            let key = ("g w", vec![m, k, dims(&h)[1], tile, wide]);
            launch(key, by_columns_text, &[(&g, 4), (&w, 4), (&h, 4), (&a, 4), (&y, 4)], invocations, &numbers);
        }
    }
    y
}

fn by_columns_text(numbers: &[usize]) -> String {
    let [m, k, r, tile, wide] = [numbers[0], numbers[1], numbers[2], numbers[3], numbers[4] / 4];
    let (m4, columns) = (m / 4, m / 4 / wide);
    let mut t = format!("let col = (at % {columns}u) * {wide}u;\nlet row = (at / {columns}u) * {tile}u;\nlet last = info[1] - 1u;\n");
    for i in 0..tile {
        let _ = writeln!(t, "let r{i} = min(row + {i}u, last);");
        for j in 0..wide {
            let _ = writeln!(t, "var c{i}_{j} = vec4f();");
        }
    }
    let mut product = |g: &str, w: &str, k4: usize| {
        let _ = writeln!(t, "for (var k = 0u; k < {k4}u; k++) {{");
        for i in 0..tile {
            let _ = writeln!(t, "let g{i} = {g}[r{i} * {k4}u + k];");
        }
        for (q, part) in ["x", "y", "z", "w"].iter().enumerate() {
            for j in 0..wide {
                let _ = writeln!(t, "let w{q}_{j} = {w}[(k * 4u + {q}u) * {m4}u + col + {j}u];");
                for i in 0..tile {
                    let _ = writeln!(t, "c{i}_{j} += g{i}.{part} * w{q}_{j};");
                }
            }
        }
        t.push_str("}\n");
    };
    let y = if r == 0 { "b2" } else { "b4" };
    product("b0", "b1", k / 4);
    if r > 0 {
        product("b2", "b3", r / 4);
    }
    for i in 0..tile {
        let _ = writeln!(t, "if (row + {i}u <= last) {{");
        for j in 0..wide {
            let _ = writeln!(t, "{y}[(row + {i}u) * {m4}u + col + {j}u] = c{i}_{j} * bitcast<f32>(info[2]);");
        }
        t.push_str("}\n");
    }
    t
}

/// `s gᵀ x` `[m, k]`, the gradient of a weight, for g `[n, m]`, x `[n, k]`.
fn over_rows(g: &Raw, x: &Raw, scale: f32) -> Raw {
    let ([n, m], [_, k]) = (dims(g), dims(x));
    let (g, x, y) = (rows(g), rows(x), empty(g, [m, k]));
    let tiles = m / 4 * (k / 4);
    // An adapter's factor is small and its sum long: too few invocations for a GPU, so several share the rows.
    let parts = if super::is_software() { 1 } else { (ENOUGH / tiles).clamp(1, n.div_ceil(32)) };
    let each = n.div_ceil(parts);
    let sums = if parts == 1 { y.clone() } else { empty(&y, [parts * m, k]) };
    let numbers = [n as u32, scale.to_bits(), each as u32];
    launch(("gt x", vec![m, k]), over_rows_text, &[(&g, 4), (&x, 4), (&sums, 4)], tiles * parts, &numbers);
    if parts > 1 {
        launch(("sum of parts", vec![]), sum_text, &[(&sums, 4), (&y, 4)], m * k / 4, &[parts as u32]);
    }
    y
}

fn over_rows_text(numbers: &[usize]) -> String {
    let [m4, k4] = [numbers[0] / 4, numbers[1] / 4];
    let mut t = format!("let col = at % {k4}u;\nlet row = at / {k4}u % {m4}u;\nlet part = at / {}u;\n", k4 * m4);
    t.push_str("var c0 = vec4f();\nvar c1 = vec4f();\nvar c2 = vec4f();\nvar c3 = vec4f();\n");
    t.push_str("for (var i = part * info[3]; i < min((part + 1u) * info[3], info[1]); i++) {\n");
    let _ = writeln!(t, "let grad = b0[i * {m4}u + row];\nlet x = b1[i * {k4}u + col];");
    t.push_str("c0 += grad.x * x;\nc1 += grad.y * x;\nc2 += grad.z * x;\nc3 += grad.w * x;\n}\n");
    for i in 0..4 {
        let _ = writeln!(t, "b2[(part * {}u + row * 4u + {i}u) * {k4}u + col] = c{i} * bitcast<f32>(info[2]);", numbers[0]);
    }
    t
}

fn sum_text(_: &[usize]) -> String {
    "var sum = vec4f();\nfor (var part = 0u; part < info[1]; part++) { sum += b0[part * info[0] + at]; }\nb1[at] = sum;\n".into()
}
