// @ts-check
// The result table: every model's figures, the floor, and where each row was measured.

import { outcomeOf, rowLabel } from '../../engine/report.js';
import { METRIC_GROUPS, METRICS } from '../../tables/metrics.js';
import { count } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { aboutMetric, measured, written } from '../../ui/metrics.js';
import { Explained, marker, Term } from '../../ui/term.js';
import { said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Divergence} Divergence */
/** @typedef {import('../../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../../types.d.ts').State} State */

/** Models whose names are words of the field. @type {Record<string, import('../../ui/glossary.js').TermId>} */
const MODELS = { original: 'original', retrain: 'retrain', augmented: 'augmented' };

/** The columns, group by group. */
const COLUMNS = METRIC_GROUPS.flatMap((group) => METRICS.filter((metric) => metric.group === group.id && metric.shown.includes('figures')));
const GROUPS = METRIC_GROUPS.map(({ id, label }) => ({ label, n: COLUMNS.filter((metric) => metric.group === id).length })).filter(({ n }) => n > 0);

const Head = () =>
  h(
    'thead',
    null,
    h('tr', null, h('td'), GROUPS.map(({ label, n }) => h('th', { scope: 'colgroup', colspan: n }, said(label))), h('td')),
    h('tr', null, h('th', { scope: 'col' }, t('Model')), COLUMNS.map((metric) => h('th', { scope: 'col' }, h(Explained, { about: aboutMetric(metric) }, said(metric.short)))), h('th', { scope: 'col' }, h(Term, { id: 'source' }, t('measured')))),
  );

/** @param {{row: MethodFigures, label: string, outcome: boolean}} props */
function Row({ row, label, outcome }) {
  const reference = row.id === 'retrain';
  const word = MODELS[row.id];
  return h(
    'tr',
    { class: outcome ? 'outcome' : '' },
    h('th', { scope: 'row', class: `model ${row.id}` }, word ? h(Term, { id: word }, label) : label),
    COLUMNS.map((metric) => h('td', null, written(metric, reference && metric.ofRetrain != null ? metric.ofRetrain : measured(row, metric)))),
    h('td', null, h('span', { class: row.source.startsWith('this device') ? 'tag here' : 'tag' }, said(row.source))),
  );
}

/** A row of a few figures below the models'. @param {{term: import('../../ui/glossary.js').TermId, values: object}} props */
const ReferenceRow = ({ term, values }) =>
  h('tr', null, h('th', { scope: 'row', class: 'model floor' }, h(Term, { id: term })), COLUMNS.map((metric) => {
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
      ? t('Every figure of a run is put here, beside those of the models it is compared with.')
      : t('On {test} test rows and {forget} forget rows. Less distance is closer to never having seen them{more}.', { test: count(sizes?.test), forget: count(sizes?.forget), more: floor ? t('; the floor is the distance between two Retrains of different seed') : '' });
    return h(
      'section',
      { class: 'card figures' },
      h('div', { class: 'head' }, h('h3', null, t('All figures')), h('p', null, marker(['floor', 'retrain'])(what))),
      h(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('Result table') },
        rows.length === 0
          ? h('p', { class: 'none' }, loaded ? t('No figures yet for this choice.') : t('Waiting for the model.'))
          : h(
              'table',
              null,
              h('caption', { class: 'unseen' }, t('Figures of every model')),
              h(Head, {}),
              h(
                'tbody',
                null,
                rows.map((row) => h(Row, { row, label: rowLabel(row.id, loaded?.methods ?? []), outcome: row === outcome })),
                floor && h(ReferenceRow, { term: 'floor', values: { forget: floor } }),
                baseline && h(ReferenceRow, { term: 'baseline', values: { test: baseline } }),
              ),
            ),
      ),
    );
  },
);
