// Own data on the page: which of the chosen files are looked at, what a person's changes make of how they are read, and what people are called.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesOfInterest, wordsFor } from '../../web/js/engine/datasets.js';
import { nameOf } from '../../web/js/engine/forget-spec.js';
import { areNamed, personLabel, personName } from '../../web/js/engine/person-name.js';
import { columnsOf, numberOf, rolesAfter, withLayout } from '../../web/js/features/data/reading.js';

const chosen = (...names) => filesOfInterest(names.map((name) => ({ name }))).map((file) => file.name);

test('of a known format its own files are looked at, otherwise all that may be tables', () => {
  assert.deepEqual(chosen('ratings.csv', 'movies.csv', 'tags.csv', 'README.txt'), ['ratings.csv', 'movies.csv']);
  assert.deepEqual(chosen('Ratings (1).TSV', 'users.dat'), ['Ratings (1).TSV', 'users.dat']);
  assert.deepEqual(chosen('u.data.txt', 'u.user', 'u.occupation'), ['u.data.txt', 'u.user']);
  assert.deepEqual(chosen('my votes.txt', 'movies.csv', 'u.user'), ['my votes.txt', 'movies.csv', 'u.user']);
  assert.deepEqual(chosen('votes', 'README.md', 'licence', 'page.html', 'a.png', '.DS_Store', 'list.csv.gz'), ['votes', 'list.csv.gz']);
  assert.deepEqual(chosen('mine.zip', 'other.csv'), ['mine.zip']);
  assert.equal(chosen(...Array.from({ length: 80 }, (_, n) => `${n}.csv`)).length, 50);
  assert.deepEqual(filesOfInterest([{ name: 'a.csv', webkitRelativePath: 'mine/__MACOSX/a.csv' }]), []);
});

test('a column that gets a role gives its own to the column that had it', () => {
  assert.deepEqual(rolesAfter(['user', 'item', 'rating', null], 3, 'rating'), ['user', 'item', null, 'rating']);
  assert.deepEqual(rolesAfter(['user', 'item', 'rating'], 0, 'item'), ['item', 'user', 'rating']);
  assert.deepEqual(rolesAfter(['user', 'item', 'rating', 'time'], 3, null), ['user', 'item', 'rating', null]);
});

test('columns are said when user, item and rating have one', () => {
  assert.deepEqual(columnsOf(['item', null, 'rating', 'user']), { columns: { user: 3, item: 0, rating: 2 }, missing: [] });
  assert.deepEqual(columnsOf(['user', 'item', 'rating', 'time', 'title']).columns, { user: 0, item: 1, rating: 2, time: 3, title: 4 });
  assert.deepEqual(columnsOf(['user', null, null]), { columns: null, missing: ['item', 'rating'] });
});

test('another separator or header lets the columns be found anew, and keeps the rest', () => {
  assert.deepEqual(withLayout({ columns: { user: 0, item: 1, rating: 2 }, threshold: 7 }, { separator: 'tab' }), { threshold: 7, separator: 'tab' });
});

test('numbers as people type them', () => {
  assert.deepEqual(['7', ' 3.5', '3,5', '-2', '', 'x'].map(numberOf), [7, 3.5, 3.5, -2, null, null]);
});

test('what a person’s own table has are items', () => {
  assert.equal(wordsFor({ dataset: 'table', genres: [] }).items, 'items');
  assert.equal(wordsFor({ dataset: 'goodbooks-10k', genres: [] }).items, 'books');
});

test('people are called as the data have it', () => {
  const loaded = { users: [{ user: 1, name: 'anna@example.org' }, { user: 2, name: 'bo@example.org' }], never_learned: [{ user: 3, name: 'chris@example.org' }] };
  assert.deepEqual([1, 3, 9].map((user) => personName(loaded, user)), ['anna@example.org', 'chris@example.org', 'user 9']);
  assert.equal(nameOf({ users: [2] }, 'films', loaded), 'bo@example.org’s ratings');
  const numbered = { users: [{ user: 7, name: null }], never_learned: [] };
  assert.deepEqual([personName(numbered, 7), personLabel(numbered, 7), personName(null, 7)], ['user 7', 'User 7', 'user 7']);
  assert.deepEqual([areNamed(loaded), areNamed(numbered), areNamed(null)], [true, false, false]);
});
