// @ts-check
// A worker that tells what WebGPU is there for workers, and tries it. In: {id, what}. Out: {id, reply} | {id, error}.

import { TRIALS } from './webgpu.js';

self.addEventListener('message', async ({ data }) => {
  const { id, what } = data;
  try {
    self.postMessage({ id, reply: await TRIALS[/** @type {keyof typeof TRIALS} */ (what)]() });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
