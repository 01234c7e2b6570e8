// @ts-check
// The device badge with its reasons and self-test, and the switch of the colour scheme.

import { choose } from '../device.js';
import { fill, h, memo } from '../dom.js';
import { asSentence } from '../errors.js';
import { segmented } from '../ui.js';

/** @typedef {import('../types.d.ts').SlotStatus} SlotStatus */
/** @typedef {import('../types.d.ts').State} State */

/** @param {SlotStatus} slot */
function stateText(slot) {
  return {
    off: 'not started', starting: 'starting and testing itself', ready: 'ready', absent: 'not available', software: 'computed in software, not used by itself', failed: 'not usable',
  }[slot.state];
}

/** @param {string} title @param {SlotStatus} slot */
function engine(title, slot) {
  const head = `${title}: ${stateText(slot)}`;
  const lines = [slot.device && slot.device !== title ? slot.device : '', slot.reason && slot.state !== 'software' ? asSentence(slot.reason) : ''].filter(Boolean);
  return h(
    'div',
    {},
    h('h3', {}, head),
    lines.map((line) => h('p', {}, line)),
    slot.checks.length > 0 &&
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ['Self-test', 'difference', 'bound', ''].map((cell) => h('th', { scope: 'col' }, cell)))),
        h(
          'tbody',
          {},
          slot.checks.map((check) =>
            h('tr', {}, h('th', { scope: 'row' }, check.name), h('td', {}, check.difference.toExponential(1)), h('td', {}, check.bound.toExponential(0)), h('td', {}, check.ok ? '✓' : '✗ wrong')),
          ),
        ),
      ),
  );
}

/** @param {HTMLElement} badgeHost @param {HTMLElement} themeHost */
export function mountHeader(badgeHost, themeHost) {
  const dot = h('span', { class: 'dot' });
  const name = h('span', { class: 'name' }, 'Starting…');
  const short = h('span', { class: 'short-name', 'aria-hidden': 'true' });
  const pop = h('div', { class: 'pop' });
  const badge = h('details', { class: 'badge' }, h('summary', { 'aria-label': 'Device and self-test' }, dot, short, name), pop);
  badgeHost.append(badge);
  document.addEventListener('click', (event) => {
    if (badge.open && !badge.contains(/** @type {Node} */ (event.target))) badge.open = false;
  });
  badge.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    badge.open = false;
    badge.querySelector('summary')?.focus();
  });

  const theme = segmented({
    label: 'Colour scheme', slim: true,
    options: [
      { value: 'auto', label: 'Auto', title: 'As the system has it' },
      { value: 'light', label: 'Light' },
      { value: 'dark', label: 'Dark' },
    ],
    onChange(value) {
      try {
        if (value === 'auto') localStorage.removeItem('unlearn-lab.theme');
        else localStorage.setItem('unlearn-lab.theme', value);
      } catch {
        // Storage may be forbidden; then the choice cannot be kept, and the system's scheme stays.
      }
      document.dispatchEvent(new Event('unlearn-lab:theme-changed'));
    },
  });
  themeHost.append(theme.el);

  const drawBadge = memo((/** @type {State['device']} */ device, /** @type {State['setup']['device']} */ wish) => {
    const { kind, why } = choose(device, wish);
    const slot = device[kind];
    const broken = slot.state === 'failed' || slot.state === 'absent';
    short.textContent = kind.toUpperCase();
    dot.className = `dot ${slot.state === 'ready' ? 'ready' : broken ? 'failed' : 'busy'}`;
    name.textContent = slot.device || (broken ? (kind === 'cpu' ? 'Engine not usable' : 'GPU not usable') : slot.state === 'off' ? (kind === 'gpu' ? 'GPU, starts with the run' : 'Starting…') : 'Starting…');
    fill(pop, h('div', {}, h('h3', {}, kind === 'gpu' ? 'Runs on the GPU' : 'Runs on the CPU'), h('p', {}, why)), engine('CPU', device.cpu), engine('GPU', device.gpu));
  });
  return (/** @type {State} */ state) => {
    drawBadge(state.device, state.setup.device);
    theme.set(state.view.theme);
  };
}
