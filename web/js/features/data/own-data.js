// @ts-check
// Own data: files or a folder are chosen or dropped, read on this device, and a model is trained on them. Loaded when first asked for.

import { useRef, useState } from 'preact/hooks';
import { isLocked } from '../../app/selectors.js';
import { filesOfInterest } from '../../engine/datasets.js';
import { errorInfo } from '../../platform/errors.js';
import { FORMAT_LABELS } from '../../tables/formats.js';
import { DropZone } from '../../ui/drop-zone.js';
import { bytes } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Busy, Button, ErrorBox } from '../../ui/widgets.js';
import { said, t } from '../../ui/words.js';
import { Preview } from './preview-view.js';
import { columnsOf } from './reading.js';

/** Models that are trained for cross-fitting, as for the shipped packages. */
const FOLDS = 5;

/** What is said of chosen files. @param {File[]} chosen @param {File[]} files those that are looked at */
function aboutFiles(chosen, files) {
  if (chosen.length === 0) return t('Nothing chosen yet.');
  if (files.length > 0) return `${files.map((file) => `${file.name} (${bytes(file.size)})`).join(', ')}.`;
  return chosen.length === 1 ? t('This file is no table of ratings.') : t('None of these {length} files may be a table of ratings.', { length: chosen.length });
}

/** @typedef {import('../../types.d.ts').NamedBytes} NamedBytes */
/** @typedef {import('../../types.d.ts').ReadSpec} ReadSpec */

/**
 * What chosen files are read as, looked at again after each change of how they are read.
 * @param {import('../../app/actions.js').Actions} actions
 */
function useLook(actions) {
  const [seen, setSeen] = useState(/** @type {{files: NamedBytes[], read: ReadSpec, look: import('../../types.d.ts').Look | null, error: import('../../types.d.ts').ErrorInfo | null, busy: boolean} | null} */ (null));
  const [roles, setRoles] = useState(/** @type {(import('../../types.d.ts').Role | null)[] | null} */ (null));
  const latest = useRef(0);
  /** @param {NamedBytes[]} files @param {ReadSpec} read @param {typeof seen} before */
  const at = async (files, read, before) => {
    const mine = ++latest.current;
    setSeen({ files, read, look: before?.look ?? null, error: null, busy: true });
    const found = await actions.lookAtOwn(files, read).then((look) => ({ look, error: null }), (error) => ({ look: before?.look ?? null, error: errorInfo(error) }));
    // Whatever was chosen meanwhile counts.
    if (mine !== latest.current) return;
    setRoles(null);
    setSeen({ files, read, ...found, busy: false });
  };
  return {
    seen,
    roles,
    setRoles,
    /** @param {File[]} files */
    async open(files) {
      setRoles(null);
      if (files.length === 0) {
        latest.current++;
        setSeen(null);
        return;
      }
      const mine = ++latest.current;
      const read = await Promise.all(files.map(async (file) => ({ name: file.webkitRelativePath || file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
      if (mine === latest.current) await at(read, {}, null);
    },
    /** @param {ReadSpec} read */
    again: (read) => seen && void at(seen.files, read, seen),
  };
}

/** @param {{state: import('../../types.d.ts').State, actions: import('../../app/actions.js').Actions}} props */
export function OwnData({ state, actions }) {
  const [chosen, setChosen] = useState(/** @type {File[]} */ ([]));
  const [epochs, setEpochs] = useState(1);
  const [crossFit, setCrossFit] = useState(false);
  const { seen, roles, setRoles, open, again } = useLook(actions);
  const files = filesOfInterest(chosen);
  const locked = isLocked(state);
  const canTrain = seen?.look && !seen.look.problem && !seen.error && !seen.busy && (roles === null || columnsOf(roles).columns !== null);
  const train = () => seen && actions.trainOwn(seen.files, seen.read, epochs, crossFit ? FOLDS : 0);
  const choose = (/** @type {File[]} */ all) => {
    setChosen(all);
    void open(filesOfInterest(all));
  };
  const after = [
    h('p', { key: 'files', class: 'small muted', 'aria-live': 'polite' }, aboutFiles(chosen, files)),
    seen?.busy && h(Busy, { key: 'busy', text: t('Reading your files') }),
    h(ErrorBox, { key: 'error', error: seen?.error }),
    seen?.look && h(Preview, { key: 'look', look: seen.look, read: seen.read, roles, disabled: locked || seen.busy, onRead: again, onRoles: setRoles }),
    h(
      'div',
      { key: 'train', class: 'buttons' },
      h('select', { class: 'select', 'aria-label': t('Epochs'), value: String(epochs), disabled: locked, onChange: (/** @type {Event} */ event) => setEpochs(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value)) }, [1, 2, 3, 5].map((n) => h('option', { value: n }, n === 1 ? t('1 epoch') : t('{n} epochs', { n })))),
      h(Button, { label: t('Train on it'), kind: 'primary slim', glyph: 'play', disabled: locked || !canTrain, onClick: () => void train() }),
    ),
    h(
      'label',
      { key: 'folds', class: 'small check' },
      h('input', { type: 'checkbox', checked: crossFit, disabled: locked, onChange: (/** @type {Event} */ event) => setCrossFit(/** @type {HTMLInputElement} */ (event.currentTarget).checked) }),
      t(' Also train {FOLDS} models without a fifth of the people each, so that a run knows how far to forget (cross-fitting). That takes about {FOLDS2} times as long again.', { FOLDS, FOLDS2: FOLDS - 1 }),
    ),
    h('p', { key: 'note', class: 'small muted' }, t('A model is trained from nothing on this device and takes the shipped one’s place. How long that takes is told after its first steps.')),
  ];
  return h(
    DropZone,
    { onFiles: choose, disabled: locked, about: t('your data'), after },
    h('p', null, h('b', null, t('Drop ratings here.')), t(' They are read in this tab and never uploaded.')),
    h('p', { class: 'small muted' }, t('Any table with a user, an item and a rating in each row, as CSV or text; or {FORMAT_LABELS}: the files, the folder, or the zip as downloaded.', { FORMAT_LABELS: said(FORMAT_LABELS) })),
  );
}
