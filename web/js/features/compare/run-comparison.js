// @ts-check
// Runs a comparison: methods × seeds, one after another. Loaded when one begins.

import { keyOfLine, mergeRows, rowsOfReport, settingOf } from './rows.js';
import { errorInfo, shown } from '../../platform/errors.js';
import { invalidOption, requireForget } from '../../api/validate.js';
import { keyOf, nameOf } from '../../engine/forget-spec.js';
import { presetParams } from '../../engine/method-params.js';
import { wordsFor } from '../../engine/datasets.js';

/** @typedef {import('../../api/types.d.ts').CompareOptions} CompareOptions */
/** @typedef {import('../../api/types.d.ts').RunOptions} RunOptions */
/** @typedef {import('../../types.d.ts').Cell} Cell */
/** @typedef {import('../../types.d.ts').CompareRow} CompareRow */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */

/**
 * The runs of a comparison, seed by seed within a method.
 * @param {Pick<CompareOptions, 'methods' | 'seeds' | 'steps'>} options
 * @param {Loaded['methods']} table
 * @returns {Cell[]}
 */
export function cellsOf({ methods, seeds = [1], steps }, table) {
  const wanted = methods ?? table.map((entry) => entry.id);
  if (!Array.isArray(wanted) || wanted.length === 0) throw invalidOption('methods must name at least one method');
  if (!Array.isArray(seeds) || seeds.length === 0) throw invalidOption('seeds must name at least one seed');
  return wanted.flatMap((one) => {
    const [id, name] = typeof one === 'string' ? one.split('/') : [one?.method, one?.preset];
    const entry = table.find((method) => method.id === id);
    if (!entry) throw invalidOption(`methods must be among ${table.map((method) => method.id).join(', ')}, got \`${shown(id)}\``);
    const preset = name ? entry.presets.find((known) => known.id === name) : entry.presets[0];
    if (name && !preset) throw invalidOption(`the presets of ${id} are ${entry.presets.map((known) => known.id).join(', ')}, got \`${shown(name)}\``);
    const params = Object.fromEntries(Object.entries(presetParams(entry, preset?.id ?? null)).filter(([key, value]) => entry.params.find((param) => param.id === key)?.default !== value));
    return seeds.map((seed) => ({ method: entry.id, label: entry.label, setting: settingOf(preset?.id ?? '', steps), preset: preset?.id ?? null, params, seed }));
  });
}

/**
 * @param {CompareOptions} options
 * @param {object} lab
 * @param {Loaded} lab.loaded
 * @param {(options: RunOptions) => Promise<import('../../types.d.ts').Report>} lab.run
 * @param {(options: RunOptions) => Promise<import('../../types.d.ts').Selection>} lab.price
 * @param {import('../../app/event-types.d.ts').Dispatch} lab.dispatch
 * @param {() => boolean} lab.stopped whether the comparison was cancelled
 * @param {() => unknown} lab.ended called before the end is told
 * @returns {Promise<CompareRow[]>} the rows of this comparison, Original and Retrain among them
 */
export async function runComparison(options, { loaded, run, price, dispatch, stopped, ended }) {
  const { steps, device, onRow } = options;
  const forget = requireForget(options.forget);
  const cells = cellsOf(options, loaded.methods);
  const forgetKey = keyOf(forget);
  const requestOf = (/** @type {Cell} */ cell) => ({ method: cell.method, params: cell.params, forget, seed: cell.seed, ...(steps == null ? {} : { steps }), ...(device ? { device } : {}) });
  /** @type {CompareRow[]} */
  let rows = [];
  dispatch({ type: 'compare.started', cells, forget, label: nameOf(forget, wordsFor(loaded).items, loaded) });
  try {
    // A forget set that cannot be run is refused here, before anything is computed.
    /** @type {Map<string, number | null>} */
    const prices = new Map();
    const lineOf = (/** @type {Cell} */ { method, setting }) => `${method}/${setting}`;
    for (const cell of cells) {
      if (!prices.has(lineOf(cell))) prices.set(lineOf(cell), (await price(requestOf(cell))).seconds ?? null);
    }
    dispatch({ type: 'compare.priced', seconds: cells.map((cell) => prices.get(lineOf(cell)) ?? null) });
    for (const [at, cell] of cells.entries()) {
      if (stopped()) break;
      dispatch({ type: 'compare.cell', at });
      const began = performance.now();
      try {
        const report = await run(requestOf(cell));
        const fresh = rowsOfReport(report, cell, forgetKey);
        rows = mergeRows(rows, fresh);
        dispatch({ type: 'compare.measured', cell, rows: fresh, forgetKey, seconds: (performance.now() - began) / 1000, floor: report.floor ?? null, baseline: report.baseline ?? null });
        for (const row of fresh) if (row.id === cell.method) onRow?.(row);
      } catch (error) {
        const info = errorInfo(error);
        if (info.code === 'cancelled') break;
        dispatch({ type: 'compare.cell-failed', key: keyOfLine(cell.method, cell.setting), error: info });
      }
    }
  } catch (error) {
    ended();
    dispatch({ type: 'compare.failed', error: errorInfo(error) });
    throw error;
  }
  const cancelled = stopped();
  ended();
  dispatch({ type: 'compare.ended', status: cancelled ? 'cancelled' : 'done' });
  return rows;
}
