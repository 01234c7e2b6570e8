// @ts-check
// What is said of own files that are kept on this device: after a reload their model can be made again with one press, and they can be deleted.

import { whyNot } from '../../app/selectors.js';
import { OWN } from '../../engine/datasets.js';
import { bytes, duration, listed, moment } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Button } from '../../ui/widgets.js';
import { sentence, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').KeptOwn} KeptOwn */

/** Names and size of what is kept. @param {KeptOwn} kept */
function namesOf({ files }) {
  const names = files.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));
  const shown = names.length > 3 ? [...names.slice(0, 2), t('{length} more files', { length: names.length - 2 })] : names;
  const size = bytes(files.reduce((sum, file) => sum + file.bytes, 0));
  return `${listed(shown)} (${size})`;
}

/** @param {{state: import('../../types.d.ts').State, actions: import('../../app/actions.js').Actions}} props */
export function KeptOwnFiles({ state, actions }) {
  const { kept, unkept, key, own } = state.data;
  const inUse = key === OWN;
  if (!kept) return inUse && h('p', { class: 'small', role: 'status' }, unkept === '' ? t('Its files are being kept on this device…') : t('It is gone when this tab is closed: {unkept}', { unkept: sentence(unkept) }));
  const why = whyNot(state, 'data');
  const remove = h(Button, { label: t('Delete from this device'), kind: 'slim', onClick: () => void actions.deleteOwn() });
  if (inUse) return h('div', { class: 'kept' }, h('p', { class: 'small', role: 'status' }, t('{kept} and how the model was trained are kept on this device, and nowhere else. After a reload the same model is made again from them.', { kept: namesOf(kept) })), h('div', { class: 'buttons' }, remove));
  const { at, seconds } = kept;
  return h(
    'div',
    { class: 'offer' },
    h('p', null, t('Your own files are kept on this device: {kept}, trained on {at}. The same model is made of them again in about {seconds}.', { kept: namesOf(kept), at: moment(at), seconds: duration(seconds) })),
    h('div', { class: 'buttons' }, h(Button, { label: t('Use them again'), kind: 'slim primary', glyph: 'play', why, reason: 'why-data', onClick: () => void actions.trainAgain() }), own && remove),
  );
}
