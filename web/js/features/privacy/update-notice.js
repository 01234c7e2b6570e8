// @ts-check
// Word of a new version: it waits until it is asked for, and never ends what goes on. Also of one that is still being built.

import { h, memo, render } from '../../ui/h.js';
import { Button } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { isBusy } from './actions.js';

/** @typedef {import('./actions.js').Privacy} Privacy */

const Notice = memo(
  /** @param {{ready: boolean, busy: boolean, privacy: Privacy}} props */
  ({ ready, busy, privacy }) => [
    h('span', { key: 'text' }, ready
      ? t('A new version is ready: use it when you like. {busy}', { busy: busy ? t('What goes on here is finished first.') : t('Results on this page end with this version; save what you want to keep.') })
      : t('WebGPU follows: the engine for the GPU is still being built. Until then everything here works on the CPU.')),
    ready && h(Button, { key: 'use', label: t('Use it now'), kind: 'slim', disabled: busy, onClick: () => void privacy.use() }),
    ready && h(Button, { key: 'later', label: t('Later'), kind: 'slim', onClick: privacy.later }),
  ],
);

/** @param {HTMLElement} host @param {Privacy} privacy @returns {(state: import('../../types.d.ts').State) => void} */
export const mountUpdate = (host, privacy) => (state) => {
  const { update, later, coming } = state.offline;
  const ready = update && !later;
  host.hidden = !ready && !(coming && !update);
  render(host.hidden ? null : h(Notice, { ready, busy: isBusy(state), privacy }), host);
};
