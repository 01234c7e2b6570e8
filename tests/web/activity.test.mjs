// What can be done while what goes on, and what is said where it cannot: one table of states and actions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activityOf, isLocked, isShown, whyNot } from '../../web/js/app/selectors.js';
import { initialState } from '../../web/js/app/state.js';
import { method, part, report } from './helpers.mjs';

/** A page on which everything can be done. @param {Record<string, object>} [patches] slice by slice */
function page(patches = {}) {
  const usual = {
    ...initialState(), boot: { status: 'ready', error: null }, loaded: { methods: [method], never_learned: [{ user: 9, n_train: 0 }] }, setup: { ...initialState().setup, method: 'e2urec', preset: 'tuned' },
    choice: { ...initialState().choice, user: 7 }, selection: { status: 'ready', value: { sizes: { forget: 5, retain: 50 } }, error: null },
  };
  const request = { method: 'e2urec', forget: { users: [7] }, params: {}, seed: 1, eval_every: 0 };
  const state = part({ ...usual, compare: { ...usual.compare, picks: ['e2urec/tuned'] }, data: { ...usual.data, key: 'films' }, result: { ...usual.result, report: { ...report([]), request } } });
  for (const [slice, patch] of Object.entries(patches)) state[slice] = { ...state[slice], ...patch };
  return state;
}
const job = (/** @type {string} */ kind) => ({ models: { jobs: { mine: { kind, error: null } } } });

/** Each state, and whether it is the engine that is at work. @type {[import('../../web/js/app/activity.js').Activity, Record<string, object>, boolean][]} */
const STATES = [
  ['loading', { boot: { status: 'loading' } }, true],
  ['broken', { boot: { status: 'error' } }, true],
  ['training', { data: { status: 'busy', next: 'own' } }, true],
  ['switching', { data: { status: 'busy', next: 'books' } }, true],
  ['comparing', { compare: { status: 'running', picks: ['e2urec/tuned'] }, run: { status: 'running', kind: 'run', paused: true } }, true],
  ['attacking', { attacks: { status: 'running' } }, true],
  ['retraining', { run: { status: 'running', kind: 'retrain' } }, true],
  ['paused', { run: { status: 'running', kind: 'run', paused: true } }, true],
  ['running', { run: { status: 'running', kind: 'run' } }, true],
  ['merging', { result: { report: report([]), merged: '' } }, false],
  ['importing', job('import'), false],
  ['downloading', job('download'), false],
  ['idle', {}, false],
];
/** @type {import('../../web/js/app/activity.js').Action[]} */
const ACTIONS = ['start', 'choose', 'setup', 'data', 'use', 'compare', 'attack', 'retrain', 'replay', 'continue', 'reset', 'save', 'merge', 'ask', 'import', 'update'];

test('while the engine is at work nothing else is asked of it, and each control says the same of it', () => {
  for (const [activity, patches, alone] of STATES) {
    const state = page(patches);
    assert.equal(activityOf(state), activity);
    assert.equal(isLocked(state), alone, activity);
    if (!alone) continue;
    const said = new Set(ACTIONS.map((action) => whyNot(state, action)));
    assert.equal(said.size, 1, activity);
    assert.match([...said][0] ?? '', /^[A-Z].*\.$/, activity);
  }
});

test('beside work on models everything goes on but what would meet it', () => {
  const blocked = (/** @type {Record<string, object>} */ patches) => ACTIONS.filter((action) => whyNot(page(patches), action) !== '');
  assert.deepEqual(blocked({}), []);
  assert.deepEqual(blocked(job('download')), ['update']);
  assert.deepEqual(blocked(job('import')), ['import', 'update']);
  assert.deepEqual(blocked({ result: { ...page().result, merged: '' } }), ['merge', 'import', 'update']);
  assert.deepEqual(blocked({ models: { jobs: { mine: { kind: 'download', error: {} } } } }), [], 'what failed is over');
});

test('what an action lacks is said', () => {
  const why = (/** @type {import('../../web/js/app/activity.js').Action} */ action, /** @type {Record<string, object>} */ patches) => whyNot(page(patches), action);
  assert.match(why('start', { choice: { user: null } }), /Choose what to forget/);
  assert.match(why('start', { choice: { user: 9 } }), /Nothing was learned of user 9/);
  assert.match(why('start', { selection: { status: 'error', value: null } }), /cannot be run/);
  assert.match(why('start', { selection: { value: { sizes: { forget: 0 } } } }), /Nothing of this choice was learned/);
  assert.match(why('compare', { compare: { picks: [] } }), /at least one method/);
  assert.match(why('attack', { result: { report: null } }), /Nothing has been forgotten/);
  assert.match(why('attack', { result: { lost: true } }), /gone with the engine/);
  assert.match(why('reset', { result: { report: null } }), /nothing to reset/);
  assert.match(why('save', { result: { report: null } }), /after a run/);
  assert.match(why('merge', { data: { key: 'own' } }), /trained here/);
  assert.match(why('merge', { result: { merged: 'nano-merged' } }), /stored already/);
});

test('a result is of what is chosen only with the same method, values, steps and seed', () => {
  assert.equal(isShown(page()), true);
  assert.equal(isShown(page({ setup: { params: { alpha: 0.35, rank: 4 } } })), true, 'a value that is the usual one is no other');
  for (const other of [{ setup: { seed: 2 } }, { setup: { params: { alpha: 2 } } }, { setup: { steps: 9 } }, { choice: { user: 8 } }, { result: { report: null } }]) assert.equal(isShown(page(other)), false, JSON.stringify(other));
});
