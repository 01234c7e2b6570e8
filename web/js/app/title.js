// @ts-check
// The title of the window, which tells how far a run is when another tab is looked at.

import { percent } from '../ui/format.js';

/** @typedef {import('../types.d.ts').State} State */

const NAMES = { forget: '', compare: 'Compare', attacks: 'Attacks', models: 'Models', runs: 'Runs', you: 'You' };

/** What goes on, in a word or two; empty if nothing does. @param {State} state */
function progressOf({ run, compare, attacks, data }) {
  const whole = run.left == null || run.elapsed + run.left === 0 ? 0 : run.elapsed / (run.elapsed + run.left);
  if (compare.status === 'running') return `Run ${Math.min(compare.at + 1, compare.cells.length)} of ${compare.cells.length}`;
  if (run.status === 'running') return run.paused ? `Paused at ${percent(whole)}` : percent(whole);
  if (attacks.status === 'running') return `Attack ${attacks.queue.indexOf(attacks.now) + 1} of ${attacks.queue.length}`;
  if (data.status === 'busy') return 'Loading';
  return run.status === 'done' ? 'Done' : '';
}

/** @param {State} state @param {string} whole the title of a page on which nothing goes on */
export function titleOf(state, whole) {
  const parts = [progressOf(state), NAMES[state.tab]].filter(Boolean);
  return parts.length === 0 ? whole : [...parts, 'Unlearn Lab'].join(' · ');
}

/** @returns {(state: State) => void} */
export function mountTitle() {
  const whole = document.title;
  return (state) => {
    const title = titleOf(state, whole);
    if (document.title !== title) document.title = title;
  };
}
