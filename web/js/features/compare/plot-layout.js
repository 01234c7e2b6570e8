// @ts-check
// Where the points of “Utility against forgetting” stand, and where their names find room. Pure.

import { range } from '../../ui/series.js';

/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('./table-data.js').Mean} Mean */
/** @typedef {NonNullable<ReturnType<typeof import('./table-data.js').noiseOf>>} Noise */
/** @typedef {{line: Line, x: Mean, y: Mean, cx: number, cy: number, label: Label}} Point */
/** `crowded`: no place is free, so that the name waits until its point is looked at; `lead`: where a line from the point to its name ends. @typedef {{text: string, x: number, y: number, crowded: boolean, lead: {x: number, y: number} | null}} Label */

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
 * Finds places for names beside their points, where they cover neither points nor each other.
 * @param {{x: number, y: number, w: number, h: number}[]} taken boxes that a name must not cover; those of names are added
 * @param {number} width
 * @returns {(text: string, cx: number, cy: number, gap: number) => Label}
 */
export const placer = (taken, width) => (text, cx, cy, gap) => {
  const w = text.length * 6.7;
  const spots = [0, -14, 14, -28, 28, -42, 42, -56, 56, -70, 70, -84, 84].flatMap((dy) => [{ x: cx + gap, y: cy + dy }, { x: cx - gap - w, y: cy + dy }, { x: cx - w / 2, y: cy + dy }]);
  const cost = (/** @type {{x: number, y: number}} */ { x, y }) => {
    const out = x < PAD.left || x + w > width - 2 || y < 10 || y > HEIGHT - PAD.bottom ? 1 : 0;
    return out + taken.filter((box) => x < box.x + box.w && box.x < x + w && y - 8 < box.y + box.h && box.y < y + 8).length;
  };
  const best = spots.reduce((one, other) => (cost(other) < cost(one) ? other : one));
  const crowded = cost(best) >= 1;
  if (!crowded) taken.push({ x: best.x, y: best.y - 8, w, h: 16 });
  const far = !crowded && Math.abs(best.y - cy) > 20;
  return { text, x: best.x, y: best.y + 4, crowded, lead: far ? { x: Math.min(best.x + w, Math.max(best.x, cx)), y: best.y < cy ? best.y + 8 : best.y - 8 } : null };
};

/** What a line is called where methods of several settings are in view. @param {Line} line */
export const fullName = (line) => (line.preset ? `${line.label}, ${line.preset}` : line.label);

/**
 * @param {Line[]} lines
 * @param {number | null} baseline test AUC of the logistic baseline
 * @param {Noise | null} noise
 * @param {number} width
 */
export function layoutOf(lines, baseline, noise, width) {
  const known = lines.flatMap((line) => {
    const { test_auc: x, forget_auc: y } = line.figures;
    return x && y ? [{ line, x, y }] : [];
  });
  const spanX = range([...known.map((point) => point.x.mean), baseline, noise?.test.low, noise?.test.high], { least: 0.01 });
  const spanY = range([...known.map((point) => point.y.mean), noise?.forget.low, noise?.forget.high], { least: 0.01 });
  const px = (/** @type {number} */ value) => PAD.left + ((value - spanX[0]) / (spanX[1] - spanX[0])) * (width - PAD.left - PAD.right);
  const py = (/** @type {number} */ value) => HEIGHT - PAD.bottom - ((value - spanY[0]) / (spanY[1] - spanY[0])) * (HEIGHT - PAD.top - PAD.bottom);
  /** Methods with more than one setting: only their points need its name. */
  const many = new Set(known.map(({ line }) => line.id).filter((id, idx, all) => all.indexOf(id) !== idx));
  const boxes = known.map(({ line, x, y }) => {
    const r = line.id === 'retrain' ? 13 : 8;
    return { x: px(x.mean) - r, y: py(y.mean) - r, w: 2 * r, h: 2 * r };
  });
  const place = placer(boxes, width);
  const points = known.map(({ line, x, y }) => {
    const [cx, cy] = [px(x.mean), py(y.mean)];
    return { line, x, y, cx, cy, label: place(many.has(line.id) ? fullName(line) : line.label, cx, cy, line.id === 'retrain' ? 17 : 11) };
  });
  return { points, spanX, spanY, px, py };
}
