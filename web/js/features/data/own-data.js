// @ts-check
// Own data: files or a folder are chosen or dropped, read on this device, and a model is trained on them. Loaded when first asked for.

import { useState } from 'preact/hooks';
import { isLocked } from '../../app/selectors.js';
import { isWanted } from '../../engine/datasets.js';
import { FORMAT_LABELS } from '../../tables/formats.js';
import { DropZone } from '../../ui/drop-zone.js';
import { bytes } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Button } from '../../ui/widgets.js';

/** Models that are trained for cross-fitting, as for the shipped packages. */
const FOLDS = 5;

/** What is said of chosen files. @param {File[]} chosen @param {File[]} files those of a data set */
function aboutFiles(chosen, files) {
  if (chosen.length === 0) return 'Nothing chosen yet.';
  if (files.length > 0) return `${files.map((file) => `${file.name} (${bytes(file.size)})`).join(', ')}.`;
  const none = chosen.length === 1 ? 'This file belongs to no known data set.' : `None of these ${chosen.length} files belongs to a known data set.`;
  return `${none} One person’s export, from Letterboxd, IMDb or Goodreads, is not enough: a recommender learns from many people.`;
}

/** @param {{state: import('../../types.d.ts').State, actions: import('../../app/actions.js').Actions}} props */
export function OwnData({ state, actions }) {
  const [chosen, setChosen] = useState(/** @type {File[]} */ ([]));
  const [epochs, setEpochs] = useState(1);
  const [crossFit, setCrossFit] = useState(false);
  const files = chosen.filter((file) => isWanted(file.webkitRelativePath || file.name));
  const locked = isLocked(state);
  const train = async () => {
    const read = await Promise.all(files.map(async (file) => ({ name: file.webkitRelativePath || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
    await actions.trainOwn(read, epochs, crossFit ? FOLDS : 0);
  };
  const after = [
    h('p', { key: 'files', class: 'small muted', 'aria-live': 'polite' }, aboutFiles(chosen, files)),
    h(
      'div',
      { key: 'train', class: 'buttons' },
      h('select', { class: 'select', 'aria-label': 'Epochs', value: String(epochs), disabled: locked, onChange: (/** @type {Event} */ event) => setEpochs(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value)) }, [1, 2, 3, 5].map((n) => h('option', { value: n }, n === 1 ? '1 epoch' : `${n} epochs`))),
      h(Button, { label: 'Train on it', kind: 'primary slim', glyph: 'play', disabled: locked || files.length === 0, onClick: () => void train() }),
    ),
    h(
      'label',
      { key: 'folds', class: 'small check' },
      h('input', { type: 'checkbox', checked: crossFit, disabled: locked, onChange: (/** @type {Event} */ event) => setCrossFit(/** @type {HTMLInputElement} */ (event.currentTarget).checked) }),
      ` Also train ${FOLDS} models without a fifth of the people each, so that a run knows how far to forget (cross-fitting). That takes about ${FOLDS - 1} times as long again.`,
    ),
    h('p', { key: 'note', class: 'small muted' }, 'A model is trained from nothing on this device and takes the shipped one’s place. How long that takes is told after its first steps.'),
  ];
  return h(
    DropZone,
    { onFiles: setChosen, disabled: locked, about: 'your data', after },
    h('p', null, h('b', null, 'Drop ratings here.'), ' They are read in this tab and never uploaded.'),
    h('p', { class: 'small muted' }, `${FORMAT_LABELS}: the files, the folder, or the zip as downloaded.`),
  );
}
