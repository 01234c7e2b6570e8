// @ts-check
// The rows of a comparison: one for each run, made of its report. Pure.

/** @typedef {import('../../types.d.ts').Cell} Cell */
/** @typedef {import('../../types.d.ts').CompareRow} CompareRow */
/** @typedef {import('../../types.d.ts').Report} Report */

/** Whether a line is one that every method is read against. @param {string} id */
export const isReference = (id) => id === 'original' || id === 'retrain';

/** @param {string} id @param {string} setting */
export const keyOfLine = (id, setting) => (isReference(id) ? id : `${id}/${setting}`);

/** What a run with other than the method's own number of steps is called. @param {string} preset @param {number | null | undefined} steps */
export const settingOf = (preset, steps) => (steps == null ? preset : `${preset || 'default'}, ${steps} steps`);

/** Whether it was measured on this device. @param {CompareRow} row */
export const isHere = (row) => row.source.startsWith('this device');

/**
 * Rows of a report in the table's shape: Original, Retrain if there is one, and the method that was run.
 * @param {Report} report
 * @param {Cell} cell
 * @param {string} forgetKey
 * @returns {CompareRow[]}
 */
export function rowsOfReport(report, cell, forgetKey) {
  const last = report.methods.findLast((row) => row.id === cell.method);
  const kept = report.methods.filter((row) => row === last || ((row.id === 'original' || row.id === 'retrain') && row.id !== cell.method));
  return kept.map((row) => ({
    id: row.id, seed: row === last ? cell.seed : row.seed, label: row === last ? cell.label : row.id === 'retrain' ? 'Retrain' : 'Original', setting: row === last ? cell.setting : '', params: row.params, forget_set: forgetKey,
    test: row.test, forget: row.forget, neighbour: row.neighbour ?? null, fairness: row.fairness ?? null, ranking: row.ranking ?? null, seconds: row.seconds || null, trainable_params: row.trainable_params || null, peak_bytes: row.peak_bytes ?? null,
    gap_closed: row === last && row.id !== 'retrain' ? report.gap_closed ?? null : null, device: report.device, source: row.source,
  }));
}

/**
 * New rows put in the place of older ones of the same run.
 * @param {CompareRow[]} rows
 * @param {CompareRow[]} fresh
 */
export function mergeRows(rows, fresh) {
  const same = (/** @type {CompareRow} */ a, /** @type {CompareRow} */ b) => keyOfLine(a.id, a.setting) === keyOfLine(b.id, b.setting) && a.seed === b.seed && a.forget_set === b.forget_set && isHere(a) === isHere(b);
  return [...rows.filter((row) => !fresh.some((other) => same(row, other))), ...fresh];
}

/**
 * Seconds until the end of a comparison: the present cell's own estimate, then what the others took or are expected to take.
 * @param {{cells: Cell[], at: number, seconds: (number | null)[]}} compare
 * @param {number | null} left of the present cell
 */
export function secondsLeft({ cells, at, seconds }, left) {
  const rest = seconds.slice(at + 1, cells.length);
  if (left == null || rest.some((value) => value == null)) return null;
  return rest.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), left);
}
