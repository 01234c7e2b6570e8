// @ts-check
// The shipped comparison of all methods: what its file must be, and what may be claimed from its paired tests. Pure.

import { fixed } from '../../ui/format.js';
import { t } from '../../ui/words.js';
import { COLUMNS, namesOf } from './table-data.js';

/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../../types.d.ts').Reference} Reference */

/** Claims are made only below this. */
export const LEVEL = 0.05;

/**
 * A reference file, if that is what it is.
 * @param {unknown} value
 * @returns {Reference | null}
 */
export function readReference(value) {
  const file = /** @type {any} */ (value);
  if (!file || typeof file !== 'object' || !Array.isArray(file.methods)) return null;
  const methods = file.methods.filter((/** @type {any} */ row) => row && typeof row.id === 'string' && row.test && row.forget && (row.forget_set ?? 'standard') === 'standard');
  const rows = methods.map((/** @type {any} */ row) => ({ seed: 1, label: row.id, setting: '', params: {}, neighbour: null, seconds: null, trainable_params: null, peak_bytes: null, gap_closed: null, device: '', ...row, forget_set: 'standard', source: 'reference' }));
  return { version: file.version ?? 0, dataset: file.dataset ?? '', data: file.data ?? null, methods: rows, summary: Array.isArray(file.summary) ? file.summary : [], floor: file.floor ?? null, baseline: file.baseline ?? null, created_with: file.created_with ?? null };
}

/**
 * Whether a reference was measured on the data that are loaded: a name does not say which ratings were meant.
 * @param {Reference} reference @param {{ratings: string, metadata: string}} data
 */
export const isOf = (reference, data) => reference.data?.ratings === data.ratings && reference.data?.metadata === data.metadata;

/**
 * Sentences on who is better, from the reference's paired tests; none without them, none at p ≥ 0.05.
 * An entry of `vs` is `{id, setting?, figure, difference, p}`.
 * @param {Reference | null} reference
 * @param {MethodEntry[]} [methods]
 */
export function claimsOf(reference, methods = []) {
  const name = (/** @type {string} */ id, /** @type {string} */ setting) => {
    const { label: known, preset } = namesOf(id, setting, methods);
    const label = known ?? reference?.methods.find((row) => row.id === id)?.label;
    return preset ? `${label ?? id} (${preset})` : label ?? id;
  };
  return (reference?.summary ?? []).flatMap((line) => {
    const entries = Array.isArray(line.vs) ? line.vs : [];
    return entries.flatMap((/** @type {any} */ test) => {
      const column = COLUMNS.find((one) => one.id === test?.figure);
      if (!column || !(test.p < LEVEL) || !(Math.abs(test.difference) > 0) || !BETTER[column.id]) return [];
      const better = Math.sign(test.difference) === BETTER[column.id];
      return better ? [t('{id} has a better {label} than {id2}: {difference} apart, paired test p {more}.', { id: name(line.id, line.setting ?? ''), label: column.label, id2: name(String(test.id), test.setting ?? ''), difference: column.format(Math.abs(test.difference)), more: test.p < 0.001 ? '< 0.001' : `= ${fixed(test.p, 3)}` })] : [];
    });
  });
}

/** The sign of a difference that is an improvement. Forget AUC and MIA have none: nearer to Retrain is better, not more or less. @type {Record<string, 1 | -1>} */
const BETTER = Object.fromEntries(COLUMNS.filter(({ metric }) => metric.better === 'higher' || metric.better === 'lower').map(({ id, metric }) => [id, metric.better === 'higher' ? 1 : -1]));
