// @ts-check
// Draws every part of the page, in as many tasks as it takes and apart from the frame's own layout and paint, so that none holds the page for long.

import { nextTask } from '../ui/next-task.js';

/** @typedef {import('../types.d.ts').State} State */
/** @typedef {(state: State) => void} View */

/** Time that one task may draw for. */
const DRAW_MS = 6;

export function createDrawing() {
  /** @type {View[]} */
  const views = [];
  /** Drawing goes on where it stopped, so that no view waits forever. */
  let next = 0;
  let left = 0;

  /** @param {State} state */
  function drawSome(state) {
    const until = performance.now() + DRAW_MS;
    while (left > 0) {
      views[next]?.(state);
      next = (next + 1) % views.length;
      left -= 1;
      if (left > 0 && performance.now() > until) {
        nextTask(() => drawSome(state));
        return;
      }
    }
  }

  return {
    /** @param {...View} more */
    add: (...more) => void views.push(...more),
    /** @param {State} state */
    draw(state) {
      const waiting = left > 0;
      left = views.length;
      if (!waiting) drawSome(state);
    },
    /**
     * A part of the page that comes when it is first looked at, and is then drawn like the rest.
     * @param {(state: State) => boolean} wanted
     * @param {() => Promise<View>} mount
     * @param {{come: () => void, failed: () => void}} then
     */
    later(wanted, mount, { come, failed }) {
      let asked = false;
      views.push((state) => {
        if (asked || !wanted(state)) return;
        asked = true;
        mount().then(
          (view) => {
            views.push(view);
            come();
          },
          () => {
            asked = false;
            failed();
          },
        );
      });
    },
  };
}
