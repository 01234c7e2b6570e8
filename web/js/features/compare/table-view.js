// @ts-check
// The table of the comparison: sortable, in groups of columns, with floor and baseline as lines of their own.

import { useEffect, useMemo, useState } from 'preact/hooks';
import { familiesOf } from '../../engine/method-families.js';
import { count, fixed } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { valueAt, written } from '../../ui/metrics.js';
import { HelpButton } from '../../ui/popover.js';
import { Segmented } from '../../ui/widgets.js';
import { langOf, language, msg, said, t } from '../../ui/words.js';
import { CARD_ID } from './card.js';
import { ColumnHelp } from './column-help.js';
import { originText } from './elsewhere.js';
import { familyOf, FamilyMark } from './family-mark.js';
import { isReference } from './rows.js';
import { cellText, COLUMNS, columnsWith, GROUPS, meanOf, sortLines, standardOf } from './table-data.js';

/** @typedef {import('./table-data.js').Column} Column */
/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').CompareState} CompareState */
/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */
/** @typedef {'still' | 'now' | 'waits'} Progress */

/** Columns whose first sorting begins with the highest value. */
const HIGH_FIRST = COLUMNS.filter(({ metric }) => metric.better === 'higher' || metric.better === 'near_one').map(({ id }) => id);
const narrow = matchMedia('(max-width: 1180px)');
/** @type {{value: NonNullable<CompareState['group']>, label: string}[]} */
const CHOICES = [{ value: 'main', label: msg('Main') }, ...Object.entries(GROUPS).map(([value, label]) => ({ value: /** @type {keyof typeof GROUPS} */ (value), label })), { value: 'all', label: msg('All') }];

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
export const ColumnChooser = ({ group, actions }) => h(Segmented, { label: t('Columns'), slim: true, options: CHOICES, value: group, onChange: (/** @type {typeof group} */ next) => actions.changeComparison({ group: next }) });

/** Where a row was measured. @param {{origin: NonNullable<Line['origin']>}} props */
const Badge = ({ origin }) => h('span', { class: { 'this device': 'tag here', reference: 'tag', elsewhere: 'tag elsewhere' }[origin] }, t(origin));

/** Columns that were measured to tell little of whether somebody was forgotten. */
const DOUBTFUL = COLUMNS.filter(({ metric }) => metric.caveat);

export const TableLegend = memo(
  /** @param {{elsewhere: boolean}} props whether some rows come from a file */
  ({ elsewhere }) =>
    h(
      'p',
      { class: 'badges small muted' },
      DOUBTFUL.map(({ id, label, metric }) => h('span', { key: id }, h('b', null, `${said(label)} *`), ` ${said(metric.caveat)}`)),
      h('span', null, h(Badge, { origin: 'this device' }), t(' run in this tab')), h('span', null, h(Badge, { origin: 'reference' }), t(' shipped with the page')),
      elsewhere && h('span', null, h(Badge, { origin: 'elsewhere' }), t(' opened from a file, never averaged with the others')), h('span', null, t('± half the 95 % interval over seeds')),
    ),
);

/** Marks the first column of each group. @param {Column[]} columns @param {number} idx */
const starts = (columns, idx) => (columns[idx - 1]?.group === columns[idx]?.group ? '' : 'starts');

/** What comes after a press on a column's head: the better end first, then the other, then the table's own order. @param {CompareState['sort']} sort @param {string} id @returns {CompareState['sort']} */
function nextSort(sort, id) {
  const first = HIGH_FIRST.includes(id);
  if (sort?.by !== id) return { by: id, descending: first };
  return sort.descending === first ? { by: id, descending: !first } : null;
}

/** The families' marks, as they stand before the names and in the map. @param {{methods: MethodEntry[]}} props */
const MarkHelp = ({ methods }) => [
  h('b', null, t('Method')),
  h('p', null, t('A method in one of its settings. Its mark is that of its family, here and in the map:')),
  h('ul', { class: 'marks' }, familiesOf(methods).map(({ id, label }) => h('li', { key: id }, h(FamilyMark, { family: id }), ` ${t(label)}`))),
];

