// @ts-check
// Own data: files or a folder are chosen or dropped, read on this device, and a model is trained on them. Loaded when first asked for.

import { isWanted } from '../datasets.js';
import { dropZone } from './drop.js';
import { fill, h } from '../dom.js';
import { bytes } from '../format.js';
import { FORMAT_LABELS } from '../tables/formats.js';
import { button } from '../ui.js';

/** @typedef {import('../types.d.ts').State} State */

/** Models that are trained for cross-fitting, as for the shipped packages. */
const FOLDS = 5;

/** @param {HTMLElement} host @param {import('../actions.js').Actions} actions */
export function mountOwn(host, actions) {
  /** @type {File[]} */
  let files = [];
  const list = h('p', { class: 'small muted', 'aria-live': 'polite' }, 'Nothing chosen yet.');
  const take = (/** @type {File[]} */ all) => {
    files = all.filter((file) => isWanted(file.webkitRelativePath || file.name));
    const none = all.length === 0 ? 'Nothing chosen yet.' : `${all.length === 1 ? 'This file belongs' : `None of these ${all.length} files belongs`} to ${all.length === 1 ? 'no' : 'a'} known data set. One person’s export, from Letterboxd, IMDb or Goodreads, is not enough: a recommender learns from many people.`;
    fill(list, files.length === 0 ? none : `${files.map((file) => `${file.name} (${bytes(file.size)})`).join(', ')}.`);
    train.disabled = files.length === 0;
  };
  const input = h('input', { type: 'file', multiple: true, class: 'unseen', tabindex: '-1', 'aria-label': 'Files of your data', on: { change: () => take([...(input.files ?? [])]) } });
  const folder = h('input', { type: 'file', webkitdirectory: true, class: 'unseen', tabindex: '-1', 'aria-label': 'Folder of your data', on: { change: () => take([...(folder.files ?? [])]) } });
  const epochs = h('select', { class: 'select', 'aria-label': 'Passes over the data' }, [1, 2, 3, 5].map((n) => h('option', { value: n }, n === 1 ? 'One pass' : `${n} passes`)));
  const crossFit = h('input', { type: 'checkbox' });
  const train = button('Train on it', {
    kind: 'primary slim', glyph: 'play',
    async onClick() {
      const read = await Promise.all(files.map(async (file) => ({ name: file.webkitRelativePath || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
      await actions.trainOwn(read, Number(epochs.value), crossFit.checked ? FOLDS : 0);
    },
  });
  train.disabled = true;
  const choose = button('Choose files', { kind: 'slim', onClick: () => input.click() });
  const chooseFolder = button('Choose a folder', { kind: 'slim', onClick: () => folder.click() });
  const zone = h(
    'div',
    { class: 'drop' },
    h('p', {}, h('b', {}, 'Drop ratings here.'), ' They are read in this tab and never uploaded.'),
    h('p', { class: 'small muted' }, `${FORMAT_LABELS}: the files, the folder, or the zip as downloaded.`),
    h('div', { class: 'buttons' }, choose, chooseFolder, input, folder),
    list,
    h('div', { class: 'buttons' }, epochs, train),
    h('label', { class: 'small check' }, crossFit, ` Also train ${FOLDS} models without a fifth of the people each, so that a run knows how far to forget (cross-fitting). That takes about ${FOLDS - 1} times as long again.`),
    h('p', { class: 'small muted' }, 'A model is trained from nothing on this device and takes the shipped one’s place. How long that takes is told after its first steps.'),
  );
  dropZone(zone, (all) => !train.hasAttribute('aria-busy') && take(all));
  host.append(zone);
  return {
    /** @param {State} state */
    render(state) {
      const locked = state.data.status === 'busy' || state.run.status === 'running' || state.compare.status === 'running';
      train.disabled = locked || files.length === 0;
      choose.disabled = chooseFolder.disabled = epochs.disabled = crossFit.disabled = locked;
    },
  };
}
