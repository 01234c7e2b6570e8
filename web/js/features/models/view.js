// @ts-check
// The tab of the models: what there is, what is stored on this device, and models of one's own. Loaded when first looked at.

import { useEffect, useState } from 'preact/hooks';
import { whyNot } from '../../app/selectors.js';
import { budgetOf } from '../../engine/memory-budget.js';
import { bytes, count, percent, signed } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { Explained, marker, Term } from '../../ui/term.js';
import { Bar, Button, ErrorBox, progressbar, Reason } from '../../ui/widgets.js';
import { msg, said, sentence, t } from '../../ui/words.js';
import { ImportPanel } from './import-panel.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').ModelEntry} ModelEntry */
/** @typedef {import('../../types.d.ts').ModelJob} ModelJob */
/** @typedef {import('../../types.d.ts').State} State */

const WHERE = { 'built-in': msg('part of this page'), stored: msg('stored on this device'), partial: msg('partly downloaded'), absent: msg('not downloaded') };
const SIZES = { 'built-in': msg('size'), stored: msg('on disk'), partial: msg('download'), absent: msg('download') };

const READS = {
  items: msg('A nano: one token an item'),
  titles: msg('A nano that knows an item only by its title, which a language model read'),
  'items and titles': msg('A nano: one token an item, and what a language model read in its title'),
  words: msg('A language model that reads the prompt’s words'),
};

const REMEMBERS = { term: msg('Memory of people'), says: msg('How much better the model orders the ratings of the people in the forget set, who are among those it learned from, than a Retrain that never saw them: the difference of the AUC on their rows. Where it is near 0, there is little to forget.') };

const LAYERS = { term: msg('Layers × width'), says: msg('How many layers the network has, and how many numbers stand for a token in them.') };

/** What a model is, in a line. @param {ModelEntry} entry @param {State['data']['sets']} sets */
function describe(entry, sets) {
  const data = entry.dataset === '' ? t('any data, not tuned on any yet') : (t(sets.find((set) => set.key === entry.dataset)?.label ?? entry.dataset)).replace(/^./, (letter) => letter.toLowerCase());
  return t('{reads}, for {data}', { reads: t(READS[entry.reads ?? (entry.kind === 'text' ? 'words' : 'items')]), data });
}

/** @param {string} text */
const licence = (text) => (text === '' ? t('Licence not named.') : sentence(t('Licence: {text}', { text: said(text) })));

/** Millions and thousands, short. @param {number} n */
const short = (n) => (n >= 1e6 ? `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)} M` : `${Math.round(n / 1e3)} k`);

/** @param {{entry: ModelEntry, first: boolean}} props `first`: in the list, where the words are explained */
function Numbers({ entry, first }) {
  const pair = (/** @type {string} */ term, /** @type {string} */ value, /** @type {import('../../ui/glossary.js').TermId | null} */ id = null) => h('div', null, h('dt', null, first && id ? h(Term, { id }, term) : term), h('dd', null, value));
  return h(
    'dl',
    null,
    pair(t(SIZES[entry.state]), bytes(entry.bytes)),
    pair(t('memory'), `${entry.dataset === '' ? t('up to ') : ''}${bytes(entry.memory)}`, 'memory'),
    h('div', null, h('dt', null, first ? h(Explained, { about: LAYERS }, t('layers')) : t('layers')), h('dd', null, `${entry.layers} × ${count(entry.width)}`)),
    pair(t('parameters'), `${short(entry.parameters)}, ${entry.quantisation}`, 'parameters'),
    pair(t('vocabulary'), count(entry.vocabulary), 'vocabulary'),
    entry.auc != null && pair(t('test AUC'), entry.auc.toFixed(3), 'auc'),
    entry.baseline != null && pair(t('averages'), entry.baseline.toFixed(3), 'baseline'),
    entry.remembers != null && h('div', null, h('dt', null, first ? h(Explained, { about: REMEMBERS }, t('remembers')) : t('remembers')), h('dd', null, `${signed(entry.remembers, 3)} AUC`)),
  );
}

/** What a row says of where its model is. @param {ModelEntry} entry @param {ModelJob | undefined} job work in progress @param {boolean} inUse @param {boolean} coming */
function stateText(entry, job, inUse, coming) {
  if (inUse) return t('in use');
  if (coming) return t('loading');
  return job ? (job.kind === 'import' ? t('being made') : t('downloading')) : t(WHERE[entry.state]);
}

