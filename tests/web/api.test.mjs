// The script interface against an engine that is only pretended: what is asked, what is refused, who is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { part } from './helpers.mjs';

Object.assign(globalThis, { PAGE_VERSION: 'test' });
const { createApi } = await import('../../web/js/api/api.js');
const { requestOf } = await import('../../web/js/api/validate.js');
const { LabError } = await import('../../web/js/platform/errors.js');

/** An engine whose runs end when `finish` or `fail` is called. */
function pretend({ prepare = async () => {} } = {}) {
  const sent = [];
  const told = [];
  const engine = {
    status: () => ({}),
    would: () => 'cpu',
    ownsModel: () => false,
    dataset: async () => 'films',
    model: async () => 'nano',
    resolve: async (wish) => {
      if (wish === 'webgpu') throw new LabError({ code: 'no_webgpu', message: 'none', kept: '', todo: '' });
      return 'cpu';
    },
    prepare,
    send: (kind, command, _answer, onEvent) => new Promise((finish, fail) => sent.push({ kind, command, onEvent, finish, fail })),
    control: (kind, control) => told.push(`${kind} ${control}`),
  };
  const dispatch = ({ type }) => ['runs.interrupted', 'run.unsaved'].includes(type) || told.push(type);
  return { api: createApi(part(engine), Promise.resolve(part({})), part(dispatch)), sent, told };
}
const turn = () => new Promise((resolve) => setTimeout(resolve));
/** Waits until so many commands were sent. */
async function sending(sent, n = 1) {
  while (sent.length < n) await turn();
}

test('defaults make a complete request', () => {
  assert.deepEqual(requestOf({ forget: { users: [7] } }), { method: 'e2urec', forget: { users: [7] }, params: {}, seed: 1, eval_every: 0 });
});

test('what to forget must be named', () => {
  for (const options of /** @type {any[]} */ ([{}, { forget: null }, { forget: undefined, seed: 2 }])) assert.throws(() => requestOf(options), (/** @type {any} */ error) => error.code === 'setting' && /forget must name what to forget/.test(error.message));
});

test('what cannot be meant is refused with option, rule and value', () => {
  for (const [options, pattern] of /** @type {[any, RegExp][]} */ ([
    [{ user: 3 }, /unknown option `user`/],
    [{ forget: { users: [3] }, device: 'gpu' }, /device must be one of auto, cpu, webgpu, got `gpu`/],
    [{ forget: { users: [3] }, seed: -1 }, /seed must be a whole number from 0, got `-1`/],
    [{ forget: { users: [3] }, steps: 0 }, /steps must be a whole number from 1/],
    [{ forget: { users: [3] }, params: { alpha: 'much' } }, /params\.alpha must be a number, got `much`/],
  ])) {
    assert.throws(() => requestOf(options), (/** @type {any} */ error) => error.code === 'setting' && pattern.test(error.message));
  }
});

test('a run resolves to its report; page and caller hear the events', async () => {
  const { api, sent, told } = pretend();
  const heard = [];
  const run = api.run({ forget: { users: [7] }, onEvent: (event) => heard.push(event) });
  await sending(sent);
  sent[0].onEvent({ type: 'paused', paused: true, step: 1 });
  api.cancel();
  sent[0].finish({ type: 'report', report: { methods: [] } });
  assert.deepEqual(await run, { methods: [] });
  assert.equal(heard.length, 1);
  assert.deepEqual(told, ['run.started', 'run.event', 'cpu cancel', 'run.finished']);
});

test('a run begins when what it calibrates itself by is there, or not at all; Retrain does not wait', async () => {
  let give;
  const { api, sent } = pretend({ prepare: () => new Promise((resolve) => (give = resolve)) });
  const run = api.run({ forget: { users: [7] } });
  for (let n = 0; n < 5; n += 1) await turn();
  assert.equal(sent.length, 0);
  give();
  await sending(sent);
  sent[0].finish({ type: 'report', report: 1 });
  assert.equal(await run, 1);

  const cancelled = api.run({ forget: { users: [7] } });
  await turn();
  api.cancel();
  give();
  await assert.rejects(cancelled, { code: 'cancelled' });
  assert.equal(sent.length, 1, 'cancelled while it waited');

  const failing = pretend({ prepare: async () => { throw new LabError({ code: 'assets', message: 'x', kept: '', todo: '' }); } });
  await assert.rejects(failing.api.run({ forget: { users: [7] } }), { code: 'assets' });
  assert.deepEqual([failing.sent, failing.told], [[], ['run.failed']]);
  void failing.api.retrain({ forget: { users: [7] } });
  await sending(failing.sent);
  assert.equal(failing.sent[0].command.type, 'retrain');
});

