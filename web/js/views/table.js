// @ts-check
// The table of the comparison: sortable, in groups of columns, with floor and baseline as lines of their own.

import { COLUMNS, GROUPS, cellText, sortLines } from '../compare.js';
import { fill, h, memo } from '../dom.js';
import { fixed, percent } from '../format.js';
import { valueAt, written } from '../metrics.js';
import { segmented } from '../ui.js';

/** @typedef {import('../compare.js').Column} Column */
/** @typedef {import('../compare.js').Line} Line */
/** @typedef {import('../types.d.ts').CompareState} CompareState */

/** Columns whose first sorting begins with the highest value. */
const HIGH_FIRST = COLUMNS.filter(({ metric }) => metric.better === 'higher' || metric.better === 'near_one').map(({ id }) => id);
const narrow = matchMedia('(max-width: 1180px)');

/** @param {CompareState['group']} group */
const columnsOf = (group) => COLUMNS.filter((column) => group === 'all' || (group === 'main' ? column.main : column.group === group));

/** @param {import('../actions.js').Actions} actions */
export function mountTable(actions) {
  const chooser = segmented({
    label: 'Columns', slim: true,
    options: /** @type {{value: NonNullable<CompareState['group']>, label: string}[]} */ ([{ value: 'main', label: 'Main' }, ...Object.entries(GROUPS).map(([value, label]) => ({ value, label })), { value: 'all', label: 'All' }]),
    onChange: (group) => actions.comparison({ group }),
  });
  narrow.addEventListener('change', () => actions.refresh());
  const head = h('thead');
  const body = h('tbody');
  const beside = h('tbody', { class: 'beside' });
  const el = h('div', { class: 'scroll wide-table', tabindex: '0', role: 'region', 'aria-label': 'Comparison table' }, h('table', {}, h('caption', { class: 'unseen' }, 'Figures of every method'), head, body, beside));
  const legend = h(
    'p',
    { class: 'badges small muted' },
    h('span', {}, badge('this device'), ' run in this tab'), h('span', {}, badge('reference'), ' shipped with the page'), h('span', {}, '± half the 95 % interval over seeds'),
  );

  /** @type {CompareState['sort']} */
  let sort = null;
  const drawHead = memo((/** @type {Column[]} */ columns) => {
    const sortButton = (/** @type {string} */ id, /** @type {string} */ label) =>
      h('button', {
        type: 'button', class: 'sort',
        on: {
          click() {
            const first = HIGH_FIRST.includes(id);
            const now = sort?.by === id ? sort.descending : null;
            actions.comparison({ sort: now == null ? { by: id, descending: first } : now === first ? { by: id, descending: !first } : null });
          },
        },
      }, h('span', {}, label), h('i', { class: 'arrow', 'aria-hidden': 'true' }));
    /** @type {{group: string, n: number}[]} */
    const groups = [];
    for (const column of columns) {
      const last = groups.at(-1);
      if (last?.group === column.group) last.n += 1;
      else groups.push({ group: column.group, n: 1 });
    }
    fill(
      head,
      h('tr', { class: 'groups' }, h('td'), groups.map(({ group, n }) => h('th', { scope: 'colgroup', colspan: n }, GROUPS[/** @type {keyof typeof GROUPS} */ (group)]))),
      h('tr', {}, h('th', { scope: 'col', 'data-by': 'label' }, sortButton('label', 'Method')), columns.map((column, idx) => h('th', { scope: 'col', title: column.title, 'data-by': column.id, class: starts(columns, idx) }, sortButton(column.id, column.label)))),
    );
  });
  const drawSort = memo((/** @type {CompareState['sort']} */ next, /** @type {Column[]} */ _) => {
    sort = next;
    for (const cell of head.querySelectorAll('th[data-by]')) cell.setAttribute('aria-sort', cell.getAttribute('data-by') === next?.by ? (next?.descending ? 'descending' : 'ascending') : 'none');
  });
  const drawBody = memo((/** @type {Line[]} */ lines, /** @type {Column[]} */ columns, /** @type {CompareState['sort']} */ by, /** @type {CompareState['cells'] | null} */ cells, /** @type {number} */ at, /** @type {CompareState['failed']} */ failed, /** @type {string | null} */ open) => {
    const active = body.contains(document.activeElement) ? document.activeElement?.closest('[data-key]')?.getAttribute('data-key') : null;
    const retrain = lines.find((line) => line.id === 'retrain')?.figures ?? {};
    fill(body, sortLines(lines, by).map((line) => row(line, columns, { retrain, state: stateOf(line, cells, at), trouble: failed[line.key] ?? null, open: open === line.key, onOpen: () => actions.comparison({ open: open === line.key ? null : line.key }) })));
    if (active) /** @type {HTMLElement | null} */ (body.querySelector(`[data-key="${CSS.escape(active)}"] button`))?.focus();
  });
  const drawBeside = memo((/** @type {import('../types.d.ts').Divergence | null} */ floor, /** @type {any} */ baseline, /** @type {Column[]} */ columns) => {
    const line = (/** @type {string} */ label, /** @type {string} */ title, /** @type {object} */ values) =>
      h('tr', {}, h('th', { scope: 'row', title }, h('span', { class: 'model floor' }, label)), columns.map(({ metric }, idx) => {
        const value = valueAt(values, metric.path);
        return h('td', { class: starts(columns, idx) }, value == null ? '' : written(metric, value));
      }));
    fill(
      beside,
      floor && line('Floor', 'Retrain against a Retrain of another seed: no method can be expected to come nearer', { forget: floor }),
      baseline && line('Logistic baseline', 'Logistic regression on a handful of averages: what any model must beat', { test: baseline }),
    );
  });

  /** @type {Record<string, Column[]>} */
  const sets = {};
  return {
    el,
    legend,
    chooser: chooser.el,
    /**
     * @param {Line[]} lines
     * @param {{floor: any, baseline: any, compare: CompareState, now: {key: string, share: number} | null}} rest
     */
    render(lines, { floor, baseline, compare, now }) {
      const group = compare.group ?? (narrow.matches ? 'main' : 'all');
      const columns = (sets[group] ??= columnsOf(group));
      chooser.set(group);
      drawHead(columns);
      drawSort(compare.sort, columns);
      drawBody(lines, columns, compare.sort, compare.status === 'running' ? compare.cells : null, compare.at, compare.failed, compare.open);
      drawBeside(floor, baseline, columns);
      const bar = /** @type {HTMLElement | null} */ (body.querySelector('tr.now .cell-bar i'));
      if (bar && now) bar.style.transform = `scaleX(${now.share})`;
    },
  };
}

