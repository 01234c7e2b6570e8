// @ts-check
// Two plots of the comparison: utility against forgetting, and distance from Retrain. Drawn as SVG and boxes; the table is beside them.

import { useEffect, useRef, useState } from 'preact/hooks';
import { figure, fixed } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { fullName, HEIGHT, layoutOf, PAD, ticksOf } from './plot-layout.js';

/** @typedef {import('./plot-layout.js').Noise} Noise */
/** @typedef {import('./plot-layout.js').Point} Point */
/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../types.d.ts').Divergence} Divergence */

const clip = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) => Math.min(high, Math.max(low, at));

/** @param {{point: Point, px: (value: number) => number, py: (value: number) => number, width: number}} props */
function Dot({ point: { line, x, y, cx, cy, label }, px, py, width }) {
  const target = line.id === 'retrain';
  const [right, low] = [width - PAD.right, HEIGHT - PAD.bottom];
  return h(
    'g',
    { class: `dot ${line.id} ${line.origin === 'reference' ? 'there' : ''}`, 'data-key': line.key, role: 'img', 'aria-label': `${fullName(line)}: test AUC ${fixed(x.mean, 4)}, forget AUC ${fixed(y.mean, 4)}, ${line.origin}` },
    x.half !== null && h('line', { class: 'spread', x1: clip(px(x.mean - x.half), PAD.left, right), x2: clip(px(x.mean + x.half), PAD.left, right), y1: cy, y2: cy }),
    y.half !== null && h('line', { class: 'spread', x1: cx, x2: cx, y1: clip(py(y.mean - y.half), PAD.top, low), y2: clip(py(y.mean + y.half), PAD.top, low) }),
    target && h('circle', { class: 'ring', cx, cy, r: 12 }),
    h('circle', { class: 'point', cx, cy, r: target ? 4 : 6 }),
    label.lead && h('line', { class: 'lead', x1: cx, y1: cy + (label.lead.y < cy ? -9 : 9), x2: label.lead.x, y2: label.lead.y }),
    h('text', { x: label.x, y: label.y, class: label.crowded ? 'name crowded' : 'name' }, label.text),
  );
}

const UtilityMap = memo(
  /** @param {{lines: Line[], baseline: number | null, noise: Noise | null}} props */
  ({ lines, baseline, noise }) => {
    const canvas = useRef(/** @type {HTMLElement | null} */ (null));
    const [width, setWidth] = useState(0);
    useEffect(() => {
      const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
      if (canvas.current) observer.observe(canvas.current);
      return () => observer.disconnect();
    }, []);
    const roving = useRoving('.dot');
    const { points, spanX, spanY, px, py } = layoutOf(lines, baseline, noise, width);
    const drawn = points.length > 0 && width >= 80;
    const key = (/** @type {string} */ name, /** @type {string} */ said) => h('span', { class: 'key' }, h('span', { class: `mark ${name}` }), said);
    const drawing = () =>
      h(
        'svg',
        { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'group', 'aria-label': 'Test AUC against forget AUC of every method', ...roving },
        ticksOf(spanY, 5).map((tick) => [h('line', { class: 'grid', x1: PAD.left, x2: width - PAD.right, y1: py(tick), y2: py(tick) }), h('text', { x: PAD.left - 8, y: py(tick) + 4, class: 'tick', 'text-anchor': 'end' }, fixed(tick, spanY[1] - spanY[0] < 0.05 ? 3 : 2))]),
        ticksOf(spanX, width < 420 ? 4 : 6).map((tick) => h('text', { x: px(tick), y: HEIGHT - PAD.bottom + 18, class: 'tick', 'text-anchor': 'middle' }, fixed(tick, spanX[1] - spanX[0] < 0.08 ? 3 : 2))),
        h('text', { x: width - PAD.right, y: HEIGHT - 6, class: 'axis', 'text-anchor': 'end' }, 'test AUC →'),
        h('text', { x: 8, y: HEIGHT - 6, class: 'axis' }, '↑ forget AUC'),
        noise && h('rect', { class: 'noise', x: px(noise.test.low) - 3, y: py(noise.forget.high) - 3, width: px(noise.test.high) - px(noise.test.low) + 6, height: py(noise.forget.low) - py(noise.forget.high) + 6, rx: 4 }),
        baseline != null && h('line', { class: 'base', x1: px(baseline), x2: px(baseline), y1: PAD.top, y2: HEIGHT - PAD.bottom }),
        points.map((point) => h(Dot, { key: point.line.key, point, px, py, width })),
      );
    return h(
      'figure',
      { class: 'card chart' },
      h('figcaption', { class: 'head' }, h('div', null, h('h3', null, 'Utility against forgetting'), h('p', null, 'Right is better for everyone else. The ring is the target: as much forgotten as Retrain, no more and no less.'))),
      h(
        'div',
        { class: 'legend' },
        drawn && [
          points.some(({ line }) => line.id === 'retrain') && key('ring', 'Retrain: the target'), key('original', 'Original'), points.some(({ line }) => line.origin === 'this device') && key('here', 'this device'),
          points.some(({ line }) => line.origin === 'reference' && line.id !== 'original' && line.id !== 'retrain') && key('there', 'reference'),
          noise && key('noise', `${noise.n} Retrains, lowest to highest`), baseline != null && key('base', `logistic baseline ${fixed(baseline)}`),
        ],
      ),
      h('div', { class: 'map', ref: canvas }, drawn ? drawing() : h('p', { class: 'none' }, 'Drawn when a row has figures.')),
    );
  },
);

const Distances = memo(
  /** @param {{lines: Line[], floor: Divergence | null}} props */
  ({ lines, floor }) => {
    const roving = useRoving('li[data-key]');
    const valueOf = (/** @type {Line} */ line) => line.figures.jsd?.mean ?? 0;
    const known = lines.filter((line) => line.id !== 'retrain' && line.figures.jsd).toSorted((a, b) => valueOf(a) - valueOf(b));
    const most = Math.max(1e-9, floor?.jsd ?? 0, ...known.map(valueOf)) * 1.04;
    return h(
      'figure',
      { class: 'card chart' },
      h('figcaption', { class: 'head' }, h('div', null, h('h3', null, 'Distance from Retrain'), h('p', null, 'Jensen–Shannon divergence on the forget set: shorter is closer to never having seen it.'))),
      h(
        'ul',
        { class: 'bars', ...roving },
        known.map((line) =>
          h(
            'li',
            { key: line.key, 'data-key': line.key, class: line.origin === 'reference' ? 'there' : '' },
            h('span', { class: 'name' }, line.label, line.preset && h('small', null, line.preset)),
            h('span', { class: 'track' }, h('i', { class: line.id, style: { width: `${(valueOf(line) / most) * 100}%` } }), floor && h('b', { class: 'at', style: { left: `${(floor.jsd / most) * 100}%` } })),
            h('span', { class: 'v' }, figure(line.figures.jsd?.mean)),
          ),
        ),
        known.length === 0 && h('li', { class: 'none' }, 'Drawn when a row is compared with a Retrain.'),
      ),
      floor && known.length > 0 && h('p', { class: 'small muted' }, h('span', { class: 'mark line' }), `The floor, ${figure(floor.jsd)}: two Retrains of different seed are that far apart.`),
    );
  },
);

/** @param {{lines: Line[], floor: Divergence | null, baseline: number | null, noise: Noise | null}} props */
export const Plots = ({ lines, floor, baseline, noise }) => h('div', { class: 'pair plots' }, h(UtilityMap, { lines, baseline, noise }), h(Distances, { lines, floor }));
