// @ts-check
// The tab of the models: what there is, what is stored on this device, and models of one's own. Loaded when first looked at.

import { fill, h, memo, setText, show } from '../dom.js';
import { bytes, count, percent } from '../format.js';
import { budgetOf } from '../memory.js';
import { refuseFiles } from '../models.js';
import { nameFrom } from '../store.js';
import { button, segmented, troubleBox } from '../ui.js';
import { dropZone } from './drop.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').ModelEntry} ModelEntry */
/** @typedef {import('../types.d.ts').ModelJob} ModelJob */
/** @typedef {import('../types.d.ts').State} State */

const WHERE = { 'built-in': 'part of this page', stored: 'stored on this device', partial: 'partly downloaded', absent: 'not downloaded' };

/** What a model is, in a line. @param {ModelEntry} entry @param {State['data']['sets']} sets */
function describe(entry, sets) {
  const data = entry.dataset === '' ? 'any data, not tuned on any yet' : (sets.find((set) => set.key === entry.dataset)?.label ?? entry.dataset).replace(/^./, (letter) => letter.toLowerCase());
  return entry.kind === 'text' ? `A language model, for ${data}` : `A nano: one token an item, for ${data}`;
}

/** Millions and thousands, short. @param {number} n */
const short = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} M` : `${Math.round(n / 1e3)} k`);

/** @param {ModelEntry} entry */
function facts(entry) {
  const pair = (/** @type {string} */ term, /** @type {string} */ value, /** @type {string} */ title = '') => h('div', { title: title || null }, h('dt', {}, term), h('dd', {}, value));
  return h(
    'dl',
    {},
    pair({ 'built-in': 'size', stored: 'on disk', partial: 'download', absent: 'download' }[entry.state], bytes(entry.bytes)),
    pair('memory', `${entry.dataset === '' ? 'up to ' : ''}${bytes(entry.memory)}`, 'Weights while it is loaded; a training step takes more, which is told before a run starts'),
    pair('layers', `${entry.layers} × ${count(entry.width)}`, 'Blocks, and the width of a token’s vector'),
    pair('numbers', short(entry.parameters), `${count(entry.parameters)} weights, ${entry.quantisation}`),
    pair('tokens', count(entry.vocabulary), 'Vocabulary'),
  );
}

/** @param {HTMLElement} host @param {Actions} actions */
export function mountModels(host, actions) {
  const list = h('ul', { class: 'model-list' });
  const room = h('p', { class: 'small muted room' });
  const notice = h('p', { class: 'notice', role: 'status' });
  const trouble = h('div');
  const retry = button('Look again', { kind: 'slim', glyph: 'reset', onClick: () => void actions.models() });
  const loading = h('div', { class: 'model-load', role: 'status' });
  const own = mountImport(actions);
  host.append(
    h(
      'div',
      { class: 'models' },
      h(
        'div',
        { class: 'intro' },
        h('h1', {}, 'Choose the model that forgets.'),
        h('p', {}, 'A nano comes with the page and answers at once. A language model reads the same ratings as words; it is larger, slower, and stored on this device once it is downloaded.'),
      ),
      h('section', { class: 'card', 'aria-labelledby': 'models-title' }, h('div', { class: 'head' }, h('h2', { id: 'models-title' }, 'Models'), room), notice, trouble, retry, loading, list),
      own.el,
    ),
  );

  /** @type {Map<string, ReturnType<typeof row>>} */
  const rows = new Map();
  const drawRows = memo((/** @type {ModelEntry[]} */ entries) => {
    const names = entries.map((entry) => entry.name);
    for (const name of rows.keys()) if (!names.includes(name)) rows.delete(name);
    for (const entry of entries) if (!rows.has(entry.name)) rows.set(entry.name, row(entry.name, actions));
    // Rows that stay are not taken out: focus stays with them.
    const wanted = entries.map((entry) => /** @type {ReturnType<typeof row>} */ (rows.get(entry.name)).el);
    for (const el of [...list.children]) if (!wanted.includes(/** @type {HTMLLIElement} */ (el))) el.remove();
    wanted.forEach((el, idx) => list.children[idx] !== el && list.insertBefore(el, list.children[idx] ?? null));
  });
  const drawTrouble = memo((/** @type {State['models']['error']} */ error) => fill(trouble, error && troubleBox(error, error.code === 'cancelled')));
  const drawRoom = memo((/** @type {State['models']['storage']} */ storage) => {
    const { bytes: budget, why } = budgetOf('cpu');
    const disk = storage && storage.quota > 0 ? `${bytes(storage.usage)} of ${bytes(storage.quota)} of storage used. ` : '';
    setText(room, `${disk}Memory for a run: about ${bytes(budget)} (${why}).${gpu}`);
  });
  /** What the GPU offers, in a sentence, once the browser has told. */
  let gpu = '';
  void gpuLimits().then((told) => {
    gpu = told;
    room.textContent = `${room.textContent}${told}`;
  });

  let asked = false;
  return (/** @type {State} */ state) => {
    if (state.tab !== 'models') return;
    const { models, data } = state;
    if (!asked && state.boot.status === 'ready') {
      asked = true;
      void actions.models();
    }
    const locked = state.run.status === 'running' || state.compare.status === 'running' ? 'A run is in progress. Another model can be used when it has ended.' : data.status === 'busy' ? 'A model is being loaded.' : null;
    drawRows(models.list);
    for (const entry of models.list) {
      const inUse = models.using === entry.name;
      rows.get(entry.name)?.render(entry, models.jobs[entry.name], inUse, locked, data.sets, models.next === entry.name && data.status === 'busy');
    }
    drawTrouble(models.error);
    show(retry, models.status === 'error');
    setText(notice, locked && state.run.status === 'running' ? locked : models.notice);
    show(notice, notice.textContent !== '');
    show(loading, models.list.length === 0 && models.status !== 'error');
    setText(loading, state.boot.status === 'ready' ? 'Looking what there is…' : state.boot.what);
    drawRoom(models.storage);
    own.render(models.jobs, locked !== null || state.boot.status !== 'ready');
  };
}

/** The limit that a large model meets first on a GPU. */
async function gpuLimits() {
  const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter().catch(() => null);
  const most = Math.min(adapter?.limits?.maxBufferSize ?? 0, adapter?.limits?.maxStorageBufferBindingSize ?? 0);
  return most > 0 ? ` The GPU takes up to ${bytes(most)} in one piece.` : '';
}

/** A line of the list. @param {string} name @param {Actions} actions */
function row(name, actions) {
  const tag = h('span', { class: 'tag' });
  const told = h('p', { class: 'small muted' });
  const numbers = h('div', { class: 'numbers' });
  const bar = h('i');
  const progress = h('div', { class: 'track', role: 'progressbar', 'aria-label': `Download of ${name}`, 'aria-valuemin': '0', 'aria-valuemax': '100' }, bar);
  const what = h('p', { class: 'small what', 'aria-live': 'off' });
  const trouble = h('div');
  const act = (/** @type {Parameters<Actions['model']>[0]} */ order) => () => void actions.model(order, name);
  const use = button('Use', { kind: 'slim', onClick: act('use') });
  const get = button('Download', { kind: 'slim', glyph: 'down', onClick: act('download') });
  const pause = button('Pause', { kind: 'slim', glyph: 'pause', onClick: act('pause') });
  const cancel = button('Cancel', { kind: 'slim', glyph: 'stop', title: 'What was downloaded is thrown away', onClick: act('cancel') });
  const remove = button('Delete', { kind: 'slim', onClick: act('delete') });
  for (const one of [use, get, pause, cancel, remove]) one.setAttribute('aria-description', name);
  const el = h(
    'li',
    { class: 'model', 'data-name': name },
    h('div', { class: 'what-it-is' }, h('h3', {}, name, ' ', tag), told),
    numbers,
    h('div', { class: 'buttons' }, use, get, pause, cancel, remove),
    h('div', { class: 'going' }, progress, what),
    trouble,
  );
  const drawFacts = memo((/** @type {ModelEntry} */ entry, /** @type {State['data']['sets']} */ sets) => {
    fill(numbers, facts(entry));
    setText(told, `${describe(entry, sets)}. ${licence(entry.licence)}`);
  });
  const drawTrouble = memo((/** @type {ModelJob['error']} */ error) => fill(trouble, error && error.code !== 'cancelled' && troubleBox(error)));
  return {
    el,
    /**
     * @param {ModelEntry} entry
     * @param {ModelJob | undefined} job
     * @param {boolean} inUse
     * @param {string | null} locked why nothing can be put to use now
     * @param {State['data']['sets']} sets
     * @param {boolean} coming it is being loaded
     */
    render(entry, job, inUse, locked, sets, coming) {
      drawFacts(entry, sets);
      const working = Boolean(job && !job.error);
      const state = inUse ? 'in use' : coming ? 'loading' : working ? (job?.kind === 'import' ? 'being made' : 'downloading') : WHERE[entry.state];
      setText(tag, state);
      tag.className = `tag${inUse ? ' here' : ''}`;
      el.classList.toggle('in-use', inUse);
      const ready = entry.state === 'built-in' || entry.state === 'stored';
      show(use, ready && !inUse && !working);
      use.disabled = locked !== null || (entry.dataset !== '' && sets.length > 0 && !sets.some((set) => set.key === entry.dataset));
      use.title = locked ?? (use.disabled ? `This site does not have the data it was trained on, ${entry.dataset}` : '');
      show(get, !ready && !working);
      setText(/** @type {Element} */ (get.lastElementChild), entry.state === 'partial' ? 'Resume' : 'Download');
      show(pause, working && job?.kind === 'download');
      show(cancel, working || entry.state === 'partial');
      show(remove, entry.state === 'stored' && !inUse && !working);
      remove.title = `Frees ${bytes(entry.have)}`;
      const [done, total] = working && job && job.total > 0 ? [job.done, job.total] : [entry.have, entry.bytes];
      const share = total > 0 ? Math.min(1, done / total) : 0;
      show(/** @type {HTMLElement} */ (bar.closest('.going')), working || coming || entry.state === 'partial');
      show(progress, !coming || working);
      bar.style.transform = `scaleX(${share})`;
      progress.setAttribute('aria-valuenow', String(Math.round(share * 100)));
      if (coming && !working) setText(what, 'Reading it into the engine, then timing it…');
      else setText(what, working && job ? (job.total > 0 ? `${job.what}: ${bytes(done)} of ${bytes(total)}, ${percent(share)}` : `${job.what}…`) : `${bytes(done)} of ${bytes(total)} are here; resuming goes on from there.`);
      drawTrouble(job?.error ?? null);
    },
  };
}

/** @param {string} text */
const licence = (text) => (text === '' ? 'Licence not named.' : `Licence: ${text}${/[.!?]$/.test(text) ? '' : '.'}`);

/** @typedef {import('../models.js').Quantisation} Quantisation */

/** The panel for a model of one's own. @param {Actions} actions */
function mountImport(actions) {
  /** @type {File[]} */
  let files = [];
  let locked = false;
  let quantisation = /** @type {Quantisation} */ ('keep');
  let template = /** @type {'simple' | 'compact'} */ ('compact');
  const told = h('p', { class: 'small', 'aria-live': 'polite' }, 'Nothing chosen yet.');
  const name = h('input', { class: 'input', type: 'text', maxlength: '64', pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*', autocomplete: 'off', spellcheck: 'false', placeholder: 'from the file', 'aria-label': 'Name' });
  const take = (/** @type {File[]} */ all) => {
    files = all.filter((file) => /\.(gguf|safetensors|json)$|README\.md$/i.test(file.name) && !/^\./.test(file.name));
    const refused = files.length === 0 ? null : refuseFiles(files);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    fill(told, all.length === 0 ? 'Nothing chosen yet.' : files.length === 0 ? 'None of these files belongs to a model.' : refused ? `Needed: ${refused}.` : `${files.length === 1 ? files[0].name : `${files.length} files`}, ${bytes(size)}.`);
    told.classList.toggle('wrong', all.length > 0 && (files.length === 0 || refused !== null));
    if (refused) files = [];
    const gguf = files.find((file) => /\.gguf$/i.test(file.name));
    name.value = files.length === 0 ? '' : nameFrom(gguf?.name ?? files[0].webkitRelativePath.split('/')[0] ?? '');
    // Floats of a folder would take four bytes a number; a GGUF's numbers are small already.
    if (files.length > 0) numbers.set((quantisation = gguf ? 'keep' : 'q8'));
    start.disabled = locked || files.length === 0;
  };
  const input = h('input', { type: 'file', multiple: true, accept: '.gguf,.safetensors,.json,.md', class: 'unseen', tabindex: '-1', 'aria-label': 'Files of a model', on: { change: () => take([...(input.files ?? [])]) } });
  const folder = h('input', { type: 'file', webkitdirectory: true, class: 'unseen', tabindex: '-1', 'aria-label': 'Folder of a model', on: { change: () => take([...(folder.files ?? [])]) } });
  const numbers = segmented({
    label: 'Numbers', slim: true,
    options: /** @type {{value: Quantisation, label: string, title: string}[]} */ ([
      { value: 'keep', label: 'As they are', title: 'Every number stays as it is in the file' },
      { value: 'q8', label: '8 bits', title: 'A quarter of the floats; hardly any loss' },
      { value: 'q4', label: '4 bits', title: 'Half of that; embedding and output layer keep eight bits' },
    ]),
    onChange: (value) => (quantisation = value),
  });
  const wording = segmented({
    label: 'Prompt', slim: true,
    options: /** @type {{value: 'simple' | 'compact', label: string, title: string}[]} */ ([
      { value: 'compact', label: 'Compact', title: 'A title and a number for each rating: fewer tokens, so faster' },
      { value: 'simple', label: 'The paper’s', title: 'The wording of the E2URec paper' },
    ]),
    onChange: (value) => (template = value),
  });
  numbers.set(quantisation);
  wording.set(template);
  const start = button('Import', { kind: 'primary slim', glyph: 'play', onClick: () => void actions.importModel(files, { name: name.value.trim() || undefined, quantisation, template }) });
  start.disabled = true;
  const choose = button('Choose files', { kind: 'slim', onClick: () => input.click() });
  const chooseFolder = button('Choose a folder', { kind: 'slim', onClick: () => folder.click() });
  const going = h('p', { class: 'small what', role: 'status' });
  const bar = h('i');
  /** Name of what is being made. */
  let making = '';
  const cancel = button('Cancel', { kind: 'slim', glyph: 'stop', onClick: () => void actions.model('cancel', making) });
  const progress = h('div', { class: 'going' }, h('div', { class: 'track' }, bar), h('div', { class: 'line' }, going, cancel));
  const zone = h(
    'div',
    { class: 'drop' },
    h('p', {}, h('b', {}, 'Drop a .gguf or a Hugging Face folder here.'), ' It is read in this tab and never uploaded.'),
    h('p', { class: 'small muted' }, 'A plain Llama decoder with a byte-level tokenizer like SmolLM2’s: GGUF with F32, F16, BF16, Q8_0, Q4_0 or Q4_1, or config.json, tokenizer.json and .safetensors files.'),
    h('div', { class: 'buttons' }, choose, chooseFolder, input, folder),
    told,
  );
  dropZone(zone, (all) => !locked && take(all));
  const el = h(
    'section',
    { class: 'card own-model', 'aria-labelledby': 'own-model' },
    h('h2', { id: 'own-model' }, 'Your own model'),
    zone,
    h(
      'div',
      { class: 'import-row' },
      h('label', { class: 'field' }, h('span', { class: 'label' }, 'Name'), name),
      h('div', { class: 'field' }, h('span', { class: 'label' }, 'Numbers'), numbers.el),
      h('div', { class: 'field' }, h('span', { class: 'label' }, 'Prompt'), wording.el),
      h('div', { class: 'buttons' }, start),
    ),
    progress,
  );
  return {
    el,
    /** @param {State['models']['jobs']} jobs @param {boolean} busy */
    render(jobs, busy) {
      const [working, job] = Object.entries(jobs).find(([, one]) => one.kind === 'import' && !one.error) ?? ['', undefined];
      making = working;
      locked = Boolean(job) || busy;
      for (const one of [choose, chooseFolder, name]) one.disabled = locked;
      numbers.set(quantisation, locked);
      wording.set(template, locked);
      start.disabled = locked || files.length === 0;
      show(progress, Boolean(job));
      if (!job) return;
      bar.style.transform = `scaleX(${job.total > 0 ? job.done / job.total : 0})`;
      setText(going, job.total > 0 ? `${job.what}: ${percent(job.done / job.total)}` : `${job.what}…`);
    },
  };
}
