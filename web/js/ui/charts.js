// @ts-check
// A chart: its legend, which reads values out and hides lines, and its plot. The library that draws comes when a run begins; until then the chart says what
// it is for.

import { useEffect, useRef, useState } from 'preact/hooks';
import { h, memo } from './h.js';
import { nextTask } from './next-task.js';
import { useRoving } from './roving.js';
import { said, t } from './words.js';

/**
 * @typedef {object} Line
 * @property {string} id
 * @property {string} label
 * @property {string} color name of a style-sheet variable, e.g. `--forget`
 * @property {boolean} [dash]
 * @property {boolean} [points] mark every value
 * @property {boolean} [filled] tint the area below
 * @property {(number | null)[]} values
 */
/** A horizontal line to be reached, or not to be expected to be passed. @typedef {{value: number, color: string, label: string}} Target */
/** `mark`: a step that is looked at. @typedef {{x: number[], lines: Line[], targets?: Target[], xMax?: number, mark?: number | null}} Content */
/** @typedef {import('./plot.js').Plot} Plot */

/**
 * @typedef {object} ChartProps
 * @property {string} label what is shown, for those who do not see it
 * @property {'step' | 'share'} axis what runs along the bottom
 * @property {string} empty what is said while there is nothing to draw
 * @property {(value: number | null | undefined) => string} format
 * @property {Content} content
 * @property {boolean} wanted whether the library is to be loaded
 * @property {number} scheme another number with another colour scheme
 * @property {number} [least] smallest height of the vertical range
 * @property {number} [floor] value below which the range never goes
 * @property {(step: number | null, pressed: boolean) => void} [onStep] told which step is pointed at, or pressed
 */

/** What charts have to draw, a task each: several at once would hold the page. @type {Set<() => void>} */
const due = new Set();

/** @param {() => void} draw */
function drawLater(draw) {
  if (due.size === 0) nextTask(drawNext);
  due.add(draw);
}

function drawNext() {
  const [draw] = due;
  if (!draw) return;
  due.delete(draw);
  if (due.size > 0) nextTask(drawNext);
  draw();
}

/** The size of an element, told by an observer: reading it would force a layout in the middle of a drawing. @param {import('preact').RefObject<HTMLElement | null>} ref @param {(size: {width: number, height: number}) => void} onChange */
function useSize(ref, onChange) {
  const size = useRef({ width: 0, height: 0 });
  const told = useRef(onChange);
  told.current = onChange;
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      size.current = { width: Math.floor(entry.contentRect.width), height: Math.floor(entry.contentRect.height) };
      told.current(size.current);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}

export const Chart = memo(
  /** @param {ChartProps} props */
  ({ label, axis, empty, format, content, wanted, scheme, least = 1e-6, floor = -Infinity, onStep }) => {
    const host = useRef(/** @type {HTMLElement | null} */ (null));
    const plot = useRef(/** @type {Plot | null} */ (null));
    const [hidden, setHidden] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
    const [cursor, setCursor] = useState(/** @type {number | null} */ (null));
    const [library, setLibrary] = useState(/** @type {'none' | 'ready' | 'failed'} */ ('none'));
    const latest = useRef({ content, hidden, onStep });
    latest.current = { content, hidden, onStep };
    const size = useSize(host, (now) => {
      plot.current?.resize(now);
      if (plot.current && !plot.current.drawn) drawLater(redraw.current);
    });
    const redraw = useRef(() => plot.current?.draw(latest.current.content, latest.current.hidden, size.current));
    const stepAt = (/** @type {number | null} */ idx) => (idx === null ? null : latest.current.content.x[idx] ?? null);
    const follow = (/** @type {number | null} */ idx) => {
      setCursor(idx);
      latest.current.onStep?.(stepAt(idx), false);
    };
    const some = content.x.length > 0;

    // Without a connection it may fail; it is asked for again when there is more to draw.
    const again = library === 'failed' ? content : null;
    useEffect(() => {
      if (!(wanted || some) || library === 'ready') return undefined;
      let gone = false;
      import('./plot.js').then(
        (module) => {
          if (gone || !host.current) return;
          plot.current ??= new module.Plot(host.current, { axis, least, floor, onCursor: follow });
          setLibrary('ready');
        },
        () => !gone && setLibrary('failed'),
      );
      return () => (gone = true);
    }, [wanted || some, again]);
    useEffect(() => {
      if (library === 'ready') drawLater(redraw.current);
    }, [library, content, hidden]);
    useEffect(() => {
      if (plot.current?.drawn) drawLater(() => plot.current?.rebuild(size.current));
    }, [scheme]);
    useEffect(() => () => plot.current?.destroy(), []);

    const roving = useRoving('button');
    const toggle = (/** @type {string} */ id) => setHidden((now) => (now.has(id) ? new Set([...now].filter((one) => one !== id)) : new Set([...now, id])));
    const valueOf = (/** @type {Line} */ line) => {
      const at = cursor ?? line.values.findLastIndex((value) => value != null);
      return axis === 'share' && cursor == null ? '' : format(line.values[at]);
    };
    return [
      h(
        'div',
        { class: 'legend', ...roving },
        content.lines.map((line) =>
          h(
            'button',
            { key: line.id, type: 'button', 'aria-pressed': !hidden.has(line.id), title: t('Show or hide {label}', { label: said(line.label) }), onClick: () => toggle(line.id) },
            h('span', { class: line.dash ? 'swatch dash' : 'swatch', style: { color: `var(${line.color})` } }), said(line.label), h('span', { class: 'v' }, valueOf(line)),
          ),
        ),
        (content.targets ?? []).map((target) =>
          h('span', { key: `target ${target.label}`, class: 'key' }, h('span', { class: 'swatch dash', style: { color: `var(${target.color})` } }), said(target.label), h('span', { class: 'v' }, format(target.value))),
        ),
      ),
      h(
        'div',
        { class: some ? 'plot' : 'plot blank', role: 'img', 'aria-label': said(label), ref: host, onClick: onStep && (() => onStep(stepAt(cursor), true)) },
        h('div', { class: 'empty', hidden: some && library !== 'failed' }, h('span', null, some && library === 'failed' ? t('The chart could not be loaded: check the connection. The table below has its figures.') : said(empty))),
      ),
    ];
  },
);
