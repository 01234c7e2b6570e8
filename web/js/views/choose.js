// @ts-check
// Step 1: what should be forgotten, and what that comes to.

import { fill, h, memo, show } from '../dom.js';
import { count, plural } from '../format.js';
import { strangerOf } from '../request.js';
import { busy, segmented, troubleBox } from '../ui.js';
import { askedList } from './asked.js';
import { historyList } from './history.js';
import { picker } from './picker.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').ChoiceKind} ChoiceKind */
/** @typedef {import('../types.d.ts').Loaded} Loaded */
/** @typedef {import('../types.d.ts').State} State */

/** @param {HTMLElement} host @param {Actions} actions */
export function mountChoose(host, actions) {
  const kinds = segmented({
    label: 'What should be forgotten',
    options: /** @type {{value: ChoiceKind, label: string}[]} */ ([
      { value: 'person', label: 'Person' },
      { value: 'genre', label: 'Genre' },
      { value: 'ratings', label: 'Ratings' },
      { value: 'standard', label: 'Paper’s 20 %' },
      { value: 'asked', label: 'Requests' },
    ]),
    onChange: (kind) => actions.choose({ kind }),
  });

  const people = picker({ label: 'People', placeholder: 'Find a person by number', unit: 'ratings', onPick: (/** @type {number} */ user) => actions.choose({ user }) });
  const personHistory = historyList({ onPrompt: (user, item) => void actions.prompt(user, item) });
  const genres = picker({ label: 'Genres', placeholder: 'Find a genre', unit: 'ratings', named: true, onPick: (/** @type {string} */ genre) => actions.choose({ genre }) });
  const pickHistory = historyList({ onPick: actions.pick });
  const asked = askedList(actions);
  const pickCount = h('p', { class: 'small muted', 'aria-live': 'polite' });
  const facts = h('dl', { class: 'facts' });
  const panels = {
    person: h('div', { class: 'panel' }, personHistory.el),
    genre: h('div', { class: 'panel' }, genres.el),
    ratings: h('div', { class: 'panel' }, pickHistory.el, pickCount),
    standard: h(
      'div',
      { class: 'panel' },
      h('p', { class: 'small' }, 'The experiment of the E2URec paper: every rating of a fifth of the people, drawn with its seed. A model that never saw them (Retrain) is shipped with the demo data, so the result can be checked against it.'),
      facts,
    ),
    asked: asked.el,
  };
  const cost = h('div', { class: 'cost', 'aria-live': 'polite' });
  const body = h('div', { class: 'panel' }, kinds.el, people.el, Object.values(panels), cost);
  const wait = busy('Loading the model and its data');
  host.append(wait, body);

  const fillLists = memo((/** @type {Loaded} */ loaded) => {
    const everybody = [...loaded.users, ...loaded.never_learned].sort((a, b) => a.user - b.user);
    people.fill(everybody.map((user) => ({
      value: user.user, label: `User ${user.user}`, n: user.n_train,
      note: user.n_train === 0 ? 'nothing learned' : '',
      title: `${count(user.n_ratings)} ratings, ${user.n_train === 0 ? 'none of them learned from: there is nothing to forget' : `${count(user.n_train)} learned from`}${user.standard ? '; one of the paper’s 20 %' : ''}`,
    })));
    const forgotten = loaded.users.filter((user) => user.standard).length;
    const fact = (/** @type {string} */ term, /** @type {string} */ value) => h('div', {}, h('dt', {}, term), h('dd', {}, value));
    fill(facts, fact('people', `${count(forgotten)} of ${count(loaded.users.length)}`), fact('ratings to forget', count(loaded.sizes.forget)), fact('ratings that stay', count(loaded.sizes.retain)));
  });

  const fillGenres = memo((/** @type {Loaded} */ loaded) => genres.fill(loaded.genres.map((genre) => ({ value: genre.name, label: genre.name, n: genre.n_train }))));

  const drawCost = memo((/** @type {State['selection']} */ selection, /** @type {ChoiceKind} */ kind, /** @type {Loaded['never_learned'][number] | null} */ stranger) => {
    if (stranger) return fill(cost, h('p', { class: 'small' }, `User ${stranger.user} is in the file with ${plural(stranger.n_ratings, 'rating')}, but nothing was learned of them: their ratings are too few before they count, or later than those the model was trained on. There is nothing to forget.`));
    if (selection.status === 'error' && selection.error) return fill(cost, troubleBox(selection.error));
    const value = selection.value;
    if (!value) return fill(cost, h('p', { class: 'muted' }, selection.status === 'busy' ? 'Counting…' : { person: 'Choose a person.', genre: 'Choose a genre.', ratings: 'Tick the ratings that should go.', standard: '', asked: 'Tick the requests that should be forgotten at once.' }[kind]));
    const { forget, retain } = value.sizes;
    const share = `${Math.min(100, (forget / Math.max(1, forget + retain)) * 100)}%`;
    return fill(
      cost,
      h('div', { class: 'line' }, h('span', { class: 'go' }, h('b', {}, count(forget)), ` ${forget === 1 ? 'rating goes' : 'ratings go'}`), h('span', { class: 'stay' }, h('b', {}, count(retain)), ' stay')),
      h('div', { class: 'split', 'aria-hidden': 'true' }, h('i', { style: { width: share } }), h('i')),
      h('p', { class: 'small muted' }, `Ratings of ${plural(value.n_users, 'person', 'people')}.${forget === 0 ? ' Nothing of it was learned from, so there is nothing to forget.' : ''}`),
    );
  });

  return (/** @type {State} */ state) => {
    const { choice, loaded, users } = state;
    const locked = state.run.status === 'running' || state.compare.status === 'running' || state.data.status === 'busy';
    show(wait, state.boot.status === 'loading');
    show(body, Boolean(loaded));
    if (!loaded) return;
    fillLists(loaded);
    kinds.set(choice.kind, locked);
    // Data without genres has none to choose from.
    show(/** @type {HTMLElement} */ (kinds.el.children[1]), loaded.genres.length > 0);
    for (const [kind, panel] of Object.entries(panels)) show(panel, kind === choice.kind);
    // There is nothing to list before the first run has ended.
    show(/** @type {HTMLElement} */ (kinds.el.children[4]), state.asked.length > 0 || choice.kind === 'asked');
    if (choice.kind === 'asked') asked.set(state.asked, choice.together, loaded.methods, locked);
    if (choice.kind === 'genre') fillGenres(loaded);
    show(people.el, choice.kind === 'person' || choice.kind === 'ratings');
    people.set(choice.user, locked);
    genres.set(choice.genre, locked);
    if (choice.kind === 'person') personHistory.set(choice.user, choice.user == null ? undefined : users[choice.user], undefined, locked);
    if (choice.kind === 'ratings') {
      const { user } = choice;
      pickHistory.set(user, user == null ? undefined : users[user], user == null ? undefined : choice.picked[user], locked);
      const chosen = Object.values(choice.picked);
      const total = chosen.reduce((sum, items) => sum + items.length, 0);
      pickCount.textContent = total === 0 ? '' : `${plural(total, 'rating')} of ${plural(chosen.length, 'person', 'people')} ticked.`;
    }
    drawCost(state.selection, choice.kind, strangerOf(state));
  };
}
