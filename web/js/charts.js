// @ts-check
// The only file that knows the chart library. A line chart over steps, and a step chart over bins; colours come from the style sheet.

import './locale.js';
import uPlot from 'uplot';
import { h, nextTask } from './dom.js';
import { figure } from './format.js';
import { range } from './series.js';

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
/** @typedef {{x: number[], lines: Line[], targets?: Target[], xMax?: number}} Content */

/** @param {string} name */
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888';

/** @param {string} color @param {number} share */
const tint = (color, share) => `color-mix(in srgb, ${color} ${share}%, transparent)`;

/** What charts have to draw, a task each: several at once would hold the page. @type {Set<() => void>} */
const due = new Set();

/** @param {() => void} draw */
function drawLater(draw) {
  if (due.size === 0) nextTask(drawNext);
  due.add(draw);
}

function drawNext() {
  const [draw] = due;
  due.delete(draw);
  if (due.size > 0) nextTask(drawNext);
  draw();
}

/** @param {() => void} work */
const whenIdle = (work) => ('requestIdleCallback' in globalThis ? requestIdleCallback(() => work()) : setTimeout(work, 200));

/**
 * @param {object} spec
 * @param {string} spec.label what is shown, for those who do not see it
 * @param {'step' | 'share'} spec.axis what runs along the bottom
 * @param {string} spec.empty what is said while there is nothing to draw
 * @param {(value: number | null | undefined) => string} [spec.format]
 * @param {number} [spec.least] smallest height of the vertical range
 * @param {number} [spec.floor] value below which the range never goes
 */
