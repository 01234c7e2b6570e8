// @ts-check
// The step in jax-js, WebAssembly: one jit of teacher, student, gradient and Adam. An array that is used once more is `.ref`.

import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { ADAM, adapterLayout, causal, EPSILON, layout, LORA_SCALE, rope, SHAPE, tokens, weights } from './shape.mjs';

/** @typedef {any} T an array of jax-js, or a tracer */

const { d, heads, batch, seq } = SHAPE;

/**
 * Takes `times` steps when asked; answers the last one's loss.
 * @param {boolean} whole computes the last block at every position
 */
export async function make(whole) {
  await init('wasm');
  defaultDevice('wasm');
  const array = (/** @type {Float32Array | Int32Array} */ values, /** @type {number[]} */ dims) =>
    np.array(/** @type {any} */ (values), values instanceof Int32Array ? { dtype: np.int32 } : {}).reshape(dims);
  const take = (/** @type {string} */ model, /** @type {Record<string, [number, number]>} */ dims) =>
    Object.fromEntries(Object.entries(dims).map(([name, [rows, cols]]) => [name, array(weights(model, name, rows, cols), [rows, cols])]));
  const { cos, sin, dim } = rope();
  const fixed = {
    teacher: take('teacher', layout()),
    student: take('student', layout()),
    cos: array(cos, [seq, dim]),
    sin: array(sin, [seq, dim]),
    mask: array(causal(), [seq, seq]),
    tokens: array(tokens(), [batch * seq]),
  };
  let adapter = take('student', adapterLayout());
  const zeros = () => Object.fromEntries(Object.entries(adapterLayout()).map(([name, dims]) => [name, np.zeros(dims)]));
  let [mean, square] = [zeros(), zeros()];

  /** Logits at the last position `[batch, vocab]`. */
  const answers = (/** @type {T} */ model, /** @type {T} */ lora, /** @type {T} */ f) => {
    const gained = (/** @type {T} */ x, /** @type {string} */ name) =>
      x.ref.div(np.sqrt(np.square(x).mean(-1, { keepdims: true }).add(EPSILON))).mul(model[`${name}.weight`].ref);
    const linear = (/** @type {T} */ x, /** @type {string} */ name) => {
      const [a, b] = [lora?.[`${name}.lora_A.weight`], lora?.[`${name}.lora_B.weight`]];
      const y = np.matmul(x.ref, model[`${name}.weight`].ref.transpose());
      if (!a) {
        x.dispose();
        return y;
      }
      return y.add(np.matmul(np.matmul(x, a.ref.transpose()), b.ref.transpose()).mul(LORA_SCALE));
    };
    const byHead = (/** @type {T} */ x, /** @type {number} */ n) => x.reshape([batch, n, heads, dim]).transpose([0, 2, 1, 3]);
    const turned = (/** @type {T} */ x, /** @type {T} */ cosine, /** @type {T} */ sine) => {
      const half = np.concatenate([x.ref.slice([], [], [], [dim / 2, dim]).neg(), x.ref.slice([], [], [], [0, dim / 2])], -1);
      return x.mul(cosine).add(half.mul(sine));
    };
    const last = (/** @type {T} */ x) => x.reshape([batch, seq, d]).slice([], seq - 1);
    let x = np.take(model['model.embed_tokens.weight'].ref, f.tokens.ref, 0);
    for (let layer = 0; layer < SHAPE.layers; layer += 1) {
      const name = (/** @type {string} */ part) => `model.layers.${layer}.${part}`;
      const asked = !whole && layer === SHAPE.layers - 1;
      const h = gained(x.ref, name('input_layernorm'));
      const k = turned(byHead(linear(h.ref, name('self_attn.k_proj')), seq), f.cos.ref, f.sin.ref);
      const v = byHead(linear(h.ref, name('self_attn.v_proj')), seq);
      const n = asked ? 1 : seq;
      const [cosine, sine] = asked ? [f.cos.ref.slice([seq - 1, seq]), f.sin.ref.slice([seq - 1, seq])] : [f.cos.ref, f.sin.ref];
      const q = turned(byHead(linear(asked ? last(h) : h, name('self_attn.q_proj')), n), cosine, sine);
      const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(dim));
      const mixed = np.matmul(nn.softmax(asked ? scores : scores.add(f.mask.ref), -1), v);
      x = (asked ? last(x) : x).add(linear(mixed.transpose([0, 2, 1, 3]).reshape([batch * n, d]), name('self_attn.o_proj')));
      const g = gained(x.ref, name('post_attention_layernorm'));
      x = x.add(linear(nn.silu(linear(g.ref, name('mlp.gate_proj'))).mul(linear(g, name('mlp.up_proj'))), name('mlp.down_proj')));
    }
    if (whole) x = last(x);
    return nn.logSoftmax(linear(gained(x, 'model.norm'), 'lm_head'), -1);
  };

  const step = jit((/** @type {T} */ lora, /** @type {T} */ m, /** @type {T} */ v, /** @type {T} */ correction, /** @type {T} */ f) => {
    const told = answers(f.teacher, null, f);
    const loss = (/** @type {T} */ own) => np.exp(told.ref).mul(told.ref.sub(answers(f.student, own, f))).sum().mul(1 / batch);
    const [kl, gradient] = valueAndGrad(loss)(lora);
    /** @type {Record<string, T>[]} */
    const [nextLora, nextM, nextV] = [{}, {}, {}];
    for (const name of Object.keys(gradient)) {
      const g = gradient[name];
      const first = m[name].mul(ADAM.beta1).add(g.ref.mul(1 - ADAM.beta1));
      const second = v[name].mul(ADAM.beta2).add(np.square(g).mul(1 - ADAM.beta2));
      const size = np.sqrt(second.ref.mul(correction.ref.slice(1))).add(ADAM.epsilon);
      nextLora[name] = lora[name].ref.sub(first.ref.mul(correction.ref.slice(0)).div(size).mul(ADAM.lr));
      [nextM[name], nextV[name]] = [first, second];
    }
    return [kl, nextLora, nextM, nextV];
  });

  let done = 0;
  return async (/** @type {number} */ times) => {
    let loss;
    for (let time = 0; time < times; time += 1) {
      done += 1;
      const correction = np.array([1 / (1 - ADAM.beta1 ** done), 1 / (1 - ADAM.beta2 ** done)]);
      loss?.dispose();
      [loss, adapter, mean, square] = /** @type {any} */ (step(adapter, mean, square, correction, tree.ref(/** @type {any} */ (fixed))));
    }
    return (await loss.data())[0];
  };
}
