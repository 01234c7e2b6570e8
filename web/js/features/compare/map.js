// @ts-check
// The map of all methods: utility against forgetting. A family has a colour and a shape, and its place in the legend, which also is the filter. Names stand
// where there is room for them; whatever is pointed at, tapped or focused is named below the map.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { familiesOf } from '../../engine/method-families.js';
import { fixed } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { Button, DataTable } from '../../ui/widgets.js';
import { language, said, t } from '../../ui/words.js';
import { familyClass, familyOf, FamilyMark, shapeOf } from './family-mark.js';
import { sharesOf, useMapView } from './map-gestures.js';
import { bringing, nearestPoint, nextPoint, STEP, WHOLE, zoomed } from './map-view.js';
import { drawable, fullName, HEIGHT, layoutOf, PAD, ticksOf } from './plot-layout.js';
import { isReference } from './rows.js';
import { sourceText, standardOf } from './table-data.js';

/** @typedef {import('./plot-layout.js').Noise} Noise */
/** @typedef {import('./plot-layout.js').Point} Point */
/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').CompareState} CompareState */
/** @typedef {import('../../types.d.ts').MethodEntry} MethodEntry */

const clip = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) => Math.min(high, Math.max(low, at));

/** What a point says. @param {Pick<Point, 'line' | 'x' | 'y'>} point */
const told = ({ line, x, y }) => t('{line}: test AUC {mean}, forget AUC {mean2}, {line2}', { line: fullName(line), mean: fixed(x.mean, 4), mean2: fixed(y.mean, 4), line2: sourceText(line) });

/** @typedef {{point: Point, family: string, isLooked: boolean, isOpen: boolean, px: (value: number) => number, py: (value: number) => number, width: number}} Drawn */

/** @param {Drawn} drawn */
const classOf = ({ point: { line }, family, isLooked, isOpen }) => `dot ${familyClass(family)}${line.origin === 'this device' ? '' : line.from ? ' elsewhere' : ' there'}${isLooked ? ' looked' : ''}${isOpen ? ' open' : ''}`;

/** What a point looks like. @param {Drawn} drawn */
function Mark({ point: { line, x, y, cx, cy, label }, family, px, py, width }) {
  const [right, low] = [width - PAD.right, HEIGHT - PAD.bottom];
  return [
    x.half !== null && h('line', { class: 'spread', x1: clip(px(x.mean - x.half), PAD.left, right), x2: clip(px(x.mean + x.half), PAD.left, right), y1: cy, y2: cy }),
    y.half !== null && h('line', { class: 'spread', x1: cx, x2: cx, y1: clip(py(y.mean - y.half), PAD.top, low), y2: clip(py(y.mean + y.half), PAD.top, low) }),
    line.id === 'retrain' && h('circle', { class: 'ring', cx, cy, r: 12 }),
    h('path', { class: 'point', d: shapeOf(family), transform: `translate(${cx} ${cy})` }),
    line.from && h('circle', { class: 'pip', cx, cy, r: 1.8 }),
    label && h('text', { x: label.x, y: label.y, class: label.crowded ? 'name crowded' : 'name' }, label.text),
  ];
}

/** A point that can be reached and pressed. @param {Drawn & {isStop: boolean}} drawn */
const Dot = ({ isStop, ...drawn }) =>
  h(
    'g',
    {
      class: classOf(drawn), 'data-key': drawn.point.line.key, visibility: drawn.point.isIn ? null : 'hidden', tabindex: isStop ? 0 : -1, 'aria-label': told(drawn.point),
      ...(isReference(drawn.point.line.id) ? { role: 'img' } : { role: 'button', 'aria-pressed': String(drawn.isOpen) }),
    },
    h('circle', { class: 'reach', cx: drawn.point.cx, cy: drawn.point.cy, r: 12 }),
    h(Mark, drawn),
  );

