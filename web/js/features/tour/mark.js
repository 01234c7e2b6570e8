// @ts-check
// Marks the control that the tour speaks of, and brings it into sight. An attribute of its own: what draws the control leaves it alone.

const MARK = 'data-tour-mark';
const FOCUSABLE = 'a[href], button, select, input:not([type="range"]), [tabindex="0"]';

/** @param {HTMLElement} element */
const isSeen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';

/** @param {string[]} spots @returns {HTMLElement | null} */
export function findSpot(spots) {
  const found = spots.flatMap((spot) => [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(spot))]);
  return found.find(isSeen) ?? null;
}

/** Marks one control, and takes the mark from any other. @param {HTMLElement | null} element */
export function mark(element) {
  for (const one of document.querySelectorAll(`[${MARK}]`)) if (one !== element) one.removeAttribute(MARK);
  if (element && !element.hasAttribute(MARK)) element.setAttribute(MARK, '');
}

/** Brings a control into sight, where it is not; what a sheet stands over counts as out of sight. @param {HTMLElement} element @param {number} bottom height that is covered at the lower edge */
export function bringIntoSight(element, bottom) {
  const { top, height } = element.getBoundingClientRect();
  const free = innerHeight - bottom;
  if (top >= 0 && top + Math.min(height, free / 2) <= free) return;
  const behavior = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
  // What fits between the upper edge and the sheet stands in the middle; of what does not, the beginning is seen.
  scrollBy({ top: top - Math.max(16, (free - height) / 2), behavior });
}

/** Moves the focus to a control, or to the first one in it. @param {HTMLElement} element */
export function focusIn(element) {
  const inside = element.matches(FOCUSABLE) ? element : /** @type {HTMLElement | null} */ (element.querySelector('input:checked') ?? element.querySelector(FOCUSABLE));
  if (inside) return inside.focus({ preventScroll: true });
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}
