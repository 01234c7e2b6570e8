// @ts-check
// A list or chart as one stop for Tab: arrows, Home and End go from one to the next inside.

import { useLayoutEffect, useRef } from 'preact/hooks';

const KEYS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

/**
 * @template {Element} E
 * @param {string} selector what can have the focus inside
 * @returns {{ref: import('preact').RefObject<E>, onKeydown: (event: KeyboardEvent) => void, onFocusin: (event: FocusEvent) => void}} attributes of the list
 */
export function useRoving(selector) {
  const ref = useRef(/** @type {any} */ (null));
  const last = useRef(/** @type {Element | null} */ (null));
  const items = () => /** @type {(HTMLElement | SVGElement)[]} */ ([...(ref.current?.querySelectorAll(selector) ?? [])]);
  const mark = () => {
    const all = items();
    const current = all.find((item) => item === last.current) ?? all[0];
    for (const item of all) {
      const index = item === current ? 0 : -1;
      if (item.tabIndex !== index) item.tabIndex = index;
    }
  };
  // Whatever was drawn, one of them is the stop.
  useLayoutEffect(mark);
  return {
    ref,
    onFocusin(event) {
      last.current = items().find((item) => item === event.target) ?? last.current;
      mark();
    },
    onKeydown(event) {
      const all = items();
      const at = all.findIndex((item) => item === document.activeElement);
      const step = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
      const to = event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : step === undefined ? -1 : at + step;
      const next = at < 0 ? undefined : all[to];
      if (!next) return;
      event.preventDefault();
      next.focus();
    },
  };
}
