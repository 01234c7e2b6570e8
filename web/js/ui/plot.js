// @ts-check
// The only file that knows the chart library: it draws lines over steps, or steps over bins, in the colours of the style sheet. Loaded when a run begins.

import '../platform/locale.js';
import uPlot from 'uplot';
import { percent, percentSign } from './format.js';
import { range } from './series.js';

/** @typedef {import('./charts.js').Content} Content */
/** @typedef {import('./charts.js').Line} Line */
/**
 * @typedef {object} Spec
 * @property {'step' | 'share'} axis what runs along the bottom
 * @property {number} least smallest height of the vertical range
 * @property {number} floor value below which the range never goes
 * @property {(idx: number | null) => void} onCursor the index under the cursor, null beside the plot
 */

/** @param {string} name */
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888';

/** @param {string} color @param {number} share */
const tint = (color, share) => `color-mix(in srgb, ${color} ${share}%, transparent)`;

/** What decides how a plot is made: another line needs another plot, another value does not. @param {Line[]} lines */
const keyOf = (lines) => lines.map((line) => line.id + line.label).join('|');

/** Tick labels with as many decimals as their distance needs. @param {number} tick @param {number[]} ticks */
function tickText(tick, ticks) {
  const distance = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  let digits = 0;
  while (digits < 6 && Math.abs(distance * 10 ** digits - Math.round(distance * 10 ** digits)) > 1e-6 * 10 ** digits) digits += 1;
  return tick.toFixed(digits).replace('-', '−');
}

export class Plot {
  /** @param {HTMLElement} host @param {Spec} spec */
  constructor(host, spec) {
    this.host = host;
    this.spec = spec;
    /** @type {uPlot | null} */
    this.drawn = null;
    /** What it was made for. */
    this.built = '';
    /** @type {Content} */
    this.content = { x: [], lines: [] };
    /** @type {ReadonlySet<string>} */
    this.hidden = new Set();
  }

  /** @param {{width: number, height: number}} size */
  resize(size) {
    if (size.width > 0) this.drawn?.setSize(size);
  }

  /**
   * Brings the plot up to its content.
   * @param {Content} content
   * @param {ReadonlySet<string>} hidden ids of lines
   * @param {{width: number, height: number}} size
   */
  draw(content, hidden, size) {
    this.content = content;
    this.hidden = hidden;
    if (content.x.length === 0 && !this.drawn) return;
    if (!this.drawn || this.built !== keyOf(content.lines)) this.rebuild(size);
    else {
      content.lines.forEach((line, nth) => {
        const show = !hidden.has(line.id);
        if (this.drawn?.series[nth + 1]?.show !== show) this.drawn?.setSeries(nth + 1, { show });
      });
      this.drawn.setData(this.table());
    }
  }

  /** Makes it anew, with the colours of the present theme. @param {{width: number, height: number}} size */
  rebuild(size) {
    this.drawn?.destroy();
    this.drawn = size.width > 0 ? new uPlot(this.options(size), this.table(), this.host) : null;
    this.built = keyOf(this.content.lines);
  }

  destroy() {
    this.drawn?.destroy();
    this.drawn = null;
  }

  /** @returns {uPlot.AlignedData} */
  table() {
    return /** @type {any} */ ([this.content.x, ...this.content.lines.map((line) => line.values)]);
  }

  /** Every value in view, targets among them. */
  values() {
    const { lines, targets = [] } = this.content;
    return [...lines.filter((line) => !this.hidden.has(line.id)).flatMap((line) => line.values), ...targets.map((target) => target.value)];
  }

  /** A line at the step that is looked at. @param {uPlot} self */
  drawMark({ ctx, bbox, valToPos }) {
    const { mark } = this.content;
    if (mark == null) return;
    const x = valToPos(mark, 'x', true);
    ctx.save();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.strokeStyle = ink('--accent');
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  /** @param {uPlot} self */
  drawTargets({ ctx, bbox, valToPos }) {
    ctx.save();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const target of this.content.targets ?? []) {
      const y = valToPos(target.value, 'y', true);
      ctx.strokeStyle = ink(target.color);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  /** @param {{width: number, height: number}} size @returns {uPlot.Options} */
  options(size) {
    const { axis, least, floor, onCursor } = this.spec;
    const axisInk = ink('--ink-3');
    const grid = { stroke: ink('--grid'), width: 1 };
    const font = `${Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.75}px ${getComputedStyle(document.body).fontFamily}`;
    const stepped = axis === 'share' ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
    return {
      ...size,
      padding: [10, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { draw: [(self) => this.drawTargets(self), (self) => this.drawMark(self)], setCursor: [(self) => onCursor(self.cursor.idx ?? null)] },
      scales: {
        x: { time: false, range: (_, low, high) => (axis === 'share' ? [0, 1] : [Math.min(0, low ?? 0), Math.max(this.content.xMax ?? 0, high ?? 1, 1)]) },
        y: { range: () => range(this.values(), { least, floor }) },
      },
      axes: [
        {
          stroke: axisInk, grid: { show: false }, ticks: { show: false }, font, size: 26, gap: 6, space: 56,
          values: (_, ticks) => ticks.map((tick) => (axis === 'share' ? percent(tick) : Number.isInteger(tick) ? String(tick) : '')),
        },
        { stroke: axisInk, grid, ticks: { show: false }, font, size: 52, gap: 6, space: 34, values: (_, ticks) => ticks.map((tick) => (axis === 'share' ? `${tickText(tick * 100, ticks.map((one) => one * 100))}${percentSign()}` : tickText(tick, ticks))) },
      ],
      series: [
        {},
        ...this.content.lines.map((line) => ({
          label: line.label,
          show: !this.hidden.has(line.id),
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
}
