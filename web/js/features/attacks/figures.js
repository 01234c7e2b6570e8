// @ts-check
// What stands behind an attack's sentence: a drawing, and a table. Membership attacks have a threshold that can be moved, and the rows it is about.

import { useMemo, useState } from 'preact/hooks';
import { count, fixed, percent, percentage } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { DataTable, Segmented } from '../../ui/widgets.js';
import { language, msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Finding} Finding */
/** @typedef {import('../../types.d.ts').Chart<'roc'>} Roc */
/** @typedef {import('../../types.d.ts').Chart<'curves'>} Curves */
/** @typedef {import('../../types.d.ts').Chart<'bars'>} Bars */
/** @typedef {Roc['samples'][number]} Sample */
/** @typedef {{points: [number, number][], color: string, label: string, dash?: boolean}} Drawn */

/** @type {Record<string, string>} */
const NAMES = { original: msg('Original'), unlearned: msg('Unlearned'), retrain: msg('Retrain') };
const nameOf = (/** @type {string} */ model) => t(NAMES[model] ?? model);
const colorOf = (/** @type {string} */ model) => `--${model in NAMES ? model : 'ink-3'}`;
/** Rows of the list of samples. */
const LISTED = 12;

export const AttackFigures = memo(
  /** @param {{finding: Finding}} props */
  ({ finding: { label: name, chart } }) => {
    const label = said(name);
    if (chart.type === 'roc') return h(RocFigures, { label, chart });
    if (chart.type === 'curves') return h(CurveFigures, { label, chart });
    if (chart.type === 'bars') return h(BarFigures, { label, chart });
    return null;
  },
);

const BOX = { width: 360, height: 236, left: 42, top: 8, bottom: 34 };

/** From values to places in a drawing. @param {[number, number]} x @param {[number, number]} y */
const place = (x, y) => ({
  x: (/** @type {number} */ value) => BOX.left + ((value - x[0]) / (x[1] - x[0] || 1)) * (BOX.width - 8 - BOX.left),
  y: (/** @type {number} */ value) => BOX.height - BOX.bottom - ((value - y[0]) / (y[1] - y[0] || 1)) * (BOX.height - BOX.bottom - BOX.top),
});

/**
 * A legend and a drawing of lines over two axes.
 * @param {{label: string, lines: Drawn[], x: [number, number], y: [number, number], xs: [number, string][], ys: [number, string][], foot: string, mark?: {x: number, y: number}}} props
 */
function LinePlot({ label, lines, x, y, xs, ys, foot, mark }) {
  const { width, height, left, bottom } = BOX;
  const at = place(x, y);
  return h(
    'div',
    { class: 'attack-plot' },
    h('div', { class: 'legend' }, lines.filter((line) => line.label).map((line) => h('span', { class: 'key' }, h('span', { class: line.dash ? 'swatch dash' : 'swatch', style: { color: `var(${line.color})` } }), line.label))),
    h(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
      ys.map(([value, text]) => [h('line', { class: 'grid', x1: left, x2: width - 8, y1: at.y(value), y2: at.y(value) }), h('text', { x: left - 6, y: at.y(value) + 4, 'text-anchor': 'end' }, text)]),
      xs.map(([value, text]) => h('text', { x: at.x(value), y: height - bottom + 16, 'text-anchor': value === x[0] ? 'start' : value === x[1] ? 'end' : 'middle' }, text)),
      h('text', { x: (left + width) / 2, y: height - 2, 'text-anchor': 'middle' }, foot),
      lines.map((line) => h('polyline', { points: line.points.map(([px, py]) => `${at.x(px).toFixed(1)},${at.y(py).toFixed(1)}`).join(' '), class: line.dash ? 'dash' : '', style: { stroke: `var(${line.color})` } })),
      mark && h('circle', { class: 'mark', r: 6, cx: at.x(mark.x), cy: at.y(mark.y) }),
    ),
  );
}

/** A range with a little air, and four ticks in it. @param {number[]} values @returns {{range: [number, number], ticks: [number, string][]}} */
function span(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = Math.max((high - low) * 0.08, 0.01);
  const range = /** @type {[number, number]} */ ([Math.max(0, low - air), Math.min(1, high + air)]);
  const digits = range[1] - range[0] < 0.06 ? 1 : 0;
  return { range, ticks: [0, 1, 2, 3].map((idx) => range[0] + ((range[1] - range[0]) * idx) / 3).map((value) => [value, percentage(value, digits)]) };
}

/** @returns {[number, string][]} */
const shareTicks = () => [[0, '0'], [0.5, percent(0.5)], [1, percent(1)]];
const scoreOf = (/** @type {Sample} */ sample, /** @type {number} */ model) => sample.scores[model] ?? 0;

