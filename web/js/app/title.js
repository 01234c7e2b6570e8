// @ts-check
// The title of the window, which tells how far a run is when another tab is looked at.

import { percent } from '../ui/format.js';
import { msg, t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').State} State */

const NAMES = { forget: '', compare: msg('Compare'), attacks: msg('Attacks'), models: msg('Models'), runs: msg('Runs'), you: msg('You') };

/** What goes on, in a word or two; empty if nothing does. @param {State} state */
function progressOf({ run, compare, attacks, data }) {
  const whole = run.left == null || run.elapsed + run.left === 0 ? 0 : run.elapsed / (run.elapsed + run.left);
  if (compare.status === 'running') return t('Run {at} of {length}', { at: Math.min(compare.at + 1, compare.cells.length), length: compare.cells.length });
  if (run.status === 'running') return run.paused ? t('Paused at {whole}', { whole: percent(whole) }) : percent(whole);
  if (attacks.status === 'running') return t('Attack {now} of {length}', { now: attacks.queue.indexOf(attacks.now) + 1, length: attacks.queue.length });
  if (data.status === 'busy') return t('Loading');
  return run.status === 'done' ? t('Done') : '';
}

/** @param {State} state @param {string} whole the title of a page on which nothing goes on */
export function titleOf(state, whole) {
  const parts = [progressOf(state), NAMES[state.tab] && t(NAMES[state.tab])].filter(Boolean);
  return parts.length === 0 ? t(whole) : [...parts, 'Unlearn Lab'].join(' · ');
}

/** @returns {(state: State) => void} */
export function mountTitle() {
  const whole = document.title;
  return (state) => {
    const title = titleOf(state, whole);
    if (document.title !== title) document.title = title;
  };
}
