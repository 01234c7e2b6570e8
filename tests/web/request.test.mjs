// From what is chosen on the page to what the engine is asked for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsOf, neverLearnedPerson, subjectOf } from '../../web/js/app/selectors.js';
import { choiceOf, forgetOf, keyOf, nameOf } from '../../web/js/engine/forget-spec.js';
import { autoEvalEvery, clampParam, matchingPreset, offered, presetParams, sliderOf, suitedPreset } from '../../web/js/engine/method-params.js';
import { method, part } from './helpers.mjs';

const choice = (patch) => ({ kind: 'person', user: null, genre: null, pickUser: null, picked: {}, ...patch });

test('a choice becomes a forget spec with exactly one field', () => {
  assert.deepEqual(forgetOf(choice({ user: 7 })), { users: [7] });
  assert.deepEqual(forgetOf(choice({ kind: 'genre', genre: 'Horror' })), { genre: 'Horror' });
  assert.deepEqual(forgetOf(choice({ kind: 'ratings', picked: { 7: [1, 2], 9: [3] } })), { interactions: [[7, 1], [7, 2], [9, 3]] });
  assert.deepEqual(forgetOf(choice({ kind: 'standard', user: 7 })), { standard: true });
});

test('nothing chosen is nothing to run', () => {
  for (const kind of ['person', 'genre', 'ratings']) assert.equal(forgetOf(choice({ kind })), null);
});

test('the same set has the same key, in whatever order it was chosen', () => {
  assert.equal(keyOf({ users: [10, 9] }), keyOf({ users: [9, 10] }));
  assert.equal(keyOf({ interactions: [[1, 2], [1, 3]] }), keyOf({ interactions: [[1, 3], [1, 2]] }));
  assert.notEqual(keyOf({ users: [1] }), keyOf({ items: [1] }));
  assert.equal(keyOf({}), keyOf({ standard: true }));
});

test('figures name whom they are about, also when somebody else is chosen since', () => {
  const idle = part({ run: { status: 'idle' }, result: { report: null, label: '', kept: null }, choice: choice({ user: 4 }) });
  assert.equal(subjectOf(idle), null);
  const done = { ...idle, run: { status: 'done', label: 'user 7’s ratings', forgetKey: keyOf({ users: [7] }) } };
  assert.deepEqual(subjectOf(done), { label: 'user 7’s ratings', stale: true, chosen: 'user 4’s ratings', kept: null });
  assert.equal(subjectOf({ ...done, choice: choice({ user: 7 }) }).stale, false);
  const kept = { ...idle, result: { report: { request: { forget: { users: [7] } } }, label: 'user 7’s ratings', kept: null } };
  assert.deepEqual(subjectOf(kept), { label: 'user 7’s ratings', stale: true, chosen: 'user 4’s ratings', kept: null });
  // A run that was kept is told by its date, and is not made old by what is chosen beside it.
  const opened = { ...kept, result: { ...kept.result, kept: { at: 5, dataset: 'films' } } };
  assert.deepEqual(subjectOf(opened), { label: 'user 7’s ratings', stale: false, chosen: 'user 4’s ratings', kept: { at: 5, data: 'films' } });
});

test('a person from whom nothing was learned is known as that, where a person is chosen', () => {
  const loaded = part({ never_learned: [{ user: 2, n_train: 0, n_ratings: 29, standard: false }] });
  assert.equal(neverLearnedPerson({ choice: choice({ user: 2 }), loaded }).n_ratings, 29);
  assert.equal(neverLearnedPerson({ choice: choice({ user: 7 }), loaded }), null);
  assert.equal(neverLearnedPerson({ choice: choice({ kind: 'genre', user: 2 }), loaded }), null);
  assert.equal(neverLearnedPerson({ choice: choice({ user: 2 }), loaded: null }), null);
});

test('forget sets have names that fit into a sentence', () => {
  assert.equal(nameOf({ users: [7] }), 'user 7’s ratings');
  assert.equal(nameOf({ interactions: [[7, 1]] }), '1 single rating');
  assert.equal(nameOf({ standard: true }), 'the paper’s 20 % of users');
});

test('a preset fills what it names and leaves the rest at its default', () => {
  assert.deepEqual(presetParams(method, 'published'), { alpha: 2, rank: 4, form: 0 });
  assert.deepEqual(presetParams(method, null), { alpha: 0.35, rank: 4, form: 1 });
});

