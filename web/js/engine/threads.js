// @ts-check
// How many engines of the processor share the work. Pure.

/** A step is cut into four parts: more engines would have nothing to do in it. */
export const MOST_THREADS = 4;
/** What an engine takes beside its model, bytes: module, data and what a step keeps. */
const ENGINE_BYTES = 150e6;
/** A model in memory, as a multiple of its package: packed weights, unpacked ones of a block, a step's. */
const MODEL_FACTOR = 3;

/**
 * As many as fit into the memory that a run may take, and one processor less than there are: the page itself needs one to stay smooth.
 * @param {{cores: number | undefined, budget: number, modelBytes: number}} what `budget` and `modelBytes` in bytes
 */
export function suitedThreads({ cores, budget, modelBytes }) {
  const room = Math.floor(budget / (ENGINE_BYTES + MODEL_FACTOR * modelBytes));
  const n = Math.min((cores ?? 1) - 1, room, MOST_THREADS);
  // Of four parts of a step three engines have as many as two: one of them has two.
  return n === 3 ? 2 : Math.max(1, n);
}
