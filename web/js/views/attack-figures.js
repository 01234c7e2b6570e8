// @ts-check
// What stands behind an attack's sentence: a drawing, and a table. Membership attacks have a threshold that can be moved, and the rows it is about.

import { fill, h, setText, svg } from '../dom.js';
import { count, fixed, percent } from '../format.js';
import { dataTable, segmented } from '../ui.js';

/** @typedef {import('../types.d.ts').Finding} Finding */
/** @typedef {import('../types.d.ts').Chart<'roc'>} Roc */
/** @typedef {import('../types.d.ts').Chart<'curves'>} Curves */
/** @typedef {import('../types.d.ts').Chart<'bars'>} Bars */
/** @typedef {{points: [number, number][], color: string, label: string, dash?: boolean}} Drawn */

const NAMES = /** @type {Record<string, string>} */ ({ original: 'Original', unlearned: 'Unlearned', retrain: 'Retrain' });
const colorOf = (/** @type {string} */ model) => `--${model in NAMES ? model : 'ink-3'}`;
/** Rows of the list of samples. */
const LISTED = 12;

/** @param {Finding} finding */
export function figuresOf({ label, chart }) {
  if (chart.type === 'roc') return roc(label, chart);
  if (chart.type === 'curves') return curves(label, chart);
  if (chart.type === 'bars') return bars(label, chart);
  return null;
}

/** A legend and a drawing of lines over two axes. @param {{label: string, lines: Drawn[], x: [number, number], y: [number, number], xs: [number, string][], ys: [number, string][], foot: string, marks?: SVGElement[]}} spec */
function plot({ label, lines, x, y, xs, ys, foot, marks = [] }) {
  const { width, height, left, bottom } = BOX;
  const at = place(x, y);
  const text = (/** @type {number} */ cx, /** @type {number} */ cy, /** @type {string} */ said, /** @type {string} */ anchor) => {
    const node = svg('text', { x: cx, y: cy, 'text-anchor': anchor });
    node.textContent = said;
    return node;
  };
  const drawing = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  for (const [value, said] of ys) drawing.append(svg('line', { class: 'grid', x1: left, x2: width - 8, y1: at.y(value), y2: at.y(value) }), text(left - 6, at.y(value) + 4, said, 'end'));
  for (const [value, said] of xs) drawing.append(text(at.x(value), height - bottom + 16, said, value === x[0] ? 'start' : value === x[1] ? 'end' : 'middle'));
  drawing.append(text((left + width) / 2, height - 2, foot, 'middle'));
  for (const line of lines) drawing.append(svg('polyline', { points: line.points.map(([px, py]) => `${at.x(px).toFixed(1)},${at.y(py).toFixed(1)}`).join(' '), class: line.dash ? 'dash' : '', style: { stroke: `var(${line.color})` } }));
  drawing.append(...marks);
  const legend = h('div', { class: 'legend' }, lines.filter((line) => line.label).map((line) => h('span', { class: 'key' }, h('span', { class: line.dash ? 'swatch dash' : 'swatch', style: { color: `var(${line.color})` } }), line.label)));
  return { el: h('div', { class: 'attack-plot' }, legend, drawing), at };
}

const BOX = { width: 360, height: 236, left: 42, top: 8, bottom: 34 };

/** From values to places in a drawing. @param {[number, number]} x @param {[number, number]} y */
const place = (x, y) => ({
  x: (/** @type {number} */ value) => BOX.left + ((value - x[0]) / (x[1] - x[0] || 1)) * (BOX.width - 8 - BOX.left),
  y: (/** @type {number} */ value) => BOX.height - BOX.bottom - ((value - y[0]) / (y[1] - y[0] || 1)) * (BOX.height - BOX.bottom - BOX.top),
});

/** A range with a little air, and four ticks in it. @param {number[]} values @returns {{range: [number, number], ticks: [number, string][]}} */
function span(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = Math.max((high - low) * 0.08, 0.01);
  const range = /** @type {[number, number]} */ ([Math.max(0, low - air), Math.min(1, high + air)]);
  const digits = range[1] - range[0] < 0.06 ? 1 : 0;
  return { range, ticks: [0, 1, 2, 3].map((idx) => range[0] + ((range[1] - range[0]) * idx) / 3).map((value) => [value, percent(value, digits).replace(' %', '')]) };
}

