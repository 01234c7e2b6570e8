// What the linked views show of a moment: rows with three answers, people and items by how far they moved, a map that stands still, the adapter by layer and head.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idxAtStep, markedStep, momentIdx } from '../../web/js/app/moment.js';
import { idleFocus, idleRun, initialState } from '../../web/js/app/state.js';
import { createStore } from '../../web/js/app/store.js';
import { advance } from '../../web/js/features/forget/events.js';
import { viewActions } from '../../web/js/features/views/actions.js';
import { answersAt, extentOf, goalOf, groupsOf, heatOf, isAimed, litBy, meansOf, mostMoved, placeOfWeight, shareOf } from '../../web/js/features/views/sample.js';
import { part } from './helpers.mjs';

const sample = (/** @type {number} */ user, /** @type {number} */ item, liked = true, forget = false, more = {}) => ({ user, item, title: `film ${item}`, liked, forget, retrain: null, expected: null, ...more });
const rows = [sample(7, 1, true, true, { expected: 0.5 }), sample(7, 2, false, true, { retrain: 0.3, expected: 0.9 }), sample(8, 1), sample(9, 3, false)];
const weight = (/** @type {string} */ name, /** @type {number} */ rms, heads = /** @type {number[]} */ ([])) => ({ name, norm: 1, rms, heads });
const list = part([
  { step: 0, calibrated: false, p_yes: [0.9, 0.2, 0.8, 0.1], places: [[-1, 0], [1, 2], [0, 0], [0, 1]], moved: [] },
  { step: 5, calibrated: false, p_yes: [0.6, 0.3, 0.8, 0.1], places: [[-3, 0], [1, 2], [0, 0], [0, 1]], moved: [weight('model.embed_tokens', 0.1), weight('model.layers.0.self_attn.q_proj', 0.2, [0.1, 0.4])] },
  { step: 10, calibrated: false, p_yes: [0.5, 0.4, 0.7, 0.1], places: [[-2, 1], [1, 2], [0, 0], [0, 1]], moved: [weight('model.embed_tokens', 0.3), weight('model.layers.1.mlp.down_proj', 0.2)] },
]);

test('each rating has the answers of Original, of the moment, and of a model that never saw it', () => {
  const answers = answersAt({ rows, list }, 1);
  assert.deepEqual(answers.map(({ original, now, goal }) => [original, now, goal]), [[0.9, 0.6, 0.5], [0.2, 0.3, 0.3], [0.8, 0.8, null], [0.1, 0.1, null]]);
  assert.deepEqual([goalOf(rows), goalOf(rows.slice(0, 1)), goalOf(rows.slice(2))], ['retrain', 'expected', null]);
  assert.deepEqual(answersAt({ rows: [], list: [] }, -1), []);
});

test('people and items: what goes first, then what moved most', () => {
  const answers = answersAt({ rows, list }, 2);
  const people = groupsOf(answers, 'user', ({ user }) => `user ${user}`);
  assert.deepEqual(people.map(({ id, n, forget }) => [id, n, forget]), [[7, 2, 2], [8, 1, 0], [9, 1, 0]]);
  assert.ok(Math.abs((people[0]?.change ?? 0) - 0.3) < 1e-12, 'the mean of 0.4 and 0.2');
  const items = groupsOf(answers, 'item', ({ title }) => title);
  assert.deepEqual(items.map(({ id, n, forget }) => [id, n, forget]), [[1, 2, 1], [2, 1, 1], [3, 1, 0]]);
});

test('what is pointed at lights up everywhere', () => {
  const answers = answersAt({ rows, list }, 1);
  const lit = (/** @type {any} */ aim) => Object.values(litBy(answers, aim)).map((set) => [...set]);
  assert.deepEqual(lit({ kind: 'item', id: 1 }), [[0, 2], [7, 8], [1]]);
  assert.deepEqual(lit({ kind: 'row', id: 3 }), [[3], [9], [3]]);
  assert.deepEqual(lit({ kind: 'user', id: 7 }), [[0, 1], [7], [1, 2]]);
  assert.deepEqual(lit(null), [[], [], []]);
  assert.equal(isAimed(part(answers[2]), { kind: 'user', id: 7 }), false);
  assert.deepEqual(meansOf(answers.slice(0, 2)).map(({ n, original, now }) => [n, original, now]), [[1, 0.9, 0.6], [1, 0.2, 0.3]]);
});

