// @ts-check
// Small parts that several views share.

import { fill, freshId, h, setText, show, svg } from './dom.js';
import { asSentence } from './errors.js';
import { starsText } from './format.js';

/** @typedef {import('./types.d.ts').Trouble} Trouble */

/**
 * Says whose figures a part of the page shows, and greys the part while something else is chosen.
 * @param {HTMLElement} part
 */
export function subjectLine(part) {
  const el = h('p', { class: 'subject', hidden: true });
  return {
    el,
    /** @param {{label: string, stale: boolean, chosen: string} | null} subject */
    set(subject) {
      show(el, subject != null);
      part.classList.toggle('stale', Boolean(subject?.stale));
      if (subject) setText(el, `About ${subject.label}.${subject.stale ? ` Now chosen: ${subject.chosen}, not run yet.` : ''}`);
    },
  };
}

/**
 * A row of radio buttons that looks like one control.
 * @template {string | number} T
 * @param {{label: string, options: {value: T, label: string, title?: string}[], onChange: (value: T) => void, slim?: boolean}} spec
 */
export function segmented({ label, options, onChange, slim = false }) {
  const name = freshId('seg');
  const inputs = options.map((option) => {
    const input = h('input', { type: 'radio', name, value: option.value });
    input.addEventListener('change', () => onChange(option.value));
    return input;
  });
  const el = h(
    'div',
    { class: `seg${slim ? ' slim' : ''}${options.length > 3 && !slim ? ' many' : ''}`, role: 'radiogroup', 'aria-label': label },
    options.map((option, idx) => h('label', { title: option.title }, inputs[idx], h('span', {}, option.label))),
  );
  return {
    el,
    /** @param {T | null} value @param {boolean} [disabled] */
    set(value, disabled = false) {
      options.forEach((option, idx) => {
        inputs[idx].checked = option.value === value;
        inputs[idx].disabled = disabled;
      });
    },
  };
}

const PATHS = {
  play: 'M3 1.6v10.8c0 .5.5.8.9.5l8.6-5.4a.6.6 0 0 0 0-1L3.9 1.1c-.4-.3-.9 0-.9.5z',
  pause: 'M3 1.5h3v11H3zM8 1.5h3v11H8z',
  step: 'M2 1.9v10.2c0 .5.5.8.9.5L9 7.5v5h2.6v-11H9v5L2.9 1.4c-.4-.3-.9 0-.9.5z',
  stop: 'M2.5 2.5h9v9h-9z',
  down: 'M6 1h2v6h3.2L7 11.2 2.8 7H6zM2 12h10v1.6H2z',
  reset: 'M7 2.2V.3L3.2 3.4 7 6.4V4.2a3.8 3.8 0 1 1-3.8 3.9H1.3A5.7 5.7 0 1 0 7 2.2z',
};

/** @param {keyof typeof PATHS} name */
export const icon = (name) => svg('svg', { viewBox: '0 0 14 14', 'aria-hidden': 'true' }, svg('path', { d: PATHS[name] }));

/**
 * @param {string} label
 * @param {{kind?: string, glyph?: keyof typeof PATHS, title?: string, onClick: () => void}} spec
 */
export function button(label, { kind = '', glyph, title, onClick }) {
  return h('button', { type: 'button', class: `btn ${kind}`.trim(), title, on: { click: onClick } }, glyph ? icon(glyph) : null, h('span', {}, label));
}

/** Opens what the model reads of an item. @param {string} title @param {() => void} onClick */
export const promptButton = (title, onClick) => h('button', { type: 'button', class: 'prompt-link', title: 'What the model reads', 'aria-label': `Prompt: what the model reads for ${title}`, on: { click: onClick } }, 'Prompt');

/** What happened, what was kept, what to do. @param {Trouble} trouble @param {boolean} [calm] */
export function troubleBox(trouble, calm = false) {
  return h(
    'div',
    { class: calm ? 'trouble calm' : 'trouble', role: calm ? 'status' : 'alert' },
    h('b', {}, asSentence(trouble.message)),
    h('span', {}, asSentence(trouble.kept)),
    h('span', {}, asSentence(trouble.todo)),
  );
}

/** @param {number} rating */
export function stars(rating) {
  const lit = h('i', { style: { width: `${(rating / 5) * 100}%` } }, '★★★★★');
  return h('span', { class: 'stars', role: 'img', 'aria-label': starsText(rating) }, '★★★★★', lit);
}

/** @param {string} text */
export const busy = (text) => h('p', { class: 'none', role: 'status' }, h('span', { class: 'spin', style: { display: 'inline-block', 'margin-right': '9px', 'vertical-align': '-2px' } }), text);

/**
 * The table behind a chart: closed until asked for, filled only then.
 * @param {string} what what the table holds, for its label
 * @param {() => {head: string[], rows: string[][]}} read
 */
export function dataTable(what, read) {
  const host = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': what });
  const el = h('details', { class: 'data' }, h('summary', {}, 'Table'), host);
  const draw = () => {
    const { head, rows } = read();
    if (rows.length === 0) return fill(host, h('p', { class: 'none' }, 'No figures yet.'));
    return fill(
      host,
      h(
        'table',
        {},
        h('caption', { class: 'unseen' }, what),
        h('thead', {}, h('tr', {}, head.map((cell) => h('th', { scope: 'col' }, cell)))),
        h('tbody', {}, rows.map((row) => h('tr', {}, row.map((cell, idx) => h(idx === 0 ? 'th' : 'td', idx === 0 ? { scope: 'row' } : {}, cell))))),
      ),
    );
  };
  el.addEventListener('toggle', () => el.open && draw());
  return { el, refresh: () => el.open && draw() };
}

/** Offers a file of this page for saving. @param {string} name @param {BlobPart} content @param {string} type */
export function save(name, content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = h('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
