// @ts-check
// The table of all methods: its columns, means over seeds, order, files. Pure.

import { duration, figure, fixed } from './format.js';
import { measured, written } from './metrics.js';
import { METRICS } from './tables/metrics.js';

/** @typedef {import('./types.d.ts').Cell} Cell */
/** @typedef {import('./types.d.ts').CompareRow} CompareRow */
/** @typedef {import('./types.d.ts').Divergence} Divergence */
/** @typedef {import('./types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('./types.d.ts').MetricEntry} MetricEntry */
/** @typedef {import('./types.d.ts').Quality} Quality */
/** @typedef {import('./types.d.ts').Reference} Reference */
/** @typedef {import('./types.d.ts').Report} Report */

/** A mean over seeds and half the width of its 95 % interval, null for a single seed. @typedef {{mean: number, half: number | null, n: number}} Mean */
/** @typedef {'utility' | 'forgetting' | 'membership' | 'cost'} Group */
/**
 * @typedef {object} Column
 * @property {string} id
 * @property {MetricEntry} metric
 * @property {Group} group
 * @property {string} label
 * @property {string} title
 * @property {(row: CompareRow) => number | null | undefined} read
 * @property {(value: number | null | undefined) => string} format
 * @property {(value: number | null | undefined) => string} [spread] the interval, where it is not written like the figure
 * @property {boolean} [main] part of what a narrow screen shows first
 */
/**
 * A line of the table.
 * @typedef {object} Line
 * @property {string} key
 * @property {string} id
 * @property {string} setting
 * @property {string} label
 * @property {string} preset reading name of the setting
 * @property {'this device' | 'reference' | null} origin null while there are no figures
 * @property {CompareRow[]} runs
 * @property {Record<string, Mean | null>} figures
 */

/** Student's t at 97.5 % for 1 to 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
/** Claims are made only below this. */
export const LEVEL = 0.05;

/** @type {Record<Group, string>} */
export const GROUPS = { utility: 'Utility', forgetting: 'Forgetting', membership: 'Membership', cost: 'Cost' };

/** Which columns a group of metrics belongs to. @type {Record<MetricEntry['group'], Group>} */
const GROUP_OF = { test: 'utility', stay: 'utility', fairness: 'utility', validation: 'utility', forget: 'forgetting', distance: 'forgetting', traces: 'membership', cost: 'cost' };

const time = (/** @type {number | null | undefined} */ value) => (value == null ? '–' : value < 90 ? `${figure(value)} s` : duration(value));
/** Intervals that are not written like the figure. @type {Partial<Record<MetricEntry['format'], Column['spread']>>} */
const SPREADS = { seconds: (value) => `${fixed(value, 1)} s`, times: (value) => fixed(value, 2) };

/** @param {MetricEntry} metric @returns {Column} */
const columnOf = (metric) => ({
  id: metric.id,
  metric,
  group: GROUP_OF[metric.group],
  label: metric.label,
  title: metric.help,
  read(row) {
    const value = measured(row, metric);
    return metric.better === 'near_half' && value != null ? Math.abs(value - 0.5) : value;
  },
  format: metric.format === 'seconds' ? time : (value) => written(metric, value),
  spread: SPREADS[metric.format],
  main: metric.shown.includes('main'),
});

/** Metrics that are best near 0.5 are shown as their distance from it. @type {Column[]} */
export const COLUMNS = Object.keys(GROUPS).flatMap((group) => METRICS.filter((metric) => metric.shown.includes('comparison') && GROUP_OF[metric.group] === group).map(columnOf));

/** @param {(number | null | undefined)[]} values @returns {Mean | null} */
export function meanOf(values) {
  const known = values.filter((value) => value != null && Number.isFinite(value)).map(Number);
  const n = known.length;
  if (n === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, half: null, n };
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, half: (T[n - 2] ?? 1.96) * Math.sqrt(variance / n), n };
}

/** @param {string} id @param {string} setting */
export const keyOfLine = (id, setting) => (id === 'original' || id === 'retrain' ? id : `${id}/${setting}`);

/** What a run with other than the method's own number of steps is called. @param {string} preset @param {number | null | undefined} steps */
export const settingOf = (preset, steps) => (steps == null ? preset : `${preset || 'default'}, ${steps} steps`);

/** @param {CompareRow} row */
const isHere = (row) => row.source.startsWith('this device');

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
    test: row.test, forget: row.forget, neighbour: row.neighbour ?? null, fairness: row.fairness ?? null, seconds: row.seconds || null, trainable_params: row.trainable_params || null, peak_bytes: row.peak_bytes ?? null,
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

