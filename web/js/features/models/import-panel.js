// @ts-check
// A model of one's own: files or a folder are chosen or dropped, named, and made into a package on this device.

import { useState } from 'preact/hooks';
import { nameFrom } from '../../platform/private-files.js';
import { bytes, percent } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { DropZone } from '../../ui/drop-zone.js';
import { marker } from '../../ui/term.js';
import { Bar, Button, Reason, Segmented } from '../../ui/widgets.js';
import { msg, said, t } from '../../ui/words.js';
import { refuseFiles } from './catalog.js';

/** @typedef {import('./catalog.js').Quantisation} Quantisation */
/** @typedef {'simple' | 'compact'} Template */

/** @type {{value: Quantisation, label: string, note: string}[]} */
const PRECISIONS = [
  { value: 'keep', label: msg('As they are'), note: msg('Every parameter keeps the precision that it has in the file.') },
  { value: 'q8', label: msg('8 bits'), note: msg('Quantised: a quarter of the size, and hardly less exact.') },
  { value: 'q4', label: msg('4 bits'), note: msg('Half of that; what reads and writes tokens keeps eight bits.') },
];
/** @type {{value: Template, label: string, note: string}[]} */
const TEMPLATES = [
  { value: 'compact', label: msg('Compact'), note: msg('A title and a number for each rating: fewer tokens, so faster.') },
  { value: 'simple', label: msg('The paper’s'), note: msg('The wording of the E2URec paper.') },
];

/** What is said of chosen files, and why they cannot be a model. @param {File[]} chosen @param {File[]} files those of a model */
function aboutFiles(chosen, files) {
  if (chosen.length === 0) return { text: t('Nothing chosen yet.'), wrong: false };
  const [first] = files;
  if (!first) return { text: t('None of these files belongs to a model.'), wrong: true };
  const refused = refuseFiles(files);
  if (refused) return { text: t('Needed: {refused}.', { refused: said(refused) }), wrong: true };
  return { text: `${files.length === 1 ? first.name : t('{length} files', { length: files.length })}, ${bytes(files.reduce((sum, file) => sum + file.size, 0))}.`, wrong: false };
}

/** @param {{jobs: import('../../types.d.ts').State['models']['jobs'], why: string, actions: import('../../app/actions.js').Actions}} props */
export function ImportPanel({ jobs, why, actions }) {
  const [chosen, setChosen] = useState(/** @type {File[]} */ ([]));
  const [name, setName] = useState('');
  const [quantisation, setQuantisation] = useState(/** @type {Quantisation} */ ('keep'));
  const [template, setTemplate] = useState(/** @type {Template} */ ('compact'));
  const filesOf = (/** @type {File[]} */ all) => all.filter((file) => /\.(gguf|safetensors|json)$|README\.md$/i.test(file.name) && !/^\./.test(file.name));
  const files = filesOf(chosen);
  const { text, wrong } = aboutFiles(chosen, files);
  const usable = files.length > 0 && !wrong;
  const [making, job] = Object.entries(jobs).find(([, one]) => one.kind === 'import' && !one.error) ?? ['', undefined];
  const locked = why !== '';

  const take = (/** @type {File[]} */ all) => {
    setChosen(all);
    const some = filesOf(all);
    const fit = some.length > 0 && refuseFiles(some) === null;
    const gguf = some.find((file) => /\.gguf$/i.test(file.name));
    setName(fit ? nameFrom(gguf?.name ?? some[0]?.webkitRelativePath.split('/')[0] ?? '') : '');
    // Floats of a folder would take four bytes a parameter; a GGUF's are small already.
    if (fit) setQuantisation(gguf ? 'keep' : 'q8');
  };
  const share = job && job.total > 0 ? job.done / job.total : 0;
  return h(
    'section',
    { class: 'card own-model', 'aria-labelledby': 'own-model' },
    h('h2', { id: 'own-model' }, t('Your own model')),
    h(
      DropZone,
      { onFiles: take, disabled: locked, about: t('a model'), accept: '.gguf,.safetensors,.json,.md', after: h('p', { class: `small${wrong ? ' wrong' : ''}`, 'aria-live': 'polite' }, text) },
      h('p', null, h('b', null, t('Drop a .gguf or a Hugging Face folder here.')), t(' It is read in this tab and never uploaded.')),
      h('p', { class: 'small muted' }, marker()(t('Llama (also SmolLM2, Llama 3), Mistral, Qwen 2 and 3, or Gemma 3 (text): GGUF (F32, F16, BF16, Q4_0 to Q8_0, the K types as in Q4_K_M, IQ4_NL; of a split model all parts), or config.json, tokenizer.json and .safetensors files.'))),
    ),
    h(
      'div',
      { class: 'import-row' },
      h(
        'label',
        { class: 'field' },
        h('span', { class: 'label' }, t('Name')),
        h('input', { class: 'input', type: 'text', maxlength: '64', pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*', autocomplete: 'off', spellcheck: false, placeholder: t('from the file'), 'aria-label': t('Name'), value: name, disabled: locked, onInput: (/** @type {Event} */ event) => setName(/** @type {HTMLInputElement} */ (event.currentTarget).value) }),
      ),
      h('div', { class: 'field' }, h('span', { class: 'label' }, t('Precision')), h(Segmented, { label: t('Precision'), slim: true, options: PRECISIONS, value: quantisation, disabled: locked, onChange: setQuantisation })),
      h('div', { class: 'field' }, h('span', { class: 'label' }, t('Prompt')), h(Segmented, { label: t('Prompt'), slim: true, options: TEMPLATES, value: template, disabled: locked, onChange: setTemplate })),
      h('div', { class: 'buttons' }, h(Button, { label: t('Import'), kind: 'primary slim', glyph: 'play', why: why || (usable ? '' : t('Choose the files of a model first.')), reason: 'why-import', onClick: () => void actions.importModel(files, { name: name.trim() || undefined, quantisation, template }) })),
    ),
    // Its own import is told by its bar.
    h(Reason, { id: 'why-import', text: why, said: Boolean(job) }),
    job &&
      h(
        'div',
        { class: 'going' },
        h(Bar, { share }),
        h('div', { class: 'line' }, h('p', { class: 'small what', role: 'status' }, job.total > 0 ? `${said(job.what)}: ${percent(share)}` : `${said(job.what)}…`), h(Button, { label: t('Cancel'), kind: 'slim', glyph: 'stop', onClick: () => void actions.model('cancel', making) })),
      ),
  );
}