/** Ratings around a threshold: what an attacker would say of them, and what is true. @param {{label: string, sorted: Sample[], model: number, threshold: number}} props */
function Samples({ label, sorted, model, threshold }) {
  const called = (/** @type {Sample} */ sample) => scoreOf(sample, model) >= threshold;
  const edge = sorted.findIndex((sample) => !called(sample));
  const first = Math.max(0, Math.min((edge < 0 ? sorted.length : edge) - LISTED / 2, sorted.length - LISTED));
  return h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('{label}: ratings around the threshold', { label }) },
    h(
      'table',
      { class: 'samples' },
      h('thead', null, h('tr', null, [t('Rating'), t('score'), t('attacker'), t('truth')].map((cell) => h('th', { scope: 'col' }, cell)))),
      h(
        'tbody',
        null,
        sorted.slice(first, first + LISTED).map((sample) =>
          h(
            'tr',
            { class: called(sample) === sample.member ? '' : 'wrong' },
            h('th', { scope: 'row' }, sample.title, h('small', null, t('person {user}, {liked}', { user: sample.user, liked: sample.liked ? t('liked') : t('not liked') }))),
            h('td', null, fixed(scoreOf(sample, model))), h('td', null, called(sample) ? t('forgotten') : t('never seen')), h('td', null, sample.member ? t('forgotten') : t('never seen')),
          ),
        ),
      ),
    ),
  );
}

/** @param {{label: string, chart: Roc}} props */
function RocFigures({ label, chart: { score, lines, samples } }) {
  const [model, setModel] = useState(() => Math.max(0, lines.findIndex((line) => line.model === 'unlearned')));
  /** Rows by the score of the model that is looked at, and its thresholds from strict to lax. */
  const { sorted, steps } = useMemo(() => {
    const byScore = samples.toSorted((a, b) => scoreOf(b, model) - scoreOf(a, model));
    return { sorted: byScore, steps: [...new Set(byScore.map((sample) => scoreOf(sample, model)))] };
  }, [samples, model, language()]);
  const best = Math.max(0, steps.findLastIndex((value) => value >= (lines[model]?.best.threshold ?? 0) - 1e-5));
  const [chosen, setChosen] = useState(/** @type {number | null} */ (null));
  const step = Math.min(chosen ?? best, steps.length - 1);
  const threshold = steps[step] ?? 0;
  const [members, others] = [samples.filter((sample) => sample.member), samples.filter((sample) => !sample.member)];
  const calledOf = (/** @type {Sample[]} */ some) => some.filter((sample) => scoreOf(sample, model) >= threshold).length;
  const [found, false_] = [calledOf(members), calledOf(others)];
  const told = t('Threshold {threshold}: {found} of {length} forgotten ratings are found (true-positive rate {found2}), and {false_} of {length2} others are taken for forgotten (false-positive rate {false_2}).', { threshold: fixed(threshold), found: count(found), length: count(members.length), found2: percent(found / members.length), false_: count(false_), length2: count(others.length), false_2: percent(false_ / others.length) });
  const drawn = useMemo(
    () => [
      { points: /** @type {[number, number][]} */ ([[0, 0], [1, 1]]), color: '--ink-3', label: '', dash: true },
      ...lines.map((line) => ({ points: /** @type {[number, number][]} */ ([[0, 0], ...line.points.map((point) => [point.fpr, point.tpr])]), color: colorOf(line.model), label: `${nameOf(line.model)}, AUC ${fixed(line.auc)}` })),
    ],
    [lines, language()],
  );
  const look = (/** @type {number} */ idx) => {
    setModel(idx);
    setChosen(null);
  };
  const read = () => ({
    head: [t('Model'), 'AUC', t('TPR at 1 % FPR'), t('TPR at 5 % FPR'), t('best threshold'), t('TPR there'), t('FPR there')],
    rows: lines.map((line) => [nameOf(line.model), fixed(line.auc), percent(line.tpr_at_1, 1), percent(line.tpr_at_5, 1), fixed(line.best.threshold), percent(line.best.tpr), percent(line.best.fpr)]),
  });
  return h(
    'div',
    null,
    h(
      'div',
      { class: 'attack-pair' },
      h(LinePlot, { label: t('{label}: true-positive rate (share of the forgotten that are found) against false-positive rate (share of the others that are taken for forgotten)', { label }), lines: drawn, x: [0, 1], y: [0, 1], xs: shareTicks(), ys: shareTicks(), foot: t('false-positive rate →'), mark: { x: false_ / others.length, y: found / members.length } }),
      h(
        'div',
        { class: 'attack-side' },
        h(Segmented, { label: t('Model of {label}', { label }), slim: true, options: lines.map((line, value) => ({ value, label: nameOf(line.model) })), value: model, onChange: look }),
        h(
          'label',
          { class: 'field' },
          h('span', { class: 'label' }, t('Threshold, from strict to lax')),
          h('input', { type: 'range', min: 0, max: steps.length - 1, step: 1, 'aria-label': t('Threshold of {label}', { label }), 'aria-valuetext': told, value: String(step), onInput: (/** @type {Event} */ event) => setChosen(/** @type {HTMLInputElement} */ (event.currentTarget).valueAsNumber) }),
        ),
        h('p', { class: 'threshold', role: 'status' }, told),
        h('p', { class: 'small muted' }, t('Score: {score}.', { score: said(score) })),
      ),
    ),
    h('details', { class: 'data' }, h('summary', null, t('Single ratings around the threshold')), h(Samples, { label, sorted, model, threshold })),
    h(DataTable, { what: t('{label}: figures', { label }), read }),
  );
}