const Head = memo(
  /** @param {{columns: Column[], methods: MethodEntry[], sort: CompareState['sort'], actions: Actions}} props */
  ({ columns, methods, sort, actions }) => {
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
      h('tr', { class: 'groups' }, h('td'), groups.map(({ group, n }) => h('th', { key: group, scope: 'colgroup', colspan: n }, t(GROUPS[group] ?? '')))),
      h(
        'tr',
        null,
        h('th', { key: 'label', scope: 'col', 'data-by': 'label', 'aria-sort': order('label') }, h('div', { class: 'column' }, sortable('label', t('Method')), h(HelpButton, { label: t('What the marks mean'), draw: () => h(MarkHelp, { methods }) }))),
        columns.map((column, idx) => h('th', { key: column.id, scope: 'col', 'data-by': column.id, class: starts(columns, idx), 'aria-sort': order(column.id) }, h('div', { class: 'column' }, sortable(column.id, column.metric.caveat ? `${said(column.label)} *` : said(column.label)), h(HelpButton, { label: t('What {label} means', { label: said(column.label) }), draw: () => h(ColumnHelp, { metric: column.metric }) })))),
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
    if (error) return h('span', { class: 'tag failed' }, 'failed');
    if (progress === 'now') return h('span', { class: 'cell-bar', role: 'img', 'aria-label': 'running' }, h('i', { style: { transform: `scaleX(${share})` } }));
    if (progress === 'waits') return h('span', { class: 'tag' }, 'waiting');
    return line.origin ? h(Badge, { origin: line.origin }) : h('span', { class: 'tag' }, t('not run yet'));
  };
  return h('span', { class: 'origin' }, note(), line.runs.length > 1 && h('small', { class: 'n' }, t('{length} seeds', { length: line.runs.length })), error && h('small', { class: 'from', lang: langOf(error.message) }, said(error.message)), line.from && h('small', { class: 'from' }, originText(line.from)));
}

/** A figure with its interval. @param {{line: Line, column: Column, retrain: Line['figures'], first: string}} props */
function Figure({ line, column, retrain, first }) {
  const mean = line.figures[column.id];
  const { value, spread } = cellText(column, mean);
  const half = column.metric.better === 'near_half' && mean;
  const ofRetrain = retrain[column.id]?.mean;
  const notes = [
    spread,
    // What stands as a distance from 0.5 is also told as it was measured.
    half && t('AUC {mean}', { mean: fixed(meanOf(line.runs.map((one) => valueAt(one, column.metric.path)))?.mean) }),
    half && ofRetrain != null && line.id !== 'retrain' && t('Retrain {ofRetrain}', { ofRetrain: column.format(ofRetrain) }),
    column.id === 'ratio' && !mean && line.origin && !isReference(line.id) && t('no Retrain timed'),
    mean && column.metric.path.startsWith('ranking.') && t('among {n}', { n: [...new Set(line.runs.flatMap((one) => (one.ranking ? [count(Math.round(one.ranking.candidates))] : [])))].join(', ') }),
  ];
  return h('td', { class: first }, value, notes.map((note) => note && h('small', { key: note }, note)));
}

const Row = memo(
  /** @param {{line: Line, family: string, columns: Column[], retrain: Line['figures'], progress: Progress, share: number, error: import('../../types.d.ts').ErrorInfo | null, open: boolean, actions: Actions}} props */
  ({ line, family, columns, retrain, progress, share, error, open, actions }) => {
    const name = [h(FamilyMark, { family }), h('span', { class: 'label' }, said(line.label)), line.preset && h('small', null, said(line.preset))];
    return h(
      'tr',
      { 'data-key': line.key, class: `${progress === 'now' ? 'now' : ''} ${open ? 'open' : ''} ${line.origin ? '' : 'blank'}`.trim() },
      h(
        'th',
        { scope: 'row' },
        isReference(line.id) ? h('span', { class: 'name' }, name) : h('button', { type: 'button', class: 'name', 'aria-expanded': open, 'aria-controls': open ? CARD_ID : null, onClick: () => actions.openLine(open ? null : line.key) }, name),
        h(Origin, { line, progress, share, error }),
      ),
      columns.map((column, idx) => h(Figure, { key: column.id, line, column, retrain, first: starts(columns, idx) })),
    );
  },
);

/** A line of a few figures below the methods'. @param {{label: string, about: string, values: object, columns: Column[]}} props */
const ReferenceRow = ({ label, about, values, columns }) =>
  h('tr', null, h('th', { scope: 'row' }, h('span', { class: 'model floor' }, label), ' ', h(HelpButton, { label: t('What {label} means', { label }), draw: () => [h('b', null, label), h('p', null, about)] })), columns.map(({ metric }, idx) => {
    const value = valueAt(values, metric.path);
    return h('td', { class: starts(columns, idx) }, value == null ? '' : written(metric, value));
  }));

const NO_FIGURES = {};

/**
 * @param {{lines: Line[], methods: MethodEntry[], group: NonNullable<CompareState['group']>, floor: object | null, baseline: object | null, compare: CompareState, share: number, actions: Actions}} props
 *   `share`: how much of the cell in work is done
 */
export function Table({ lines, methods, group, floor, baseline, compare, share, actions }) {
  const columns = useMemo(() => columnsWith(SETS[group], lines), [group, lines, language()]);
  const cells = compare.status === 'running' ? compare.cells : null;
  const retrainOf = (/** @type {Line} */ line) => standardOf(lines, 'retrain', line.from)?.figures ?? NO_FIGURES;
  return h(
    'div',
    { class: 'scroll wide-table', tabindex: '0', role: 'region', 'aria-label': t('Comparison table') },
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, t('Figures of every method')),
      h(Head, { columns, methods, sort: compare.sort, actions }),
      h(
        'tbody',
        null,
        sortLines(lines, compare.sort).map((line) => {
          const progress = progressOf(line, cells, compare.at);
          return h(Row, { key: line.key, line, family: familyOf(line.id, methods), columns, retrain: retrainOf(line), progress, share: progress === 'now' ? share : 0, error: compare.failed[line.key] ?? null, open: compare.open === line.key, actions });
        }),
      ),
      h(
        'tbody',
        { class: 'beside' },
        floor && h(ReferenceRow, { label: t('Floor'), about: t('Retrain against a Retrain of another seed: no method can be expected to come nearer.'), values: { forget: floor }, columns }),
        baseline && h(ReferenceRow, { label: t('Logistic baseline'), about: t('Logistic regression on a handful of averages: what any model must beat.'), values: { test: baseline }, columns }),
      ),
    ),
  );
}
