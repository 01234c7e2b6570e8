//! Causal grouped-query attention without storing its weights: one invocation per query and head, with an online softmax (arXiv 2112.05682).

use super::launch::{empty, launch, rows};
use super::op::{Op, Raw, apply};
use burn::backend::TensorMetadata;
use burn::tensor::Tensor;
use std::fmt::Write as _;

/// Attention output `[batch · n_q, heads · dim]` for q `[batch · n_q, heads · dim]` and k, v `[batch · n_k, kv_heads · dim]`. The last of the `n_q`
/// queries sees all keys, each earlier query one key less. `None` if there is no kernel for these tensors.
pub fn attend(q: Tensor<2>, k: Tensor<2>, v: Tensor<2>, [batch, heads, kv_heads]: [usize; 3]) -> Option<Tensor<2>> {
    let ([rows, width], [keys, _]) = (q.dims(), k.dims());
    let dim = width / heads;
    // More than 128 numbers per head would not fit into registers.
    let fits = batch > 0 && dim.is_multiple_of(4) && dim <= 128;
    let op = Attend { heads, kv_heads, dim, n_q: rows / batch.max(1), n_k: keys / batch.max(1) };
    if fits { apply(&op, [q, k, v]) } else { None }
}

#[derive(Debug, Clone)]
struct Attend {
    heads: usize,
    kv_heads: usize,
    dim: usize,
    n_q: usize,
    n_k: usize,
}

impl Attend {
    fn key(&self, name: &'static str) -> super::launch::Key {
        (name, vec![self.heads, self.kv_heads, self.dim])
    }

    fn numbers(&self) -> [u32; 2] {
        [self.n_q as u32, self.n_k as u32]
    }
}

impl Op<3> for Attend {
    fn forward(&self, [q, k, v]: &[Raw; 3]) -> (Raw, Vec<Raw>) {
        let (n, width) = (q.shape()[0], self.heads * self.dim);
        // For every query and head the logarithm of the softmax's sum, next to a place for an intermediate result of the gradient. Both share one
        // buffer, since WebGPU guarantees eight buffers per kernel.
        let (y, sums) = (empty(q, [n, width]), empty(q, [n, 2 * self.heads]));
        let buffers = [(&rows(q), 4), (&rows(k), 4), (&rows(v), 4), (&y, 4), (&sums, 1)];
        launch(self.key("attend"), forward_text, &buffers, n * self.heads, &self.numbers());
        (y.clone(), vec![y, sums])
    }

    fn backward(&self, [q, k, v]: &[Raw; 3], kept: &[Raw], grad: Raw, wanted: [bool; 3]) -> [Option<Raw>; 3] {
        let (q, k, v, grad) = (rows(q), rows(k), rows(v), rows(&grad));
        let (n, n_keys) = (q.shape()[0], k.shape()[0]);
        let dq = empty(&q, [n, self.heads * self.dim]);
        let buffers = [(&q, 4), (&k, 4), (&v, 4), (&kept[0], 4), (&kept[1], 1), (&grad, 4), (&dq, 4)];
        launch(self.key("attend back to queries"), query_text, &buffers, n * self.heads, &self.numbers());
        let of_keys = (wanted[1] || wanted[2]).then(|| {
            let width = self.kv_heads * self.dim;
            let (dk, dv) = (empty(&k, [n_keys, width]), empty(&k, [n_keys, width]));
            let buffers = [(&q, 4), (&k, 4), (&v, 4), (&kept[1], 1), (&grad, 4), (&dk, 4), (&dv, 4)];
            launch(self.key("attend back to keys"), key_text, &buffers, n_keys * self.kv_heads, &self.numbers());
            (dk, dv)
        });
        let (dk, dv) = of_keys.unzip();
        [wanted[0].then_some(dq), dk.filter(|_| wanted[1]), dv.filter(|_| wanted[2])]
    }
}

/// The shape `[heads, kv_heads, dim / 4]` from the kernel's numbers.
fn shape(numbers: &[usize]) -> [usize; 3] {
    [numbers[0], numbers[1], numbers[2] / 4]
}

fn scale(numbers: &[usize]) -> f64 {
    1.0 / (numbers[2] as f64).sqrt()
}

/// One line per quarter of a head, with `#` replaced by its index.
fn each(d4: usize, line: &str) -> String {
    (0..d4).map(|i| line.replace('#', &i.to_string()) + "\n").collect()
}

