// @ts-check
// Searchable lists of radio buttons: people, genres. Filled in pieces, so that no task holds the page for long.

import { fill, freshId, h, memo, show } from '../dom.js';
import { count } from '../format.js';

/** Rows that are made at a time. */
const CHUNK = 32;

/**
 * @template T
 * @typedef {{value: T, label: string, n: number, title?: string, note?: string}} Entry
 */
/** @typedef {{row: HTMLElement, input: HTMLInputElement, text: string, n: number, first: number}} Row */

/**
 * @template {string | number} T
 * @param {object} spec
 * @param {string} spec.label
 * @param {string} spec.placeholder
 * @param {string} spec.unit what the number at the end of a row counts
 * @param {boolean} [spec.named] entries have names, which are an order of their own
 * @param {(value: T) => void} spec.onPick
 */
export function picker({ label, placeholder, unit, named = false, onPick }) {
  const name = freshId('pick');
  /** @type {Map<T, Row>} */
  const rows = new Map();
  const list = h('div', { class: 'people-list', role: 'radiogroup', 'aria-label': label });
  const none = h('p', { class: 'none', hidden: true }, 'Nothing matches.');
  const search = h('input', { class: 'input', type: 'search', placeholder, 'aria-label': placeholder, autocomplete: 'off', on: { input: filter } });
  const orders = named ? { first: 'Most first', name: 'By name' } : { first: 'By number', many: 'Most ratings', few: 'Fewest' };
  const order = h('select', { class: 'select', 'aria-label': 'Order', on: { change: sort } }, Object.entries(orders).map(([value, text]) => h('option', { value }, text)));
  const el = h('div', { class: named ? 'people genres' : 'people' }, h('div', { class: 'find' }, search, order), list);
  /** @type {{value: T | null, disabled: boolean}} */
  let wanted = { value: null, disabled: false };

  function filter() {
    const part = search.value.trim().toLowerCase();
    let shown = 0;
    for (const { row, text } of rows.values()) {
      const match = text.includes(part);
      show(row, match);
      if (match) shown += 1;
    }
    show(none, shown === 0);
  }

  function sort() {
    const all = [...rows.values()];
    const by = { first: (/** @type {Row} */ a, /** @type {Row} */ b) => a.first - b.first, name: (/** @type {Row} */ a, /** @type {Row} */ b) => a.text.localeCompare(b.text), many: (/** @type {Row} */ a, /** @type {Row} */ b) => b.n - a.n, few: (/** @type {Row} */ a, /** @type {Row} */ b) => a.n - b.n };
    all.sort(by[/** @type {keyof typeof by} */ (order.value)]);
    list.append(...all.map(({ row }) => row), none);
    list.scrollTop = 0;
  }

  /** @param {Entry<T>} entry @param {number} first @param {number} most */
  function make(entry, first, most) {
    const input = h('input', { type: 'radio', name, value: entry.value, on: { change: () => onPick(entry.value) } });
    const width = `${Math.max(2, Math.sqrt(entry.n / most) * 100)}%`;
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('i', { style: { width } }));
    const row = h('label', { class: 'pickrow', title: entry.title }, input, h('span', {}, entry.label), entry.note ? h('span', { class: 'n wide' }, entry.note) : [bar, h('span', { class: 'n' }, count(entry.n), h('span', { class: 'unseen' }, ` ${unit}`))]);
    rows.set(entry.value, { row, input, text: entry.label.toLowerCase(), n: entry.n, first });
    return row;
  }

  function mark() {
    for (const [key, { input }] of rows) {
      const on = key === wanted.value;
      if (on && !input.checked) requestAnimationFrame(() => setTimeout(() => reveal(list, input)));
      if (input.checked !== on) input.checked = on;
      if (input.disabled !== wanted.disabled) input.disabled = wanted.disabled;
    }
    search.disabled = order.disabled = wanted.disabled;
  }

  return {
    el,
    /** @param {Entry<T>[]} entries */
    fill(entries) {
      const most = Math.max(1, ...entries.map((entry) => entry.n));
      rows.clear();
      fill(list, none);
      /** @param {number} from */
      const more = (from) => {
        none.before(...entries.slice(from, from + CHUNK).map((entry, idx) => make(entry, from + idx, most)));
        filter();
        mark();
        if (from + CHUNK < entries.length) requestAnimationFrame(() => setTimeout(() => more(from + CHUNK)));
        else if (order.value !== 'first') sort();
      };
      more(0);
    },
    set: memo((/** @type {T | null} */ value, /** @type {boolean} */ disabled) => {
      wanted = { value, disabled };
      mark();
    }),
  };
}

/** Scrolls the list, and never the page, so that the chosen row is in sight. @param {HTMLElement} list @param {HTMLElement} input */
function reveal(list, input) {
  const row = input.parentElement;
  if (!row || list.clientHeight === 0) return;
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop || top + row.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 2 + row.offsetHeight / 2;
}
