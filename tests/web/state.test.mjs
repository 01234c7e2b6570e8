// The page's state follows the events of engine and runs; what would be lost, what the title says and what the address holds follow from the state.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { addressOfPlace, namesPlace, wishesOf } from '../../web/js/app/address.js';
import { placeOf } from '../../web/js/app/address-sync.js';
import { atStake, guardTab, listed } from '../../web/js/app/at-stake.js';
import { createDispatch } from '../../web/js/app/dispatch.js';
import { createStore } from '../../web/js/app/store.js';
import { compareActions } from '../../web/js/features/compare/actions.js';
import { titleOf } from '../../web/js/app/title.js';
import { part, report, row } from './helpers.mjs';

const WHOLE = 'Unlearn Lab: all of it';
/** @type {ReturnType<typeof createStore>} */
let store;
/** @type {import('../../web/js/app/event-types.d.ts').Dispatch} */
let dispatch;
/** Types of the events that were told after the state. @type {string[]} */
let told;
beforeEach(() => {
  store = createStore(() => {}, () => {});
  told = [];
  dispatch = createDispatch(store, ({ type }) => told.push(type));
});

const request = part({ method: 'e2urec', forget: { users: [7] }, params: { rank: 8 }, seed: 3, eval_every: 5 });
const run = part({ kind: 'run', request, device: 'cpu' });
const result = () => ({ ...report([row('original', 0.82, 0.8), row('e2urec', 0.81, 0.75)]), request, adapter_sha256: 'aa' });

test('a run is followed from its start to its result, and is then a past request', () => {
  dispatch({ type: 'run.started', run });
  assert.deepEqual([store.state.run.status, store.state.run.label, store.state.run.every], ['running', 'user 7’s ratings', 5]);
  dispatch({ type: 'run.event', event: part({ type: 'progress', phase: 'student', done: 2, total: 8, elapsed_ms: 5, left_ms: 1500 }) });
  dispatch({ type: 'run.event', event: part({ type: 'losses', steps: [{ step: 1, total: 1 }, { step: 2, total: 0.5 }] }) });
  assert.deepEqual([store.state.run.step, store.state.run.left, store.state.run.losses.length], [2, 1.5, 2]);
  dispatch({ type: 'run.recovered', step: 1, why: 'the engine stopped' });
  assert.deepEqual([store.state.run.step, store.state.run.losses.length], [1, 1], 'what came after the checkpoint comes again');
  assert.match(store.state.run.notice, /^The engine stopped\. .* from step 1\.$/);
  dispatch({ type: 'run.finished', run, report: result() });
  const { status } = store.state.run;
  assert.deepEqual([status, store.state.last?.seed, store.state.result.saved], ['done', 3, false]);
  assert.deepEqual(store.state.pastRequests.map(({ before, after, adapter }) => [before, after, adapter]), [[0.8, 0.75, 'aa']]);
  assert.deepEqual(told, ['run.started', 'run.event', 'run.event', 'run.recovered', 'run.finished'], 'the page is told after its state is up to it');
});

test('a request that is made again is no further one, and is compared by its adapter', () => {
  dispatch({ type: 'run.finished', run, report: result() });
  const again = (/** @type {string} */ hash) => {
    store.put('pastRequests', store.state.pastRequests.map((one) => ({ ...one, again: /** @type {const} */ ('busy') })));
    dispatch({ type: 'run.finished', run, report: { ...result(), adapter_sha256: hash } });
    return store.state.pastRequests.map((one) => one.again);
  };
  assert.deepEqual([again('aa'), again('bb')], [['same'], ['other']]);
});

test('an engine that stops takes the model of the last run with it, a reset all of it; other data everything of the session', () => {
  dispatch({ type: 'run.finished', run, report: result() });
  dispatch({ type: 'engine.lost', kind: 'gpu' });
  assert.equal(store.state.result.lost, false, 'another engine holds it');
  dispatch({ type: 'engine.lost', kind: 'cpu' });
  assert.deepEqual([store.state.result.lost, store.state.last], [true, null]);
  dispatch({ type: 'session.reset' });
  assert.equal(store.state.result.report, null);
  store.patch('compare', { seeds: 3 });
  dispatch({ type: 'run.finished', run, report: result() });
  dispatch({ type: 'data.loaded', loaded: part({}), key: 'own' });
  assert.deepEqual([store.state.result.report, store.state.pastRequests, store.state.compare.seeds, store.state.data.own], [null, [], 3, true]);
});

test('what would be lost is named, until it was saved', () => {
  assert.deepEqual(atStake(store.state), []);
  dispatch({ type: 'run.finished', run, report: result() });
  assert.deepEqual(atStake(store.state), ['the result on user 7’s ratings with its adapter']);
  store.patch('data', { key: 'own' });
  store.patch('compare', { rows: part([{ source: 'this device' }, { source: 'reference' }]) });
  assert.equal(listed(atStake(store.state)), 'the model of your own files, the result on user 7’s ratings with its adapter and 1 row of the comparison');
  store.patch('result', { saved: true });
  assert.equal(listed(atStake(store.state)), 'the model of your own files and 1 row of the comparison');
});