/** @param {string} id @param {string} setting @param {MethodEntry[]} methods */
export function namesOf(id, setting, methods) {
  const entry = methods.find((method) => method.id === id);
  const preset = entry?.presets.find((one) => setting === one.id || setting.startsWith(`${one.id}, `));
  const label = id === 'original' ? 'Original' : id === 'retrain' ? 'Retrain' : entry?.label ?? null;
  const only = entry && entry.presets.length < 2;
  return { label, preset: preset ? (only && setting === preset.id ? '' : setting.replace(preset.id, preset.label)) : setting };
}

/**
 * The lines of the table. What was run here takes the reference's place, line by line.
 * @param {{rows: CompareRow[], reference: Reference | null, cells?: Cell[], methods?: MethodEntry[]}} given rows of the forget set in view
 * @returns {Line[]} Original, Retrain, then the methods in their table's order
 */
export function linesOf({ rows, reference, cells = [], methods = [] }) {
  /** @type {Map<string, {id: string, setting: string, label: string, here: CompareRow[], there: CompareRow[]}>} */
  const found = new Map();
  const at = (/** @type {string} */ id, /** @type {string} */ setting, /** @type {string} */ label) => {
    const key = keyOfLine(id, setting);
    if (!found.has(key)) found.set(key, { id, setting, label, here: [], there: [] });
    return /** @type {NonNullable<ReturnType<typeof found.get>>} */ (found.get(key));
  };
  for (const row of rows) (isHere(row) ? at(row.id, row.setting, row.label).here : at(row.id, row.setting, row.label).there).push(row);
  // The file knows Retrain's seeds; a package ships one of them.
  for (const id of ['original', 'retrain']) if (reference?.methods.some((row) => row.id === id)) at(id, '', id).there.length = 0;
  for (const row of reference?.methods ?? []) at(row.id, row.setting, row.label).there.push(row);
  for (const cell of cells) at(cell.method, cell.setting, cell.label);

  const order = ['original', 'retrain', ...methods.map((method) => method.id)];
  const place = (/** @type {string} */ id) => (order.includes(id) ? order.indexOf(id) : order.length);
  const lines = [...found.entries()].map(([key, { id, setting, label, here, there }]) => {
    const runs = here.length > 0 ? here : there;
    const names = namesOf(id, setting, methods);
    return {
      key, id, setting, label: names.label ?? label, preset: names.preset, runs,
      origin: here.length > 0 ? /** @type {const} */ ('this device') : there.length > 0 ? /** @type {const} */ ('reference') : null,
      figures: Object.fromEntries(COLUMNS.map((column) => [column.id, meanOf(runs.map(column.read))])),
    };
  });
  lines.sort((a, b) => place(a.id) - place(b.id));
  for (const line of lines) addDerived(line, lines);
  return lines;
}

/** Figures that need other lines: the gap where the file does not say it, and time against Retrain's on the same device. @param {Line} line @param {Line[]} lines */
function addDerived(line, lines) {
  const other = (/** @type {string} */ id) => lines.find((one) => one.id === id);
  const from = other('original')?.figures.forget_auc?.mean;
  const to = other('retrain')?.figures.forget_auc?.mean;
  if (line.id === 'original' || line.id === 'retrain') line.figures.gap_closed = null;
  else if (!line.figures.gap_closed && from != null && to != null && Math.abs(from - to) > 1e-9) {
    line.figures.gap_closed = meanOf(line.runs.map((row) => (row.forget.auc == null ? null : (from - row.forget.auc) / (from - to))));
  }
  if (line.id === 'retrain') for (const { id, metric } of COLUMNS) if (metric.ofRetrain != null) line.figures[id] = null;
  const retrain = other('retrain');
  const base = retrain && retrain.origin === line.origin && line.id !== 'original' ? retrain.figures.seconds?.mean : null;
  line.figures.ratio = base ? meanOf(line.runs.map((row) => (row.seconds == null ? null : row.seconds / base))) : null;
}

/**
 * @param {Line[]} lines
 * @param {{by: string, descending: boolean} | null} sort null: as the table has them
 */
export function sortLines(lines, sort) {
  if (!sort) return lines;
  const sign = sort.descending ? -1 : 1;
  if (sort.by === 'label') return lines.toSorted((a, b) => sign * `${a.label} ${a.preset}`.localeCompare(`${b.label} ${b.preset}`));
  const value = (/** @type {Line} */ line) => line.figures[sort.by]?.mean ?? null;
  return lines.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x == null || y == null) return x == null ? (y == null ? 0 : 1) : -1;
    return sign * (x - y);
  });
}

