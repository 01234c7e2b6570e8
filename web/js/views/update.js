// @ts-check
// Word of a new version: it waits until it is asked for, and never ends what goes on.

import { h, memo, setText, show } from '../dom.js';
import { isBusy } from '../privacy.js';
import { button } from '../ui.js';

/** @param {HTMLElement} host @param {import('../privacy.js').Privacy} privacy */
export function mountUpdate(host, privacy) {
  const text = h('span');
  const use = button('Use it now', { kind: 'slim', onClick: () => void privacy.use() });
  host.append(text, use, button('Later', { kind: 'slim', onClick: () => privacy.later() }));
  const draw = memo((/** @type {boolean} */ shown, /** @type {boolean} */ busy) => {
    show(host, shown);
    use.disabled = busy;
    setText(text, `A new version is ready: use it when you like. ${busy ? 'What goes on here is finished first.' : 'Results on this page end with this version; save what you want to keep.'}`);
  });
  return (/** @type {import('../types.d.ts').State} */ state) => draw(state.offline.update && !state.offline.later, isBusy(state));
}
