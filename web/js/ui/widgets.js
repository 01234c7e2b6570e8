// @ts-check
// Small parts that several views share.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { moment, starsText } from './format.js';
import { useFreshId } from './fresh-id.js';
import { h } from './h.js';
import { marker } from './term.js';
import { langOf, said, sentence, t } from './words.js';

/** @typedef {import('../types.d.ts').ErrorInfo} ErrorInfo */
/** @typedef {import('./types.d.ts').Child} Child */
/** Whose figures a part shows; `stale`: something else is chosen by now. `kept`: a run of an earlier time. @typedef {{label: string, stale: boolean, chosen: string, kept?: {at: number, data: string} | null}} Subject */

/** Says whose figures a part of the page shows. @param {{subject: Subject | null}} props */
export const SubjectLine = ({ subject }) =>
  h('p', { class: 'subject', hidden: subject == null }, subject && t('About {label}{kept}.{more}', { label: subject.label, kept: subject.kept ? t(', a kept run of {when} on {data}', { when: moment(subject.kept.at, 'both'), data: subject.kept.data }) : '', more: subject.stale ? t(' Now chosen: {chosen}, not run yet.', { chosen: subject.chosen }) : '' }));

/**
 * A row of radio buttons that looks like one control; one stop for Tab, arrows inside. What the chosen one means stands below it.
 * @template {string | number} T
 * @param {{label: string, options: {value: T, label: string, note?: string, hidden?: boolean}[], value: T | null, onChange: (value: T) => void, disabled?: boolean, slim?: boolean, reason?: string}} props
 *   `reason`: id of what says why it is disabled
 */
export function Segmented({ label, options, value, onChange, disabled = false, slim = false, reason }) {
  const name = useFreshId('choice');
  const note = options.find((option) => option.value === value)?.note;
  const described = [note && `${name}-note`, disabled && reason].filter(Boolean).join(' ');
  return [
    h(
      'div',
      { key: 'choice', class: `seg${slim ? ' slim' : ''}${options.length > 3 && !slim ? ' many' : ''}`, role: 'radiogroup', 'aria-label': said(label), 'aria-describedby': described || undefined },
      options.map((option) =>
        h(
          'label',
          { key: option.value, hidden: option.hidden ?? false },
          h('input', { type: 'radio', name, value: option.value, checked: option.value === value, disabled, onChange: () => onChange(option.value) }),
          h('span', null, said(option.label)),
        ),
      ),
    ),
    note && h('p', { key: 'note', id: `${name}-note`, class: 'seg-note' }, marker()(note)),
  ];
}

const PATHS = {
  play: 'M3 1.6v10.8c0 .5.5.8.9.5l8.6-5.4a.6.6 0 0 0 0-1L3.9 1.1c-.4-.3-.9 0-.9.5z',
  pause: 'M3 1.5h3v11H3zM8 1.5h3v11H8z',
  step: 'M2 1.9v10.2c0 .5.5.8.9.5L9 7.5v5h2.6v-11H9v5L2.9 1.4c-.4-.3-.9 0-.9.5z',
  stop: 'M2.5 2.5h9v9h-9z',
  down: 'M6 1h2v6h3.2L7 11.2 2.8 7H6zM2 12h10v1.6H2z',
  reset: 'M7 2.2V.3L3.2 3.4 7 6.4V4.2a3.8 3.8 0 1 1-3.8 3.9H1.3A5.7 5.7 0 1 0 7 2.2z',
};

/** @param {{name: keyof typeof PATHS}} props */
export const Icon = ({ name }) => h('svg', { viewBox: '0 0 14 14', 'aria-hidden': 'true' }, h('path', { d: PATHS[name] }));

/**
 * @param {{label: string, kind?: string, glyph?: keyof typeof PATHS, title?: string, disabled?: boolean, why?: string, reason?: string, onClick: () => void, about?: Record<string, string>}} props
 *   `why`: why it cannot be pressed now, and then it can still be reached; `reason`: id of what says so beside it; `about`: further attributes
 */
export function Button({ label, kind = '', glyph, title, disabled = false, why = '', reason, onClick, about = {} }) {
  const off = why === '' ? { title: title && said(title), onClick } : { title: said(why), 'aria-disabled': 'true', 'aria-describedby': reason };
  return h('button', { type: 'button', class: `btn ${kind}`.trim(), disabled, ...off, ...about }, glyph && h(Icon, { name: glyph }), h('span', null, said(label)));
}

/** Why the controls beside it cannot be used now; they name it by its id. @param {{id: string, text: string, said?: boolean}} props `said`: whether it is seen beside them already */
export const Reason = ({ id, text, said: isSaid = false }) => h('p', { id, class: 'reason small', hidden: isSaid || text === '' }, said(text));

/** Opens what the model reads of an item. @param {{title: string, onClick: () => void}} props */
export const PromptButton = ({ title, onClick }) =>
  h('button', { type: 'button', class: 'prompt-link', title: t('What the model reads'), 'aria-label': t('Prompt: what the model reads for {title}', { title }), onClick }, t('Prompt'));

