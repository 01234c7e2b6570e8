// @ts-check
// Keeps the address and the page together: what is chosen is in the address, and Back, Forward and links choose it. A person's number is there only where
// the data are the demo's.

import { OWN } from '../engine/datasets.js';
import { suitedPreset } from '../engine/method-params.js';
import { addressOfPlace, namesPlace, wishesOf } from './address.js';
import { firstUser, isLocked } from './selectors.js';

/** @typedef {import('./address.js').Place} Place */
/** @typedef {import('../types.d.ts').State} State */

/** What the address should say; null while nothing is loaded. @param {State} state @returns {Place | null} */
export function placeOf({ loaded, choice, setup, data, compare, tour }) {
  const method = loaded?.methods.find((entry) => entry.id === setup.method);
  if (!loaded || !method || (choice.kind === 'person' && choice.user === null)) return null;
  return {
    method: method === loaded.methods[0] ? null : method.id,
    preset: setup.preset === suitedPreset(method, loaded) ? null : setup.preset,
    set: setup.preset === null ? method.params.flatMap(({ id, default: usual }) => (setup.params[id] === undefined || setup.params[id] === usual ? [] : [`${id}:${setup.params[id]}`])).join(',') || null : null,
    steps: setup.steps,
    seed: setup.seed === 1 ? null : setup.seed,
    user: data.key === OWN || choice.kind !== 'person' || choice.user === firstUser(loaded) ? null : choice.user,
    forget: choice.kind === 'standard' ? 'standard' : null,
    // A line of an opened file says nothing to whoever has not opened it.
    line: compare.open !== null && loaded.methods.some((entry) => compare.open?.startsWith(`${entry.id}/`)) ? compare.open : null,
    sort: compare.sort && `${compare.sort.descending ? '-' : ''}${compare.sort.by}`,
    family: compare.family,
    tour: tour.open && tour.lesson === '' && tour.step !== null ? tour.step + 1 : null,
    lesson: tour.open && tour.lesson !== '' ? tour.lesson : null,
  };
}

/**
 * @param {import('./store.js').Store} store
 * @param {import('./actions.js').Actions} actions
 * @returns {{follow: () => void, draw: (state: State) => void}} `follow` brings the page up to the address, `draw` the address up to the page
 */
export function syncAddress(store, actions) {
  /** @type {Place | null} */
  let last = null;
  /** The next change of the state comes from the address. */
  let following = false;
  /** @type {State['loaded']} */
  let loaded = null;
  return {
    follow() {
      const { tab, ...wishes } = wishesOf(location.href);
      if (tab) actions.showTab(tab);
      if (namesPlace(location.href)) actions.visitTour(wishes);
      if (!last || !namesPlace(location.href)) return;
      following = true;
      actions.viewComparison(wishes);
      // What is chosen stays as it is while a run goes on; what is looked at does not have to.
      if (!isLocked(store.state)) actions.choosePlace(wishes);
    },
    draw(state) {
      const place = placeOf(state);
      if (!place) return;
      const href = addressOfPlace(location.href, state.tab, place);
      // Another method, setting or person, line, order or family is a step that Back undoes; what the page begins with, other data, and a seed, are none.
      const step = last && !following && state.loaded === loaded && (['method', 'preset', 'user', 'forget', 'line', 'sort', 'family', 'tour', 'lesson']).some((key) => last?.[/** @type {keyof Place} */ (key)] !== place[/** @type {keyof Place} */ (key)]);
      if (href !== location.href && !(last && JSON.stringify(last) === JSON.stringify(place))) history[step ? 'pushState' : 'replaceState'](null, '', href);
      last = place;
      loaded = state.loaded;
      following = false;
    },
  };
}