test('a language model begins with settings of its own, where a method has them', () => {
  const of = (/** @type {string} */ kind) => /** @type {any} */ ({ about: { kind } });
  const both = { ...method, presets: [...method.presets, { id: 'text', label: '', note: '', params: [] }] };
  assert.equal(suitedPreset(both, of('text')), 'text');
  assert.equal(suitedPreset(both, of('items')), method.presets[0].id);
  assert.equal(suitedPreset(method, of('text')), method.presets[0].id);
  const ids = (/** @type {string} */ kind) => offered({ ...of(kind), methods: [both] }).methods[0].presets.map((preset) => preset.id);
  assert.deepEqual([ids('text').includes('text'), ids('items').includes('text')], [true, false]);
});

test('values changed by hand belong to no preset', () => {
  assert.equal(matchingPreset(method, { alpha: 2, rank: 4, form: 0 }), 'published');
  assert.equal(matchingPreset(method, { alpha: 2, rank: 8, form: 0 }), null);
});

test('values are brought into their rule', () => {
  const [alpha, rank, form] = method.params;
  assert.equal(clampParam(alpha, 9), 8);
  assert.equal(clampParam(alpha, Number.NaN), 0.35);
  assert.equal(clampParam(rank, 3.6), 4);
  assert.equal(clampParam(form, 7), 1);
});

test('a slider gives back the value it was set to', () => {
  const rate = { ...method.params[0], min: 1e-6, max: 0.1, step: 1e-4 };
  for (const [param, value] of [[method.params[0], 0.35], [method.params[1], 16], [rate, 0.003], [rate, 5e-4]]) {
    const slider = sliderOf(param);
    const back = slider.from(slider.to(value));
    assert.ok(Math.abs(back - value) <= 0.01 * value, `${value} came back as ${back}`);
  }
});

test('live evaluations come at round steps, fewer in a short run', () => {
  assert.deepEqual([55, 400, 1343, 0].map(autoEvalEvery), [20, 50, 200, 0]);
});

test('only what differs from the defaults is sent', () => {
  const setup = part({ method: 'e2urec', preset: null, params: { alpha: 0.35, rank: 8, form: 1 }, steps: null, seed: 3, device: 'cpu', evalEvery: null });
  const selection = part({ status: 'ready', value: { steps: 1343 }, error: null });
  const options = optionsOf({ choice: choice({ kind: 'standard' }), setup, loaded: part({ methods: [method] }), selection });
  assert.deepEqual(options, { method: 'e2urec', forget: { standard: true }, params: { rank: 8 }, steps: undefined, seed: 3, device: 'cpu', evalEvery: 200 });
  assert.equal(optionsOf({ choice: choice({}), setup, loaded: part({ methods: [method] }), selection }), null);
});

test('several requests are one forget set, whatever their order', () => {
  const [one, two] = [{ users: [42] }, { genre: 'Horror' }];
  assert.equal(forgetOf(choice({ kind: 'requests', combined: [] })), null);
  assert.deepEqual(forgetOf(choice({ kind: 'requests', combined: [one] })), one);
  assert.deepEqual(forgetOf(choice({ kind: 'requests', combined: [one, two] })), { any: [one, two] });
  assert.equal(keyOf({ any: [one, two] }), keyOf({ any: [two, one] }));
  assert.notEqual(keyOf({ any: [one, two] }), keyOf({ any: [one] }));
  assert.equal(nameOf({ any: [one, two] }), '2 requests at once');
  assert.deepEqual(choiceOf({ any: [one, two] }), { kind: 'requests', combined: [one, two] });
});

test('an interest and words have a key, a name, and no place among the choices', () => {
  const interest = /** @type {const} */ ({ interest: [414, 'Horror'] });
  assert.equal(keyOf({ interest: [...interest.interest] }), 'interest:414/Horror');
  assert.equal(nameOf({ interest: [...interest.interest] }), 'user 414’s ratings of “Horror”');
  assert.equal(keyOf({ words: ['b', 'a'] }), 'words:a,b');
  assert.equal(nameOf({ words: ['a', 'b'] }, 'books'), 'the ratings of books with “a” or “b”');
  assert.equal(choiceOf({ interest: [...interest.interest] }) ?? choiceOf({ words: ['a'] }), null);
});
