// @ts-check
// The result table: every model's figures, the floor, and where each row was measured.

import { fill, h, memo } from '../dom.js';
import { count } from '../format.js';
import { measured, written } from '../metrics.js';
import { outcomeOf, rowLabel } from '../sentence.js';
import { METRICS, METRIC_GROUPS } from '../tables/metrics.js';
import { keyInView } from './live.js';

/** @typedef {import('../types.d.ts').Divergence} Divergence */
/** @typedef {import('../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../types.d.ts').State} State */

/** What the words in the last column mean. @type {Record<string, string>} */
const SOURCES = {
  'this device': 'Measured on this device',
  shipped: 'Measured when the package was made',
  'this device, test set shipped': 'Measured on this device; the test-set figures come with the package',
};

/** The columns, group by group. */
const COLUMNS = METRIC_GROUPS.flatMap((group) => METRICS.filter((metric) => metric.group === group.id && metric.shown.includes('figures')));
const GROUPS = METRIC_GROUPS.map(({ id, label }) => ({ label, n: COLUMNS.filter((metric) => metric.group === id).length })).filter(({ n }) => n > 0);

/** @param {string} source */
const where = (source) => h('span', { class: source.startsWith('this device') ? 'tag here' : 'tag', title: SOURCES[source] }, source);

/** @param {MethodFigures} row @param {string} label @param {boolean} outcome */
function line(row, label, outcome) {
  const reference = row.id === 'retrain';
  const cells = [...COLUMNS.map((metric) => written(metric, reference && metric.ofRetrain != null ? metric.ofRetrain : measured(row, metric))), where(row.source)];
  return h('tr', { class: outcome ? 'outcome' : '' }, h('th', { scope: 'row', class: `model ${row.id}` }, label), cells.map((cell) => h('td', {}, cell)));
}

/** A line of a few figures beside the models'. @param {string} label @param {string} title @param {object} line */
const beside = (label, title, line) =>
  h('tr', {}, h('th', { scope: 'row', class: 'model floor', title }, label), COLUMNS.map((metric) => {
    const value = measured(line, metric);
    return h('td', {}, value == null ? '' : written(metric, value));
  }), h('td'));

export function mountFigures() {
  const text = h('p');
  const body = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Result table' });
  const el = h('section', { class: 'card figures' }, h('div', { class: 'head' }, h('h3', {}, 'All figures'), text), body);
  const head = () =>
    h(
      'thead',
      {},
      h('tr', {}, h('td'), GROUPS.map(({ label, n }) => h('th', { scope: 'colgroup', colspan: n }, label)), h('td')),
      h('tr', {}, h('th', { scope: 'col' }, 'Model'), COLUMNS.map((metric) => h('th', { scope: 'col', title: metric.help }, metric.short)), h('th', { scope: 'col' }, 'measured')),
    );

  const draw = memo((/** @type {State['result']} */ result, /** @type {State['loaded']} */ loaded, /** @type {boolean} */ standard, /** @type {Divergence | null} */ floor) => {
    const report = result.report;
    const baseline = report?.baseline ?? loaded?.baseline;
    const rows = report?.methods ?? (standard ? loaded?.shipped : []) ?? [];
    if (rows.length === 0) {
      text.textContent = 'Every figure of a run is put here, beside those of the models it is compared with.';
      return fill(body, h('p', { class: 'none' }, loaded ? 'No figures yet for this choice.' : 'Waiting for the model.'));
    }
    const sizes = report?.sizes ?? loaded?.sizes;
    text.textContent = `On ${count(sizes?.test)} test rows and ${count(sizes?.forget)} forget rows. Less distance is closer to never having seen them${floor ? '; the floor is the distance between two Retrains of different seed' : ''}.`;
    const outcome = report ? outcomeOf(report) : null;
    return fill(
      body,
      h('table', {}, h('caption', { class: 'unseen' }, 'Figures of every model'), head(), h('tbody', {}, rows.map((row) => line(row, rowLabel(row.id, loaded?.methods ?? []), row === outcome)), floor && beside('Floor', 'Retrain against a Retrain of another seed: no method can be expected to come nearer', { forget: floor }), baseline && beside('Logistic baseline', 'Logistic regression on a handful of averages: what any model must beat', { test: baseline }))),
    );
  });
  return {
    el,
    /** @param {State} state */
    render(state) {
      const standard = keyInView(state) === 'standard';
      draw(state.result, state.loaded, standard, state.result.report ? state.result.report.floor ?? null : standard ? state.loaded?.floor ?? null : null);
    },
  };
}
