// @ts-check
// Step 1: what should be forgotten, and what that comes to.

import { useMemo, useState } from 'preact/hooks';
import { isLocked, neverLearnedPerson } from '../../app/selectors.js';
import { areNamed, personLabel, personName } from '../../engine/person-name.js';
import { count, plural } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { SearchList } from '../../ui/search-list.js';
import { marker, Term } from '../../ui/term.js';
import { Busy, ErrorBox, Segmented } from '../../ui/widgets.js';
import { language, msg, said, t, tn } from '../../ui/words.js';
import { PastRequestList } from './past-requests.js';
import { RatingsList } from './ratings-list.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').ChoiceKind} ChoiceKind */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').State} State */

/** @type {{value: ChoiceKind, label: string}[]} */
const KINDS = [
  { value: 'person', label: msg('Person') },
  { value: 'genre', label: msg('Genre') },
  { value: 'ratings', label: msg('Ratings') },
  { value: 'standard', label: msg('Paper’s 20 %') },
  { value: 'requests', label: msg('Requests') },
];
/** What is said while nothing is chosen. @type {Record<ChoiceKind, string>} */
const HINTS = { person: msg('Choose a person.'), genre: msg('Choose a genre.'), ratings: msg('Tick the ratings that should go.'), standard: '', requests: msg('Tick the requests that should be forgotten at once.') };

const People = memo(
  /** @param {{loaded: Loaded, user: number | null, disabled: boolean, onPick: (user: number) => void}} props */
  ({ loaded, user, disabled, onPick }) => {
    const named = areNamed(loaded);
    const entries = useMemo(
      () =>
        [...loaded.users, ...loaded.never_learned]
          .sort((a, b) => (named ? b.n_train - a.n_train || a.user - b.user : a.user - b.user))
          .map((one) => ({
            value: one.user, label: personLabel(loaded, one.user), n: one.n_train,
            note: one.n_train === 0 ? t('nothing learned') : '',
          })),
      [loaded, language()],
    );
    return h(SearchList, { label: t('People'), placeholder: named ? t('Find a person') : t('Find a person by number'), unit: msg('ratings'), named, wide: named, entries, value: user, disabled, onPick });
  },
);

const Genres = memo(
  /** @param {{loaded: Loaded, genre: string | null, disabled: boolean, onPick: (genre: string) => void}} props */
  ({ loaded, genre, disabled, onPick }) => {
    const entries = useMemo(() => loaded.genres.map((one) => ({ value: one.name, label: said(one.name), n: one.n_train })), [loaded, language()]);
    return h('div', { class: 'panel' }, h(SearchList, { label: t('Genres'), placeholder: t('Find a genre'), unit: msg('ratings'), named: true, entries, value: genre, disabled, onPick }));
  },
);

const Standard = memo(
  /** @param {{loaded: Loaded}} props */
  ({ loaded }) => {
    const fact = (/** @type {string} */ term, /** @type {string} */ value) => h('div', null, h('dt', null, term), h('dd', null, value));
    return h(
      'div',
      { class: 'panel' },
      h('p', { class: 'small' }, marker(['retain_set'])(t('The experiment of the E2URec paper: every rating of a fifth of the people, drawn with its seed. A model that never saw them (Retrain) is shipped with the demo data, so the result can be checked against it.'))),
      h(
        'dl',
        { class: 'facts' },
        fact(t('people'), t('{n} of {all}', { n: count(loaded.users.filter((user) => user.standard).length), all: count(loaded.users.length) })), fact(t('ratings to forget'), count(loaded.sizes.forget)), fact(t('ratings that stay'), count(loaded.sizes.retain)),
      ),
    );
  },
);

/** What the choice comes to. */
const Cost = memo(
  /** @param {{loaded: Loaded, selection: State['selection'], kind: ChoiceKind, neverLearned: Loaded['never_learned'][number] | null}} props */
  ({ loaded, selection, kind, neverLearned }) => {
    if (neverLearned) return h('p', { class: 'small' }, t('{person} is in the file with {ratings}, but nothing was learned of them: their ratings are too few before they count, or later than those the model was trained on. There is nothing to forget.', { person: personLabel(loaded, neverLearned.user), ratings: plural(neverLearned.n_ratings, 'rating') }));
    if (selection.status === 'error' && selection.error) return h(ErrorBox, { error: selection.error });
    const { value } = selection;
    if (!value) return h('p', { class: 'muted' }, selection.status === 'busy' ? t('Counting…') : t(HINTS[kind]));
    const { forget, retain } = value.sizes;
    return [
      h('div', { class: 'line' }, h('span', { class: 'go' }, h('b', null, count(forget)), ` ${forget === 1 ? t('rating goes') : t('ratings go')}`), h('span', { class: 'stay' }, h('b', null, count(retain)), t(' stay'))),
      h('div', { class: 'split', 'aria-hidden': 'true' }, h('i', { style: { width: `${Math.min(100, (forget / Math.max(1, forget + retain)) * 100)}%` } }), h('i')),
      h('p', { class: 'small muted' }, tn('Of {people}: what goes is the {forget_set}, the rest the {retain_set}.', { people: plural(value.n_users, 'person', 'people'), forget_set: h(Term, { id: 'forget_set' }, t('forget set')), retain_set: h(Term, { id: 'retain_set' }, t('retain set')) }), forget === 0 ? t(' Nothing of it was learned from, so there is nothing to forget.') : ''),
    ];
  },
);