/** Families as buttons: one pressed shows its methods alone, pressed again all. @param {{lines: Line[], methods: MethodEntry[], family: CompareState['family'], actions: Actions}} props */
const FamilyLegend = ({ lines, methods, family, actions }) => {
  const groups = familiesOf(methods).map(({ id, label }) => ({ id, label, n: drawable(lines).filter(({ line }) => familyOf(line.id, methods) === id).length }));
  return h(
    'div',
    { class: 'legend families', role: 'group', 'aria-label': t('Families: press one to see it alone') },
    groups.filter(({ n }) => n > 0).map(({ id, label, n }) => h('button', { key: id, type: 'button', class: 'family-key', 'aria-pressed': String(family === id), onClick: () => actions.changeComparison({ family: family === id ? null : id }) }, h(FamilyMark, { family: id }), `${t(label)} (${n})`)),
    family && h('button', { key: 'all', type: 'button', class: 'family-key all', onClick: () => actions.changeComparison({ family: null }) }, t('Show all')),
  );
};

/** @param {Line[]} lines */
const tableOf = (lines) => ({
  head: [t('Method'), t('Setting'), t('test AUC'), t('forget AUC'), t('Measured')],
  rows: drawable(lines).toSorted((a, b) => b.x.mean - a.x.mean).map(({ line, x, y }) => [said(line.label), line.preset ? said(line.preset) : '–', fixed(x.mean, 4), fixed(y.mean, 4), sourceText(line)]),
});

