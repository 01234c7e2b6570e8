// @ts-check
// Own data: files or a folder are chosen or dropped, read on this device, and a model is trained on them. Loaded when first asked for.

import { isWanted } from '../datasets.js';
import { fill, h } from '../dom.js';
import { bytes } from '../format.js';
import { button } from '../ui.js';

/** @typedef {import('../types.d.ts').State} State */

/** Every file of what was dropped, folders opened. @param {DataTransferItemList} items @returns {Promise<File[]>} */
async function dropped(items) {
  /** @param {any} entry @returns {Promise<File[]>} */
  const walk = async (entry) => {
    if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
    const reader = entry.createReader();
    const found = [];
    // A folder is told in pieces, until an empty one.
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return found;
      for (const inner of some) found.push(...(await walk(inner)));
    }
  };
  const entries = [...items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  return (await Promise.all(entries.filter(Boolean).map(walk))).flat();
}

/** @param {HTMLElement} host @param {import('../actions.js').Actions} actions */
export function mountOwn(host, actions) {
  /** @type {File[]} */
  let files = [];
  const list = h('p', { class: 'small muted', 'aria-live': 'polite' }, 'Nothing chosen yet.');
  const take = (/** @type {File[]} */ all) => {
    files = all.filter((file) => isWanted(file.webkitRelativePath || file.name));
    const none = all.length === 0 ? 'Nothing chosen yet.' : `None of these ${all.length} files belongs to a known data set.`;
    fill(list, files.length === 0 ? none : `${files.map((file) => `${file.name} (${bytes(file.size)})`).join(', ')}.`);
    train.disabled = files.length === 0;
  };
  const input = h('input', { type: 'file', multiple: true, class: 'unseen', tabindex: '-1', 'aria-label': 'Files of your data', on: { change: () => take([...(input.files ?? [])]) } });
  const folder = h('input', { type: 'file', webkitdirectory: true, class: 'unseen', tabindex: '-1', 'aria-label': 'Folder of your data', on: { change: () => take([...(folder.files ?? [])]) } });
  const epochs = h('select', { class: 'select', 'aria-label': 'Passes over the data' }, [1, 2, 3, 5].map((n) => h('option', { value: n }, n === 1 ? 'One pass' : `${n} passes`)));
  const train = button('Train on it', {
    kind: 'primary slim', glyph: 'play',
    async onClick() {
      const read = await Promise.all(files.map(async (file) => ({ name: file.webkitRelativePath || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
      await actions.trainOwn(read, Number(epochs.value));
    },
  });
  train.disabled = true;
  const choose = button('Choose files', { kind: 'slim', onClick: () => input.click() });
  const chooseFolder = button('Choose a folder', { kind: 'slim', onClick: () => folder.click() });
  const zone = h(
    'div',
    { class: 'drop' },
    h('p', {}, h('b', {}, 'Drop ratings here.'), ' They are read in this tab and never uploaded.'),
    h('p', { class: 'small muted' }, 'MovieLens (csv, 1M or 100K), goodbooks-10k or GoodReads JSON lines: the files, the folder, or the zip as downloaded.'),
    h('div', { class: 'buttons' }, choose, chooseFolder, input, folder),
    list,
    h('div', { class: 'buttons' }, epochs, train),
    h('p', { class: 'small muted' }, 'A model is trained from nothing on this device and takes the shipped one’s place. How long that takes is told after its first steps.'),
  );
  const over = (/** @type {boolean} */ on) => (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    zone.classList.toggle('over', on);
  };
  zone.addEventListener('dragover', over(true));
  zone.addEventListener('dragleave', over(false));
  zone.addEventListener('drop', async (event) => {
    over(false)(event);
    if (event.dataTransfer && !train.hasAttribute('aria-busy')) take(await dropped(event.dataTransfer.items));
  });
  host.append(zone);
  return {
    /** @param {State} state */
    render(state) {
      const locked = state.data.status === 'busy' || state.run.status === 'running' || state.compare.status === 'running';
      train.disabled = locked || files.length === 0;
      choose.disabled = chooseFolder.disabled = epochs.disabled = locked;
    },
  };
}