/** How many single ratings are ticked, and a way back from many at once. @param {{picked: Record<number, number[]>, onUndo: (() => void) | null}} props */
function PickCount({ picked, onUndo }) {
  const chosen = Object.values(picked);
  const total = chosen.reduce((sum, items) => sum + items.length, 0);
  return h(
    'p',
    { class: 'small muted', 'aria-live': 'polite' },
    total === 0 ? '' : t('{ratings} of {people} ticked. ', { ratings: plural(total, 'rating'), people: plural(chosen.length, 'person', 'people') }), onUndo && h('button', { type: 'button', class: 'link', onClick: onUndo }, t('Undo')),
  );
}

/** Single ratings of people. @param {{state: State, disabled: boolean, actions: Actions}} props */
function Ratings({ state: { choice, users, loaded }, disabled, actions }) {
  const { user, picked } = choice;
  /** What was ticked before many were at once. */
  const [before, setBefore] = useState(/** @type {Record<number, number[]> | null} */ (null));
  const pick = (/** @type {Parameters<Actions['pick']>} */ ...change) => {
    setBefore(null);
    actions.pick(...change);
  };
  const pickMany = (/** @type {Parameters<Actions['pick']>} */ ...change) => {
    setBefore(picked);
    actions.pick(...change);
  };
  const undo = () => {
    setBefore(null);
    if (before) actions.choose({ picked: before });
  };
  return h(
    'div',
    { class: 'panel' },
    h(RatingsList, { user, called: user == null ? '' : personName(loaded, user), entry: user == null ? undefined : users[user], picked: user == null ? undefined : picked[user], disabled, onPick: pick, onPickMany: pickMany }),
    h(PickCount, { picked, onUndo: before && !disabled ? undo : null }),
  );
}

/** @param {{state: State, loaded: Loaded, actions: Actions}} props */
function Choose({ state, loaded, actions }) {
  const { choice, users } = state;
  const { kind, user } = choice;
  const locked = isLocked(state);
  const entry = user == null ? undefined : users[user];
  const pickUser = useMemo(() => (/** @type {number} */ one) => actions.choose({ user: one }), [actions]);
  const pickGenre = useMemo(() => (/** @type {string} */ genre) => actions.choose({ genre }), [actions]);
  // Data without genres has none to choose from, and there is nothing to list before the first run has ended.
  const hidden = { genre: loaded.genres.length === 0, requests: state.pastRequests.length === 0 && kind !== 'requests' };
  const kinds = KINDS.map((one) => ({ ...one, hidden: hidden[/** @type {keyof typeof hidden} */ (one.value)] ?? false }));
  return h(
    'div',
    { class: 'panel' },
    h(Segmented, { label: t('What should be forgotten'), options: kinds, value: kind, disabled: locked, reason: 'why-data', onChange: (/** @type {ChoiceKind} */ next) => actions.choose({ kind: next }) }),
    (kind === 'person' || kind === 'ratings') && h(People, { key: 'people', loaded, user, disabled: locked, onPick: pickUser }),
    kind === 'person' && h(RatingsList, { key: 'person', user, called: user == null ? '' : personName(loaded, user), entry, standard: loaded.users.some((one) => one.user === user && one.standard), disabled: locked, onPrompt: actions.openPrompt }),
    kind === 'genre' && h(Genres, { key: 'genre', loaded, genre: choice.genre, disabled: locked, onPick: pickGenre }),
    kind === 'ratings' && h(Ratings, { key: 'ratings', state, disabled: locked, actions }),
    kind === 'standard' && h(Standard, { key: 'standard', loaded }),
    kind === 'requests' && h(PastRequestList, { key: 'requests', past: state.pastRequests, combined: choice.combined, methods: loaded.methods, disabled: locked, actions }),
    h('div', { class: 'cost', 'aria-live': 'polite' }, h(Cost, { loaded, selection: state.selection, kind, neverLearned: neverLearnedPerson(state) })),
  );
}

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export const mountChoose = (host, actions) => (state) => {
  const { loaded, boot } = state;
  render(loaded ? h(Choose, { state, loaded, actions }) : boot.status === 'loading' ? h(Busy, { text: t('Loading the model and its data') }) : null, host);
};