/** Marks the first column of each group. @param {Column[]} columns @param {number} idx */
const starts = (columns, idx) => (columns[idx - 1]?.group === columns[idx].group ? '' : 'starts');

/** @param {'this device' | 'reference'} origin */
const badge = (origin) => h('span', { class: origin === 'this device' ? 'tag here' : 'tag' }, origin);

/** @param {Line} line @param {CompareState['cells'] | null} cells @param {number} at @returns {'still' | 'now' | 'waits'} */
function stateOf(line, cells, at) {
  if (!cells) return 'still';
  const key = (/** @type {CompareState['cells'][number]} */ cell) => (cell.method === 'retrain' ? 'retrain' : `${cell.method}/${cell.setting}`);
  if (cells[at] && key(cells[at]) === line.key) return 'now';
  return cells.slice(at + 1).some((cell) => key(cell) === line.key) ? 'waits' : 'still';
}

/**
 * @param {Line} line
 * @param {Column[]} columns
 * @param {{retrain: Line['figures'], state: 'still' | 'now' | 'waits', trouble: import('../types.d.ts').Trouble | null, open: boolean, onOpen: () => void}} rest
 */
function row(line, columns, { retrain, state, trouble, open, onOpen }) {
  const reference = line.id === 'original' || line.id === 'retrain';
  const name = [h('span', { class: `model ${line.id}` }, line.label), line.preset ? h('small', {}, line.preset) : null];
  const title = reference ? '' : 'Show the forgotten people one by one';
  const note = trouble ? h('span', { class: 'tag failed', title: trouble.message }, 'failed') : state === 'now' ? h('span', { class: 'cell-bar', role: 'img', 'aria-label': 'running' }, h('i')) : state === 'waits' ? h('span', { class: 'tag' }, 'waiting') : line.origin ? badge(line.origin) : h('span', { class: 'tag' }, 'not run yet');
  const n = line.runs.length > 1 ? h('small', { class: 'n' }, `${line.runs.length} seeds`) : null;
  return h(
    'tr',
    { 'data-key': line.key, class: `${state === 'now' ? 'now' : ''} ${open ? 'open' : ''} ${line.origin ? '' : 'blank'}`.trim() },
    h('th', { scope: 'row' }, reference ? h('span', { class: 'name' }, name) : h('button', { type: 'button', class: 'name', title, 'aria-expanded': String(open), on: { click: onOpen } }, name), h('span', { class: 'origin' }, note, n)),
    columns.map((column, idx) => {
      const mean = line.figures[column.id];
      const { value, spread } = cellText(column, mean);
      const half = column.metric.better === 'near_half' && mean;
      const raw = half ? line.runs.map((one) => fixed(valueAt(one, column.metric.path), 4)).join(', ') : '';
      const ofRetrain = retrain[column.id]?.mean;
      const under = half && ofRetrain != null && line.id !== 'retrain' ? `Retrain ${column.format(ofRetrain)}` : '';
      const said = raw ? `Not as a distance: ${raw}` : column.id === 'gap_closed' && mean ? percent(mean.mean, 1) : column.id === 'ratio' && !mean && line.origin && !reference ? 'Retrain was not timed on the same device' : null;
      return h('td', { class: starts(columns, idx), title: said }, value, spread && h('small', {}, spread), under && h('small', {}, under));
    }),
  );
}
