// @ts-check
// A searchable list of radio buttons: people, genres. Filled in pieces, so that no task holds the page for long.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { count } from './format.js';
import { useFreshId } from './fresh-id.js';
import { h, memo } from './h.js';
import { t } from './words.js';

/** Rows that are made at a time. */
const CHUNK = 32;

/**
 * @template T
 * @typedef {{value: T, label: string, n: number, title?: string, note?: string}} Entry
 */

/** @type {Record<string, (a: Entry<any>, b: Entry<any>) => number>} */
const ORDERS = { first: () => 0, name: (a, b) => a.label.localeCompare(b.label), many: (a, b) => b.n - a.n, few: (a, b) => a.n - b.n };

/** A few rows, drawn again only when one of them is chosen or was. */
const Rows = memo(
  /** @param {{entries: Entry<any>[], name: string, unit: string, most: number, chosen: string | number | null, disabled: boolean, onPick: (value: any) => void}} props */
  ({ entries, name, unit, most, chosen, disabled, onPick }) =>
    entries.map((entry) =>
      h(
        'label',
        { key: entry.value, class: 'pickrow', title: entry.title },
        h('input', { type: 'radio', name, value: entry.value, checked: entry.value === chosen, disabled, onChange: () => onPick(entry.value) }),
        h('span', null, entry.label),
        entry.note
          ? h('span', { class: 'n wide' }, entry.note)
          : [
              h('span', { class: 'bar', 'aria-hidden': 'true' }, h('i', { style: { width: `${Math.max(2, Math.sqrt(entry.n / most) * 100)}%` } })),
              h('span', { class: 'n' }, count(entry.n), h('span', { class: 'unseen' }, ` ${t(unit)}`)),
            ],
      ),
    ),
);

/** How many rows are drawn so far: more with every frame. @param {number} n @param {unknown} of what the rows are made of */
function useGrowing(n, of) {
  const [drawn, setDrawn] = useState({ of, n: CHUNK });
  const now = drawn.of === of ? drawn.n : CHUNK;
  useEffect(() => {
    if (now >= n) return undefined;
    const frame = requestAnimationFrame(() => setTimeout(() => setDrawn({ of, n: now + CHUNK })));
    return () => cancelAnimationFrame(frame);
  }, [now, n, of]);
  return now;
}

/**
 * @template {string | number} T
 * @param {{label: string, placeholder: string, unit: string, named?: boolean, wide?: boolean, entries: Entry<T>[], value: T | null, disabled: boolean, onPick: (value: T) => void}} props
 *   `unit`: what the number at the end of a row counts; `named`: entries have names, which are an order of their own; `wide`: long ones
 */
export function SearchList({ label, placeholder, unit, named = false, wide = false, entries, value, disabled, onPick }) {
  const name = useFreshId('row');
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [part, setPart] = useState('');
  const [order, setOrder] = useState('first');
  const most = useMemo(() => Math.max(1, ...entries.map((entry) => entry.n)), [entries]);
  const shown = useMemo(() => {
    const found = entries.filter((entry) => entry.label.toLowerCase().includes(part));
    return order === 'first' ? found : found.toSorted(ORDERS[order]);
  }, [entries, part, order]);
  const chunks = useMemo(() => Array.from({ length: Math.ceil(shown.length / CHUNK) }, (_, idx) => shown.slice(idx * CHUNK, (idx + 1) * CHUNK)), [shown]);
  const drawn = useGrowing(shown.length, entries);
  const orders = named ? { first: t('Most first'), name: t('By name') } : { first: t('By number'), many: t('Most ratings'), few: t('Fewest') };
  useEffect(() => {
    if (list.current) list.current.scrollTop = 0;
  }, [order]);
  useEffect(() => reveal(list.current), [value, entries, drawn >= shown.length]);
  const has = (/** @type {Entry<T>[]} */ some) => some.some((entry) => entry.value === value);
  return h(
    'div',
    { class: `people${named ? ' genres' : ''}${wide ? ' wide-names' : ''}` },
    h(
      'div',
      { class: 'find' },
      h('input', { class: 'input', type: 'search', placeholder, 'aria-label': placeholder, autocomplete: 'off', disabled, onInput: (/** @type {Event} */ event) => setPart(/** @type {HTMLInputElement} */ (event.currentTarget).value.trim().toLowerCase()) }),
      h('select', { class: 'select', 'aria-label': t('Order'), disabled, value: order, onChange: (/** @type {Event} */ event) => setOrder(/** @type {HTMLSelectElement} */ (event.currentTarget).value) }, Object.entries(orders).map(([id, text]) => h('option', { value: id }, text))),
    ),
    h(
      'div',
      // Without a row that can have the focus, the list itself has it, so that it can be scrolled by keyboard.
      { class: 'people-list', role: 'radiogroup', 'aria-label': label, tabindex: disabled ? '0' : undefined, ref: list },
      chunks.slice(0, Math.ceil(drawn / CHUNK)).map((some, idx) => h(Rows, { key: idx, entries: some, name, unit, most, chosen: has(some) ? value : null, disabled, onPick })),
      shown.length === 0 && h('p', { class: 'none' }, t('Nothing matches.')),
    ),
  );
}

/** Scrolls the list, and never the page, so that the chosen row is in sight. @param {HTMLElement | null} list */
function reveal(list) {
  const row = list?.querySelector('input:checked')?.parentElement;
  if (!list || !row || list.clientHeight === 0) return;
  const top = row.offsetTop - list.offsetTop;
  if (top < list.scrollTop || top + row.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 2 + row.offsetHeight / 2;
}
