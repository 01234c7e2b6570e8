// @ts-check
// The device badge with its reasons and self-test, and the switches of colour scheme and language.

import { useEffect, useRef } from 'preact/hooks';
import { choose } from '../engine/device.js';
import { h, memo, render } from '../ui/h.js';
import { Reason, Segmented } from '../ui/widgets.js';
import { LANGUAGES, language, msg, said, sentence, t } from '../ui/words.js';
import { whyNot } from './selectors.js';

/** @typedef {import('../types.d.ts').EngineStatus} EngineStatus */
/** @typedef {import('../types.d.ts').State} State */
/** @typedef {State['view']['theme']} Theme */

/** @type {{value: Theme, label: string}[]} */
const THEMES = [
  { value: 'auto', label: msg('Auto') },
  { value: 'light', label: msg('Light') },
  { value: 'dark', label: msg('Dark') },
];
const THREADS = [
  { value: 'auto', label: msg('Auto'), note: msg('One less than this device has processors, at most four, as its memory allows: the page needs one too.') },
  ...['1', '2', '4'].map((value) => ({ value, label: value })),
];
/** @type {Record<EngineStatus['state'], string>} */
const STATES = { off: msg('not started'), starting: msg('starting and testing itself'), ready: msg('ready'), absent: msg('not available'), software: msg('computed in software, not used by itself'), failed: msg('not usable') };

/** One engine, with its self-test. @param {{title: string, status: EngineStatus}} props */
function Engine({ title, status }) {
  const lines = [status.device && status.device !== title ? status.device : '', status.reason && status.state !== 'software' ? sentence(status.reason) : '', status.threads > 1 ? t('{n} threads share the work.', { n: status.threads }) : ''].filter(Boolean);
  return h(
    'div',
    null,
    h('h3', null, t('{title}: {state}', { title, state: t(STATES[status.state]) })),
    lines.map((line) => h('p', null, line)),
    status.checks.length > 0 &&
      h(
        'table',
        null,
        h('thead', null, h('tr', null, [t('Self-test'), t('difference'), t('bound'), t('result')].map((cell) => h('th', { scope: 'col' }, cell)))),
        h('tbody', null, status.checks.map((check) => h('tr', null, h('th', { scope: 'row' }, said(check.name)), h('td', null, check.difference.toExponential(1)), h('td', null, check.bound.toExponential(0)), h('td', null, check.ok ? '✓' : t('✗ wrong'))))),
      ),
  );
}

/** How many threads share the processor's work. @param {{threads: number | null, why: string, onChange: (threads: number | null) => void}} props */
const Threads = ({ threads, why, onChange }) =>
  h(
    'div',
    { class: 'field' },
    h('span', { class: 'label' }, t('Threads of the CPU')),
    h(Reason, { id: 'why-threads', text: why }),
    h(Segmented, { label: t('Threads'), slim: true, options: THREADS, value: threads === null ? 'auto' : String(threads), disabled: why !== '', reason: 'why-threads', onChange: (/** @type {string} */ value) => onChange(value === 'auto' ? null : Number(value)) }),
  );

const Badge = memo(
  /** @param {{device: State['device'], wish: State['setup']['device'], threads: number | null, why: string, actions: import('./actions.js').Actions}} props `why`: why nothing can be changed now */
  ({ device, wish, threads, why: whyFixed, actions }) => {
    const badge = useRef(/** @type {HTMLDetailsElement | null} */ (null));
    useEffect(() => {
      const closeBeside = (/** @type {MouseEvent} */ event) => {
        if (badge.current?.open && !badge.current.contains(/** @type {Node} */ (event.target))) badge.current.open = false;
      };
      document.addEventListener('click', closeBeside);
      return () => document.removeEventListener('click', closeBeside);
    }, []);
    const onKeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape' || !badge.current) return;
      badge.current.open = false;
      badge.current.querySelector('summary')?.focus();
    };
    const { kind, why } = choose(device, wish);
    const status = device[kind];
    const broken = status.state === 'failed' || status.state === 'absent';
    const name = status.device || (broken ? (kind === 'cpu' ? t('Engine not usable') : t('GPU not usable')) : status.state === 'off' && kind === 'gpu' ? t('GPU, starts with the run') : t('Starting…'));
    return h(
      'details',
      { class: 'badge', ref: badge, onKeydown },
      h('summary', null, h('span', { class: 'unseen' }, t('Device and self-test: ')), h('span', { class: `dot ${status.state === 'ready' ? 'ready' : broken ? 'failed' : 'busy'}` }), h('span', { class: 'short-name' }, kind.toUpperCase()), h('span', { class: 'name' }, name)),
      h('div', { class: 'pop', tabindex: '0', role: 'group', 'aria-label': t('Device and self-test') }, h('div', null, h('h3', null, kind === 'gpu' ? t('Runs on the GPU') : t('Runs on the CPU')), h('p', null, why)), h(Engine, { title: 'CPU', status: device.cpu }), h(Threads, { threads, why: whyFixed, onChange: actions.threads }), h(Engine, { title: 'GPU', status: device.gpu })),
    );
  },
);

/** @param {Theme} theme */
function chooseTheme(theme) {
  try {
    if (theme === 'auto') localStorage.removeItem('unlearn-lab.theme');
    else localStorage.setItem('unlearn-lab.theme', theme);
  } catch {
    // Storage may be forbidden; then the choice cannot be kept, and the system's scheme stays.
  }
  document.dispatchEvent(new Event('unlearn-lab:theme-changed'));
}

/** The other language, called what it calls itself: whoever cannot read the page finds it. @param {{onChange: (language: import('../ui/words.js').Language) => void}} props */
function LanguageChoice({ onChange }) {
  const other = LANGUAGES.find(({ id }) => id !== language().id);
  return other && h('button', { type: 'button', class: 'language', lang: other.locale, onClick: () => onChange(other) }, h('span', { class: 'long' }, other.name), h('span', { class: 'short' }, other.short));
}

/**
 * @param {HTMLElement} badge @param {HTMLElement} theme @param {HTMLElement} languages @param {import('./actions.js').Actions} actions
 * @param {(language: import('../ui/words.js').Language) => void} onLanguage
 * @returns {(state: State) => void}
 */
export const mountHeader = (badge, theme, languages, actions, onLanguage) => (state) => {
  render(h(Badge, { device: state.device, wish: state.setup.device, threads: state.view.threads, why: whyNot(state, 'setup'), actions }), badge);
  render(h(Segmented, { label: t('Colour scheme'), slim: true, options: THEMES, value: state.view.theme, onChange: chooseTheme }), theme);
  render(h(LanguageChoice, { onChange: onLanguage }), languages);
};
