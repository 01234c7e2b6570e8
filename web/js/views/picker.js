// @ts-check
// Searchable lists of radio buttons: people, genres.

import { fill, freshId, h, memo, show } from '../dom.js';
import { count } from '../format.js';

/** @typedef {import('../types.d.ts').Loaded} Loaded */

/**
 * @template T
 * @param {object} spec
 * @param {string} spec.label
 * @param {string} spec.placeholder
 * @param {string} spec.unit what the number at the end of a row counts
 * @param {boolean} [spec.short]
 * @param {string} [spec.kind] extra class
 * @param {(value: T) => void} spec.onPick
 */
export function picker({ label, placeholder, unit, short = false, kind = '', onPick }) {
  const name = freshId('pick');
  /** @type {Map<T, {row: HTMLElement, input: HTMLInputElement, text: string, n: number, first: number}>} */
  let rows = new Map();
  const list = h('div', { class: 'people-list', role: 'radiogroup', 'aria-label': label });
  const none = h('p', { class: 'none', hidden: true }, 'Nothing matches.');
  const search = h('input', { class: 'input', type: 'search', placeholder, 'aria-label': placeholder, autocomplete: 'off', on: { input: filter } });
  const order = h(
    'select',
    { class: 'select', 'aria-label': 'Order', on: { change: sort } },
    h('option', { value: 'first' }, kind === 'genres' ? 'Most first' : 'By number'),
    h('option', { value: 'many' }, kind === 'genres' ? 'By name' : 'Most ratings'),
    kind === 'genres' ? null : h('option', { value: 'few' }, 'Fewest'),
  );
  const el = h('div', { class: `people ${kind} ${short ? 'short' : ''}`.trim() }, h('div', { class: 'find' }, search, order), list);

  function filter() {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const { row, text } of rows.values()) {
      const match = text.includes(wanted);
      show(row, match);
      if (match) shown += 1;
    }
    show(none, shown === 0);
  }

  function sort() {
    const by = order.value;
    const all = [...rows.values()];
    if (by === 'first') all.sort((a, b) => a.first - b.first);
    else if (kind === 'genres') all.sort((a, b) => a.text.localeCompare(b.text));
    else all.sort((a, b) => (by === 'many' ? b.n - a.n : a.n - b.n));
    list.append(...all.map(({ row }) => row), none);
    list.scrollTop = 0;
  }

  return {
    el,
    /** @param {{value: T, label: string, n: number, title?: string}[]} entries */
    fill: memo((entries) => {
      const most = Math.max(1, ...entries.map((/** @type {{n: number}} */ entry) => entry.n));
      rows = new Map();
      entries.forEach((/** @type {{value: T, label: string, n: number, title?: string}} */ entry, /** @type {number} */ idx) => {
        const input = h('input', { type: 'radio', name, value: idx, on: { change: () => onPick(entry.value) } });
        const width = `${Math.max(2, Math.sqrt(entry.n / most) * 100)}%`;
        const row = h(
          'label',
          { class: 'pickrow', title: entry.title },
          input, h('span', {}, entry.label), h('span', { class: 'bar', 'aria-hidden': 'true' }, h('i', { style: { width } })), h('span', { class: 'n' }, count(entry.n), h('span', { class: 'unseen' }, ` ${unit}`)),
        );
        rows.set(entry.value, { row, input, text: entry.label.toLowerCase(), n: entry.n, first: idx });
      });
      fill(list, [...rows.values()].map(({ row }) => row), none);
      filter();
    }),
    /** @param {T | null} value @param {boolean} disabled */
    set(value, disabled) {
      for (const [key, { input }] of rows) {
        const on = key === value;
        if (on && !input.checked) queueMicrotask(() => reveal(list, input));
        if (input.checked !== on) input.checked = on;
        if (input.disabled !== disabled) input.disabled = disabled;
      }
      search.disabled = disabled;
      order.disabled = disabled;
    },
  };
}

/** Scrolls the list, and never the page, so that the chosen row is in sight. @param {HTMLElement} list @param {HTMLElement} input */
function reveal(list, input) {
  const row = input.parentElement;
  if (!row || list.clientHeight === 0) return;
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop || top + row.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 2 + row.offsetHeight / 2;
}
