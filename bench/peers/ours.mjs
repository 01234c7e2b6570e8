// @ts-check
// The step of the page's engine: its CPU module with a way in for a clock (`cargo xtask wasm --only bench bench/peers/wasm`).

import start, { Scorer, Step } from './wasm/bench/unlearn_web.js';
import { SHAPE, weights } from './shape.mjs';

let started;
const ready = () => (started ??= start());

/**
 * Takes `times` steps when asked; answers the last one's loss.
 * @param {boolean} whole computes the last block at every position
 */
export async function make(whole) {
  await ready();
  const { d, ff, layers, heads, vocab, rank, batch, seq } = SHAPE;
  const step = await Step.make(Uint32Array.of(d, ff, layers, heads, vocab, rank, batch, seq), weights, whole);
  return (/** @type {number} */ times) => step.run(times);
}

/**
 * A language model's package, for prompts of these tokens.
 * @param {string} folder
 * @param {number[]} ids
 */
export async function scorer(folder, ids) {
  await ready();
  const files = ['manifest.json', 'model.safetensors', 'tokenizer.json'].map(async (name) => {
    return { name, bytes: new Uint8Array(await (await fetch(`${folder}/${name}`)).arrayBuffer()) };
  });
  const model = await Scorer.open(await Promise.all(files), Uint32Array.from(ids));
  /** Logits of No and Yes. */
  return async (/** @type {number[]} */ prompt) => [...(await model.score(Uint32Array.from(prompt), prompt.length))].slice(4, 6);
}
