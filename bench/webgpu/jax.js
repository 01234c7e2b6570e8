// @ts-nocheck jax-js is installed by webgpu.mjs alone.
// The same step in jax-js, in one `jit`: teacher forward, student forward and backward, Adam. Its values are other random numbers.

import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';

const [B, T, D, F, V, H, R, LAYERS] = [8, 64, 128, 384, 4096, 4, 8, 2];
const SCALE = 2;

const random = (dims, deviation) => {
  const n = dims.reduce((a, b) => a * b, 1);
  // Uniform of that deviation: values do not matter to the clock.
  return np.array(Float32Array.from({ length: n }, () => (Math.random() * 2 - 1) * deviation * Math.sqrt(3))).reshape(dims);
};

/** Weights `[in, out]` for `x W`, which is what this library's product wants. */
const decoder = () => ({
  embed: random([V, D], 1),
  head: random([D, V], 1 / Math.sqrt(D)),
  norm: np.ones([D]),
  blocks: Array.from({ length: LAYERS }, () => ({
    norm1: np.ones([D]),
    norm2: np.ones([D]),
    q: random([D, D], 1 / Math.sqrt(D)),
    k: random([D, D], 1 / Math.sqrt(D)),
    v: random([D, D], 1 / Math.sqrt(D)),
    o: random([D, D], 1 / Math.sqrt(D)),
    gate: random([D, F], 1 / Math.sqrt(D)),
    up: random([D, F], 1 / Math.sqrt(D)),
    down: random([F, D], 1 / Math.sqrt(F)),
  })),
});

const adapter = () =>
  Array.from({ length: LAYERS }, () => ({ qa: random([D, R], 0.05), qb: np.zeros([R, D]), va: random([D, R], 0.05), vb: np.zeros([R, D]) }));

const norm = (x, gain) => {
  const inverse = np.reciprocal(np.sqrt(np.square(x.ref).mean(-1, { keepdims: true }).add(1e-5)));
  return x.mul(inverse).mul(gain);
};

const lora = (x, w, a, b) => np.matmul(x.ref, w).add(np.matmul(np.matmul(x, a), b.mul(SCALE)));

const rotate = (x, cos, sin) => {
  const [low, high] = np.split(x, 2, -1);
  return np.concatenate([low.ref.mul(cos.ref).sub(high.ref.mul(sin.ref)), high.mul(cos).add(low.mul(sin))], -1);
};

/** `[n, D]` → `[B, H, positions, D / H]`. */
const heads = (x, positions) => x.reshape([B, positions, H, D / H]).transpose([0, 2, 1, 3]);

const atLast = (x) => x.reshape([B, T, D]).slice([], T - 1, []);

/** Logits at the last position `[B, V]`. `lean`: the last block asks at the last position alone, as ours does. */
function logits(w, adapters, { ids, cos, sin, mask, cosLast, sinLast }, lean) {
  let x = np.take(w.embed, ids, 0);
  for (const [i, block] of w.blocks.entries()) {
    const only = lean && i === LAYERS - 1;
    const n = only ? 1 : T;
    const l = adapters?.[i];
    const h = norm(x.ref, block.norm1);
    const asking = only ? atLast(h.ref) : h.ref;
    const q = l ? lora(asking, block.q, l.qa, l.qb) : np.matmul(asking, block.q);
    const v = l ? lora(h.ref, block.v, l.va, l.vb) : np.matmul(h.ref, block.v);
    const k = np.matmul(h, block.k);
    const qh = rotate(heads(q, n), only ? cosLast.ref : cos.ref, only ? sinLast.ref : sin.ref);
    const kh = rotate(heads(k, T), cos.ref, sin.ref);
    let scores = np.matmul(qh, kh.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(D / H));
    if (!only) scores = scores.add(mask.ref);
    const mixed = np.matmul(nn.softmax(scores, -1), heads(v, T)).transpose([0, 2, 1, 3]).reshape([B * n, D]);
    x = (only ? atLast(x) : x).add(np.matmul(mixed, block.o));
    const g = norm(x.ref, block.norm2);
    const fed = nn.silu(np.matmul(g.ref, block.gate)).mul(np.matmul(g, block.up));
    x = x.add(np.matmul(fed, block.down));
  }
  [cos, sin, mask, cosLast, sinLast].forEach((table) => table.dispose());
  const last = lean ? x : atLast(x);
  return np.matmul(norm(last, w.norm), w.head);
}

const step = (lean) =>
  jit((teacher, student, adapters, first, second, time, tables) => {
    const target = nn.softmax(logits(teacher, null, tree.ref(tables), lean), -1);
    const loss = (adapters) => {
      const answer = nn.logSoftmax(logits(student, adapters, tables, lean), -1);
      return answer.mul(target).sum().mul(-1 / B);
    };
    const [value, grads] = valueAndGrad(loss)(tree.ref(adapters));
    first = tree.map((m, g) => m.mul(0.9).add(g.ref.mul(0.1)), first, grads);
    second = tree.map((v, g) => v.mul(0.999).add(np.square(g).mul(0.001)), second, grads);
    const by = (beta) => np.subtract(1, np.exp(time.ref.mul(Math.log(beta))));
    const [c1, c2] = [by(0.9), by(0.999)];
    adapters = tree.map(
      (p, m, v) => p.sub(m.ref.div(c1.ref).div(np.sqrt(v.ref.div(c2.ref)).add(1e-8)).mul(1e-3)),
      adapters,
      first,
      second,
    );
    return [adapters, first, second, value];
  });

/** `steps(n)` runs n steps and resolves to the last loss when the device is done. */
export async function open({ lean, device = 'webgpu' }) {
  await init(device);
  defaultDevice(device);
  const angles = (from, to) => Float32Array.from({ length: (to - from) * (D / H / 2) }, (_, i) => {
    const [pos, at] = [from + Math.floor(i / (D / H / 2)), i % (D / H / 2)];
    return pos / 1e4 ** ((at * 2) / (D / H));
  });
  const table = (f, from, to) => np.array(angles(from, to).map(f)).reshape([to - from, D / H / 2]);
  const mask = Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e9 : 0));
  const ids = Int32Array.from({ length: B * T }, () => Math.floor(Math.random() * V));
  const tables = {
    ids: np.array(ids, { dtype: np.int32 }),
    cos: table(Math.cos, 0, T),
    sin: table(Math.sin, 0, T),
    cosLast: table(Math.cos, T - 1, T),
    sinLast: table(Math.sin, T - 1, T),
    mask: np.array(mask).reshape([T, T]),
  };
  const [teacher, student] = [decoder(), decoder()];
  let state = [adapter(), ...[0, 1].map(() => tree.map((p) => { const z = np.zeros(p.shape); p.dispose(); return z; }, adapter()))];
  let time = 0;
  const run = step(lean);
  const steps = async (n) => {
    let loss;
    for (let i = 0; i < n; i += 1) {
      time += 1;
      loss?.dispose();
      const out = run(tree.ref(teacher), tree.ref(student), ...state, np.array(Float32Array.of(time)).reshape([]), tree.ref(tables));
      state = out.slice(0, 3);
      loss = out[3];
    }
    return (await loss.data())[0];
  };
  return { steps };
}