test('the title tells how far a run is, and which tab is looked at', () => {
  assert.equal(titleOf(store.state, WHOLE), WHOLE);
  store.patch('run', { status: 'running', elapsed: 3, left: 1 });
  assert.equal(titleOf(store.state, WHOLE), '75 % · Unlearn Lab');
  store.patch('run', { paused: true });
  store.put('tab', 'models');
  assert.equal(titleOf(store.state, WHOLE), 'Paused at 75 % · Models · Unlearn Lab');
});

test('the address holds what is chosen, in its fragment, and no person of own data', () => {
  const method = (/** @type {string} */ id) => ({ id, label: id, params: [], presets: [{ id: 'tuned' }, { id: 'published' }] });
  store.put('loaded', part({ about: { kind: 'items' }, users: [{ user: 1, n_train: 50 }, { user: 42, n_train: 60 }], methods: [method('e2urec'), method('neggrad')] }));
  assert.equal(placeOf(store.state), null, 'nobody is chosen yet');
  store.patch('setup', { method: 'e2urec', preset: 'tuned' });
  store.patch('choice', { user: 1 });
  assert.deepEqual(placeOf(store.state), { method: null, preset: null, set: null, steps: null, seed: null, user: null, forget: null, line: null, sort: null, family: null, tour: null, lesson: null }, 'as the page begins');
  store.patch('setup', { method: 'neggrad', preset: 'published', seed: 7 });
  store.patch('choice', { user: 42 });
  const place = part(placeOf(store.state));
  assert.deepEqual(place, { method: 'neggrad', preset: 'published', set: null, steps: null, seed: 7, user: 42, forget: null, line: null, sort: null, family: null, tour: null, lesson: null });
  const href = addressOfPlace('https://host.example/lab/?data=films', 'compare', place);
  assert.equal(href, 'https://host.example/lab/?data=films#compare&method=neggrad&preset=published&seed=7&user=42');
  assert.deepEqual(wishesOf(href), { data: 'films', model: null, tab: 'compare', ...place });
  store.patch('data', { key: 'own' });
  assert.equal(placeOf(store.state)?.user, null);
  assert.deepEqual(['', '#forget', '#compare&seed=2', '#what', '#run', '#elsewhere'].map((hash) => namesPlace(`https://host.example/${hash}`)), [true, true, true, false, false, false]);
  assert.deepEqual([wishesOf('https://host.example/#forget&seed=-1&user=4e2').seed, wishesOf('https://host.example/#forget&user=4e2').user], [null, null]);
});

test('the address holds what is looked at in the comparison: the open line, the order, the family; nothing of an opened file', () => {
  store.put('loaded', part({ about: { kind: 'items' }, users: [{ user: 1, n_train: 50 }], methods: [{ id: 'e2urec', family: 'paper', params: [], presets: [{ id: 'tuned' }] }] }));
  store.patch('setup', { method: 'e2urec', preset: 'tuned' });
  store.patch('choice', { user: 1 });
  const actions = compareActions(part({ store, api: {} }));
  actions.openLine('e2urec/tuned, 3 steps');
  store.patch('compare', { sort: { by: 'test_auc', descending: true }, family: 'paper' });
  store.patch('choice', { kind: 'standard' });
  const href = addressOfPlace('https://host.example/lab/', 'compare', part(placeOf(store.state)));
  assert.equal(href, 'https://host.example/lab/#compare&forget=standard&line=e2urec%2Ftuned%2C+3+steps&sort=-test_auc&family=paper');
  // The way back, as Back and a link take it.
  store.patch('compare', { open: null, sort: null, family: null });
  actions.viewComparison(wishesOf(href));
  const { open, sort, family } = store.state.compare;
  assert.deepEqual([open, sort, family], ['e2urec/tuned, 3 steps', { by: 'test_auc', descending: true }, 'paper']);
  actions.viewComparison(wishesOf('https://host.example/lab/#compare&sort=nothing&family=none'));
  assert.deepEqual([store.state.compare.open, store.state.compare.sort, store.state.compare.family], [null, null, null], 'what there is not is not taken');
  actions.openLine('0123abcd|CPU|| e2urec/tuned');
  assert.equal(placeOf(store.state)?.line, null, 'a line of a file is nobody else’s');
});

test('whether the tab may be left follows the state at once, also where nothing is drawn', (t) => {
  const listens = new Set();
  const { addEventListener, removeEventListener } = globalThis;
  t.after(() => Object.assign(globalThis, { addEventListener, removeEventListener }));
  Object.assign(globalThis, { addEventListener: (/** @type {string} */ type) => listens.add(type), removeEventListener: (/** @type {string} */ type) => listens.delete(type) });
  store.watch(guardTab(store.state));
  dispatch({ type: 'run.finished', run, report: result() });
  assert.deepEqual([...listens], ['beforeunload']);
  store.patch('result', { saved: true });
  assert.deepEqual([...listens], [], 'a tab in the background draws nothing, and what was saved is not asked about');
});
