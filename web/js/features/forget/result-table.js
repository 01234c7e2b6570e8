// @ts-check
// The result table: every model's figures, the floor, and where each row was measured.

import { outcomeOf, rowLabel } from '../../engine/report.js';
import { METRIC_GROUPS, METRICS } from '../../tables/metrics.js';
import { count } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { helpOf, measured, written } from '../../ui/metrics.js';

/** @typedef {import('../../types.d.ts').Divergence} Divergence */
/** @typedef {import('../../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../../types.d.ts').State} State */

/** What the words in the last column mean. @type {Record<string, string>} */
const SOURCES = {
  'this device': 'Measured on this device',
  shipped: 'Measured when the package was made',
  'this device, test set shipped': 'Measured on this device; the test-set figures come with the package',
};

/** The columns, group by group. */
const COLUMNS = METRIC_GROUPS.flatMap((group) => METRICS.filter((metric) => metric.group === group.id && metric.shown.includes('figures')));
const GROUPS = METRIC_GROUPS.map(({ id, label }) => ({ label, n: COLUMNS.filter((metric) => metric.group === id).length })).filter(({ n }) => n > 0);

const Head = () =>
  h(
    'thead',
    null,
    h('tr', null, h('td'), GROUPS.map(({ label, n }) => h('th', { scope: 'colgroup', colspan: n }, label)), h('td')),
    h('tr', null, h('th', { scope: 'col' }, 'Model'), COLUMNS.map((metric) => h('th', { scope: 'col', title: helpOf(metric) }, metric.short)), h('th', { scope: 'col' }, 'measured')),
  );

/** @param {{row: MethodFigures, label: string, outcome: boolean}} props */
function Row({ row, label, outcome }) {
  const reference = row.id === 'retrain';
  return h(
    'tr',
    { class: outcome ? 'outcome' : '' },
    h('th', { scope: 'row', class: `model ${row.id}` }, label),
    COLUMNS.map((metric) => h('td', null, written(metric, reference && metric.ofRetrain != null ? metric.ofRetrain : measured(row, metric)))),
    h('td', null, h('span', { class: row.source.startsWith('this device') ? 'tag here' : 'tag', title: SOURCES[row.source] }, row.source)),
  );
}

/** A row of a few figures below the models'. @param {{label: string, title: string, values: object}} props */
const ReferenceRow = ({ label, title, values }) =>
  h('tr', null, h('th', { scope: 'row', class: 'model floor', title }, label), COLUMNS.map((metric) => {
    const value = measured(values, metric);
    return h('td', null, value == null ? '' : written(metric, value));
  }), h('td'));

export const ResultTable = memo(
  /** @param {{report: State['result']['report'], loaded: State['loaded'], standard: boolean, floor: Divergence | null}} props */
  ({ report, loaded, standard, floor }) => {
    const baseline = report?.baseline ?? loaded?.baseline;
    const rows = report?.methods ?? (standard ? loaded?.shipped : []) ?? [];
    const sizes = report?.sizes ?? loaded?.sizes;
    const outcome = report ? outcomeOf(report) : null;
    const what = rows.length === 0
      ? 'Every figure of a run is put here, beside those of the models it is compared with.'
      : `On ${count(sizes?.test)} test rows and ${count(sizes?.forget)} forget rows. Less distance is closer to never having seen them${floor ? '; the floor is the distance between two Retrains of different seed' : ''}.`;
    return h(
      'section',
      { class: 'card figures' },
      h('div', { class: 'head' }, h('h3', null, 'All figures'), h('p', null, what)),
      h(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Result table' },
        rows.length === 0
          ? h('p', { class: 'none' }, loaded ? 'No figures yet for this choice.' : 'Waiting for the model.')
          : h(
              'table',
              null,
              h('caption', { class: 'unseen' }, 'Figures of every model'),
              h(Head, {}),
              h(
                'tbody',
                null,
                rows.map((row) => h(Row, { row, label: rowLabel(row.id, loaded?.methods ?? []), outcome: row === outcome })),
                floor && h(ReferenceRow, { label: 'Floor', title: 'Retrain against a Retrain of another seed: no method can be expected to come nearer', values: { forget: floor } }),
                baseline && h(ReferenceRow, { label: 'Logistic baseline', title: 'Logistic regression on a handful of averages: what any model must beat', values: { test: baseline } }),
              ),
            ),
      ),
    );
  },
);