test('the map holds every place of the run, and does not move with a moment', () => {
  const extent = extentOf(list);
  assert.deepEqual(extent, { left: -3, right: 1, low: 0, high: 2 });
  assert.deepEqual([shareOf([-3, 0], extent), shareOf([1, 2], extent), shareOf([-1, 1], extent)], [[0, 1], [1, 0], [0.5, 0.5]]);
  assert.deepEqual(extentOf([]), { left: 0, right: 1, low: 0, high: 1 });
});

test('the adapter stands by layer, matrix and head', () => {
  assert.deepEqual(placeOfWeight('model.layers.0.self_attn.q_proj'), { row: 'Layer 1', kind: 'q' });
  assert.deepEqual(placeOfWeight('encoder.block.3.layer.0.SelfAttention.q'), { row: 'Encoder 4', kind: 'q' });
  assert.deepEqual([placeOfWeight('shared'), placeOfWeight('model.embed_tokens')].map(({ row, kind }) => `${row} ${kind}`), ['Embedding tokens', 'Embedding tokens']);
  const { kinds, lines } = heatOf(list[1].moved);
  assert.deepEqual([kinds, lines.map(({ row }) => row)], [['tokens', 'q'], ['Embedding', 'Layer 1']]);
  assert.equal(mostMoved(list), 0.4, 'a head counts too');
});

test('a run’s answers follow one another; a run that goes on begins them anew', () => {
  const told = (/** @type {number} */ step, /** @type {any} */ more = {}) => part({ type: 'answers', step, calibrated: false, rows: [], p_yes: [], places: [], moved: [], ...more });
  let run = idleRun();
  for (const event of [told(0, { rows }), told(5), told(10), told(10, { calibrated: true })]) run = advance(run, event);
  assert.deepEqual(run.moments.list.map(({ step, calibrated }) => [step, calibrated]), [[0, false], [5, false], [10, false], [10, true]]);
  assert.equal(run.moments.rows.length, 4);
  // An engine that stopped goes on from an earlier step.
  run = advance(run, told(5));
  assert.deepEqual(run.moments.list.map(({ step }) => step), [0, 5]);
  run = advance(run, told(0, { rows: rows.slice(0, 1) }));
  assert.deepEqual([run.moments.list.length, run.moments.rows.length], [1, 1]);
});

test('the scrubber, the cursor of a chart, and the newest', () => {
  const at = (/** @type {Partial<import('../../web/js/types.d.ts').FocusState>} */ focus) => part({ run: { ...idleRun(), moments: { rows, list } }, focus: { ...idleFocus(), ...focus } });
  assert.deepEqual([momentIdx(at({})), momentIdx(at({ at: 1 })), momentIdx(at({ at: 9 })), momentIdx(at({ at: 0, step: 7 }))], [2, 1, 2, 1]);
  assert.deepEqual([markedStep(at({})), markedStep(at({ at: 1 })), markedStep(at({ step: 99 }))], [null, 5, 10]);
  assert.deepEqual([idxAtStep(list, 4), idxAtStep(list, 5), idxAtStep([], 3)], [0, 1, 0]);
  assert.equal(momentIdx(part({ run: idleRun(), focus: idleFocus() })), -1);
});

test('play, single step, hold', () => {
  const store = createStore(() => {}, () => {});
  store.put('run', { ...initialState().run, moments: { rows, list } });
  const actions = viewActions(part({ store }));
  const { state } = store;
  actions.playMoments();
  assert.deepEqual([state.focus.playing, state.focus.at], [true, 0], 'from the beginning, where the end is reached');
  actions.playOn();
  actions.playOn();
  actions.playOn();
  assert.deepEqual([state.focus.playing, state.focus.at], [false, null], 'it ends at the newest');
  actions.stepMoment(-1);
  assert.equal(state.focus.at, 1);
  actions.stepMoment(1);
  assert.equal(state.focus.at, null);
  actions.lookAtStep(6, false);
  assert.deepEqual([state.focus.step, momentIdx(state)], [6, 1]);
  actions.lookAtStep(0, true);
  assert.deepEqual([state.focus.step, state.focus.at], [null, 0], 'a press stays');
  actions.holdAim({ kind: 'user', id: 7 });
  assert.deepEqual(state.focus.held, { kind: 'user', id: 7 });
  actions.holdAim({ kind: 'user', id: 7 });
  assert.equal(state.focus.held, null);
});
