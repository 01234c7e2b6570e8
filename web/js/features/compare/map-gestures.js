// @ts-check
// How the map is moved: two fingers, a drag where it is zoomed, and the wheel with Ctrl, which is what a pinch on a touchpad is to a page.

import { useEffect, useRef, useState } from 'preact/hooks';
import { HEIGHT, PAD } from './plot-layout.js';
import { panned, WHOLE, zoomed } from './map-view.js';

/** A press that moves less is a press on a point. */
const SLACK = 5;

/** Shares of the part in view, from a place in the drawing. @param {number} x @param {number} y @param {number} width */
export const sharesOf = (x, y, width) => ({ x: (x - PAD.left) / (width - PAD.left - PAD.right), y: (HEIGHT - PAD.bottom - y) / (HEIGHT - PAD.top - PAD.bottom) });

/**
 * @param {number} width of the drawing
 * @returns what is in view, how to change it, and the attributes of the drawing; `wasDrag`: whether the last press moved the map
 */
export function useMapView(width) {
  const [view, setView] = useState(WHOLE);
  const pointers = useRef(/** @type {Map<number, {x: number, y: number}>} */ (new Map()));
  const moved = useRef(0);
  const canvas = useRef(/** @type {HTMLElement | null} */ (null));
  const at = (/** @type {MouseEvent} */ event) => {
    const box = /** @type {Element} */ (canvas.current?.querySelector('svg')).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  // By hand: only a listener that says so may keep the browser from zooming the page.
  useEffect(() => {
    const onWheel = (/** @type {WheelEvent} */ event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = at(event);
      setView((now) => zoomed(now, Math.exp(-event.deltaY / 200), sharesOf(x, y, width)));
    };
    const element = canvas.current;
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [width]);
  const end = (/** @type {PointerEvent} */ event) => void pointers.current.delete(event.pointerId);
  return {
    view, setView, canvas,
    wasDrag: () => moved.current > SLACK,
    gestures: {
      onPointerdown(/** @type {PointerEvent} */ event) {
        if (pointers.current.size === 0) moved.current = 0;
        pointers.current.set(event.pointerId, at(event));
      },
      onPointermove(/** @type {PointerEvent} */ event) {
        const known = pointers.current;
        const before = known.get(event.pointerId);
        if (!before) return;
        const now = at(event);
        const other = [...known].find(([id]) => id !== event.pointerId)?.[1];
        moved.current += Math.hypot(now.x - before.x, now.y - before.y);
        known.set(event.pointerId, now);
        const [from, to] = [sharesOf(before.x, before.y, width), sharesOf(now.x, now.y, width)];
        if (other) {
          const apart = (/** @type {{x: number, y: number}} */ one) => Math.max(20, Math.hypot(one.x - other.x, one.y - other.y));
          const middle = sharesOf((now.x + other.x) / 2, (now.y + other.y) / 2, width);
          setView((one) => panned(zoomed(one, apart(now) / apart(before), middle), (from.x - to.x) / 2, (from.y - to.y) / 2));
        } else if (moved.current > SLACK) {
          setView((one) => panned(one, from.x - to.x, from.y - to.y));
        }
      },
      onPointerup: end, onPointercancel: end, onPointerleave: end,
    },
  };
}