/** A line of the list: `why` nothing can be put to use now, `coming` that it is being loaded. */
const Model = memo(
  /** @param {{entry: ModelEntry, first: boolean, job: ModelJob | undefined, inUse: boolean, why: string, sets: State['data']['sets'], coming: boolean, actions: Actions}} props */
  ({ entry, first, job, inUse, why, sets, coming, actions }) => {
    const { name, state } = entry;
    const work = job && !job.error ? job : undefined;
    const ready = state === 'built-in' || state === 'stored';
    const unknownData = entry.dataset !== '' && sets.length > 0 && !sets.some((set) => set.key === entry.dataset);
    const [done, total] = work && work.total > 0 ? [work.done, work.total] : [entry.have, entry.bytes];
    const share = total > 0 ? Math.min(1, done / total) : 0;
    const act = (/** @type {Parameters<Actions['model']>[0]} */ what) => () => void actions.model(what, name);
    const about = { 'aria-description': name };
    const whyUnknown = t('This site does not have the data it was trained on, {dataset}.', { dataset: entry.dataset });
    const progress = () => {
      if (coming && !work) return t('Reading it into the engine, then timing it…');
      if (!work) return t('{done} of {total} are here; resuming goes on from there.', { done: bytes(done), total: bytes(total) });
      return work.total > 0 ? t('{what}: {done} of {total}, {share}', { what: said(work.what), done: bytes(done), total: bytes(total), share: percent(share) }) : `${said(work.what)}…`;
    };
    return h(
      'li',
      { class: inUse ? 'model in-use' : 'model', 'data-name': name },
      h('div', { class: 'what-it-is' }, h('h3', null, name, ' ', h('span', { class: inUse ? 'tag here' : 'tag' }, stateText(entry, work, inUse, coming))), h('p', { class: 'small muted' }, t('{what}. {licence}', { what: describe(entry, sets), licence: licence(entry.licence) }))),
      h('div', { class: 'numbers' }, h(Numbers, { entry, first })),
      h(
        'div',
        { class: 'buttons' },
        ready && !inUse && !work && h(Button, { key: 'use', label: t('Use'), kind: 'slim', why: why || (unknownData ? whyUnknown : ''), reason: why ? 'why-models' : `why-${name}`, onClick: act('use'), about }),
        !ready && !work && h(Button, { key: 'get', label: state === 'partial' ? t('Resume') : t('Download'), kind: 'slim', glyph: 'down', onClick: act('download'), about }),
        work?.kind === 'download' && h(Button, { key: 'pause', label: t('Pause'), kind: 'slim', glyph: 'pause', onClick: act('pause'), about }),
        (work || state === 'partial') && h(Button, { key: 'cancel', label: t('Cancel'), kind: 'slim', glyph: 'stop', title: t('What was downloaded is deleted'), onClick: act('cancel'), about }),
        state === 'stored' && !inUse && !work && h(Button, { key: 'delete', label: t('Delete'), kind: 'slim', title: t('Frees {have}', { have: bytes(entry.have) }), onClick: act('delete'), about }),
      ),
      h(Reason, { id: `why-${name}`, text: ready && !inUse && unknownData ? whyUnknown : '' }),
      (work || coming || state === 'partial') && h('div', { class: 'going' }, (!coming || work) && h(Bar, { share, about: progressbar(t('Download of {name}', { name }), share) }), h('p', { class: 'small what', 'aria-live': 'off' }, progress())),
      job?.error && job.error.code !== 'cancelled' && h(ErrorBox, { error: job.error }),
    );
  },
);

/** The limit that a large model meets first on a GPU. */
async function gpuLimits() {
  const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter().catch(() => null);
  const most = Math.min(adapter?.limits?.maxBufferSize ?? 0, adapter?.limits?.maxStorageBufferBindingSize ?? 0);
  return most > 0 ? t(' The GPU takes up to {most} in one piece.', { most: bytes(most) }) : '';
}

/** What room there is. */
const Room = memo(
  /** @param {{storage: State['models']['storage']}} props */
  ({ storage }) => {
    const [gpu, setGpu] = useState('');
    useEffect(() => void gpuLimits().then(setGpu), []);
    const { bytes: budget, why } = budgetOf('cpu');
    const disk = storage && storage.quota > 0 ? t('{usage} of {quota} of storage used. ', { usage: bytes(storage.usage), quota: bytes(storage.quota) }) : '';
    return h('p', { class: 'small muted room' }, t('{disk}Memory for a run: about {budget} ({why}).{gpu}', { disk, budget: bytes(budget), why: said(why), gpu }));
  },
);

/** @param {{state: State, actions: Actions}} props */
function Models({ state, actions }) {
  const { models, data, boot } = state;
  const ready = boot.status === 'ready';
  const why = whyNot(state, 'use');
  useEffect(() => {
    if (ready) void actions.listModels();
  }, [ready]);
  return h(
    'div',
    { class: 'models' },
    h(
      'div',
      { class: 'intro' },
      h('h1', null, t('Choose the model that forgets.')),
      h('p', null, marker()(t('A nano comes with the page and answers at once. A language model reads the same ratings as words; it is larger, slower, and stored on this device once it is downloaded. What a model knows items by decides how much of people it remembers.'))),
    ),
    h(
      'section',
      { class: 'card', 'aria-labelledby': 'models-title' },
      h('div', { class: 'head' }, h('h2', { id: 'models-title' }, t('Models')), h(Room, { storage: models.storage })),
      h('p', { class: 'notice', role: 'status', hidden: models.notice === '' }, models.notice),
      h(Reason, { id: 'why-models', text: why, said: !ready }),
      h(ErrorBox, { error: models.error }),
      models.status === 'error' && h(Button, { label: t('Look again'), kind: 'slim', glyph: 'reset', onClick: () => void actions.listModels() }),
      models.list.length === 0 && models.status !== 'error' && h('div', { class: 'model-load', role: 'status' }, ready ? t('Looking what there is…') : said(boot.what)),
      h(
        'ul',
        { class: 'model-list' },
        models.list.map((entry, idx) => h(Model, { key: entry.name, entry, first: idx === 0, job: models.jobs[entry.name], inUse: models.using === entry.name, why, sets: data.sets, coming: models.next === entry.name && data.status === 'busy', actions })),
      ),
    ),
    h(ImportPanel, { jobs: models.jobs, why: whyNot(state, 'use') || whyNot(state, 'import'), actions }),
  );
}

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export const mountModels = (host, actions) => (state) => {
  if (state.tab === 'models') render(h(Models, { state, actions }), host);
};
