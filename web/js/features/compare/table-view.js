// @ts-check
// The table of the comparison: sortable, in groups of columns, with floor and baseline as lines of their own.

import { useEffect, useState } from 'preact/hooks';
import { fixed, percent } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { valueAt, written } from '../../ui/metrics.js';
import { Segmented } from '../../ui/widgets.js';
import { cellText, COLUMNS, GROUPS, sortLines } from './table-data.js';

/** @typedef {import('./table-data.js').Column} Column */
/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').CompareState} CompareState */
/** @typedef {'still' | 'now' | 'waits'} Progress */

/** Columns whose first sorting begins with the highest value. */
const HIGH_FIRST = COLUMNS.filter(({ metric }) => metric.better === 'higher' || metric.better === 'near_one').map(({ id }) => id);
const narrow = matchMedia('(max-width: 1180px)');
/** @type {{value: NonNullable<CompareState['group']>, label: string}[]} */
const CHOICES = [{ value: 'main', label: 'Main' }, ...Object.entries(GROUPS).map(([value, label]) => ({ value: /** @type {keyof typeof GROUPS} */ (value), label })), { value: 'all', label: 'All' }];

/** Columns in view, by what was chosen. @type {Record<NonNullable<CompareState['group']>, Column[]>} */
const SETS = /** @type {any} */ (Object.fromEntries(CHOICES.map(({ value }) => [value, COLUMNS.filter((column) => value === 'all' || (value === 'main' ? column.main : column.group === value))])));

