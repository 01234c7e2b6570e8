// @ts-check
// What is measured, and how much of it may grow.

/** @typedef {import('./scenario.mjs').Point} Point */

/** @typedef {'B' | ''} Unit bytes, or a number of things */
/** @type {Record<string, {label: string, unit: Unit}>} */
export const QUANTITIES = {
  page_heap: { label: 'JavaScript of the page', unit: 'B' },
  worker_heap: { label: 'JavaScript of its workers', unit: 'B' },
  wasm: { label: 'WebAssembly memory', unit: 'B' },
  nodes: { label: 'DOM nodes', unit: '' },
  listeners: { label: 'event listeners', unit: '' },
  workers: { label: 'workers', unit: '' },
  documents: { label: 'documents', unit: '' },
  gpu_buffers: { label: 'GPU buffers', unit: '' },
  gpu_bytes: { label: 'bytes of GPU buffers', unit: 'B' },
  gpu_others: { label: 'other GPU objects', unit: '' },
  gpu_process: { label: 'GPU process, resident', unit: 'B' },
};

const KIB = 1024;
/** Growth for one run or one cancelled run that is still put down to noise: a leak of anything that a run makes would be far more. */
const A_RUN = { page_heap: 10 * KIB, worker_heap: 5 * KIB, wasm: 16 * KIB, nodes: 1, listeners: 0.1, workers: 0, documents: 0 };
/** For one step. The page keeps the losses of every step for its chart until the next run begins, which is why its heap may grow within one. */
const A_STEP = { page_heap: 512, worker_heap: 50, wasm: 64, nodes: 0.02, listeners: 0.01, workers: 0, documents: 0 };
const ON_GPU = { gpu_buffers: 1, gpu_bytes: 64 * KIB, gpu_others: 1, gpu_process: 1024 * KIB };

export const BOUNDS = { step: A_STEP, run: A_RUN, gpu: { ...A_RUN, ...ON_GPU } };

/** How much is done; cancelled runs in rounds of six. */
export const FULL = { long: { steps: 2500, every: 100 }, runs: { runs: 20, steps: 125 }, cancelRounds: 10, gpuRuns: { runs: 20, steps: 15 }, gpuCancelRounds: 8 };
export const QUICK = { long: { steps: 200, every: 20 }, runs: { runs: 6, steps: 10 }, cancelRounds: 6, gpuRuns: { runs: 6, steps: 5 }, gpuCancelRounds: 6 };
