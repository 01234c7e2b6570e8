// @ts-check
// Elements without a framework. Styles go through CSSOM, never through attributes: the page's policy forbids inline styles.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element with attributes and children. `on` holds listeners, `style` CSS properties (custom ones too), other keys are attributes;
 * `false`, null and undefined leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  apply(el, props);
  el.append(...nodes(children));
  return el;
}

/**
 * An SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Node} children
 */
export function svg(tag, props = {}, ...children) {
  const el = document.createElementNS('http://www.w3.org/2000/svg', tag);
  apply(el, props);
  el.append(...children);
  return el;
}

/** @param {HTMLElement | SVGElement} el @param {Record<string, any>} props */
function apply(el, props) {
  for (const [key, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (key === 'on') for (const [name, listener] of Object.entries(value)) el.addEventListener(name, /** @type {any} */ (listener));
    else if (key === 'style') for (const [name, text] of Object.entries(value)) el.style.setProperty(name, String(text));
    else el.setAttribute(key, value === true ? '' : String(value));
  }
}

/** @param {(Child | Child[])[]} children @returns {(Node | string)[]} */
function nodes(children) {
  return /** @type {any[]} */ (children).flat(4).filter((child) => child != null && child !== false).map((child) => (child instanceof Node ? child : String(child)));
}

/** Replaces the children of an element. @param {Element} el @param {...(Child | Child[])} children */
export function fill(el, ...children) {
  el.replaceChildren(...nodes(children));
}

/** Sets text only when it changed, so that screen readers are not told the same again. @param {Element} el @param {string} text */
export function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

/** @param {HTMLElement} el @param {boolean} shown */
export function show(el, shown) {
  if (el.hidden === shown) el.hidden = !shown;
}

/**
 * Calls `draw` only when one of the values differs from the last call's.
 * @param {(...values: any[]) => void} draw
 * @returns {(...values: any[]) => void}
 */
export function memo(draw) {
  /** @type {any[] | null} */
  let last = null;
  return (...values) => {
    if (last && values.length === last.length && values.every((value, idx) => Object.is(value, last?.[idx]))) return;
    last = values;
    draw(...values);
  };
}

const channel = new MessageChannel();
/** @type {(() => void)[]} */
const waiting = [];
channel.port1.onmessage = () => waiting.shift()?.();

/**
 * Calls `work` in a task of its own: beside running engines the page gets a share of a core, and a long task is then a much longer wait.
 * @param {() => void} work
 */
export function nextTask(work) {
  waiting.push(work);
  channel.port2.postMessage(null);
}

let counter = 0;
/** An id that is not in use. @param {string} stem */
export const freshId = (stem) => `${stem}-${(counter += 1)}`;