/** The columns in view: as chosen, else as the width of the window has it. @param {CompareState['group']} group @returns {NonNullable<CompareState['group']>} */
export function useColumnGroup(group) {
  const [isNarrow, setNarrow] = useState(narrow.matches);
  useEffect(() => {
    const follow = () => setNarrow(narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return group ?? (isNarrow ? 'main' : 'all');
}

/** @param {{group: NonNullable<CompareState['group']>, actions: Actions}} props */
export const ColumnChooser = ({ group, actions }) => h(Segmented, { label: 'Columns', slim: true, options: CHOICES, value: group, onChange: (/** @type {typeof group} */ next) => actions.changeComparison({ group: next }) });

/** Where a row was measured. @param {{origin: 'this device' | 'reference'}} props */
const Badge = ({ origin }) => h('span', { class: origin === 'this device' ? 'tag here' : 'tag' }, origin);

/** Columns that were measured to tell little of whether somebody was forgotten. */
const DOUBTFUL = COLUMNS.filter(({ metric }) => metric.caveat);

export const TableLegend = memo(() =>
  h(
    'p',
    { class: 'badges small muted' },
    DOUBTFUL.map(({ id, label, metric }) => h('span', { key: id }, h('b', null, `${label} *`), ` ${metric.caveat}`)),
    h('span', null, h(Badge, { origin: 'this device' }), ' run in this tab'), h('span', null, h(Badge, { origin: 'reference' }), ' shipped with the page'), h('span', null, '± half the 95 % interval over seeds'),
  ));

/** Marks the first column of each group. @param {Column[]} columns @param {number} idx */
const starts = (columns, idx) => (columns[idx - 1]?.group === columns[idx]?.group ? '' : 'starts');

/** What comes after a press on a column's head: the better end first, then the other, then the table's own order. @param {CompareState['sort']} sort @param {string} id @returns {CompareState['sort']} */
function nextSort(sort, id) {
  const first = HIGH_FIRST.includes(id);
  if (sort?.by !== id) return { by: id, descending: first };
  return sort.descending === first ? { by: id, descending: !first } : null;
}

const Head = memo(
  /** @param {{columns: Column[], sort: CompareState['sort'], actions: Actions}} props */
  ({ columns, sort, actions }) => {
    const sortable = (/** @type {string} */ id, /** @type {string} */ label) =>
      h('button', { type: 'button', class: 'sort', onClick: () => actions.changeComparison({ sort: nextSort(sort, id) }) }, h('span', null, label), h('i', { class: 'arrow', 'aria-hidden': 'true' }));
    const order = (/** @type {string} */ id) => (sort?.by !== id ? 'none' : sort.descending ? 'descending' : 'ascending');
    /** @type {{group: Column['group'], n: number}[]} */
    const groups = [];
    for (const { group } of columns) {
      const last = groups.at(-1);
      if (last?.group === group) last.n += 1;
      else groups.push({ group, n: 1 });
    }
    return h(
      'thead',
      null,
      h('tr', { class: 'groups' }, h('td'), groups.map(({ group, n }) => h('th', { key: group, scope: 'colgroup', colspan: n }, GROUPS[group]))),
      h(
        'tr',
        null,
        h('th', { key: 'label', scope: 'col', 'data-by': 'label', 'aria-sort': order('label') }, sortable('label', 'Method')),
        columns.map((column, idx) => h('th', { key: column.id, scope: 'col', title: column.title, 'data-by': column.id, class: starts(columns, idx), 'aria-sort': order(column.id) }, sortable(column.id, column.metric.caveat ? `${column.label} *` : column.label))),
      ),
    );
  },
);

/** @param {Line} line @param {CompareState['cells'] | null} cells @param {number} at @returns {Progress} */
function progressOf(line, cells, at) {
  if (!cells) return 'still';
  const key = (/** @type {CompareState['cells'][number] | undefined} */ cell) => cell && (cell.method === 'retrain' ? 'retrain' : `${cell.method}/${cell.setting}`);
  if (key(cells[at]) === line.key) return 'now';
  return cells.slice(at + 1).some((cell) => key(cell) === line.key) ? 'waits' : 'still';
}

/** @param {{line: Line, progress: Progress, share: number, error: import('../../types.d.ts').ErrorInfo | null}} props */
function Origin({ line, progress, share, error }) {
  const note = () => {
    if (error) return h('span', { class: 'tag failed', title: error.message }, 'failed');
    if (progress === 'now') return h('span', { class: 'cell-bar', role: 'img', 'aria-label': 'running' }, h('i', { style: { transform: `scaleX(${share})` } }));
    if (progress === 'waits') return h('span', { class: 'tag' }, 'waiting');
    return line.origin ? h(Badge, { origin: line.origin }) : h('span', { class: 'tag' }, 'not run yet');
  };
  return h('span', { class: 'origin' }, note(), line.runs.length > 1 && h('small', { class: 'n' }, `${line.runs.length} seeds`));
}

/** A figure with its interval. @param {{line: Line, column: Column, retrain: Line['figures'], first: string}} props */
function Figure({ line, column, retrain, first }) {
  const mean = line.figures[column.id];
  const { value, spread } = cellText(column, mean);
  const half = column.metric.better === 'near_half' && mean;
  const ofRetrain = retrain[column.id]?.mean;
  const reference = line.id === 'original' || line.id === 'retrain';
  const title = half
    ? `Not as a distance: ${line.runs.map((one) => fixed(valueAt(one, column.metric.path), 4)).join(', ')}`
    : column.id === 'gap_closed' && mean
      ? percent(mean.mean, 1)
      : column.id === 'ratio' && !mean && line.origin && !reference
        ? 'Retrain was not timed on the same device'
        : null;
  return h('td', { class: first, title }, value, spread && h('small', null, spread), half && ofRetrain != null && line.id !== 'retrain' && h('small', null, `Retrain ${column.format(ofRetrain)}`));
}

const Row = memo(
  /** @param {{line: Line, columns: Column[], retrain: Line['figures'], progress: Progress, share: number, error: import('../../types.d.ts').ErrorInfo | null, open: boolean, actions: Actions}} props */
  ({ line, columns, retrain, progress, share, error, open, actions }) => {
    const name = [h('span', { class: `model ${line.id}` }, line.label), line.preset && h('small', null, line.preset)];
    const reference = line.id === 'original' || line.id === 'retrain';
    return h(
      'tr',
      { 'data-key': line.key, class: `${progress === 'now' ? 'now' : ''} ${open ? 'open' : ''} ${line.origin ? '' : 'blank'}`.trim() },
      h(
        'th',
        { scope: 'row' },
        reference ? h('span', { class: 'name' }, name) : h('button', { type: 'button', class: 'name', title: 'Show the forgotten people one by one', 'aria-expanded': open, onClick: () => actions.changeComparison({ open: open ? null : line.key }) }, name),
        h(Origin, { line, progress, share, error }),
      ),
      columns.map((column, idx) => h(Figure, { key: column.id, line, column, retrain, first: starts(columns, idx) })),
    );
  },
);

/** A line of a few figures below the methods'. @param {{label: string, title: string, values: object, columns: Column[]}} props */
const ReferenceRow = ({ label, title, values, columns }) =>
  h('tr', null, h('th', { scope: 'row', title }, h('span', { class: 'model floor' }, label)), columns.map(({ metric }, idx) => {
    const value = valueAt(values, metric.path);
    return h('td', { class: starts(columns, idx) }, value == null ? '' : written(metric, value));
  }));

const NO_FIGURES = {};

/**
 * @param {{lines: Line[], group: NonNullable<CompareState['group']>, floor: object | null, baseline: object | null, compare: CompareState, share: number, actions: Actions}} props
 *   `share`: how much of the cell in work is done
 */
export function Table({ lines, group, floor, baseline, compare, share, actions }) {
  const columns = SETS[group];
  const cells = compare.status === 'running' ? compare.cells : null;
  const retrain = lines.find((line) => line.id === 'retrain')?.figures ?? NO_FIGURES;
  return h(
    'div',
    { class: 'scroll wide-table', tabindex: '0', role: 'region', 'aria-label': 'Comparison table' },
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, 'Figures of every method'),
      h(Head, { columns, sort: compare.sort, actions }),
      h(
        'tbody',
        null,
        sortLines(lines, compare.sort).map((line) => {
          const progress = progressOf(line, cells, compare.at);
          return h(Row, { key: line.key, line, columns, retrain, progress, share: progress === 'now' ? share : 0, error: compare.failed[line.key] ?? null, open: compare.open === line.key, actions });
        }),
      ),
      h(
        'tbody',
        { class: 'beside' },
        floor && h(ReferenceRow, { label: 'Floor', title: 'Retrain against a Retrain of another seed: no method can be expected to come nearer', values: { forget: floor }, columns }),
        baseline && h(ReferenceRow, { label: 'Logistic baseline', title: 'Logistic regression on a handful of averages: what any model must beat', values: { test: baseline }, columns }),
      ),
    ),
  );
}
