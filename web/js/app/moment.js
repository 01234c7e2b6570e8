// @ts-check
// Which of a run's moments is looked at: the step under a chart's cursor, else that of the scrubber, else the newest. Pure.

/** @typedef {import('../types.d.ts').Moment} Moment */
/** @typedef {import('../types.d.ts').State} State */

/** Index of the last moment that is no later than a step; 0 if all are. @param {Moment[]} list @param {number} step */
export const idxAtStep = (list, step) => Math.max(0, list.findLastIndex((moment) => moment.step <= step));

/** @param {Pick<State, 'run' | 'focus'>} state @returns {number} index into the run's moments; −1 without any */
export function momentIdx({ run, focus }) {
  const { list } = run.moments;
  if (focus.step !== null && list.length > 0) return idxAtStep(list, focus.step);
  return focus.at === null ? list.length - 1 : Math.min(focus.at, list.length - 1);
}

/** The step to be marked in charts over steps: null where the newest is looked at anyway. @param {Pick<State, 'run' | 'focus'>} state */
export function markedStep(state) {
  if (state.focus.at === null && state.focus.step === null) return null;
  return state.run.moments.list[momentIdx(state)]?.step ?? null;
}
