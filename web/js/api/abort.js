// @ts-check
// `AbortSignal` in the script interface: aborting ends the one call that the signal was given to.

import { cancelledRun, shown } from '../platform/errors.js';
import { invalidOption } from './validate.js';

/**
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {() => void} cancel ends the work; only called while it goes on
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} rejects with code `cancelled`, and begins nothing, where the signal was aborted before
 */
export async function abortable(signal, cancel, work) {
  if (signal == null) return work();
  if (!(signal instanceof AbortSignal)) throw invalidOption(`signal must be an AbortSignal, got \`${shown(signal)}\``);
  if (signal.aborted) throw cancelledRun();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
