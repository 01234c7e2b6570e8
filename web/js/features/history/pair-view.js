// @ts-check
// Two kept runs side by side: what was asked, figures with their differences, curves over one another.

import { useMemo } from 'preact/hooks';
import { keyOf } from '../../engine/forget-spec.js';
import { Chart } from '../../ui/charts.js';
import { count, figure, fixed, moment, signed } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { aboutMetric, written } from '../../ui/metrics.js';
import { Explained, marker } from '../../ui/term.js';
import { DataTable } from '../../ui/widgets.js';
import { language, msg, said, t } from '../../ui/words.js';
import { aucCurves, figuresOf, lossCurves, settingsBeside, whyNotComparable } from './overlay.js';

/** @typedef {import('./overlay.js').Whole} Whole */

const NAMES = ['A', 'B'];
/** Told apart by dashes too. */
const COLORS = ['--unlearned', '--retrain'];
const SIGNS = { better: { glyph: '▲', says: msg('better') }, worse: { glyph: '▼', says: msg('worse') }, same: { glyph: '=', says: msg('the same') } };

/** @param {{pair: Whole[]}} props */
const Settings = ({ pair }) =>
  h(
    'table',
    null,
    h('caption', { class: 'unseen' }, t('What was asked of both runs')),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('Asked')), pair.map(({ about }, idx) => h('th', { scope: 'col' }, h('span', { class: `run-key ${NAMES[idx]}` }, NAMES[idx]), moment(about.at, 'both'))))),
    h('tbody', null, settingsBeside(pair).map(({ what, values, same }) => h('tr', { class: same ? '' : 'differs' }, h('th', { scope: 'row' }, what), values.map((value) => h('td', null, value))))),
  );

/** @param {import('../../types.d.ts').MetricEntry} metric @param {number} by */
const byText = (metric, by) => (metric.format === 'fixed' ? signed(by, metric.digits) : `${by < 0 ? '−' : by > 0 ? '+' : '±'}${written(metric, Math.abs(by))}`);

/** @param {{pair: Whole[]}} props */
const Figures = ({ pair }) =>
  h(
    'table',
    null,
    h('caption', { class: 'unseen' }, t('Figures of both runs, and what B has more than A')),
    h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('Figure')), NAMES.map((name) => h('th', { scope: 'col' }, h('span', { class: `run-key ${name}` }, name))), h('th', { scope: 'col' }, 'B − A'))),
    h(
      'tbody',
      null,
      figuresOf(pair).map(({ metric, first, second, by, sign }) =>
        h(
          'tr',
          { key: metric.id },
          h('th', { scope: 'row' }, h(Explained, { about: aboutMetric(metric) }, said(metric.label))),
          h('td', null, written(metric, first)), h('td', null, written(metric, second)),
          h('td', { class: `by ${sign ?? ''}` }, by == null ? '–' : byText(metric, by), sign && h('span', { 'aria-hidden': 'true' }, ` ${SIGNS[sign].glyph}`), sign && h('span', { class: 'unseen' }, t(', {sign}', { sign: t(SIGNS[sign].says) }))),
        ),
      ),
    ),
  );

/** @param {{title: string, what: string, label: string, x: number[], lines: import('../../ui/charts.js').Line[], format: (value: number | null | undefined) => string, scheme: number}} props */
function Curves({ title, what, label, x, lines, format, scheme }) {
  const content = useMemo(() => ({ x, lines }), [x, lines]);
  const read = () => ({ head: [t('Step'), ...lines.map((line) => line.label)], rows: x.map((step, idx) => [count(step), ...lines.map((line) => fixed(line.values[idx], 4))]) });
  return h(
    'figure',
    { class: 'card chart' },
    h('figcaption', { class: 'head' }, h('div', null, h('h3', null, title), h('p', null, marker()(what)))),
    h(Chart, { label, axis: 'step', empty: t('Neither run has a value to draw.'), format, least: 0.01, content, wanted: true, scheme }),
    h(DataTable, { what: label, read }),
  );
}

export const Pair = memo(
  /** @param {{pair: Whole[], scheme: number}} props */
  ({ pair, scheme }) => {
    const loss = useMemo(() => lossCurves(pair), [pair]);
    const auc = useMemo(() => aucCurves(pair), [pair]);
    const lossLines = useMemo(() => loss.columns.map((values, idx) => ({ id: `loss-${idx}`, label: t('{run}: total', { run: NAMES[idx] }), color: COLORS[idx] ?? '--ink', dash: idx === 1, values })), [loss, language()]);
    const aucLines = useMemo(() => auc.columns.map((values, idx) => ({ id: `auc-${idx}`, label: idx % 2 === 0 ? t('{run}: forget set', { run: NAMES[idx >> 1] }) : t('{run}: test set', { run: NAMES[idx >> 1] }), color: idx % 2 === 0 ? '--forget' : '--retain', dash: idx >> 1 === 1, points: true, values })), [auc, language()]);
    const warning = whyNotComparable(pair, keyOf);
    return h(
      'section',
      { class: 'pair-of-runs', 'aria-labelledby': 'pair-title' },
      h('h2', { id: 'pair-title', class: 'section-title' }, t('Two runs side by side')),
      warning && h('p', { class: 'notice small', role: 'status' }, warning),
      h('div', { class: 'card beside' }, h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('What was asked') }, h(Settings, { pair })), h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('Figures and differences') }, h(Figures, { pair }))),
      h('div', { class: 'curves' },
        h(Curves, { title: t('Loss'), what: t('What each run minimised, smoothed, over its steps.'), label: t('Total loss of both runs over the steps'), x: loss.x, lines: lossLines, format: figure, scheme }),
        h(Curves, { title: t('Forgetting and quality'), what: t('AUC on both sets; B is dashed.'), label: t('AUC of both runs over the steps'), x: auc.x, lines: aucLines, format: (value) => fixed(value), scheme })),
    );
  },
);