export function chart({ label, axis, empty, format = figure, least = 1e-6, floor = -Infinity }) {
  const said = h('span', {}, empty);
  const note = h('div', { class: 'empty' }, said);
  const plot = h('div', { class: 'plot blank', role: 'img', 'aria-label': label }, note);
  const legend = h('div', { class: 'legend' });
  const hidden = new Set();
  /** @type {uPlot | null} */
  let drawn = null;
  /** @type {Content} */
  let content = { x: [], lines: [] };
  /** What legend and plot were made for. */
  let legendOf = '';
  let built = '';
  /** Told by the observer: reading it here would force a layout in the middle of a drawing. */
  let size = { width: 0, height: 0 };

  const values = () => content.lines.filter((line) => !hidden.has(line.id)).flatMap((line) => line.values).concat((content.targets ?? []).map((target) => target.value));

  /** Fills the legend with the values under the cursor, else with the last ones. @param {number | null} [idx] */
  function readOut(idx) {
    content.lines.forEach((line, nth) => {
      const cell = legend.children[nth]?.querySelector('.v');
      if (!cell) return;
      const at = idx ?? line.values.findLastIndex((value) => value != null);
      cell.textContent = axis === 'share' && idx == null ? '' : format(line.values[at]);
    });
  }

  function writeLegend() {
    legend.replaceChildren(
      ...content.lines.map((line, nth) =>
        h(
          'button',
          {
            type: 'button', 'aria-pressed': String(!hidden.has(line.id)), title: `Show or hide ${line.label}`,
            on: {
              click: (/** @type {Event} */ event) => {
                hidden.has(line.id) ? hidden.delete(line.id) : hidden.add(line.id);
                /** @type {Element} */ (event.currentTarget).setAttribute('aria-pressed', String(!hidden.has(line.id)));
                drawn?.setSeries(nth + 1, { show: !hidden.has(line.id) });
              },
            },
          },
          h('span', { class: line.dash ? 'swatch dash' : 'swatch', style: { color: `var(${line.color})` } }), line.label, h('span', { class: 'v' }),
        ),
      ),
      ...(content.targets ?? []).map((target) =>
        h('span', { class: 'key' }, h('span', { class: 'swatch dash', style: { color: `var(${target.color})` } }), target.label, h('span', { class: 'v' }, format(target.value))),
      ),
    );
  }

  /** @param {uPlot} self */
  function drawTargets(self) {
    const { ctx, bbox } = self;
    ctx.save();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const target of content.targets ?? []) {
      const y = self.valToPos(target.value, 'y', true);
      ctx.strokeStyle = ink(target.color);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** @returns {uPlot.Options} */
  function options() {
    const axisInk = ink('--ink-3');
    const grid = { stroke: ink('--grid'), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const stepped = axis === 'share' ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
    return {
      ...size,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { draw: [drawTargets], setCursor: [(self) => readOut(self.cursor.idx)] },
      scales: {
        x: { time: false, range: (_, low, high) => (axis === 'share' ? [0, 1] : [Math.min(0, low ?? 0), Math.max(content.xMax ?? 0, high ?? 1, 1)]) },
        y: { range: () => range(values(), { least, floor }) },
      },
      axes: [
        {
          stroke: axisInk, grid: { show: false }, ticks: { show: false }, font, size: 26, gap: 6, space: 56,
          values: (_, ticks) => ticks.map((tick) => (axis === 'share' ? `${Math.round(tick * 100)} %` : Number.isInteger(tick) ? String(tick) : '')),
        },
        { stroke: axisInk, grid, ticks: { show: false }, font, size: 52, gap: 6, space: 34, values: (_, ticks) => ticks.map((tick) => (axis === 'share' ? `${tickText(tick * 100, ticks.map((one) => one * 100))} %` : tickText(tick, ticks))) },
      ],
      series: [
        {},
        ...content.lines.map((line) => ({
          label: line.label,
          show: !hidden.has(line.id),
          stroke: ink(line.color),
          width: line.filled ? 1.5 : 2,
          dash: line.dash ? [5, 4] : undefined,
          fill: line.filled ? tint(ink(line.color), 16) : undefined,
          points: { show: Boolean(line.points), size: 6, fill: ink(line.color) },
          paths: stepped,
          spanGaps: true,
        })),
      ],
    };
  }

  function rebuild() {
    drawn?.destroy();
    drawn = size.width > 0 ? new uPlot(options(), table(), plot) : null;
    built = keyOf(content.lines);
  }

  /** Brings plot and legend up to the content. */
  function draw() {
    const named = [...content.lines, ...(content.targets ?? [])].map((one) => one.label + ('id' in one ? one.id : one.value)).join('|');
    if (named !== legendOf) writeLegend();
    legendOf = named;
    readOut();
    if (drawn && built === keyOf(content.lines)) drawn.setData(table());
    else if (content.x.length > 0) rebuild();
    plot.classList.toggle('blank', content.x.length === 0);
    note.hidden = content.x.length > 0;
  }

  /** @returns {uPlot.AlignedData} */
  const table = () => /** @type {any} */ ([content.x, ...content.lines.map((line) => line.values)]);

  new ResizeObserver(([{ contentRect }]) => {
    size = { width: Math.floor(contentRect.width), height: Math.floor(contentRect.height) };
    if (drawn && size.width > 0) drawn.setSize(size);
    // An empty plot is made while nothing else goes on: the first figures come with a run, when the engine wants every core.
    else if (!drawn) whenIdle(() => drawLater(() => drawn ?? rebuild()));
  }).observe(plot);

  return {
    plot,
    legend,
    /** @param {Content} next */
    set(next) {
      content = next;
      drawLater(draw);
    },
    /** What is said while there is nothing to draw. @param {string} text */
    say(text) {
      if (said.textContent !== text) said.textContent = text;
    },
    /** Redraws with the colours of the present theme. */
    retint: () => drawLater(rebuild),
  };
}

/** What decides how a plot is made: another line needs another plot, another value does not. @param {Line[]} lines */
const keyOf = (lines) => lines.map((line) => line.id + line.label).join('|');

/** Tick labels with as many decimals as their distance needs. @param {number} tick @param {number[]} ticks */
function tickText(tick, ticks) {
  const distance = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  let digits = 0;
  while (digits < 6 && Math.abs(distance * 10 ** digits - Math.round(distance * 10 ** digits)) > 1e-6 * 10 ** digits) digits += 1;
  return tick.toFixed(digits).replace('-', '−');
}