/**
 * Where Retrains of other seeds lie: lowest and highest test and forget AUC; null for a single one.
 * @param {Line[]} lines
 * @param {Reference | null} reference
 */
export function noiseOf(lines, reference) {
  const retrain = lines.find((line) => line.id === 'retrain');
  const runs = (retrain && retrain.runs.length > 1 ? retrain.runs : reference?.methods.filter((row) => row.id === 'retrain')) ?? [];
  const span = (/** @type {(row: CompareRow) => number | null | undefined} */ read) => {
    const values = runs.map(read).filter((value) => value != null).map(Number);
    return values.length > 1 ? { low: Math.min(...values), high: Math.max(...values) } : null;
  };
  const [test, forget] = [span((row) => row.test.auc), span((row) => row.forget.auc)];
  return test && forget ? { test, forget, n: runs.length } : null;
}

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
      return better ? [`${name(line.id, line.setting ?? '')} has a better ${column.label} than ${name(String(test.id), test.setting ?? '')}: ${column.format(Math.abs(test.difference))} apart, paired test p ${test.p < 0.001 ? '< 0.001' : `= ${fixed(test.p, 3)}`}.`] : [];
    });
  });
}

/** The sign of a difference that is an improvement. Forget AUC and MIA have none: nearer to Retrain is better, not more or less. @type {Record<string, 1 | -1>} */
const BETTER = Object.fromEntries(COLUMNS.filter(({ metric }) => metric.better === 'higher' || metric.better === 'lower').map(({ id, metric }) => [id, metric.better === 'higher' ? 1 : -1]));

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

/** One figure as the table shows it. @param {Column} column @param {Mean | null | undefined} mean */
export function cellText(column, mean) {
  if (!mean) return { value: '–', spread: '' };
  // A mean of p-values has no interval worth the name.
  return { value: column.format(mean.mean), spread: !mean.half || column.metric.format === 'p_value' ? '' : `± ${column.spread ? column.spread(mean.half) : column.format(mean.half)}` };
}

/** Every line with its figures, for a spreadsheet. @param {Line[]} lines @param {Divergence | null} floor @param {{auc?: number | null, acc: number, logloss: number} | null} baseline */
export function toCsv(lines, floor, baseline) {
  const quote = (/** @type {unknown} */ value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const head = ['method', 'setting', 'source', 'seeds', ...COLUMNS.flatMap((column) => [column.id, `${column.id}_half_width`])];
  const rows = lines.map((line) => [line.id, line.setting, line.origin ?? '', line.runs.length, ...COLUMNS.flatMap((column) => [line.figures[column.id]?.mean ?? '', line.figures[column.id]?.half ?? ''])]);
  const extra = (/** @type {string} */ id, /** @type {Record<string, number | null | undefined>} */ values) => [id, '', '', '', ...COLUMNS.flatMap((column) => [values[column.id] ?? '', ''])];
  if (floor) rows.push(extra('floor', /** @type {any} */ (floor)));
  if (baseline) rows.push(extra('logistic', { test_auc: baseline.auc, acc: baseline.acc, logloss: baseline.logloss }));
  return `${[head, ...rows].map((row) => row.map(quote).join(',')).join('\n')}\n`;
}

/**
 * Area under the ROC curve by ranks, ties counted half; null where only one class occurs.
 * @param {{score: number, yes: boolean}[]} answers
 */
export function aucOf(answers) {
  const sorted = answers.toSorted((a, b) => a.score - b.score);
  const yes = answers.filter((answer) => answer.yes).length;
  const no = answers.length - yes;
  if (yes === 0 || no === 0) return null;
  let ranks = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to].score === sorted[from].score) to += 1;
    const rank = (from + 1 + to) / 2;
    for (let idx = from; idx < to; idx += 1) if (sorted[idx].yes) ranks += rank;
    from = to;
  }
  return (ranks - (yes * (yes + 1)) / 2) / (yes * no);
}

/**
 * What the model says of one person's ratings that must go.
 * @param {import('./types.d.ts').UserRow[]} rows
 * @param {'before' | 'after'} when
 */
export function personOf(rows, when) {
  const answers = rows.filter((row) => row.set === 'train' && row[when] != null).map((row) => ({ score: Number(row[when]), yes: row.rating > 3 }));
  return { n: answers.length, auc: aucOf(answers), mean: answers.length === 0 ? null : answers.reduce((sum, answer) => sum + answer.score, 0) / answers.length };
}
