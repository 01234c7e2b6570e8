// @ts-check
// What the linked views look at: a moment of the run, a person, an item, a rating, a weight.

import { idxAtStep, momentIdx } from '../../app/moment.js';

/** @typedef {import('../../types.d.ts').State['focus']} Focus */

/** @param {import('../../app/actions.js').Context} context */
export function viewActions({ store }) {
  const { state } = store;
  const patch = (/** @type {Partial<Focus>} */ values) => {
    // A pointer that moves within one thing changes nothing.
    if (Object.entries(values).some(([key, value]) => JSON.stringify(state.focus[/** @type {keyof Focus} */ (key)]) !== JSON.stringify(value))) store.patch('focus', values);
  };
  const last = () => state.run.moments.list.length - 1;
  /** The newest is followed while a run goes on. @param {number} idx */
  const standAt = (idx) => patch({ at: idx >= last() ? null : Math.max(0, idx), step: null });
  return {
    /** A step that is pointed at in a chart, or pressed there. @param {number | null} step @param {boolean} pressed */
    lookAtStep(step, pressed) {
      if (last() < 0) return;
      if (pressed && step !== null) standAt(idxAtStep(state.run.moments.list, step));
      else patch({ step });
    },
    /** @param {number} idx */
    lookAtMoment(idx) {
      patch({ playing: false });
      standAt(idx);
    },
    /** One moment on or back. @param {1 | -1} by */
    stepMoment(by) {
      patch({ playing: false });
      standAt(momentIdx(state) + by);
    },
    /** Plays from here, or from the beginning where the end is reached. */
    playMoments() {
      const idx = momentIdx(state);
      patch({ playing: true, at: idx >= last() ? 0 : idx, step: null });
    },
    pauseMoments: () => patch({ playing: false }),
    /** The next moment while it plays; at the end it stops. */
    playOn() {
      const idx = momentIdx(state);
      if (idx >= last()) patch({ playing: false, at: null });
      else patch({ at: idx + 1 });
    },
    /** @param {number} speed */
    playAt: (speed) => patch({ speed }),
    /** @param {Focus['aim']} aim */
    aimAt: (aim) => patch({ aim }),
    /** Holds what was pressed, or lets go of it. @param {Focus['aim']} aim */
    holdAim: (aim) => patch({ held: JSON.stringify(aim) === JSON.stringify(state.focus.held) ? null : aim }),
    /** @param {string | null} weight */
    aimAtWeight: (weight) => patch({ weight }),
  };
}
