// @ts-check
// A small button beside a word, and what it tells: a native popover, opened by a click, a tap or a key, closed by Escape or a press beside it. What it
// tells is drawn when it is first opened.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useFreshId } from './fresh-id.js';
import { h } from './h.js';

/** Between button and popover, and between popover and the window's edge. */
const GAP = 6;
const EDGE = 8;
const isNative = 'popover' in (globalThis.HTMLElement?.prototype ?? {});

/**
 * Where a popover stands: below its button where there is room, else above it, always within the window.
 * @param {{left: number, top: number, right: number, bottom: number}} button
 * @param {{width: number, height: number}} panel
 * @param {{width: number, height: number}} window
 */
export function placeBeside(button, panel, window) {
  const inside = (/** @type {number} */ at, /** @type {number} */ most) => Math.max(EDGE, Math.min(at, most - EDGE));
  const left = inside((button.left + button.right - panel.width) / 2, window.width - panel.width);
  const [below, above] = [button.bottom + GAP, button.top - GAP - panel.height];
  return { left, top: inside(below + panel.height <= window.height - EDGE || above < EDGE ? below : above, window.height - panel.height) };
}

/**
 * @param {{label: string, text?: string, kind?: string, draw: () => import('./types.d.ts').Child}} props
 *   `label`: what is told, for screen readers; `text`: what the button shows
 */
export function HelpButton({ label, text = 'i', kind = '', draw }) {
  const id = useFreshId('help');
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);
  // Drawn from then on: what opens a dialog from inside closes the popover, and has to be there when it comes back.
  const seen = useRef(false);
  seen.current ||= open;
  useLayoutEffect(() => {
    const [from, to] = [button.current, panel.current];
    if (!open || !from || !to) return undefined;
    const place = () => {
      const at = from.getBoundingClientRect();
      // Scrolled away with what it tells about.
      if (isNative && (at.bottom < 0 || at.top > innerHeight)) return to.hidePopover();
      const { left, top } = placeBeside(at, { width: to.offsetWidth, height: to.offsetHeight }, { width: document.body.clientWidth, height: innerHeight });
      Object.assign(to.style, { left: `${left}px`, top: `${top}px` });
      return undefined;
    };
    const follow = (/** @type {Event} */ event) => !to.contains(/** @type {Node} */ (event.target)) && place();
    place();
    addEventListener('scroll', follow, { capture: true, passive: true });
    addEventListener('resize', place);
    return () => {
      removeEventListener('scroll', follow, { capture: true });
      removeEventListener('resize', place);
    };
  }, [open]);
  return [
    h('button', { ref: button, key: 'button', type: 'button', class: `help ${kind}`.trim(), 'aria-label': label, popovertarget: id, ...(isNative ? {} : { 'aria-expanded': open, onClick: () => setOpen(!open) }) }, h('span', null, text)),
    h(
      'div',
      { ref: panel, key: 'panel', id, popover: 'auto', class: isNative || !open ? 'popover' : 'popover shown', role: 'note', 'aria-label': label, onToggle: (/** @type {Event} */ event) => setOpen(/** @type {ToggleEvent} */ (event).newState === 'open') },
      seen.current && draw(),
    ),
  ];
}