/** @param {{label: string, chart: Curves}} props */
function CurveFigures({ label, chart: { x, lines, levels } }) {
  const curves = lines.filter((line) => line.drawn);
  const [first] = curves;
  const own = ['--forget', '--unlearned', '--retain'];
  const alike = curves.length > 2 && curves.every((line) => line.model === first?.model);
  const seen = new Set();
  const shown = curves.map((line, idx) => {
    const dash = !alike && !seen.has(line.model) && curves.filter((other) => other.model === line.model).length > 1;
    seen.add(line.model);
    return { points: line.points.map((point) => /** @type {[number, number]} */ ([point.x, point.right])), color: (alike ? own[idx % own.length] : undefined) ?? colorOf(line.model), label: said(line.label), dash };
  });
  const most = Math.max(...curves.flatMap((line) => line.points.map((point) => point.x)));
  const flat = levels.map((level) => ({ points: /** @type {[number, number][]} */ ([[0, level.right], [most, level.right]]), color: alike && level.model === first?.model ? '--forget' : colorOf(level.model), label: said(level.label), dash: true }));
  const { range, ticks } = span([...shown, ...flat].flatMap((line) => line.points.map((point) => point[1])));
  const marks = (first?.points ?? []).map((point) => point.x).filter((_, idx, all) => all.length < 8 || idx % 2 === 0);
  const read = () => ({
    head: [x, ...(lines[0]?.points ?? []).map((point) => String(point.x)), t('log loss first → last')],
    rows: [...lines.map((line) => [said(line.label), ...line.points.map((point) => percent(point.right, 1)), `${fixed(line.points[0]?.logloss)} → ${fixed(line.points.at(-1)?.logloss)}`]), ...levels.map((level) => [said(level.label), percent(level.right, 1)])],
  });
  return h(
    'div',
    null,
    h(LinePlot, {
      label: t('{label}: cases that are right, of 100, over {x}', { label, x: said(x) }), lines: [...flat, ...shown], x: [0, most], y: range, ys: ticks,
      // Close ticks would write over each other.
      xs: marks.filter((value) => value === 0 || value >= most * 0.12).map((value) => /** @type {[number, string]} */ ([value, String(value)])), foot: `${said(x)} →`,
    }),
    h('p', { class: 'small muted' }, t('Right cases of 100, over {x}.', { x: said(x) })),
    h(DataTable, { what: t('{label}: figures', { label }), read }),
  );
}

/** @param {{label: string, chart: Bars}} props */
function BarFigures({ label, chart: { bars } }) {
  const { range } = span(bars.map((bar) => bar.right));
  const [low, high] = range.map((value) => percent(value, 1));
  const read = () => ({
    head: ['', t('right of 100'), t('forget AUC'), t('forget log loss'), t('test AUC'), t('test log loss')],
    rows: bars.map((bar) => [said(bar.label), percent(bar.right, 1), fixed(bar.forget.auc, 4), fixed(bar.forget.logloss, 4), fixed(bar.test?.auc, 4), fixed(bar.test?.logloss, 4)]),
  });
  return h(
    'div',
    null,
    h(
      'ul',
      { class: 'strip' },
      bars.map((bar) =>
        h('li', null, h('span', { class: 'name' }, said(bar.label)), h('span', { class: 'track' }, h('i', { style: { left: `${((bar.right - range[0]) / (range[1] - range[0])) * 100}%`, background: `var(${colorOf(bar.model)})` } })), h('span', { class: 'v' }, percent(bar.right, 1)))),
    ),
    h('p', { class: 'strip-scale small muted' }, h('span', null, low), h('span', null, t('right cases of 100')), h('span', null, high)),
    h(DataTable, { what: t('{label}: figures', { label }), read }),
  );
}
