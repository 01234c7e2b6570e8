// A control reaches the command it is meant for, and no other: by its number, past the queue.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { part } from './helpers.mjs';

const sent = [];
let receive = (_message) => {};
globalThis.document = part({ baseURI: 'http://localhost/' });
globalThis.Worker = part(class {
  addEventListener(type, listener) {
    if (type === 'message') receive = (data) => listener({ data, stopImmediatePropagation() {} });
  }

  postMessage(message) {
    sent.push(message);
  }

  terminate() {}
});
const { WorkerClient } = await import('../../web/js/engine/worker-client.js');

test('a cancel carries the number of the command that is at work', async () => {
  const client = new WorkerClient('cpu', () => {});
  const first = client.send({ type: 'reset' });
  const run = client.send({ type: 'run', request: part({}), checkpoint_every: 0, resume: [] });
  client.control('cancel');
  assert.deepEqual(sent.map(({ id, control }) => ({ id, control })), [{ id: 1, control: undefined }], 'a command that takes no control hears none');
  await assert.rejects(run, { code: 'cancelled' }, 'a run that still waits never reaches the engine');
  receive({ id: 1, reply: { type: 'done' } });
  assert.deepEqual(await first, { type: 'done' });

  const second = client.send({ type: 'run', request: part({}), checkpoint_every: 0, resume: [] });
  client.control('cancel');
  const [begun, control] = sent.slice(-2);
  assert.equal(begun.command.type, 'run');
  assert.deepEqual(control, { id: begun.id, control: 'cancel' });
  receive({ id: begun.id, error: { message: 'cancelled by the user', code: 'cancelled', kept: null, todo: null } });
  await assert.rejects(second, { code: 'cancelled' });
});

test('an attack that is at work is ended by a cancel, and hears nothing else', async () => {
  const client = new WorkerClient('cpu', () => {});
  const attack = client.send({ type: 'attack', request: { attacks: ['shadow'], params: {}, seed: 1 } });
  const [begun] = sent.slice(-1);
  client.control('pause');
  client.control('cancel');
  assert.deepEqual(sent.filter(({ control }) => control).slice(-1), [{ id: begun.id, control: 'cancel' }]);
  assert.notEqual(sent.at(-2).control, 'pause');
  receive({ id: begun.id, error: { message: 'cancelled', code: 'cancelled', kept: null, todo: null } });
  await assert.rejects(attack, { code: 'cancelled' });
});
