// @ts-check
// The device badge with its reasons and self-test, and the switch of the colour scheme.

import { useEffect, useRef } from 'preact/hooks';
import { choose } from '../engine/device.js';
import { asSentence } from '../platform/errors.js';
import { h, memo, render } from '../ui/h.js';
import { Segmented } from '../ui/widgets.js';

/** @typedef {import('../types.d.ts').EngineStatus} EngineStatus */
/** @typedef {import('../types.d.ts').State} State */
/** @typedef {State['view']['theme']} Theme */

/** @type {{value: Theme, label: string}[]} */
const THEMES = [
  { value: 'auto', label: 'Auto' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
/** @type {Record<EngineStatus['state'], string>} */
const STATES = { off: 'not started', starting: 'starting and testing itself', ready: 'ready', absent: 'not available', software: 'computed in software, not used by itself', failed: 'not usable' };

/** One engine, with its self-test. @param {{title: string, status: EngineStatus}} props */
function Engine({ title, status }) {
  const lines = [status.device && status.device !== title ? status.device : '', status.reason && status.state !== 'software' ? asSentence(status.reason) : ''].filter(Boolean);
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

const Badge = memo(
  /** @param {{device: State['device'], wish: State['setup']['device']}} props */
  ({ device, wish }) => {
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
      h('div', { class: 'pop', tabindex: '0', role: 'group', 'aria-label': 'Device and self-test' }, h('div', null, h('h3', null, kind === 'gpu' ? 'Runs on the GPU' : 'Runs on the CPU'), h('p', null, why)), h(Engine, { title: 'CPU', status: device.cpu }), h(Engine, { title: 'GPU', status: device.gpu })),
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

/** @param {HTMLElement} badge @param {HTMLElement} theme @returns {(state: State) => void} */
export const mountHeader = (badge, theme) => (state) => {
  render(h(Badge, { device: state.device, wish: state.setup.device }), badge);
  render(h(Segmented, { label: 'Colour scheme', slim: true, options: THEMES, value: state.view.theme, onChange: chooseTheme }), theme);
};
