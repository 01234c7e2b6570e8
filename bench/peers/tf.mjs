// @ts-check
// The step in TensorFlow.js on its WebAssembly backend, one thread; `tf` is the global of its two scripts.

import { ADAM, adapterLayout, causal, EPSILON, layout, LORA_SCALE, rope, SHAPE, tokens, weights } from './shape.mjs';

/** @typedef {any} T a tensor */

const { d, heads, batch, seq } = SHAPE;

/**
 * Takes `times` steps when asked; answers the last one's loss.
 * @param {boolean} whole computes the last block at every position
 */
export async function make(whole) {
  const tf = /** @type {any} */ (globalThis).tf;
  tf.wasm.setWasmPaths('./node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  tf.wasm.setThreadsCount?.(1);
  await tf.setBackend('wasm');
  await tf.ready();
  const { cos, sin, dim } = rope();
  const [cosines, sines, mask] = [tf.tensor(cos, [seq, dim]), tf.tensor(sin, [seq, dim]), tf.tensor(causal(), [seq, seq])];
  const ids = tf.tensor1d(tokens(), 'int32');
  const take = (/** @type {string} */ model, /** @type {Record<string, [number, number]>} */ dims) =>
    Object.fromEntries(Object.entries(dims).map(([name, [rows, cols]]) => [name, tf.tensor(weights(model, name, rows, cols), [rows, cols])]));
  const [teacher, student] = [take('teacher', layout()), take('student', layout())];
  const adapter = Object.fromEntries(Object.entries(take('student', adapterLayout())).map(([name, value]) => [name, tf.variable(value, true, name)]));
  const optimiser = tf.train.adam(ADAM.lr, ADAM.beta1, ADAM.beta2, ADAM.epsilon);

  /** Log probabilities at the last position `[batch, vocab]`. */
  const answers = (/** @type {Record<string, T>} */ model, /** @type {Record<string, T> | null} */ lora) => {
    const gained = (/** @type {T} */ x, /** @type {string} */ name) =>
      tf.mul(tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), EPSILON))), model[`${name}.weight`]);
    const linear = (/** @type {T} */ x, /** @type {string} */ name) => {
      const y = tf.matMul(x, model[`${name}.weight`], false, true);
      const [a, b] = [lora?.[`${name}.lora_A.weight`], lora?.[`${name}.lora_B.weight`]];
      return a ? tf.add(y, tf.mul(tf.matMul(tf.matMul(x, a, false, true), b, false, true), LORA_SCALE)) : y;
    };
    const byHead = (/** @type {T} */ x, /** @type {number} */ n) => tf.transpose(tf.reshape(x, [batch, n, heads, dim]), [0, 2, 1, 3]);
    const turned = (/** @type {T} */ x, /** @type {T} */ cosine, /** @type {T} */ sine) => {
      const [low, high] = tf.split(x, 2, 3);
      return tf.add(tf.mul(x, cosine), tf.mul(tf.concat([tf.neg(high), low], 3), sine));
    };
    const last = (/** @type {T} */ x) => tf.reshape(tf.slice(tf.reshape(x, [batch, seq, d]), [0, seq - 1, 0], [batch, 1, d]), [batch, d]);
    let x = tf.gather(model['model.embed_tokens.weight'], ids);
    for (let layer = 0; layer < SHAPE.layers; layer += 1) {
      const name = (/** @type {string} */ part) => `model.layers.${layer}.${part}`;
      const asked = !whole && layer === SHAPE.layers - 1;
      const h = gained(x, name('input_layernorm'));
      const k = turned(byHead(linear(h, name('self_attn.k_proj')), seq), cosines, sines);
      const v = byHead(linear(h, name('self_attn.v_proj')), seq);
      const n = asked ? 1 : seq;
      const [cosine, sine] = asked ? [tf.slice(cosines, [seq - 1, 0], [1, dim]), tf.slice(sines, [seq - 1, 0], [1, dim])] : [cosines, sines];
      const q = turned(byHead(linear(asked ? last(h) : h, name('self_attn.q_proj')), n), cosine, sine);
      const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(dim));
      const mixed = tf.matMul(tf.softmax(asked ? scores : tf.add(scores, mask)), v);
      x = tf.add(asked ? last(x) : x, linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * n, d]), name('self_attn.o_proj')));
      const g = gained(x, name('post_attention_layernorm'));
      const gate = linear(g, name('mlp.gate_proj'));
      x = tf.add(x, linear(tf.mul(tf.mul(gate, tf.sigmoid(gate)), linear(g, name('mlp.up_proj'))), name('mlp.down_proj')));
    }
    return tf.logSoftmax(linear(gained(whole ? last(x) : x, 'model.norm'), 'lm_head'));
  };

  return async (/** @type {number} */ times) => {
    let value = Number.NaN;
    for (let time = 0; time < times; time += 1) {
      const loss = tf.tidy(() => {
        const told = answers(teacher, null);
        const kl = () => tf.mul(tf.sum(tf.mul(tf.exp(told), tf.sub(told, answers(student, adapter)))), 1 / batch);
        return optimiser.minimize(kl, true, Object.values(adapter));
      });
      if (time === times - 1) [value] = await loss.data();
      loss.dispose();
    }
    return value;
  };
}