export const UtilityMap = memo(
  /** @param {{lines: Line[], methods: MethodEntry[], family: CompareState['family'], open: string | null, baseline: number | null, noise: Noise | null, apart: number | null, actions: Actions}} props
   *   `lines`: every line; `apart`: how far two Retrains' forget AUCs lie from each other */
  ({ lines, methods, family, open, baseline, noise, apart, actions }) => {
    const [width, setWidth] = useState(0);
    const { view, setView, canvas, wasDrag, gestures } = useMapView(width);
    /** The point that is looked at, and the one that Tab stops at. */
    const [looked, setLooked] = useState(/** @type {string | null} */ (null));
    const [stop, setStop] = useState(/** @type {string | null} */ (null));
    const wanted = useRef(/** @type {string | null} */ (null));
    /** How the last press was made, and what was looked at before: a tap also moves the mouse there and focuses, before it is a click. */
    const press = useRef({ touch: false, looked: /** @type {string | null} */ (null) });
    useEffect(() => {
      const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
      if (canvas.current) observer.observe(canvas.current);
      return () => observer.disconnect();
    }, []);
    const isShown = (/** @type {Line} */ line) => !family || isReference(line.id) || familyOf(line.id, methods) === family;
    const { points, spanX, spanY, px, py } = useMemo(() => layoutOf(lines, { width, baseline, noise, view, isShown, chosen: open }), [lines, width, baseline, noise, view, family, open, language()]);
    const drawn = points.length > 0 && width >= 80;
    const pointOf = (/** @type {string | null} */ key) => points.find(({ line }) => line.key === key) ?? null;
    const current = pointOf(looked);
    const stopKey = [pointOf(stop), ...points].find((point) => point?.isIn)?.line.key;
    // A point that was out of view has the focus when it is drawn.
    useLayoutEffect(() => {
      if (wanted.current === null) return;
      /** @type {SVGElement | null | undefined} */ (canvas.current?.querySelector(`[data-key="${CSS.escape(wanted.current)}"]`))?.focus({ preventScroll: true });
      wanted.current = null;
    });
    const look = (/** @type {Point} */ { line, cx, cy }, /** @type {boolean} */ focus) => {
      setLooked(line.key);
      setStop(line.key);
      if (!focus) return;
      wanted.current = line.key;
      setView((now) => bringing(now, sharesOf(cx, cy, width)));
    };
    const choose = (/** @type {Point} */ { line }) => !isReference(line.id) && actions.openLine(line.key);
    const zoom = (/** @type {number} */ factor, /** @type {Point | null} */ around = null) => setView((now) => zoomed(now, factor, around ? sharesOf(around.cx, around.cy, width) : undefined));
    const pointAt = (/** @type {MouseEvent} */ event) => {
      const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
      return nearestPoint(points, event.clientX - box.left, event.clientY - box.top);
    };
    const onKeydown = (/** @type {KeyboardEvent} */ event) => {
      const from = pointOf(/** @type {HTMLElement} */ (event.target).dataset.key ?? null);
      const next = nextPoint(points, from, event.key);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (next) look(next, true);
      else if (event.key === '+' || event.key === '=') zoom(STEP, from);
      else if (event.key === '-') zoom(1 / STEP, from);
      else if (event.key === '0') setView(WHOLE);
      else if ((event.key === 'Enter' || event.key === ' ') && from) choose(from);
      else if (!event.key.startsWith('Arrow')) return;
      event.preventDefault();
    };
    const retrain = standardOf(lines, 'retrain')?.figures.forget_auc?.mean ?? null;
    const floor = retrain === null ? null : noise ? { low: noise.forget.low, high: noise.forget.high } : apart === null ? null : { low: retrain - apart, high: retrain + apart };
    const isSeen = (/** @type {number} */ value) => value >= spanY[0] && value <= spanY[1];
    const [top, low, right] = [PAD.top, HEIGHT - PAD.bottom, width - PAD.right];
    const key = (/** @type {string} */ name, /** @type {string} */ words) => h('span', { class: 'key' }, h('span', { class: `mark ${name}` }), words);
    const drawnOf = (/** @type {Point} */ point) => ({ point, family: familyOf(point.line.id, methods), isLooked: point.line.key === looked, isOpen: point.line.key === open, px, py, width });
    const drawing = () => [
      ticksOf(spanY, 5).map((tick) => [h('line', { class: 'grid', x1: PAD.left, x2: right, y1: py(tick), y2: py(tick) }), h('text', { x: PAD.left - 8, y: py(tick) + 4, class: 'tick', 'text-anchor': 'end' }, fixed(tick, spanY[1] - spanY[0] < 0.05 ? 3 : 2))]),
      ticksOf(spanX, width < 420 ? 4 : 6).map((tick) => h('text', { x: px(tick), y: low + 18, class: 'tick', 'text-anchor': 'middle' }, fixed(tick, spanX[1] - spanX[0] < 0.08 ? 3 : 2))),
      h('text', { x: right, y: HEIGHT - 6, class: 'axis', 'text-anchor': 'end' }, t('test AUC →')),
      h('text', { x: 8, y: HEIGHT - 6, class: 'axis' }, t('↑ forget AUC')),
      floor && floor.low < spanY[1] && floor.high > spanY[0] && h('rect', { class: 'noise', x: PAD.left, width: Math.max(0, right - PAD.left), y: clip(py(floor.high) - 1, top, low), height: clip(py(floor.low) + 1, top, low) - clip(py(floor.high) - 1, top, low) }),
      retrain !== null && isSeen(retrain) && [h('line', { class: 'goal', x1: PAD.left, x2: right, y1: py(retrain), y2: py(retrain) }), h('text', { class: 'goal-name', x: PAD.left + 4, y: py(retrain) - 5 }, t('Retrain’s floor'))],
      baseline != null && baseline >= spanX[0] && baseline <= spanX[1] && h('line', { class: 'base', x1: px(baseline), x2: px(baseline), y1: top, y2: low }),
      points.map((point) => h(Dot, { key: point.line.key, ...drawnOf(point), isStop: point.line.key === stopKey })),
      // What is looked at stands above the others: once more, since an element that is moved loses the focus.
      current?.isIn && h('g', { key: 'above', class: `${classOf(drawnOf(current))} above`, 'aria-hidden': 'true' }, h(Mark, drawnOf(current))),
    ];
    return h(
      'figure',
      { class: 'card chart' },
      h('figcaption', { class: 'head' }, h('div', null, h('h3', null, t('Utility against forgetting')), h('p', null, t('Right is better for everyone else. The ring is the target: as much forgotten as Retrain, no more and no less.')))),
      drawn && h(FamilyLegend, { lines, methods, family, actions }),
      h(
        'div',
        { class: 'legend' },
        drawn && [
          key('original', t('Original')), retrain !== null && key('ring', t('Retrain, the target')), points.some(({ line }) => line.origin === 'this device') && key('here', t('filled: this device')), points.some(({ line }) => line.origin === 'reference') && key('there', t('hollow: reference')),
          points.some(({ line }) => line.from) && key('elsewhere', t('dotted: elsewhere')), floor && key('noise', noise ? t('{n} Retrains, lowest to highest', { n: noise.n }) : t('as far as two Retrains lie apart')), baseline != null && key('base', t('logistic baseline {baseline}', { baseline: fixed(baseline) })),
        ],
      ),
      h(
        'div',
        { class: `map${view.zoom > 1 ? ' zoomed' : ''}`, ref: canvas },
        drawn
          ? h(
              'svg',
              {
                viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: 'group', 'aria-label': t('Map of the methods, test AUC against forget AUC. Arrow keys go from point to point, plus and minus zoom, 0 shows all.'), ...gestures, onKeydown,
                onPointerdown(/** @type {PointerEvent} */ event) {
                  press.current = { touch: event.pointerType === 'touch', looked };
                  gestures.onPointerdown(event);
                },
                onMousemove(/** @type {MouseEvent} */ event) {
                  const point = pointAt(event);
                  if (point && point.line.key !== looked) setLooked(point.line.key);
                },
                onFocusin(/** @type {FocusEvent} */ event) {
                  const point = pointOf(/** @type {HTMLElement} */ (event.target).dataset.key ?? null);
                  if (point) look(point, false);
                },
                onClick(/** @type {MouseEvent} */ event) {
                  // A screen reader presses an element, not a place.
                  const isPlaced = event.detail > 0;
                  const pressed = pointOf(/** @type {Element} */ (event.target).closest('[data-key]')?.getAttribute('data-key') ?? null);
                  const point = isPlaced ? (wasDrag() ? null : pointAt(event)) : pressed;
                  if (!point) return;
                  // A finger covers what it touches: the first tap names the point, the next one opens it.
                  if (!isPlaced || !press.current.touch || press.current.looked === point.line.key) choose(point);
                  look(point, false);
                },
              },
              drawing(),
            )
          : h('p', { class: 'none' }, t('Drawn when a row has figures.')),
      ),
      drawn &&
        h(
          'div',
          { class: 'map-foot' },
          h('div', { class: 'map-zoom', role: 'group', 'aria-label': t('Zoom of the map') }, h(Button, { label: '+', kind: 'slim', about: { 'aria-label': t('Zoom in') }, onClick: () => zoom(STEP, current) }), h(Button, { label: '−', kind: 'slim', disabled: view.zoom <= 1, about: { 'aria-label': t('Zoom out') }, onClick: () => zoom(1 / STEP) }), h(Button, { label: t('Whole map'), kind: 'slim', disabled: view.zoom <= 1, onClick: () => setView(WHOLE) })),
          h('p', { class: 'readout' }, current ? [h(FamilyMark, { family: familyOf(current.line.id, methods) }), ` ${told(current)} `] : t('Point at a method, tap it, or go through them with the arrow keys.'), current && !isReference(current.line.id) && h('button', { type: 'button', class: 'link', onClick: () => choose(current) }, t('Open its card'))),
        ),
      drawn && h(DataTable, { what: t('Points of the map'), read: () => tableOf(lines.filter(isShown)) }),
    );
  },
);
