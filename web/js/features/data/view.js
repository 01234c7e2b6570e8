// @ts-check
// Which data: the shipped sets and the person's own, with terms and how far loading is.

import { useEffect, useState } from 'preact/hooks';
import { whyNot } from '../../app/selectors.js';
import { OWN, wordsFor } from '../../engine/datasets.js';
import { count, duration, percent } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { Bar, Button, ErrorBox, Reason, Segmented } from '../../ui/widgets.js';
import { said, sentence, t } from '../../ui/words.js';
import { KeptOwnFiles } from './kept-own.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').DataState} DataState */
/** @typedef {import('../../types.d.ts').State} State */

/** How the own data were read. */
const Described = memo(
  /** @param {{loaded: NonNullable<State['loaded']>}} props */
  ({ loaded }) =>
    h(
      'div',
      { role: 'status' },
      h('p', { class: 'small muted' }, t('{n_described} of {n_rated} rated {items} are described.', { n_described: count(loaded.n_described), n_rated: count(loaded.n_rated), items: t(wordsFor(loaded).items) })),
      loaded.notes.map((note) => h('p', { class: 'small' }, sentence(note))),
    ),
);

/** How far loading or training is. @param {{data: DataState, actions: Actions}} props */
function Loading({ data, actions }) {
  const share = data.total > 0 ? data.done / data.total : 0;
  const left = data.left == null ? '' : t(', about {left} left', { left: duration(Math.max(data.left, 0.1)) });
  return h(
    'div',
    { class: 'data-load', role: 'status' },
    h('div', { class: 'line' }, h('span', null, data.total > 0 ? `${said(data.what)}: ${percent(share)}${left}` : `${said(data.what)}…`), data.next === OWN && h(Button, { label: t('Cancel'), kind: 'slim', glyph: 'stop', onClick: actions.cancel })),
    h(Bar, { share }),
  );
}

/** The panel for own files, which comes when it is first asked for. @param {{state: State, actions: Actions}} props */
function OwnPanel({ state, actions }) {
  const [panel, setPanel] = useState(/** @type {{OwnData: typeof import('./own-data.js').OwnData} | 'failed' | null} */ (null));
  useEffect(() => void import('./own-data.js').then(setPanel, () => setPanel('failed')), []);
  if (panel === 'failed') return h('p', { class: 'none' }, t('This part of the page could not be loaded. Check the connection, then load the page again.'));
  return panel && h(panel.OwnData, { state, actions });
}

/** @param {{state: State, actions: Actions}} props */
function Data({ state, actions }) {
  const { data, loaded } = state;
  const own = data.key === OWN;
  const set = data.sets.find((one) => one.key === data.key);
  const options = [...data.sets.map(({ key, label }) => ({ value: key, label: t(label) })), { value: OWN, label: t('Your own') }];
  const why = whyNot(state, 'data');
  const taught = loaded?.taught ?? null;
  const licence = own && taught ? t('The model was taught your ratings: you are user {user}.', { user: taught.user }) : own ? t('A model trained on your own files.') : set ? sentence(t(set.licence)) : '';
  return [
    h('div', { key: 'choice' }, h(Segmented, { label: t('Data'), slim: true, options, value: data.own ? OWN : data.status === 'busy' ? data.next : data.key, disabled: why !== '', reason: 'why-data', onChange: (/** @type {string} */ key) => void actions.chooseData(key) })),
    // What is loading is told by its own bar.
    h(Reason, { key: 'why', id: 'why-data', text: why, said: data.status === 'busy' }),
    (!data.own || own) && h('p', { key: 'licence', class: 'cite' }, licence),
    data.status !== 'busy' && ((own && !taught) || (data.kept && !own)) && h('div', { key: 'kept' }, h(KeptOwnFiles, { state, actions })),
    loaded?.data_mismatch && h('p', { key: 'mismatch', class: 'note', role: 'status' }, sentence(loaded.data_mismatch)),
    own && loaded && !taught && h(Described, { key: 'described', loaded }),
    loaded?.weakness && h('p', { key: 'weakness', class: 'note', role: 'status' }, sentence(loaded.weakness)),
    data.own && h('div', { key: 'own' }, h(OwnPanel, { state, actions })),
    data.status === 'busy' && h(Loading, { key: 'loading', data, actions }),
    h(ErrorBox, { key: 'error', error: data.error }),
  ];
}

/** Whose data the footer names. */
const Terms = memo(
  /** @param {{set: DataState['sets'][number] | undefined, own: boolean}} props */
  ({ set, own }) => (own ? t('your own files, which stay on this device') : set?.terms ? [t(set.licence), ' (', h('a', { href: set.terms }, t('terms')), ')'] : set && t(set.licence)),
);

/** @param {HTMLElement} host @param {HTMLElement} terms where the footer names the data @param {HTMLElement} items where the page says what is recommended @param {Actions} actions @returns {(state: State) => void} */
export function mountData(host, terms, items, actions) {
  /** Until it is known whose data they are, index.html names them. */
  let named = false;
  return (state) => {
    const { data } = state;
    const own = data.key === OWN;
    const set = data.sets.find((one) => one.key === data.key);
    host.hidden = data.sets.length === 0;
    if (!host.hidden) render(h(Data, { state, actions }), host);
    if (set || own) {
      if (!named) {
        terms.replaceChildren();
        delete terms.dataset.t;
      }
      named = true;
      render(h(Terms, { set, own }), terms);
    }
    const what = own ? t('what you rated') : t(wordsFor(state.loaded).items);
    if (items.textContent !== what) items.textContent = what;
  };
}
