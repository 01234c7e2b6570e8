// @ts-check
// Two plots of the comparison: utility against forgetting, and distance from Retrain. Drawn as SVG and boxes; the table is beside them.

import { fill, h, memo, show, svg } from '../dom.js';
import { figure, fixed } from '../format.js';
import { range } from '../series.js';

/** @typedef {import('../compare.js').Line} Line */
/** @typedef {NonNullable<ReturnType<typeof import('../compare.js').noiseOf>>} Noise */

const HEIGHT = 320;
const PAD = { left: 52, right: 18, top: 14, bottom: 42 };

/** Round values over a range. @param {[number, number]} span @param {number} most */
function ticksOf([low, high], most) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? raw;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, idx) => (first + idx) * step);
}

export function mountPlots() {
  const canvas = h('div', { class: 'map' });
  const legend = h('div', { class: 'legend' });
  const bars = h('ul', { class: 'bars' });
  const floorKey = h('p', { class: 'small muted' });
  const map = h('figure', { class: 'card chart' }, h('figcaption', { class: 'head' }, h('div', {}, h('h3', {}, 'Utility against forgetting'), h('p', {}, 'Right is better for everyone else. The ring is the target: as much forgotten as Retrain, no more and no less.'))), legend, canvas);
  const away = h('figure', { class: 'card chart' }, h('figcaption', { class: 'head' }, h('div', {}, h('h3', {}, 'Distance from Retrain'), h('p', {}, 'Jensen–Shannon divergence on the forget set: shorter is closer to never having seen it.'))), bars, floorKey);
  const el = h('div', { class: 'pair plots' }, map, away);

  const drawMap = memo((/** @type {Line[]} */ lines, /** @type {any} */ baseline, /** @type {Noise | null} */ noise, /** @type {number} */ width) => {
    const points = lines.flatMap((line) => {
      const [x, y] = [line.figures.test_auc, line.figures.forget_auc];
      return x && y ? [{ line, x, y }] : [];
    });
    if (points.length === 0 || width < 80) {
      fill(legend);
      return fill(canvas, h('p', { class: 'none' }, 'Drawn when a row has figures.'));
    }
    const base = baseline?.auc ?? null;
    const spanX = range([...points.map((point) => point.x.mean), base, noise?.test.low, noise?.test.high], { least: 0.01 });
    const spanY = range([...points.map((point) => point.y.mean), noise?.forget.low, noise?.forget.high], { least: 0.01 });
    const px = (/** @type {number} */ value) => PAD.left + ((value - spanX[0]) / (spanX[1] - spanX[0])) * (width - PAD.left - PAD.right);
    const py = (/** @type {number} */ value) => HEIGHT - PAD.bottom - ((value - spanY[0]) / (spanY[1] - spanY[0])) * (HEIGHT - PAD.top - PAD.bottom);
    const text = (/** @type {number} */ x, /** @type {number} */ y, /** @type {string} */ said, /** @type {Record<string, any>} */ props = {}) => {
      const node = svg('text', { x, y, ...props });
      node.textContent = said;
      return node;
    };
    const drawing = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'group', 'aria-label': 'Test AUC against forget AUC of every method' });
    for (const tick of ticksOf(spanY, 5)) drawing.append(svg('line', { class: 'grid', x1: PAD.left, x2: width - PAD.right, y1: py(tick), y2: py(tick) }), text(PAD.left - 8, py(tick) + 4, fixed(tick, 2 + (spanY[1] - spanY[0] < 0.05 ? 1 : 0)), { class: 'tick', 'text-anchor': 'end' }));
    for (const tick of ticksOf(spanX, width < 420 ? 4 : 6)) drawing.append(text(px(tick), HEIGHT - PAD.bottom + 18, fixed(tick, 2 + (spanX[1] - spanX[0] < 0.08 ? 1 : 0)), { class: 'tick', 'text-anchor': 'middle' }));
    drawing.append(text(width - PAD.right, HEIGHT - 6, 'test AUC →', { class: 'axis', 'text-anchor': 'end' }), text(8, HEIGHT - 6, '↑ forget AUC', { class: 'axis' }));
    if (noise) {
      const [w, t] = [px(noise.test.high) - px(noise.test.low), py(noise.forget.low) - py(noise.forget.high)];
      drawing.append(svg('rect', { class: 'noise', x: px(noise.test.low) - 3, y: py(noise.forget.high) - 3, width: w + 6, height: t + 6, rx: 4 }));
    }
    if (base != null) drawing.append(svg('line', { class: 'base', x1: px(base), x2: px(base), y1: PAD.top, y2: HEIGHT - PAD.bottom }));
    /** Methods with more than one setting: only their points need its name. */
    const many = new Set(points.map(({ line }) => line.id).filter((id, idx, all) => all.indexOf(id) !== idx));
    /** Boxes that a label must not cover: points, then labels. @type {{x: number, y: number, w: number, h: number}[]} */
    const taken = points.map(({ line, x, y }) => {
      const r = line.id === 'retrain' ? 13 : 8;
      return { x: px(x.mean) - r, y: py(y.mean) - r, w: 2 * r, h: 2 * r };
    });
    const place = (/** @type {string} */ said, /** @type {number} */ cx, /** @type {number} */ cy, /** @type {number} */ gap) => {
      const w = said.length * 6.7;
      const spots = [0, -14, 14, -28, 28, -42, 42, -56, 56, -70, 70, -84, 84].flatMap((dy) => [{ x: cx + gap, y: cy + dy }, { x: cx - gap - w, y: cy + dy }, { x: cx - w / 2, y: cy + dy }]);
      const cost = (/** @type {{x: number, y: number}} */ { x, y }) => {
        const out = x < PAD.left || x + w > width - 2 || y < 10 || y > HEIGHT - PAD.bottom ? 1 : 0;
        return out + taken.filter((box) => x < box.x + box.w && box.x < x + w && y - 8 < box.y + box.h && box.y < y + 8).length;
      };
      const best = spots.reduce((one, other) => (cost(other) < cost(one) ? other : one));
      // Where no place is free the name waits until its point is looked at.
      const crowded = cost(best) >= 1;
      if (!crowded) taken.push({ x: best.x, y: best.y - 8, w, h: 16 });
      return { crowded, said, x: best.x, y: best.y + 4, far: Math.abs(best.y - cy) > 20 ? { x: Math.min(best.x + w, Math.max(best.x, cx)), y: best.y < cy ? best.y + 8 : best.y - 8 } : null };
    };
    for (const { line, x, y } of points) {
      const [cx, cy] = [px(x.mean), py(y.mean)];
      const said = line.preset ? `${line.label}, ${line.preset}` : line.label;
      const clip = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) => Math.min(high, Math.max(low, at));
      const dot = svg('g', { class: `dot ${line.id} ${line.origin === 'reference' ? 'there' : ''}`, 'data-key': line.key, tabindex: '0', role: 'img', 'aria-label': `${said}: test AUC ${fixed(x.mean, 4)}, forget AUC ${fixed(y.mean, 4)}, ${line.origin}` });
      if (x.half) dot.append(svg('line', { class: 'spread', x1: clip(px(x.mean - x.half), PAD.left, width - PAD.right), x2: clip(px(x.mean + x.half), PAD.left, width - PAD.right), y1: cy, y2: cy }));
      if (y.half) dot.append(svg('line', { class: 'spread', x1: cx, x2: cx, y1: clip(py(y.mean - y.half), PAD.top, HEIGHT - PAD.bottom), y2: clip(py(y.mean + y.half), PAD.top, HEIGHT - PAD.bottom) }));
      if (line.id === 'retrain') dot.append(svg('circle', { class: 'ring', cx, cy, r: 12 }));
      dot.append(svg('circle', { class: 'point', cx, cy, r: line.id === 'retrain' ? 4 : 6 }));
      const spot = place(many.has(line.id) ? said : line.label, cx, cy, line.id === 'retrain' ? 17 : 11);
      if (spot.far && !spot.crowded) dot.append(svg('line', { class: 'lead', x1: cx, y1: cy + (spot.far.y < cy ? -9 : 9), x2: spot.far.x, y2: spot.far.y }));
      dot.append(text(spot.x, spot.y, spot.said, { class: spot.crowded ? 'name crowded' : 'name' }));
      drawing.append(dot);
    }
    fill(canvas, drawing);
    const key = (/** @type {string} */ name, /** @type {string} */ said) => h('span', { class: 'key' }, h('span', { class: `mark ${name}` }), said);
    return fill(
      legend,
      points.some((point) => point.line.id === 'retrain') && key('ring', 'Retrain: the target'), key('original', 'Original'), points.some((point) => point.line.origin === 'this device') && key('here', 'this device'), points.some((point) => point.line.origin === 'reference' && point.line.id !== 'original' && point.line.id !== 'retrain') && key('there', 'reference'),
      noise && key('noise', `${noise.n} Retrains, lowest to highest`), base != null && key('base', `logistic baseline ${fixed(base)}`),
    );
  });

  const drawBars = memo((/** @type {Line[]} */ lines, /** @type {any} */ floor) => {
    const known = lines.filter((line) => line.id !== 'retrain' && line.figures.jsd).toSorted((a, b) => (a.figures.jsd?.mean ?? 0) - (b.figures.jsd?.mean ?? 0));
    const most = Math.max(1e-9, floor?.jsd ?? 0, ...known.map((line) => line.figures.jsd?.mean ?? 0)) * 1.04;
    const at = floor ? `${(floor.jsd / most) * 100}%` : null;
    fill(
      bars,
      known.map((line) =>
        h(
          'li',
          { 'data-key': line.key, class: line.origin === 'reference' ? 'there' : '', tabindex: '0' },
          h('span', { class: 'name' }, line.label, line.preset && h('small', {}, line.preset)),
          h('span', { class: 'track' }, h('i', { class: line.id, style: { width: `${((line.figures.jsd?.mean ?? 0) / most) * 100}%` } }), at && h('b', { class: 'at', style: { left: at } })),
          h('span', { class: 'v' }, figure(line.figures.jsd?.mean)),
        ),
      ),
      known.length === 0 && h('li', { class: 'none' }, 'Drawn when a row is compared with a Retrain.'),
    );
    show(floorKey, Boolean(floor) && known.length > 0);
    fill(floorKey, h('span', { class: 'mark line' }), `The floor, ${figure(floor?.jsd)}: two Retrains of different seed are that far apart.`);
  });

  let width = 0;
  /** @type {[Line[], any] | null} */
  let last = null;
  new ResizeObserver(([{ contentRect }]) => {
    width = Math.floor(contentRect.width);
    if (last) drawMap(last[0], last[1].baseline, last[1].noise, width);
  }).observe(canvas);

  return {
    el,
    /** @param {Line[]} lines @param {{floor: any, baseline: any, noise: Noise | null, scheme: number}} rest */
    render(lines, rest) {
      last = [lines, rest];
      drawMap(lines, rest.baseline, rest.noise, width);
      drawBars(lines, rest.floor);
    },
  };
}