/// WGSL for the dot product of two heads, summed over their quarters.
fn dot(d4: usize, a: &str, b: &str) -> String {
    (0..d4).map(|i| format!("dot({}, {})", a.replace('#', &i.to_string()), b.replace('#', &i.to_string()))).collect::<Vec<_>>().join(" + ")
}

/// WGSL for an invocation's query: its position `to_q` in q, the position `to_k` of its batch row's first key, and the number of keys it sees.
fn query_place([heads, kv_heads, d4]: [usize; 3]) -> String {
    let group = heads / kv_heads;
    format!(
        "let head = at % {heads}u;
let row = at / {heads}u;
let seen = info[2] - info[1] + row % info[1] + 1u;
let to_q = row * {}u + head * {d4}u;
let to_k = row / info[1] * info[2] * {}u + head / {group}u * {d4}u;
",
        heads * d4,
        kv_heads * d4,
    )
}

fn forward_text(numbers: &[usize]) -> String {
    let of @ [_, kv_heads, d4] = shape(numbers);
    let mut t = query_place(of);
    t += &each(d4, "let q# = b0[to_q + #u];\nvar y# = vec4f();");
    let _ = writeln!(t, "var top = -1e30;\nvar sum = 0.0;\nfor (var j = 0u; j < seen; j++) {{\nlet k = to_k + j * {}u;", kv_heads * d4);
    let _ = writeln!(t, "let score = ({}) * {:?};", dot(d4, "q#", "b1[k + #u]"), scale(numbers));
    t += "let higher = max(top, score);\nlet fade = exp(top - higher);\nlet p = exp(score - higher);\ntop = higher;\nsum = sum * fade + p;\n";
    t += &each(d4, "y# = y# * fade + p * b2[k + #u];");
    t += "}\n";
    t += &each(d4, "b3[to_q + #u] = y# / sum;");
    t + "b4[at * 2u] = top + log(sum);\n"
}

fn query_text(numbers: &[usize]) -> String {
    let of @ [_, kv_heads, d4] = shape(numbers);
    let mut t = query_place(of);
    t += &each(d4, "let q# = b0[to_q + #u];\nlet g# = b5[to_q + #u];\nvar d# = vec4f();");
    let _ = writeln!(t, "let along = {};\nb4[at * 2u + 1u] = along;\nlet log_sum = b4[at * 2u];", dot(d4, "g#", "b3[to_q + #u]"));
    let _ = writeln!(t, "for (var j = 0u; j < seen; j++) {{\nlet k = to_k + j * {}u;", kv_heads * d4);
    t += &each(d4, "let k# = b1[k + #u];");
    let _ = writeln!(t, "let p = exp(({}) * {:?} - log_sum);", dot(d4, "q#", "k#"), scale(numbers));
    let _ = writeln!(t, "let ds = p * (({}) - along) * {:?};", dot(d4, "g#", "b2[k + #u]"), scale(numbers));
    t += &each(d4, "d# += ds * k#;");
    t += "}\n";
    t + &each(d4, "b6[to_q + #u] = d#;")
}

fn key_text(numbers: &[usize]) -> String {
    let [heads, kv_heads, d4] = shape(numbers);
    let group = heads / kv_heads;
    let mut t = format!(
        "let kv = at % {kv_heads}u;
let row = at / {kv_heads}u;
let j = row % info[2];
let first = max(j + info[1], info[2]) - info[2];
let to_k = row * {}u + kv * {d4}u;
",
        kv_heads * d4
    );
    t += &each(d4, "let k# = b1[to_k + #u];\nlet v# = b2[to_k + #u];\nvar dk# = vec4f();\nvar dv# = vec4f();");
    let _ = writeln!(t, "for (var i = first; i < info[1]; i++) {{\nfor (var h = kv * {group}u; h < (kv + 1u) * {group}u; h++) {{");
    let _ = writeln!(t, "let one = (row / info[2] * info[1] + i) * {heads}u + h;\nlet q = one * {d4}u;");
    t += &each(d4, "let q# = b0[q + #u];\nlet g# = b4[q + #u];");
    let _ = writeln!(t, "let p = exp(({}) * {:?} - b3[one * 2u]);", dot(d4, "q#", "k#"), scale(numbers));
    let _ = writeln!(t, "let ds = p * (({}) - b3[one * 2u + 1u]) * {:?};", dot(d4, "g#", "v#"), scale(numbers));
    t += &each(d4, "dk# += ds * q#;\ndv# += p * g#;");
    t += "}\n}\n";
    t + &each(d4, "b5[to_k + #u] = dk#;\nb6[to_k + #u] = dv#;")
}
