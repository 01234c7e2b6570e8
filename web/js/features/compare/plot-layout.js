// @ts-check
// Where the points of “Utility against forgetting” stand, and which of their names find room. Pure.

import { range } from '../../ui/series.js';
import { said, t } from '../../ui/words.js';
import { WHOLE } from './map-view.js';
import { isReference } from './rows.js';

/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('./table-data.js').Mean} Mean */
/** @typedef {NonNullable<ReturnType<typeof import('./table-data.js').noiseOf>>} Noise */
/** @typedef {import('./map-view.js').View} View */
/** `isIn`: it is in the part that is in view. @typedef {{line: Line, x: Mean, y: Mean, cx: number, cy: number, isIn: boolean, label: Label | null}} Point */
/** `crowded`: no place is free, so that the name waits until its point is looked at. @typedef {{text: string, x: number, y: number, crowded: boolean}} Label */

export const HEIGHT = 320;
export const PAD = { left: 52, right: 18, top: 14, bottom: 42 };

/** Round values over a range. @param {[number, number]} span @param {number} most */
export function ticksOf([low, high], most) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw) ?? raw;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, idx) => (first + idx) * step);
}

/**
 * Finds places for names right beside their points, where they cover neither points nor each other: so only of those that stand apart.
 * @param {{x: number, y: number, w: number, h: number}[]} taken boxes that a name must not cover; those of names are added
 * @param {number} width
 * @returns {(text: string, cx: number, cy: number, gap: number) => Label}
 */
export const placer = (taken, width) => (text, cx, cy, gap) => {
  const w = text.length * 6.7;
  const spots = [0, -14, 14].flatMap((dy) => [{ x: cx + gap, y: cy + dy }, { x: cx - gap - w, y: cy + dy }]).concat([{ x: cx - w / 2, y: cy - gap - 8 }, { x: cx - w / 2, y: cy + gap + 8 }]);
  const cost = (/** @type {{x: number, y: number}} */ { x, y }) => {
    const out = x < PAD.left || x + w > width - 2 || y < 10 || y > HEIGHT - PAD.bottom ? 1 : 0;
    return out + taken.filter((box) => x < box.x + box.w && box.x < x + w && y - 8 < box.y + box.h && box.y < y + 8).length;
  };
  const best = spots.reduce((one, other) => (cost(other) < cost(one) ? other : one));
  const crowded = cost(best) >= 1;
  if (!crowded) taken.push({ x: best.x, y: best.y - 8, w, h: 16 });
  // A name that waits is put where it can be read when it comes: within the plot.
  const x = crowded ? Math.max(PAD.left, Math.min(cx + gap, width - w - 2)) : best.x;
  const y = crowded ? (x === cx + gap ? cy : cy - gap - 8) : best.y;
  return { text, x, y: y + 4, crowded };
};

/** What a line is called where methods of several settings are in view. @param {Line} line */
export const fullName = (line) => (line.preset ? `${said(line.label)}, ${said(line.preset)}` : said(line.label));

/** Lines of which the map has a point. @param {Line[]} lines */
export const drawable = (lines) =>
  lines.flatMap((line) => {
    const { test_auc: x, forget_auc: y } = line.figures;
    return x && y ? [{ line, x, y }] : [];
  });

/** Who is named first where there is not room for all: what is read against, then the chosen one. @param {Line} line @param {string | null} chosen */
const rank = (line, chosen) => (isReference(line.id) && !line.from ? 0 : line.key === chosen ? 1 : 2);

/**
 * @param {Line[]} lines every line, so that the axes stay where they are when some are out of view
 * @param {{width: number, baseline?: number | null, noise?: Noise | null, view?: View, isShown?: (line: Line) => boolean, chosen?: string | null}} options
 *   `baseline`: test AUC of the logistic baseline
 */
export function layoutOf(lines, { width, baseline = null, noise = null, view = WHOLE, isShown = () => true, chosen = null }) {
  const all = drawable(lines);
  const spanX = part(range([...all.map((point) => point.x.mean), baseline, noise?.test.low, noise?.test.high], { least: 0.01 }), view.x, view.zoom);
  const spanY = part(range([...all.map((point) => point.y.mean), noise?.forget.low, noise?.forget.high], { least: 0.01 }), view.y, view.zoom);
  const px = (/** @type {number} */ value) => PAD.left + ((value - spanX[0]) / (spanX[1] - spanX[0])) * (width - PAD.left - PAD.right);
  const py = (/** @type {number} */ value) => HEIGHT - PAD.bottom - ((value - spanY[0]) / (spanY[1] - spanY[0])) * (HEIGHT - PAD.top - PAD.bottom);
  const isWithin = (/** @type {number} */ cx, /** @type {number} */ cy) => cx >= PAD.left - 1 && cx <= width - PAD.right + 1 && cy >= PAD.top - 1 && cy <= HEIGHT - PAD.bottom + 1;
  const known = all.filter(({ line }) => isShown(line)).map(({ line, x, y }) => ({ line, x, y, cx: px(x.mean), cy: py(y.mean), isIn: isWithin(px(x.mean), py(y.mean)) }));
  /** Methods with more than one setting: only their points need its name. */
  const many = new Set(known.map(({ line }) => line.id).filter((id, idx, ids) => ids.indexOf(id) !== idx));
  const boxes = known.filter(({ isIn }) => isIn).map(({ line, cx, cy }) => {
    const r = line.id === 'retrain' ? 13 : 8;
    return { x: cx - r, y: cy - r, w: 2 * r, h: 2 * r };
  });
  // The name of Retrain's line stands at its left end.
  const retrain = known.find(({ line }) => line.id === 'retrain' && !line.from);
  if (retrain?.isIn) boxes.push({ x: PAD.left, y: retrain.cy - 16, w: 104, h: 14 });
  const place = placer(boxes, width);
  /** @type {Map<string, Label>} */
  const labels = new Map();
  for (const { line, cx, cy, isIn } of known.toSorted((a, b) => rank(a.line, chosen) - rank(b.line, chosen))) {
    if (isIn) labels.set(line.key, place(`${many.has(line.id) ? fullName(line) : said(line.label)}${line.from ? t(' (elsewhere)') : ''}`, cx, cy, line.id === 'retrain' ? 17 : 11));
  }
  const points = known.map((point) => ({ ...point, label: labels.get(point.line.key) ?? null }));
  return { points, spanX, spanY, px, py };
}

/** The part of a span that a view shows. @param {[number, number]} span @param {number} from @param {number} zoom @returns {[number, number]} */
function part([low, high], from, zoom) {
  const start = low + (high - low) * from;
  return [start, start + (high - low) / zoom];
}
