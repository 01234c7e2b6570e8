// @ts-check
// Numbers over steps, made ready for a chart or a table. Pure.

import { msg } from './words.js';

/** @typedef {import('../types.d.ts').LossTerms} LossTerms */

/** The loss terms a run can have, with the names a person reads. */
export const LOSS_TERMS = /** @type {const} */ ([
  { id: 'kl_forget', label: msg('Forgetting'), hint: msg('KL to the forgetting teacher, on what must go') },
  { id: 'kl_retain', label: msg('Remembering'), hint: msg('KL to the original model, on what must stay') },
  { id: 'ce_retain', label: msg('Right answers'), hint: msg('cross entropy of the true answer, on what must stay') },
  { id: 'ce_forget', label: msg('Answers to forget'), hint: msg('cross entropy of the true answer, on what must go') },
  { id: 'total', label: msg('Total'), hint: msg('what is minimised') },
]);

/**
 * Exponential moving average that passes over gaps, with its start corrected so that the first value is itself.
 * @param {(number | null | undefined)[]} values
 * @param {number} [keep] share of the past that is kept at each step
 * @returns {(number | null)[]}
 */
export function smooth(values, keep = 0.9) {
  let mean = 0;
  let weight = 0;
  return values.map((value) => {
    if (value == null) return null;
    mean = keep * mean + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return mean / weight;
  });
}

/**
 * At most `limit` indices, evenly spread, first and last always among them.
 * @param {number} length
 * @param {number} limit
 * @returns {number[]}
 */
export function spread(length, limit) {
  if (length <= limit) return Array.from({ length }, (_, idx) => idx);
  return Array.from({ length: limit }, (_, idx) => Math.round((idx * (length - 1)) / (limit - 1)));
}

/**
 * Columns for the loss chart: steps, then one column a term that occurs, thinned to what a screen can show.
 * @param {LossTerms[]} losses
 * @param {{smooth: boolean, limit?: number}} options
 */
export function lossColumns(losses, { smooth: smoothed, limit = 600 }) {
  const idxs = spread(losses.length, limit);
  const steps = idxs.map((idx) => losses[idx]?.step ?? 0);
  const terms = LOSS_TERMS.filter((term) => losses.some((loss) => loss[term.id] != null)).map((term) => {
    const raw = losses.map((loss) => loss[term.id] ?? null);
    const values = smoothed ? smooth(raw) : raw;
    return { ...term, values: idxs.map((idx) => values[idx] ?? null) };
  });
  return { steps, terms };
}

/**
 * A histogram as shares of all samples in it.
 * @param {{liked: number[], disliked: number[]}} histogram
 * @param {'all' | 'liked' | 'disliked'} part
 * @returns {number[]}
 */
export function shares(histogram, part) {
  const bins = histogram.liked.map((liked, idx) => {
    const disliked = histogram.disliked[idx] ?? 0;
    return part === 'liked' ? liked : part === 'disliked' ? disliked : liked + disliked;
  });
  const total = bins.reduce((sum, bin) => sum + bin, 0);
  return bins.map((bin) => (total === 0 ? 0 : bin / total));
}

/**
 * A range that holds all values with some air, and never collapses.
 * @param {(number | null | undefined)[]} values
 * @param {{least?: number, floor?: number}} [options] smallest height, and a value that the range must not go below
 * @returns {[number, number]}
 */
export function range(values, { least = 1e-6, floor = -Infinity } = {}) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value == null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const height = Math.max(high - low, least);
  const middle = (high + low) / 2;
  const half = (height / 2) * 1.16;
  return [Math.max(floor, middle - half), middle + half];
}