/** What happened, what was kept, what to do. @param {{error: ErrorInfo | null | undefined, calm?: boolean}} props */
export const ErrorBox = ({ error, calm = error?.code === 'cancelled' }) =>
  error &&
  h('div', { class: calm ? 'trouble calm' : 'trouble', role: calm ? 'status' : 'alert' }, h('b', { lang: langOf(error.message) }, sentence(error.message)), h('span', { lang: langOf(error.kept) }, sentence(error.kept)), h('span', { lang: langOf(error.todo) }, sentence(error.todo)));

/** @param {{rating: number}} props */
export const Stars = ({ rating }) => h('span', { class: 'stars', role: 'img', 'aria-label': starsText(rating) }, '★★★★★', h('i', { style: { width: `${(rating / 5) * 100}%` } }, '★★★★★'));

/** @param {{text: string}} props */
export const Busy = ({ text }) => h('p', { class: 'none', role: 'status' }, h('span', { class: 'spin', style: { display: 'inline-block', marginRight: '9px', verticalAlign: '-2px' } }), said(text));

/** A bar that is filled to a share. @param {{share: number, about?: Record<string, string | number>}} props `about`: attributes of its track */
export const Bar = ({ share, about = {} }) => h('div', { class: 'track', ...about }, h('i', { style: { transform: `scaleX(${share})` } }));

/** The attributes of a progress bar. @param {string} label @param {number} share */
export const progressbar = (label, share) => ({ role: 'progressbar', 'aria-label': label, 'aria-valuemin': '0', 'aria-valuemax': '100', 'aria-valuenow': String(Math.round(share * 100)) });

/**
 * A number field that keeps what is being typed until it is left.
 * @param {{value: string, onCommit: (text: string) => void, attributes?: Record<string, unknown>}} props
 */
export function TextField({ value, onCommit, attributes = {} }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  return h('input', {
    class: 'input', ...attributes, value: draft ?? value,
    onInput: (/** @type {Event} */ event) => setDraft(/** @type {HTMLInputElement} */ (event.currentTarget).value),
    onChange(/** @type {Event} */ event) {
      setDraft(null);
      onCommit(/** @type {HTMLInputElement} */ (event.currentTarget).value);
    },
    onBlur: () => setDraft(null),
  });
}

/** A whole number or nothing. @param {string} text */
export const wholeOf = (text) => (text === '' ? null : Math.max(0, Math.round(Number(text) || 0)));

/**
 * The table behind a chart: closed until asked for, filled only then.
 * @param {{what: string, read: () => {head: string[], rows: string[][]}}} props what the table holds, for its label
 */
export function DataTable({ what, read }) {
  const [open, setOpen] = useState(false);
  return h(
    'details',
    { class: 'data', onToggle: (/** @type {Event} */ event) => setOpen(/** @type {HTMLDetailsElement} */ (event.currentTarget).open) },
    h('summary', null, t('Table')),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': what }, open && h(Figures, { what, ...read() })),
  );
}

/** @param {{what: string, head: string[], rows: string[][]}} props */
function Figures({ what, head, rows }) {
  if (rows.length === 0) return h('p', { class: 'none' }, t('No figures yet.'));
  return h(
    'table',
    null,
    h('caption', { class: 'unseen' }, what),
    h('thead', null, h('tr', null, head.map((cell) => h('th', { scope: 'col' }, said(cell))))),
    h('tbody', null, rows.map((row) => h('tr', null, row.map((cell, idx) => (idx === 0 ? h('th', { scope: 'row' }, cell) : h('td', null, cell)))))),
  );
}

/**
 * Keeps the focus in a group of buttons: where the one that had it is gone or no longer to be pressed, the next one that is has it.
 * @returns {{ref: import('preact').RefObject<HTMLElement | null>, onFocusIn: () => void, onFocusOut: (event: FocusEvent) => void}} attributes of the group's element
 */
export function useKeptFocus() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  const inside = useRef(false);
  useLayoutEffect(() => {
    const now = document.activeElement;
    if (!inside.current || (now && now !== document.body && !(/** @type {HTMLButtonElement} */ (now).disabled))) return;
    /** @type {HTMLButtonElement | null | undefined} */ (ref.current?.querySelector('button:not(:disabled)'))?.focus({ preventScroll: true });
  });
  return {
    ref,
    onFocusIn: () => (inside.current = true),
    onFocusOut(event) {
      const left = /** @type {HTMLButtonElement} */ (event.target);
      if (event.relatedTarget) inside.current = Boolean(ref.current?.contains(/** @type {Node} */ (event.relatedTarget)));
      // A button that is taken out or disabled loses the focus to nothing; so does one beside which somebody clicks.
      else queueMicrotask(() => (inside.current &&= !left.isConnected || left.disabled));
    },
  };
}
