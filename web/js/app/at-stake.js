// @ts-check
// What of this session would be lost with other data, another model, or the tab. Pure but for `guardTab`.

import { OWN } from '../engine/datasets.js';
import { plural } from '../ui/format.js';

export { listed } from '../ui/format.js';
import { t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').State} State */

/**
 * What goes with the model that is loaded.
 * @param {Pick<State, 'result' | 'compare' | 'data' | 'loaded'>} state
 * @returns {string[]} parts of a sentence
 */
export function atStake({ result, compare, data, loaded }) {
  const here = compare.rows.filter((row) => row.source.startsWith('this device')).length;
  return [
    ...(data.key === OWN && loaded?.taught ? [t('the model that was taught your ratings')] : data.key === OWN && !data.kept ? [t('the model of your own files')] : []),
    ...(result.report && !result.saved ? [t('the result on {label} with its adapter', { label: result.label })] : []),
    ...(here > 0 ? [t('{rows} of the comparison', { rows: plural(here, 'row') })] : []),
  ];
}

/** Whether leaving now would lose something: also what is being computed and has no checkpoint. @param {State} state */
const wouldLose = (state) => atStake(state).length > 0 || state.compare.status === 'running' || (state.data.status === 'busy' && state.data.next === OWN);

/**
 * Has the browser ask before the tab is left, as long as something would be lost. What it asks, it says in its own words.
 * @param {State} state
 * @returns {(state: State) => void} to be called when the state has changed
 */
export function guardTab(state) {
  let guarded = false;
  const ask = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
  const follow = (/** @type {State} */ now) => {
    // A page that listens is not kept for Back and Forward: it listens only while it must.
    const wanted = wouldLose(now) && !now.leaving;
    if (wanted === guarded) return;
    guarded = wanted;
    if (wanted) addEventListener('beforeunload', ask);
    else removeEventListener('beforeunload', ask);
  };
  follow(state);
  return follow;
}
