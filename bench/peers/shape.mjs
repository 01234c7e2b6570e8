// @ts-check
// The step that all libraries take, and its numbers: the same for each, so that their losses can be compared.

/** Width 128, two layers of four heads, 4,096 tokens; 8 prompts of 64. */
export const SHAPE = { d: 128, ff: 384, layers: 2, heads: 4, vocab: 4096, rank: 8, batch: 8, seq: 64 };
export const ADAM = { lr: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
export const EPSILON = 1e-5;
/** alpha / rank of the adapter. */
export const LORA_SCALE = 2;

/** Names and `[rows, cols]` of a model's weights, as published checkpoints have them. */
export function layout({ d, ff, layers, vocab } = SHAPE) {
  /** @type {Record<string, [number, number]>} */
  const dims = { 'model.embed_tokens.weight': [vocab, d], 'model.norm.weight': [1, d], 'lm_head.weight': [vocab, d] };
  for (let layer = 0; layer < layers; layer += 1) {
    const name = (/** @type {string} */ part) => `model.layers.${layer}.${part}.weight`;
    for (const part of ['input_layernorm', 'post_attention_layernorm']) dims[name(part)] = [1, d];
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'o_proj']) dims[name(`self_attn.${part}`)] = [d, d];
    for (const part of ['mlp.gate_proj', 'mlp.up_proj']) dims[name(part)] = [ff, d];
    dims[name('mlp.down_proj')] = [d, ff];
  }
  return dims;
}

/** The same of the student's adapter. */
export function adapterLayout({ d, layers, rank } = SHAPE) {
  /** @type {Record<string, [number, number]>} */
  const dims = {};
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ['q_proj', 'v_proj']) {
      dims[`model.layers.${layer}.self_attn.${part}.lora_A.weight`] = [rank, d];
      dims[`model.layers.${layer}.self_attn.${part}.lora_B.weight`] = [d, rank];
    }
  }
  return dims;
}

/**
 * Numbers of one matrix: gains are 1, an adapter's B is 0, others are uniform with deviation 1 / √cols.
 * @param {string} model `teacher` or `student`
 * @param {string} name
 * @param {number} rows
 * @param {number} cols
 */
export function weights(model, name, rows, cols) {
  const values = new Float32Array(rows * cols);
  if (name.includes('norm')) return values.fill(1);
  if (name.includes('lora_B')) return values;
  // mulberry32, seeded by the name.
  let state = [...`${model} ${name}`].reduce((hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619), 0x811c9dc5);
  const scale = 2 * Math.sqrt(3 / cols);
  return values.map(() => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) / 4294967296 - 0.5) * scale;
  });
}

/** Token ids `[batch · seq]`. */
export const tokens = ({ batch, seq, vocab } = SHAPE) => Int32Array.from({ length: batch * seq }, (_, at) => (at * 7919) % vocab);

/** Cosines and sines of every position `[seq, dim]`, the halves of a head's dimensions turning together. */
export function rope({ d, heads, seq } = SHAPE) {
  const dim = d / heads;
  const table = (/** @type {(x: number) => number} */ f) =>
    Float32Array.from({ length: seq * dim }, (_, at) => f(Math.floor(at / dim) * 1e4 ** ((-2 * ((at % dim) % (dim / 2))) / dim)));
  return { cos: table(Math.cos), sin: table(Math.sin), dim };
}

/** 0 where a position may look, -1e9 where it may not `[seq, seq]`. */
export const causal = ({ seq } = SHAPE) => Float32Array.from({ length: seq * seq }, (_, at) => (at % seq > Math.floor(at / seq) ? -1e9 : 0));
