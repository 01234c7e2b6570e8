// @ts-check
// How many engines of the processor share the work. Pure.

/** A step is cut into four parts: more engines would have nothing to do in it. */
export const MOST_THREADS = 4;
/** What an engine takes beside its model, bytes: module, data and what a step keeps. */
const ENGINE_BYTES = 150e6;
/** A model in memory, as a multiple of its package: packed weights, unpacked ones of a block, a step's. */
const MODEL_FACTOR = 3;

/**
 * As many as there are processors, and as fit into the memory that a run may take.
 * @param {{cores: number | undefined, budget: number, modelBytes: number}} what `budget` and `modelBytes` in bytes
 */
export function suitedThreads({ cores, budget, modelBytes }) {
  const room = Math.floor(budget / (ENGINE_BYTES + MODEL_FACTOR * modelBytes));
  return Math.max(1, Math.min(cores ?? 1, room, MOST_THREADS));
}