/** @param {string} label @param {Roc} chart */
function roc(label, { score, lines, samples }) {
  let model = Math.max(0, lines.findIndex((line) => line.model === 'unlearned'));
  const dot = svg('circle', { r: 6, class: 'mark' });
  const { el, at } = plot({
    label: `${label}: share of the forgotten that are found against share of the others that are falsely taken for forgotten`,
    lines: [{ points: [[0, 0], [1, 1]], color: '--ink-3', label: '', dash: true }, ...lines.map((line) => ({ points: /** @type {[number, number][]} */ ([[0, 0], ...line.points.map((point) => [point.fpr, point.tpr])]), color: colorOf(line.model), label: `${NAMES[line.model]}, AUC ${fixed(line.auc)}` }))],
    x: [0, 1], y: [0, 1], xs: [[0, '0'], [0.5, '50 %'], [1, '100 %']], ys: [[0, '0'], [0.5, '50 %'], [1, '100 %']], foot: 'falsely accused →', marks: [dot],
  });
  const range = h('input', { type: 'range', min: 0, step: 1, 'aria-label': `Threshold of ${label}` });
  const told = h('p', { class: 'threshold', role: 'status' });
  const body = h('tbody');
  /** Scores of the model that is looked at, from strict to lax. @type {number[]} */
  let steps = [];
  /** All rows by that score. */
  let sorted = samples;
  const draw = () => {
    const threshold = steps[Number(range.value)] ?? 0;
    const called = (/** @type {typeof samples[number]} */ sample) => sample.scores[model] >= threshold;
    const [members, others] = [samples.filter((sample) => sample.member), samples.filter((sample) => !sample.member)];
    const [found, accused] = [members.filter(called).length, others.filter(called).length];
    dot.setAttribute('cx', String(at.x(accused / others.length)));
    dot.setAttribute('cy', String(at.y(found / members.length)));
    const said = `Threshold ${fixed(threshold)}: ${count(found)} of ${count(members.length)} forgotten ratings are found (${percent(found / members.length)}), and ${count(accused)} of ${count(others.length)} others are falsely taken for forgotten (${percent(accused / others.length)}).`;
    setText(told, said);
    range.setAttribute('aria-valuetext', said);
    const edge = sorted.findIndex((sample) => !called(sample));
    const first = Math.max(0, Math.min((edge < 0 ? sorted.length : edge) - LISTED / 2, sorted.length - LISTED));
    fill(
      body,
      sorted.slice(first, first + LISTED).map((sample) =>
        h(
          'tr',
          { class: called(sample) === sample.member ? '' : 'wrong' },
          h('th', { scope: 'row' }, sample.title, h('small', {}, `person ${sample.user}, ${sample.liked ? 'liked' : 'not liked'}`)),
          h('td', {}, fixed(sample.scores[model])),
          h('td', {}, called(sample) ? 'forgotten' : 'never seen'),
          h('td', {}, sample.member ? 'forgotten' : 'never seen'),
        ),
      ),
    );
  };
  const look = (/** @type {number} */ idx) => {
    model = idx;
    sorted = samples.toSorted((a, b) => b.scores[model] - a.scores[model]);
    steps = [...new Set(sorted.map((sample) => sample.scores[model]))];
    range.max = String(steps.length - 1);
    const best = lines[model].best.threshold;
    range.value = String(Math.max(0, steps.findLastIndex((value) => value >= best - 1e-5)));
    which.set(idx);
    draw();
  };
  const which = segmented({ label: `Model of ${label}`, slim: true, options: lines.map((line, value) => ({ value, label: NAMES[line.model] })), onChange: look });
  range.addEventListener('input', draw);
  look(model);
  const table = dataTable(`${label}: figures`, () => ({
    head: ['Model', 'AUC', 'found at 1 % false alarms', 'at 5 %', 'best threshold', 'found there', 'false alarms there'],
    rows: lines.map((line) => [NAMES[line.model], fixed(line.auc), percent(line.tpr_at_1, 1), percent(line.tpr_at_5, 1), fixed(line.best.threshold), percent(line.best.tpr), percent(line.best.fpr)]),
  }));
  const list = h(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `${label}: ratings around the threshold` },
    h('table', { class: 'samples' }, h('thead', {}, h('tr', {}, ['Rating', 'score', 'attacker', 'truth'].map((cell) => h('th', { scope: 'col' }, cell)))), body),
  );
  return h(
    'div',
    {},
    h('div', { class: 'attack-pair' }, el, h('div', { class: 'attack-side' }, which.el, h('label', { class: 'field' }, h('span', { class: 'label' }, 'Threshold, from strict to lax'), range), told, h('p', { class: 'small muted' }, `Score: ${score}.`))),
    h('details', { class: 'data' }, h('summary', {}, 'Single ratings around the threshold'), list),
    table.el,
  );
}

