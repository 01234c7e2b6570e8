// A person's own ratings on the page: what of them is taken, why they cannot be taught yet, and what of the page's state goes when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNot } from '../../web/js/app/activity.js';
import { placeOf } from '../../web/js/app/address-sync.js';
import { atStake } from '../../web/js/app/at-stake.js';
import { createDispatch } from '../../web/js/app/dispatch.js';
import { idleYou, initialState } from '../../web/js/app/state.js';
import { createStore } from '../../web/js/app/store.js';
import { youActions } from '../../web/js/features/you/actions.js';
import { countOf, nameOf, personOf, rowsOf, tellingRows, whyNotTaught } from '../../web/js/features/you/choices.js';
import { part } from './helpers.mjs';

const entry = (/** @type {string} */ title, /** @type {number} */ stars, time = null) => ({ line: 2, title, year: 1999, stars, time });
/** Three ratings: sure, doubtful, missing. */
const you = () => part({
  ...idleYou(), of: 'ml-latest-small',
  shelf: { entries: [entry('The Matrix', 4.5, 86_400), entry('Solaris', 3), entry('Parasite', 5)], source: 'Letterboxd' },
  matches: [{ verdict: 'sure', item: 2571, others: [] }, { verdict: 'doubtful', item: 5881, others: [3503], why: 'the year is another' }, { verdict: 'missing', others: [] }],
});

test('what is beyond doubt is taken, what is doubtful only when it is decided', () => {
  assert.deepEqual(rowsOf(you()).map(({ item, undecided }) => [item, undecided]), [[2571, false], [null, true], [null, false]]);
  assert.deepEqual(personOf(you()), { ratings: [{ item: 2571, rating: 4.5, time: 86_400 }] });
  const decided = { ...you(), choices: { 0: null, 1: 3503, 2: 7 }, list: [{ item: 7, title: 'Sabrina', stars: 2 }] };
  assert.deepEqual(personOf(decided).ratings.map(({ item, rating }) => [item, rating]), [[3503, 3], [7, 5], [7, 2]]);
  assert.equal(countOf(decided), 2, 'one item twice is one');
  assert.equal(nameOf(part({ title: 'Heat', year: null })), 'Heat');
});

test('too few are told with their number', () => {
  assert.match(whyNotTaught(you(), 'films'), /^At least 8 films are needed, and there is 1\.$/);
  assert.match(whyNotTaught(part(idleYou()), 'films'), /^Choose a file, or give stars to films/);
  const list = Array.from({ length: 8 }, (_, item) => ({ item, title: 'x', stars: 4 }));
  assert.equal(whyNotTaught(part({ ...idleYou(), list }), 'films'), '');
});

test('the rows that tell most are those whose truth a stranger does not know', () => {
  const rows = [{ id: 'a', rating: 5, before: 0.9, expected: 0.8 }, { id: 'b', rating: 1, before: 0.2, expected: 0.9 }, { id: 'c', rating: 5, before: 0.9, expected: 0.3 }, { id: 'd', rating: 5, before: null, expected: 0.1 }];
  assert.deepEqual(tellingRows(rows, 2).map(({ id }) => id), ['b', 'c']);
});

test('all that is open is decided at once, and a list is made and changed', () => {
  const store = createStore(() => {}, () => {});
  store.put('you', you());
  const actions = youActions(part({ store, api: {}, actions: () => ({}), ask: async () => true, mayReplace: async () => true }));
  actions.takeProposals();
  assert.deepEqual(store.state.you.choices, { 1: 5881 });
  actions.decide(2, 7, 'Sabrina (1995)');
  assert.deepEqual([store.state.you.choices[2], store.state.you.titles[7]], [7, 'Sabrina (1995)']);
  actions.rate(7, 'Sabrina', 4);
  actions.rate(8, 'Tom and Huck', 3);
  actions.rate(7, 'Sabrina', 2);
  actions.rate(8, 'Tom and Huck', 0);
  assert.deepEqual(store.state.you.list, [{ item: 7, title: 'Sabrina', stars: 2 }]);
  actions.clearShelf();
  assert.deepEqual([store.state.you.shelf, store.state.you.list, store.state.you.choices], [null, [], {}]);
});

test('a model that was taught is at stake, and the person is never in the address', () => {
  const taught = part({ taught: { user: 611 }, about: { kind: 'items' }, methods: [{ id: 'e2urec', presets: [], params: [] }], users: [{ user: 1 }, { user: 611 }], never_learned: [] });
  const state = { ...initialState(), boot: part({ status: 'ready' }), loaded: taught, data: { ...initialState().data, key: 'own' }, choice: { ...initialState().choice, user: 611 }, setup: { ...initialState().setup, method: 'e2urec' } };
  assert.deepEqual(atStake(state), ['the model that was taught your ratings']);
  assert.equal(placeOf(state)?.user, null);
  assert.equal(whyNot(state, 'teach'), '', 'it can be taught anew');
  assert.match(whyNot({ ...state, loaded: part({ ...taught, taught: null }) }, 'teach'), /a model of your own files is not taught/);
  assert.match(whyNot({ ...state, loaded: part({ ...taught, about: { kind: 'text' } }) }, 'teach'), /language model/);
});

test('a list stays with its data, whether they are taught or not, and goes with others', () => {
  const store = createStore(() => {}, () => {});
  const dispatch = createDispatch(store);
  const loaded = (/** @type {string} */ key, taught = null) => dispatch({ type: 'data.loaded', loaded: part({ taught }), key });
  loaded('ml-latest-small');
  const list = [{ item: 1, title: 'Toy Story', stars: 4 }];
  store.patch('you', { list });
  loaded('own', part({ user: 611 }));
  assert.deepEqual([store.state.you.list, store.state.data.own], [list, false]);
  loaded('ml-latest-small');
  assert.deepEqual(store.state.you.list, list);
  loaded('goodbooks-10k');
  assert.deepEqual(store.state.you.list, []);
});
