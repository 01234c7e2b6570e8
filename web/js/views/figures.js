// @ts-check
// The result table: every model's figures, the floor, and where each row was measured.

import { fill, h, memo } from '../dom.js';
import { bytes, count, duration, figure, fixed, percent } from '../format.js';
import { outcomeOf, rowLabel } from '../sentence.js';
import { keyInView } from './live.js';

/** @typedef {import('../types.d.ts').Divergence} Divergence */
/** @typedef {import('../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../types.d.ts').Quality} Quality */
/** @typedef {import('../types.d.ts').State} State */

/** What the words in the last column mean. @type {Record<string, string>} */
const SOURCES = {
  'this device': 'Measured on this device',
  shipped: 'Measured when the package was made',
  'this device, test set shipped': 'Measured on this device; the test-set figures come with the package',
};

/** What short heads mean. @type {Record<string, string>} */
const TITLES = {
  PrivLeak: 'Loss attack’s AUC beside Retrain’s, as a share of it: above 0 the rows are still known, below 0 they stand out by having been forgotten',
  'S-MA': 'How often the model can be made to tell which item was rated: among ten for a nano (0.1 is a guess), token by token for a language model',
  gap: 'Fairness gap on the test set: how much more often one group of people is answered right or wrong than the other (equalised odds). Groups that like unlike shares of what they rate have a gap in any good model: what counts is how it differs from Retrain’s',
};

/** @param {string} source */
const where = (source) => h('span', { class: source.startsWith('this device') ? 'tag here' : 'tag', title: SOURCES[source] }, source);

/** @param {MethodFigures} row @param {string} label @param {boolean} outcome */
function line(row, label, outcome) {
  const reference = row.id === 'retrain';
  const cells = [
    fixed(row.test.auc, 4), fixed(row.test.acc), fixed(row.test.logloss),
    fixed(row.forget.auc, 4), fixed(row.forget.logloss), reference ? '0' : figure(row.forget.jsd), reference ? '0' : figure(row.forget.sym_kl), reference ? '0' : figure(row.forget.l2),
    reference ? '0 %' : percent(row.forget.priv_leak), fixed(row.forget.s_ma), fixed(row.fairness?.gap),
    duration(row.seconds || null), count(row.trainable_params), bytes(row.peak_bytes), where(row.source),
  ];
  return h('tr', { class: outcome ? 'outcome' : '' }, h('th', { scope: 'row', class: `model ${row.id}` }, label), cells.map((cell) => h('td', {}, cell)));
}

/** @param {Divergence} floor */
const floorLine = (floor) =>
  h('tr', {}, h('th', { scope: 'row', class: 'model floor' }, 'Floor'), h('td', { colspan: 5 }), [floor.jsd, floor.sym_kl, floor.l2].map((value) => h('td', {}, figure(value))), h('td', { colspan: 7 }));

/** @param {Quality} baseline */
const baselineLine = (baseline) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row', class: 'model floor', title: 'Logistic regression on a handful of averages: what any model must beat' }, 'Logistic baseline'),
    [fixed(baseline.auc, 4), fixed(baseline.acc), fixed(baseline.logloss)].map((cell) => h('td', {}, cell)),
    h('td', { colspan: 12 }),
  );

export function mountFigures() {
  const text = h('p');
  const body = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Result table' });
  const el = h('section', { class: 'card figures' }, h('div', { class: 'head' }, h('h3', {}, 'All figures'), text), body);
  const group = (/** @type {string} */ label, /** @type {number} */ span) => h('th', { scope: 'colgroup', colspan: span }, label);
  const head = () =>
    h(
      'thead',
      {},
      h('tr', {}, h('td'), group('Test set', 3), group('Forget set', 2), group('Distance from Retrain', 3), group('Traces, fairness', 3), group('Cost', 3), h('td')),
      h('tr', {}, h('th', { scope: 'col' }, 'Model'), ['AUC', 'accuracy', 'loss', 'AUC', 'loss', 'JSD', 'sym. KL', 'L2', 'PrivLeak', 'S-MA', 'gap', 'time', 'trained', 'memory', 'measured'].map((cell) => h('th', { scope: 'col', title: TITLES[cell] }, cell))),
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
      h('table', {}, h('caption', { class: 'unseen' }, 'Figures of every model'), head(), h('tbody', {}, rows.map((row) => line(row, rowLabel(row.id, loaded?.methods ?? []), row === outcome)), floor && floorLine(floor), baseline && baselineLine(baseline))),
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
