// @ts-check
// Runs a comparison: methods × seeds, one after another. Loaded when one begins.

import { keyOfLine, mergeRows, rowsOfReport, settingOf } from './compare.js';
import { LabError, shown, troubleOf } from './errors.js';
import { forgetGiven } from './given.js';
import { keyOf, nameOf, presetParams } from './request.js';
import { wordsFor } from './datasets.js';

/** @typedef {import('./api.js').CompareOptions} CompareOptions */
/** @typedef {import('./api.js').RunOptions} RunOptions */
/** @typedef {import('./types.d.ts').Cell} Cell */
/** @typedef {import('./types.d.ts').CompareRow} CompareRow */
/** @typedef {import('./types.d.ts').CompareState} CompareState */
/** @typedef {import('./types.d.ts').Loaded} Loaded */

/** @param {string} message */
const refused = (message) => new LabError({ code: 'setting', message, kept: 'Everything on this page is kept.', todo: 'See API.md for what may be given.' });

/**
 * The runs of a comparison, seed by seed within a method.
 * @param {Pick<CompareOptions, 'methods' | 'seeds' | 'steps'>} options
 * @param {Loaded['methods']} table
 * @returns {Cell[]}
 */
export function cellsOf({ methods, seeds = [1], steps }, table) {
  const wanted = methods ?? table.map((entry) => entry.id);
  if (!Array.isArray(wanted) || wanted.length === 0) throw refused('methods must name at least one method');
  if (!Array.isArray(seeds) || seeds.length === 0) throw refused('seeds must name at least one seed');
  return wanted.flatMap((one) => {
    const [id, name] = typeof one === 'string' ? one.split('/') : [one?.method, one?.preset];
    const entry = table.find((method) => method.id === id);
    if (!entry) throw refused(`methods must be among ${table.map((method) => method.id).join(', ')}, got \`${shown(id)}\``);
    const preset = name ? entry.presets.find((known) => known.id === name) : entry.presets[0];
    if (name && !preset) throw refused(`the presets of ${id} are ${entry.presets.map((known) => known.id).join(', ')}, got \`${shown(name)}\``);
    const params = Object.fromEntries(Object.entries(presetParams(entry, preset?.id ?? null)).filter(([key, value]) => entry.params.find((param) => param.id === key)?.default !== value));
    return seeds.map((seed) => ({ method: entry.id, label: entry.label, setting: settingOf(preset?.id ?? '', steps), preset: preset?.id ?? null, params, seed }));
  });
}

/**
 * @param {CompareOptions} options
 * @param {object} lab
 * @param {Loaded} lab.loaded
 * @param {(options: RunOptions) => Promise<import('./types.d.ts').Report>} lab.run
 * @param {(options: RunOptions) => Promise<import('./types.d.ts').Selection>} lab.price
 * @param {(update: (compare: CompareState) => CompareState) => void} lab.tell
 * @param {() => boolean} lab.stopped whether the comparison was cancelled
 * @param {() => unknown} lab.ended called before the last word is told
 * @returns {Promise<CompareRow[]>} the rows of this comparison, Original and Retrain among them
 */
export async function compareAll(options, { loaded, run, price, tell, stopped, ended }) {
  const { steps, device, onRow } = options;
  const forget = forgetGiven(options.forget);
  const cells = cellsOf(options, loaded.methods);
  const forgetKey = keyOf(forget);
  const requestOf = (/** @type {Cell} */ cell) => ({ method: cell.method, params: cell.params, forget, seed: cell.seed, ...(steps == null ? {} : { steps }), ...(device ? { device } : {}) });
  /** @type {CompareRow[]} */
  let rows = [];
  tell((compare) => ({ ...compare, status: 'running', family: null, cells, at: 0, seconds: cells.map(() => null), forget, forgetKey, label: nameOf(forget, wordsFor(loaded).items), failed: {}, error: null }));
  try {
    // A forget set that cannot be run is refused here, before anything is computed.
    const prices = new Map();
    for (const cell of cells) {
      const key = `${cell.method}/${cell.setting}`;
      if (!prices.has(key)) prices.set(key, (await price(requestOf(cell))).seconds ?? null);
    }
    tell((compare) => ({ ...compare, seconds: cells.map((cell) => prices.get(`${cell.method}/${cell.setting}`)) }));
    for (const [at, cell] of cells.entries()) {
      if (stopped()) break;
      tell((compare) => ({ ...compare, at }));
      const began = performance.now();
      try {
        const report = await run(requestOf(cell));
        const fresh = rowsOfReport(report, cell, forgetKey);
        // What a run took with its evaluation says more about the next one than any estimate.
        const took = (performance.now() - began) / 1000;
        const alike = (/** @type {Cell} */ other) => other.method === cell.method && other.setting === cell.setting;
        rows = mergeRows(rows, fresh);
        tell((compare) => ({
          ...compare, rows: mergeRows(compare.rows, fresh), seconds: compare.seconds.map((value, idx) => (alike(cells[idx]) ? took : value)),
          beside: { ...compare.beside, [forgetKey]: { floor: report.floor ?? null, baseline: report.baseline ?? null } },
        }));
        for (const row of fresh) if (row.id === cell.method) onRow?.(row);
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble.code === 'cancelled') break;
        tell((compare) => ({ ...compare, failed: { ...compare.failed, [keyOfLine(cell.method, cell.setting)]: trouble } }));
      }
    }
  } catch (error) {
    ended();
    tell((compare) => ({ ...compare, status: 'idle', error: troubleOf(error) }));
    throw error;
  }
  const cancelled = stopped();
  ended();
  tell((compare) => ({ ...compare, status: cancelled ? 'cancelled' : 'done', at: cells.length }));
  return rows;
}
