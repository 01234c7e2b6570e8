// @ts-check
// Which part of the map is in view, and which point is next to another. Pure.

/** The part from `x` and `y`, shares of the whole (`y` from below), one `zoom`th of it wide and high. @typedef {{x: number, y: number, zoom: number}} View */

/** @type {View} */
export const WHOLE = Object.freeze({ x: 0, y: 0, zoom: 1 });
const MOST = 32;
/** What a press on a button or a key zooms by. */
export const STEP = 1.6;

const clip = (/** @type {number} */ at, /** @type {number} */ low, /** @type {number} */ high) => Math.min(high, Math.max(low, at));

/** A view brought within the whole. @param {View} view @returns {View} */
const within = ({ x, y, zoom }) => ({ x: clip(x, 0, 1 - 1 / zoom), y: clip(y, 0, 1 - 1 / zoom), zoom });

/**
 * Nearer or farther by a factor; what is at `at`, shares of the part in view, stays where it is.
 * @param {View} view @param {number} factor @param {{x: number, y: number}} [at]
 */
export function zoomed(view, factor, at = { x: 0.5, y: 0.5 }) {
  const zoom = clip(view.zoom * factor, 1, MOST);
  const change = 1 / view.zoom - 1 / zoom;
  return within({ x: view.x + at.x * change, y: view.y + at.y * change, zoom });
}

/** Moved by shares of the part in view. @param {View} view @param {number} dx @param {number} dy */
export const panned = (view, dx, dy) => within({ ...view, x: view.x + dx / view.zoom, y: view.y + dy / view.zoom });

/** Moved just so far that a place, shares of the part in view, is in it with some room around. @param {View} view @param {{x: number, y: number}} place */
export function bringing(view, { x, y }) {
  const by = (/** @type {number} */ at) => (at < 0.08 ? at - 0.2 : at > 0.92 ? at - 0.8 : 0);
  return panned(view, by(x), by(y));
}

/**
 * The next point in a direction: left and right go through all of them by x, up and down by y, so that every point is reached.
 * @template {{cx: number, cy: number}} P
 * @param {P[]} points @param {P | null} from @param {string} key of the keyboard
 * @returns {P | null} null for other keys, and at the end
 */
export function nextPoint(points, from, key) {
  const byX = points.toSorted((a, b) => a.cx - b.cx || a.cy - b.cy);
  const byY = points.toSorted((a, b) => b.cy - a.cy || a.cx - b.cx);
  if (key === 'Home') return byX[0] ?? null;
  if (key === 'End') return byX.at(-1) ?? null;
  const [order, step] = { ArrowRight: /** @type {const} */ ([byX, 1]), ArrowLeft: /** @type {const} */ ([byX, -1]), ArrowUp: /** @type {const} */ ([byY, 1]), ArrowDown: /** @type {const} */ ([byY, -1]) }[key] ?? [null, 0];
  if (!order) return null;
  const at = from ? order.indexOf(from) : -1;
  return at < 0 ? order[0] ?? null : order[at + step] ?? null;
}

/**
 * The point nearest to a place, if it is near.
 * @template {{cx: number, cy: number, isIn: boolean}} P
 * @param {P[]} points @param {number} x @param {number} y @param {number} [reach]
 */
export function nearestPoint(points, x, y, reach = 22) {
  const near = points.filter((point) => point.isIn).map((point) => ({ point, distance: Math.hypot(point.cx - x, point.cy - y) })).toSorted((a, b) => a.distance - b.distance)[0];
  return near && near.distance <= reach ? near.point : null;
}
