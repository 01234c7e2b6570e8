// @ts-check
// Whether a run fits into the memory of this device, and with how small a batch it would. Pure but for the default of `hint`.

import { bytes as inBytes } from '../ui/format.js';
import { t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').DeviceKind} DeviceKind */
/** @typedef {import('../types.d.ts').StepMemory} StepMemory */

/** WebAssembly's 4 GiB, less what else lives there. */
const WASM_BYTES = 3.6e9;
const GIB = 2 ** 30;

/**
 * What a run may take. Browsers tell the device's memory only roughly, and some not at all.
 * @param {DeviceKind} kind
 * @param {number | undefined} [hint] GiB of the device
 */
export function budgetOf(kind, hint = /** @type {any} */ (globalThis.navigator)?.deviceMemory) {
  const half = hint ? (hint * GIB) / 2 : Infinity;
  const limit = kind === 'cpu' ? WASM_BYTES : Infinity;
  const bytes = Math.min(half, limit, kind === 'gpu' && !hint ? 4 * GIB : Infinity);
  return { bytes, why: half < limit ? t('half of this device’s {hint} GB', { hint }) : kind === 'cpu' ? t('WebAssembly’s limit') : t('the browser does not tell this device’s') };
}

/**
 * The largest batch that fits: bytes grow in proportion to it beyond what is fixed.
 * @param {StepMemory} memory
 * @param {number} budget
 * @returns {number} 0 where not even one row fits
 */
export function fittingBatch({ batch, bytes, fixed }, budget) {
  if (bytes <= budget) return batch;
  const row = (bytes - fixed) / batch;
  const most = Math.min(batch, Math.floor((budget - fixed) / row));
  return most < 1 ? 0 : 2 ** Math.floor(Math.log2(most));
}

/**
 * What to say before a run starts; null where it fits.
 * @param {StepMemory | null | undefined} memory
 * @param {DeviceKind} kind
 * @param {number} [hint]
 * @returns {{text: string, batch: number} | null}
 */
export function adviceOf(memory, kind, hint) {
  if (!memory) return null;
  const { bytes: budget, why } = budgetOf(kind, hint);
  const batch = fittingBatch(memory, budget);
  if (batch === memory.batch) return null;
  const needs = t('A step of {batch} forget rows needs about {bytes}; a run may take {budget} here ({why}).', { batch: memory.batch, bytes: inBytes(memory.bytes), budget: inBytes(budget), why });
  return { batch, text: batch > 0 ? t('{needs} With {batch} it fits.', { needs, batch }) : t('{needs} The model is too large for this device: choose a smaller one.', { needs }) };
}
