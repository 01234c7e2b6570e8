// @ts-check
// Which data: the shipped sets and the person's own, with terms and how far loading is.

import { OWN, wordsFor } from '../datasets.js';
import { fill, h, memo, setText, show } from '../dom.js';
import { asSentence } from '../errors.js';
import { count, duration, percent } from '../format.js';
import { button, segmented, troubleBox } from '../ui.js';

/** @typedef {import('../types.d.ts').DataState} DataState */
/** @typedef {import('../types.d.ts').State} State */

/** @param {HTMLElement} host @param {HTMLElement} terms where the footer names the data @param {import('../actions.js').Actions} actions */
export function mountData(host, terms, actions) {
  const choice = h('div');
  const licence = h('p', { class: 'cite' });
  const bar = h('i');
  const what = h('span');
  const cancel = button('Cancel', { kind: 'slim', glyph: 'stop', onClick: () => actions.cancel() });
  const loading = h('div', { class: 'data-load', role: 'status' }, h('div', { class: 'line' }, what, cancel), h('div', { class: 'track' }, bar));
  const told = h('div', { role: 'status' });
  const own = h('div');
  const trouble = h('div');
  const mismatch = h('p', { class: 'note', role: 'status' });
  host.append(choice, licence, mismatch, told, own, loading, trouble);

  /** @type {ReturnType<typeof segmented<string>> | null} */
  let sets = null;
  const drawChoice = memo((/** @type {DataState['sets']} */ known) => {
    sets = segmented({ label: 'Data', slim: true, options: [...known.map(({ key, label, licence: title }) => ({ value: key, label, title })), { value: OWN, label: 'Your own', title: 'Files of yours, read and learned from on this device' }], onChange: (key) => void actions.data(key) });
    fill(choice, sets.el);
  });
  const drawTrouble = memo((/** @type {DataState['error']} */ error) => fill(trouble, error && troubleBox(error, error.code === 'cancelled')));
  const drawTerms = memo((/** @type {DataState['sets'][number] | undefined} */ set, /** @type {boolean} */ mine) => {
    setText(licence, mine ? 'A model trained on your own files. It is gone when this tab is closed.' : set ? `${set.licence}.` : '');
    if (set || mine) fill(terms, mine ? 'your own files, which stay on this device' : set?.terms ? [set.licence, ' (', h('a', { href: set.terms }, 'terms'), ')'] : set?.licence);
  });
  const drawTold = memo((/** @type {State['loaded']} */ loaded) => {
    const described = loaded && `${count(loaded.n_described)} of ${count(loaded.n_rated)} rated ${wordsFor(loaded).items} are described.`;
    fill(told, loaded && [h('p', { class: 'small muted' }, described), ...loaded.notes.map((note) => h('p', { class: 'small' }, asSentence(note)))]);
  });
  /** The panel for own files comes when it is first asked for. @type {{render: (state: State) => void} | 'coming' | null} */
  let panel = null;
  async function openOwn() {
    panel = 'coming';
    try {
      const { mountOwn } = await import('./own.js');
      panel = mountOwn(own, actions);
      actions.refresh();
    } catch {
      panel = null;
      fill(own, h('p', { class: 'none' }, 'This part of the page could not be loaded. Check the connection, then choose it again.'));
    }
  }

  return (/** @type {State} */ state) => {
    const { data, run, compare } = state;
    const mine = data.key === OWN;
    drawChoice(data.sets);
    show(host, data.sets.length > 0);
    sets?.set(data.own ? OWN : data.status === 'busy' ? data.next : data.key, data.status === 'busy' || run.status === 'running' || compare.status === 'running');
    drawTerms(data.sets.find((set) => set.key === data.key), mine);
    show(licence, !data.own || mine);
    const differs = state.loaded?.data_mismatch ?? '';
    setText(mismatch, differs && `${differs[0].toUpperCase()}${differs.slice(1)}.`);
    show(mismatch, differs !== '');
    drawTold(mine ? state.loaded : null);
    if (data.own && !panel) void openOwn();
    show(own, data.own);
    if (panel && panel !== 'coming') panel.render(state);
    show(loading, data.status === 'busy');
    const share = data.total > 0 ? data.done / data.total : 0;
    bar.style.transform = `scaleX(${share})`;
    const left = data.left == null ? '' : `, about ${duration(Math.max(data.left, 0.1))} left`;
    setText(what, data.total > 0 ? `${data.what}: ${percent(share)}${left}` : `${data.what}…`);
    show(cancel, data.next === OWN);
    drawTrouble(data.error);
    const items = document.getElementById('items');
    if (items) setText(items, mine ? 'what you rated' : wordsFor(state.loaded).items);
  };
}
