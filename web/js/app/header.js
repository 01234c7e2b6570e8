// @ts-check
// The device badge with its reasons and self-test, and the switch of the colour scheme.

import { useEffect, useRef } from 'preact/hooks';
import { choose } from '../engine/device.js';
import { asSentence } from '../platform/errors.js';
import { h, memo, render } from '../ui/h.js';
import { Reason, Segmented } from '../ui/widgets.js';
import { whyNot } from './selectors.js';

/** @typedef {import('../types.d.ts').EngineStatus} EngineStatus */
/** @typedef {import('../types.d.ts').State} State */
/** @typedef {State['view']['theme']} Theme */

/** @type {{value: Theme, label: string}[]} */
const THEMES = [
  { value: 'auto', label: 'Auto' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
const THREADS = [
  { value: 'auto', label: 'Auto', note: 'As many as this device has processors and memory for, at most four.' },
  ...['1', '2', '4'].map((value) => ({ value, label: value })),
];
/** @type {Record<EngineStatus['state'], string>} */
const STATES = { off: 'not started', starting: 'starting and testing itself', ready: 'ready', absent: 'not available', software: 'computed in software, not used by itself', failed: 'not usable' };

/** One engine, with its self-test. @param {{title: string, status: EngineStatus}} props */
function Engine({ title, status }) {
  const lines = [status.device && status.device !== title ? status.device : '', status.reason && status.state !== 'software' ? asSentence(status.reason) : '', status.threads > 1 ? `${status.threads} threads share the work.` : ''].filter(Boolean);
  return h(
    'div',
    null,
    h('h3', null, `${title}: ${STATES[status.state]}`),
    lines.map((line) => h('p', null, line)),
    status.checks.length > 0 &&
      h(
        'table',
        null,
        h('thead', null, h('tr', null, ['Self-test', 'difference', 'bound', 'result'].map((cell) => h('th', { scope: 'col' }, cell)))),
        h('tbody', null, status.checks.map((check) => h('tr', null, h('th', { scope: 'row' }, check.name), h('td', null, check.difference.toExponential(1)), h('td', null, check.bound.toExponential(0)), h('td', null, check.ok ? '✓' : '✗ wrong')))),
      ),
  );
}

/** How many threads share the processor's work. @param {{threads: number | null, why: string, onChange: (threads: number | null) => void}} props */
const Threads = ({ threads, why, onChange }) =>
  h(
    'div',
    { class: 'field' },
    h('span', { class: 'label' }, 'Threads of the CPU'),
    h(Reason, { id: 'why-threads', text: why }),
    h(Segmented, { label: 'Threads', slim: true, options: THREADS, value: threads === null ? 'auto' : String(threads), disabled: why !== '', reason: 'why-threads', onChange: (/** @type {string} */ value) => onChange(value === 'auto' ? null : Number(value)) }),
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
    const name = status.device || (broken ? (kind === 'cpu' ? 'Engine not usable' : 'GPU not usable') : status.state === 'off' && kind === 'gpu' ? 'GPU, starts with the run' : 'Starting…');
    return h(
      'details',
      { class: 'badge', ref: badge, onKeydown },
      h('summary', null, h('span', { class: 'unseen' }, 'Device and self-test: '), h('span', { class: `dot ${status.state === 'ready' ? 'ready' : broken ? 'failed' : 'busy'}` }), h('span', { class: 'short-name' }, kind.toUpperCase()), h('span', { class: 'name' }, name)),
      h('div', { class: 'pop', tabindex: '0', role: 'group', 'aria-label': 'Device and self-test' }, h('div', null, h('h3', null, kind === 'gpu' ? 'Runs on the GPU' : 'Runs on the CPU'), h('p', null, why)), h(Engine, { title: 'CPU', status: device.cpu }), h(Threads, { threads, why: whyFixed, onChange: actions.threads }), h(Engine, { title: 'GPU', status: device.gpu })),
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

/** @param {HTMLElement} badge @param {HTMLElement} theme @param {import('./actions.js').Actions} actions @returns {(state: State) => void} */
export const mountHeader = (badge, theme, actions) => (state) => {
  render(h(Badge, { device: state.device, wish: state.setup.device, threads: state.view.threads, why: whyNot(state, 'setup'), actions }), badge);
  render(h(Segmented, { label: 'Colour scheme', slim: true, options: THEMES, value: state.view.theme, onChange: chooseTheme }), theme);
};
