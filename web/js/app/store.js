// @ts-check
// The state: one plain object, replaced slice by slice, drawn at most once per animation frame.

import { initialState } from './state.js';

/** @typedef {import('../types.d.ts').State} State */

/**
 * @param {(state: State) => void} render draws the whole page from the state
 * @param {(draw: () => void) => void} [schedule] defers a drawing; an animation frame by default
 */
export function createStore(render, schedule = (draw) => requestAnimationFrame(draw)) {
  const state = initialState();
  /** @type {((state: State) => void)[]} */
  const watchers = [];
  let queued = false;
  const draw = () => {
    queued = false;
    render(state);
  };
  const invalidate = () => {
    if (queued) return;
    queued = true;
    schedule(draw);
  };
  const changed = () => {
    for (const watcher of watchers) watcher(state);
    invalidate();
  };
  return {
    state,
    invalidate,
    /**
     * Has a function called at once with every change: for what must not wait for a drawing, which a tab in the background never gets.
     * @param {(state: State) => void} watcher
     */
    watch(watcher) {
      watchers.push(watcher);
    },
    /**
     * Merges values into one slice and has the page drawn.
     * @template {keyof State} K
     * @param {K} key
     * @param {Partial<State[K]>} patch
     */
    patch(key, patch) {
      state[key] = /** @type {State[K]} */ (Object.assign({}, state[key], patch));
      changed();
    },
    /**
     * Replaces one slice.
     * @template {keyof State} K
     * @param {K} key
     * @param {State[K]} value
     */
    put(key, value) {
      state[key] = value;
      changed();
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */
