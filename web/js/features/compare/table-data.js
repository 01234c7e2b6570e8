// @ts-check
// The table of all methods: its columns, means over seeds, order, file. Pure.

import { duration, figure, fixed } from '../../ui/format.js';
import { measured, written } from '../../ui/metrics.js';
import { originText } from './elsewhere.js';
import { isHere, isReference, keyOfLine } from './rows.js';
import { METRICS } from '../../tables/metrics.js';
import { msg, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Cell} Cell */
/** @typedef {import('../../types.d.ts').CompareRow} CompareRow */
/** @typedef {import('../../types.d.ts').Divergence} Divergence */
/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {import('../../types.d.ts').MetricEntry} MetricEntry */
/** @typedef {import('../../types.d.ts').Reference} Reference */

/** A mean over seeds and half the width of its 95 % interval, null for a single seed. @typedef {{mean: number, half: number | null, n: number}} Mean */
/** @typedef {'utility' | 'forgetting' | 'membership' | 'cost'} Group */
/**
 * @typedef {object} Column
 * @property {string} id
 * @property {MetricEntry} metric
 * @property {Group} group
 * @property {string} label
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
 * @property {'this device' | 'reference' | 'elsewhere' | null} origin null while there are no figures
 * @property {import('../../types.d.ts').Elsewhere | null} from where the rows of a file come from
 * @property {CompareRow[]} runs
 * @property {Record<string, Mean | null>} figures
 */

/** Student's t at 97.5 % for 1 to 30 degrees of freedom. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** @type {Record<Group, string>} */
export const GROUPS = { utility: msg('Utility'), forgetting: msg('Forgetting'), membership: msg('Membership'), cost: msg('Cost') };

/** Which columns a group of metrics belongs to. @type {Record<MetricEntry['group'], Group>} */
const GROUP_OF = { test: 'utility', stay: 'utility', fairness: 'utility', validation: 'utility', forget: 'forgetting', distance: 'forgetting', traces: 'membership', cost: 'cost' };

const time = (/** @type {number | null | undefined} */ value) => (value == null ? '–' : value < 90 ? t('{n} s', { n: figure(value) }) : duration(value));
/** Intervals that are not written like the figure. @type {Partial<Record<MetricEntry['format'], Column['spread']>>} */
const SPREADS = { seconds: (value) => t('{n} s', { n: fixed(value, 1) }), times: (value) => fixed(value, 2) };

/** @param {MetricEntry} metric @returns {Column} */
const columnOf = (metric) => ({
  id: metric.id,
  metric,
  group: GROUP_OF[metric.group],
  label: metric.label,
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

/** @param {string} id @param {string} setting @param {MethodEntry[]} methods */
export function namesOf(id, setting, methods) {
  const entry = methods.find((method) => method.id === id);
  const preset = entry?.presets.find((one) => setting === one.id || setting.startsWith(`${one.id}, `));
  const label = id === 'original' ? 'Original' : id === 'retrain' ? 'Retrain' : entry?.label ?? null;
  const only = entry && entry.presets.length < 2;
  return { label, preset: preset ? (only && setting === preset.id ? '' : setting.replace(preset.id, preset.label)) : setting };
}

/**
 * The lines of the table. What was run here takes the reference's place, line by line; what was run elsewhere has lines of its own beside both.
 * @param {{rows: CompareRow[], reference: Reference | null, opened?: CompareRow[], cells?: Cell[], methods?: MethodEntry[]}} shown rows of the forget set in view
 * @returns {Line[]} Original, Retrain, then the methods in their table's order
 */
export function linesOf({ rows, reference, opened = [], cells = [], methods = [] }) {
  /** @type {Map<string, {id: string, setting: string, label: string, here: CompareRow[], there: CompareRow[], from: Line['from']}>} */
  const found = new Map();
  const at = (/** @type {string} */ id, /** @type {string} */ setting, /** @type {string} */ label, /** @type {Line['from']} */ from = null) => {
    const key = from ? `${from.group} ${keyOfLine(id, setting)}` : keyOfLine(id, setting);
    if (!found.has(key)) found.set(key, { id, setting, label, here: [], there: [], from });
    return /** @type {NonNullable<ReturnType<typeof found.get>>} */ (found.get(key));
  };
  for (const row of rows) (isHere(row) ? at(row.id, row.setting, row.label).here : at(row.id, row.setting, row.label).there).push(row);
  // The file knows Retrain's seeds; a package ships one of them.
  for (const id of ['original', 'retrain']) if (reference?.methods.some((row) => row.id === id)) at(id, '', id).there.length = 0;
  for (const row of reference?.methods ?? []) at(row.id, row.setting, row.label).there.push(row);
  for (const cell of cells) at(cell.method, cell.setting, cell.label);
  for (const row of opened) at(row.id, row.setting, row.label, row.from ?? null).there.push(row);

  const order = ['original', 'retrain', ...methods.map((method) => method.id)];
  const place = (/** @type {string} */ id) => (order.includes(id) ? order.indexOf(id) : order.length);
  const lines = [...found.entries()].map(([key, { id, setting, label, here, there, from }]) => {
    const runs = here.length > 0 ? here : there;
    const names = namesOf(id, setting, methods);
    return {
      key, id, setting, label: names.label ?? label, preset: names.preset, runs, from,
      origin: from ? /** @type {const} */ ('elsewhere') : here.length > 0 ? /** @type {const} */ ('this device') : there.length > 0 ? /** @type {const} */ ('reference') : null,
      figures: Object.fromEntries(COLUMNS.map((column) => [column.id, meanOf(runs.map(column.read))])),
    };
  });
  lines.sort((a, b) => place(a.id) - place(b.id));
  for (const line of lines) addDerived(line, lines);
  return lines;
}

/** Original or Retrain as a line is read beside it: never one that another device measured. @param {Line[]} lines @param {'original' | 'retrain'} id @param {Line['from']} [from] of the line; null for those that no file brought */
export const standardOf = (lines, id, from = null) => lines.find((one) => one.id === id && one.from?.group === from?.group);

/** Figures that need other lines: the gap where the file does not say it, and time against Retrain's on the same device. @param {Line} line @param {Line[]} lines */
function addDerived(line, lines) {
  const other = (/** @type {'original' | 'retrain'} */ id) => standardOf(lines, id, line.from);
  const from = other('original')?.figures.forget_auc?.mean;
  const to = other('retrain')?.figures.forget_auc?.mean;
  if (isReference(line.id)) line.figures.gap_closed = null;
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
  const retrain = standardOf(lines, 'retrain');
  const runs = (retrain && retrain.runs.length > 1 ? retrain.runs : reference?.methods.filter((row) => row.id === 'retrain')) ?? [];
  const span = (/** @type {(row: CompareRow) => number | null | undefined} */ read) => {
    const values = runs.map(read).filter((value) => value != null).map(Number);
    return values.length > 1 ? { low: Math.min(...values), high: Math.max(...values) } : null;
  };
  const [test, forget] = [span((row) => row.test.auc), span((row) => row.forget.auc)];
  return test && forget ? { test, forget, n: runs.length } : null;
}

/** The same in a file, which is read in every language. @param {Line} line */
export const sourceInFile = ({ origin, from }) => (from ? `elsewhere: ${originText(from)}` : origin ?? 'not run yet');

/** Where a line's figures were measured, in words. @param {Line} line */
export const sourceText = ({ origin, from }) => (from ? t('elsewhere: {from}', { from: originText(from) }) : t(origin ?? msg('not run yet')));

/** Columns of which some line has a figure; those that are no rare ones stay without. @param {Column[]} columns @param {Line[]} lines */
export const columnsWith = (columns, lines) => columns.filter(({ id, metric }) => !metric.rare || lines.some((line) => line.figures[id]));

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
  const rows = lines.map((line) => [line.id, line.setting, line.origin && sourceInFile(line), line.runs.length, ...COLUMNS.flatMap((column) => [line.figures[column.id]?.mean ?? '', line.figures[column.id]?.half ?? ''])]);
  const extra = (/** @type {string} */ id, /** @type {Record<string, number | null | undefined>} */ values) => [id, '', '', '', ...COLUMNS.flatMap((column) => [values[column.id] ?? '', ''])];
  if (floor) rows.push(extra('floor', /** @type {any} */ (floor)));
  if (baseline) rows.push(extra('logistic', { test_auc: baseline.auc, acc: baseline.acc, logloss: baseline.logloss }));
  return `${[head, ...rows].map((row) => row.map(quote).join(',')).join('\n')}\n`;
}