test('one run at a time, and a failed one frees the way', async () => {
  const { api, sent } = pretend();
  const first = api.run({ forget: { users: [7] } });
  await assert.rejects(api.run({ forget: { users: [7] } }), { code: 'busy' });
  await assert.rejects(api.reset(), { code: 'busy' });
  await sending(sent);
  sent[0].fail(new LabError({ code: 'cancelled', message: 'x', kept: '', todo: '' }));
  await assert.rejects(first, { code: 'cancelled' });
  const second = api.run({ forget: { users: [7] } });
  await sending(sent, 2);
  sent[1].finish({ type: 'report', report: 2 });
  assert.equal(await second, 2);
});

test('a device that is not there rejects and leaves nothing behind', async () => {
  const { api, told } = pretend();
  await assert.rejects(api.run({ forget: { standard: true }, device: 'webgpu' }), { code: 'no_webgpu' });
  api.cancel();
  assert.deepEqual(told, ['run.failed']);
});

test('an engine that stops is asked again, from the last checkpoint, as long as it gets further', async () => {
  const { api, sent, told } = pretend();
  const crash = () => new LabError({ code: 'crash', message: 'the engine stopped', kept: '', todo: '' });
  const run = api.run({ forget: { users: [7] } });
  await sending(sent);
  assert.deepEqual([sent[0].command.checkpoint_every > 0, sent[0].command.resume], [true, []]);
  sent[0].fail(crash()); // before the first checkpoint: once more from the start
  await sending(sent, 2);
  assert.deepEqual(sent[1].command.resume, []);
  const [targets, student] = [{ name: 'targets.safetensors', bytes: new Uint8Array(3) }, { name: 'student.safetensors', bytes: new Uint8Array(2) }];
  sent[1].onEvent({ type: 'checkpoint', step: 20, files: [targets, { name: student.name, bytes: new Uint8Array(1) }] });
  sent[1].onEvent({ type: 'checkpoint', step: 40, files: [student] });
  sent[1].fail(crash());
  await sending(sent, 3);
  assert.deepEqual(sent[2].command.resume, [targets, student], 'the latest of each file');
  sent[2].fail(crash()); // no further than before
  await assert.rejects(run, { code: 'crash' });
  assert.deepEqual(told, ['run.started', 'run.recovered', 'run.recovered', 'run.failed']);
});

test('a signal ends the call it was given to, and no other', async () => {
  const { api, sent, told } = pretend();
  const first = new AbortController();
  const run = api.run({ forget: { users: [7] }, signal: first.signal });
  await sending(sent);
  first.abort();
  assert.deepEqual(told, ['run.started', 'cpu cancel']);
  sent[0].fail(new LabError({ code: 'cancelled', message: 'x', kept: '', todo: '' }));
  await assert.rejects(run, { code: 'cancelled' });

  const second = api.run({ forget: { users: [7] } });
  await sending(sent, 2);
  const late = new AbortController();
  await assert.rejects(api.run({ forget: { users: [7] }, signal: late.signal }), { code: 'busy' });
  late.abort();
  assert.equal(told.filter((one) => one === 'cpu cancel').length, 1, 'the run in progress is another’s');
  sent[1].finish({ type: 'report', report: 2 });
  assert.equal(await second, 2);
});

test('a signal that was aborted before begins nothing, and what is no signal is refused', async () => {
  const { api, sent, told } = pretend();
  for (const call of ['run', 'retrain', 'compare']) await assert.rejects(api[call]({ forget: { users: [7] }, signal: AbortSignal.abort() }), { code: 'cancelled' }, call);
  await assert.rejects(api.attack({ signal: AbortSignal.abort() }), { code: 'cancelled' });
  await assert.rejects(api.train({ files: [], signal: AbortSignal.abort() }), { code: 'cancelled' });
  for (const signal of /** @type {any[]} */ ([{}, 'now', 1])) await assert.rejects(api.run({ forget: { users: [7] }, signal }), (/** @type {any} */ error) => error.code === 'setting' && /signal must be an AbortSignal/.test(error.message));
  assert.deepEqual([sent, told], [[], []]);
});

test('a checkpoint keeps what was seen of the run so far', async () => {
  const { api, sent } = pretend();
  const run = api.run({ forget: { users: [7] } });
  await sending(sent);
  const { onEvent, finish } = sent[0];
  onEvent({ type: 'progress', phase: 'student', done: 0, total: 60, elapsed_ms: 0, left_ms: null });
  onEvent({ type: 'losses', steps: [{ step: 19 }, { step: 20 }] });
  const { CheckpointWriter } = await import('../../web/js/engine/checkpoints.js');
  const { keep } = CheckpointWriter.prototype;
  const seen = [];
  CheckpointWriter.prototype.keep = function (step, files, so) {
    seen.push(so);
    keep.call(this, step, files, so);
  };
  onEvent({ type: 'checkpoint', step: 20, files: [] });
  onEvent({ type: 'losses', steps: [{ step: 21 }] });
  CheckpointWriter.prototype.keep = keep;
  assert.deepEqual(seen, [{ losses: [{ step: 19 }, { step: 20 }], evals: [], total: 60 }]);
  finish({ type: 'report', report: 1 });
  await run;
});
