// @ts-check
// What is kept of the tour on this device, so that it can be taken up again: the step, which steps are done, and the points. No figures, and nothing at all of
// one's own data.

import { idleTour, TOUR_STEPS } from '../../app/state.js';

/** @typedef {import('../../types.d.ts').TourDone} TourDone */
/** @typedef {import('../../types.d.ts').TourState} TourState */

const KEY = 'unlearn-lab.tour';

/** @param {unknown} value @returns {TourDone | null} */
function doneOf(value) {
  const one = /** @type {Partial<TourDone> | null} */ (value);
  if (!one || typeof one !== 'object' || (one.by !== 'you' && one.by !== 'shown')) return null;
  const { by, closeness } = one;
  return { by, says: '', closeness: typeof closeness === 'number' && Number.isFinite(closeness) ? Math.min(10, Math.max(0, closeness)) : null };
}

/** What was kept, as far as it is that. @param {string | null} text @returns {Pick<TourState, 'step' | 'done'>} */
export function keptOf(text) {
  try {
    const { step, done } = JSON.parse(text ?? '');
    const known = Number.isInteger(step) && step >= 0 && step <= TOUR_STEPS;
    return { step: known ? step : 0, done: idleTour().done.map((_, idx) => doneOf(Array.isArray(done) ? done[idx] : null)) };
  } catch {
    return { step: 0, done: idleTour().done };
  }
}

/** @param {Pick<TourState, 'step' | 'done'>} tour */
export const textOf = ({ step, done }) => JSON.stringify({ step, done: done.map((one) => one && { by: one.by, closeness: one.closeness }) });

export function readKept() {
  try {
    return keptOf(localStorage.getItem(KEY));
  } catch {
    return keptOf(null);
  }
}

/** @param {TourState} tour */
export function keep(tour) {
  try {
    localStorage.setItem(KEY, textOf(tour));
  } catch {
    // Storage may be forbidden: then the tour begins anew with the page, and its address still names the step.
  }
}
