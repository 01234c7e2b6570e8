// Attacks one after another, against an engine that is only pretended: what is asked, what is told, what a cancel keeps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAttacks, attackRequest } from '../../web/js/features/attacks/run-attacks.js';
import { LabError } from '../../web/js/platform/errors.js';
import { createDispatch } from '../../web/js/app/dispatch.js';
import { createStore } from '../../web/js/app/store.js';

/** A lab with these attacks; `fail` says what goes wrong with one. @param {string[]} ids @param {(id: string) => unknown} [fail] @returns {any} */
function pretend(ids, fail = () => null) {
  const store = createStore(() => {}, () => {});
  /** @type {any} */
  const lab = { sent: [], seen: [], cancelled: false, dispatch: createDispatch(store), get state() { return store.state.attacks; } };
  lab.send = async (command, _answer, hear) => {
    lab.sent.push(command);
    if (command.type === 'attack_table') return { type: 'attack_table', attacks: ids.map((id) => ({ entry: { id } })) };
    const [id] = command.request.attacks;
    hear({ type: 'progress', phase: 'attack', done: 1, total: 4, left_ms: 3000 });
    hear({ type: 'progress', phase: 'student', done: 9, total: 10, left_ms: 1 });
    lab.seen.push([lab.state.now, lab.state.share, lab.state.left]);
    const error = fail(id);
    if (error) throw error;
    return { type: 'attacks', report: { dataset: 'films', findings: [{ id, sentence: `${id} found` }] } };
  };
  lab.stopped = () => lab.cancelled;
  lab.ended = () => {};
  return lab;
}
const trouble = (code) => new LabError({ code, message: code, kept: '', todo: '' });

test('attacks are made one after another, each with its own parameters', async () => {
  const lab = pretend(['loss', 'relearn']);
  const params = { relearn: { steps: 4 } };
  const report = await runAttacks({ params, seed: 7 }, lab);
  assert.deepEqual(lab.sent.map(({ type, request }) => [type, request]), [
    ['attack_table', { attacks: [], params, seed: 7 }],
    ['attack', { attacks: ['loss'], params: {}, seed: 7 }],
    ['attack', { attacks: ['relearn'], params, seed: 7 }],
  ]);
  assert.deepEqual(lab.seen, [['loss', 0.25, 3], ['relearn', 0.25, 3]], 'a run within an attack does not move its bar');
  assert.deepEqual(report, { dataset: 'films', findings: [{ id: 'loss', sentence: 'loss found' }, { id: 'relearn', sentence: 'relearn found' }] });
  assert.deepEqual([lab.state.status, lab.state.now, Object.keys(lab.state.findings), lab.state.about], ['done', '', ['loss', 'relearn'], { dataset: 'films' }]);
});

test('a cancel keeps what was found, an error is told, and a listener that throws harms nobody', async () => {
  const cancelled = pretend(['loss', 'drop'], (id) => (id === 'drop' ? trouble('cancelled') : null));
  assert.equal((await runAttacks({}, cancelled)).findings.length, 1);
  assert.equal(cancelled.state.status, 'cancelled');
  const before = pretend(['loss'], () => trouble('cancelled'));
  await assert.rejects(runAttacks({}, before), { code: 'cancelled' });

  const failing = pretend(['loss', 'drop'], (id) => (id === 'drop' ? trouble('device') : null));
  await assert.rejects(runAttacks({}, failing), { code: 'device' });
  assert.deepEqual([failing.state.status, Object.keys(failing.state.findings)], ['idle', ['loss']]);

  const { error } = console;
  console.error = () => {};
  const loud = pretend(['loss']);
  const onFinding = () => {
    throw new Error('mine');
  };
  assert.equal((await runAttacks({ onFinding }, loud)).findings.length, 1);
  console.error = error;
});

test('what cannot be meant is refused with option, rule and value', async () => {
  for (const [options, pattern] of /** @type {[any, RegExp][]} */ ([
    [{ attacks: 'loss' }, /attacks must be a list of ids, got `loss`/],
    [{ attacks: [1] }, /list of ids/],
    [{ params: 3 }, /params must be an object, got `3`/],
    [{ params: { loss: null } }, /params\.loss must be an object/],
    [{ params: { loss: { steps: '4' } } }, /params\.loss\.steps must be a number, got `4`/],
    [{ seed: -1 }, /seed must be a whole number from 0/],
  ])) {
    assert.throws(() => attackRequest(options), (/** @type {any} */ error) => error.code === 'setting' && pattern.test(error.message), String(pattern));
  }
  await assert.rejects(runAttacks(/** @type {any} */ ({ onEvent: 3 }), pretend([])), /onEvent must be a function/);
});
