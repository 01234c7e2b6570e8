// @ts-check
// How the answers on the forget set are spread, before and after.

import { chart } from '../charts.js';
import { h, memo } from '../dom.js';
import { percent } from '../format.js';
import { outcomeOf } from '../sentence.js';
import { shares } from '../series.js';
import { dataTable, segmented } from '../ui.js';
import { originalInView, retrainInView } from './live.js';

/** @typedef {import('../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../types.d.ts').State} State */
/** @typedef {State['view']['histogram']} Part */

/** @param {import('../actions.js').Actions} actions */
export function mountSpread(actions) {
  const drawn = chart({
    label: 'Distribution of the probability of Yes on the forget set', axis: 'share', empty: 'Drawn after a run: how sure the model is that the person likes it, on what must go.', format: (value) => percent(value), least: 0.02, floor: 0,
  });
  const part = segmented({
    label: 'Which ratings', slim: true,
    options: /** @type {{value: Part, label: string, title: string}[]} */ ([
      { value: 'all', label: 'All', title: 'Every rating of the forget set' },
      { value: 'liked', label: 'Liked', title: 'Ratings above 3 stars' },
      { value: 'disliked', label: 'Not liked', title: 'Ratings of 3 stars and below' },
    ]),
    onChange: (value) => actions.view({ histogram: value }),
  });
  /** @type {{label: string, values: number[]}[]} */
  let columns = [];
  const table = dataTable('Share of forget-set answers by probability of Yes', () => ({
    head: ['p(Yes)', ...columns.map((column) => column.label)],
    rows: (columns[0]?.values ?? []).map((_, idx, all) => [`${percent(idx / all.length)} – ${percent((idx + 1) / all.length)}`, ...columns.map((column) => percent(column.values[idx], 1))]),
  }));
  const el = h(
    'figure',
    { class: 'card chart spread' },
    h('figcaption', { class: 'head' }, h('div', {}, h('h3', {}, 'How sure it is about what must go'), h('p', {}, 'Share of answers by p(Yes), the model’s belief that the person likes it.')), part.el),
    drawn.legend, drawn.plot, table.el,
  );

  const draw = memo((/** @type {MethodFigures | null} */ original, /** @type {MethodFigures | null} */ retrain, /** @type {MethodFigures | null} */ outcome, /** @type {Part} */ which) => {
    const rows = /** @type {const} */ ([[original, 'Original', '--original'], [retrain, 'Retrain', '--retrain'], [outcome, 'Unlearned', '--unlearned']]);
    const lines = rows.flatMap(([row, label, color]) => {
      if (!row || row.histogram.liked.length === 0) return [];
      return [{ id: label, label, color, dash: label === 'Retrain', filled: label !== 'Retrain', values: shares(row.histogram, which) }];
    });
    columns = lines.map(({ label, values }) => ({ label, values }));
    const n = lines[0]?.values.length ?? 0;
    const x = n === 0 ? [] : Array.from({ length: n + 1 }, (_, idx) => idx / n);
    drawn.set({ x, lines: lines.map((line) => ({ ...line, values: [...line.values, line.values[n - 1]] })) });
    table.refresh();
  });
  const retint = memo(() => drawn.retint());
  return {
    el,
    /** @param {State} state */
    render(state) {
      part.set(state.view.histogram);
      const original = originalInView(state);
      const { report } = state.result;
      const fits = report && original && report.methods.includes(original);
      draw(original, original ? retrainInView(state) : null, fits ? outcomeOf(report) : null, state.view.histogram);
      retint(state.view.scheme);
    },
  };
}