/** @param {string} label @param {Curves} chart */
function curves(label, { x, lines, levels }) {
  const drawn = lines.filter((line) => line.drawn);
  const own = ['--forget', '--unlearned', '--retain'];
  const alike = drawn.every((line) => line.model === drawn[0].model) && drawn.length > 2;
  const seen = new Set();
  const shown = drawn.map((line, idx) => {
    const dash = !alike && !seen.has(line.model) && drawn.filter((other) => other.model === line.model).length > 1;
    seen.add(line.model);
    return { points: line.points.map((point) => /** @type {[number, number]} */ ([point.x, point.right])), color: alike ? own[idx % own.length] : colorOf(line.model), label: line.label, dash };
  });
  const most = Math.max(...drawn.flatMap((line) => line.points.map((point) => point.x)));
  const flat = levels.map((level) => ({ points: /** @type {[number, number][]} */ ([[0, level.right], [most, level.right]]), color: alike && level.model === drawn[0].model ? own[0] : colorOf(level.model), label: level.label, dash: true }));
  const { range, ticks } = span([...shown, ...flat].flatMap((line) => line.points.map((point) => point[1])));
  const marks = drawn[0].points.map((point) => point.x).filter((value, idx, all) => all.length < 8 || idx % 2 === 0);
  const { el } = plot({
    label: `${label}: cases that are right, of 100, over ${x}`, lines: [...flat, ...shown], x: [0, most], y: range, ys: ticks,
    // Close ticks would write over each other.
    xs: marks.filter((value) => value === 0 || value >= most * 0.12).map((value) => [value, String(value)]), foot: `${x} →`,
  });
  const table = dataTable(`${label}: figures`, () => ({
    head: [x, ...lines[0].points.map((point) => String(point.x)), 'log loss first → last'],
    rows: [...lines.map((line) => [line.label, ...line.points.map((point) => percent(point.right, 1)), `${fixed(line.points[0].logloss)} → ${fixed(line.points.at(-1)?.logloss)}`]), ...levels.map((level) => [level.label, percent(level.right, 1)])],
  }));
  return h('div', {}, el, h('p', { class: 'small muted' }, `Right cases of 100, over ${x}.`), table.el);
}

/** @param {string} label @param {Bars} chart */
function bars(label, { bars: all }) {
  const { range } = span(all.map((bar) => bar.right));
  const at = (/** @type {number} */ value) => `${((value - range[0]) / (range[1] - range[0])) * 100}%`;
  const list = h(
    'ul',
    { class: 'strip' },
    all.map((bar) => h('li', {}, h('span', { class: 'name' }, bar.label), h('span', { class: 'track' }, h('i', { style: { left: at(bar.right), background: `var(${colorOf(bar.model)})` } })), h('span', { class: 'v' }, percent(bar.right, 1).replace(' %', '')))),
  );
  const table = dataTable(`${label}: figures`, () => ({
    head: ['', 'right of 100', 'forget AUC', 'forget log loss', 'test AUC', 'test log loss'],
    rows: all.map((bar) => [bar.label, percent(bar.right, 1).replace(' %', ''), fixed(bar.forget.auc, 4), fixed(bar.forget.logloss, 4), fixed(bar.test?.auc, 4), fixed(bar.test?.logloss, 4)]),
  }));
  const [low, high] = range.map((value) => percent(value, 1).replace(' %', ''));
  return h('div', {}, list, h('p', { class: 'strip-scale small muted' }, h('span', {}, low), h('span', {}, 'right cases of 100'), h('span', {}, high)), table.el);
}
