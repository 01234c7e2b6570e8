// @ts-check
// Word of a new version: it waits until it is asked for, and never ends what goes on. Also of one that is still being built.

import { h, memo, setText, show } from '../dom.js';
import { isBusy } from '../privacy.js';
import { button } from '../ui.js';

/** @param {HTMLElement} host @param {import('../privacy.js').Privacy} privacy */
export function mountUpdate(host, privacy) {
  const text = h('span');
  const use = button('Use it now', { kind: 'slim', onClick: () => void privacy.use() });
  const later = button('Later', { kind: 'slim', onClick: () => privacy.later() });
  host.append(text, use, later);
  const draw = memo((/** @type {boolean} */ ready, /** @type {boolean} */ coming, /** @type {boolean} */ busy) => {
    show(host, ready || coming);
    show(use, ready);
    show(later, ready);
    use.disabled = busy;
    if (ready) setText(text, `A new version is ready: use it when you like. ${busy ? 'What goes on here is finished first.' : 'Results on this page end with this version; save what you want to keep.'}`);
    else setText(text, 'WebGPU follows: the engine for the GPU is still being built. Until then everything here works on the CPU.');
  });
  return (/** @type {import('../types.d.ts').State} */ state) => {
    const { update, later: put, coming } = state.offline;
    draw(update && !put, coming && !update, isBusy(state));
  };
}
