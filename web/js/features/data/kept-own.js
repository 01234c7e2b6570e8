// @ts-check
// What is said of own files that are kept on this device: after a reload their model can be made again with one press, and they can be deleted.

import { whyNot } from '../../app/selectors.js';
import { OWN } from '../../engine/datasets.js';
import { asSentence } from '../../platform/errors.js';
import { bytes, duration } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Button } from '../../ui/widgets.js';

/** @typedef {import('../../types.d.ts').KeptOwn} KeptOwn */

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });

/** Names and size of what is kept. @param {KeptOwn} kept */
function namesOf({ files }) {
  const names = files.map(({ name }) => name.slice(name.lastIndexOf('/') + 1));
  const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more files`] : names;
  const size = bytes(files.reduce((sum, file) => sum + file.bytes, 0));
  return `${shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`} (${size})`;
}

/** @param {{state: import('../../types.d.ts').State, actions: import('../../app/actions.js').Actions}} props */
export function KeptOwnFiles({ state, actions }) {
  const { kept, unkept, key, own } = state.data;
  const inUse = key === OWN;
  if (!kept) return inUse && h('p', { class: 'small', role: 'status' }, unkept === '' ? 'Its files are being kept on this device…' : `It is gone when this tab is closed: ${asSentence(unkept)}`);
  const why = whyNot(state, 'data');
  const remove = h(Button, { label: 'Delete from this device', kind: 'slim', onClick: () => void actions.deleteOwn() });
  if (inUse) return h('div', { class: 'kept' }, h('p', { class: 'small', role: 'status' }, `${namesOf(kept)} and how the model was trained are kept on this device, and nowhere else. After a reload the same model is made again from them.`), h('div', { class: 'buttons' }, remove));
  const { at, seconds } = kept;
  return h(
    'div',
    { class: 'offer' },
    h('p', null, `Your own files are kept on this device: ${namesOf(kept)}, trained on ${dates.format(at)}. The same model is made of them again in about ${duration(seconds)}.`),
    h('div', { class: 'buttons' }, h(Button, { label: 'Use them again', kind: 'slim primary', glyph: 'play', why, reason: 'why-data', onClick: () => void actions.trainAgain() }), own && remove),
  );
}
