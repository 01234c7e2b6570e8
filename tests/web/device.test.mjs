// Which device is taken, and why; what crosses the worker's boundary; what moved in a list.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, isSoftware, probe } from '../../web/js/engine/device.js';
import { whyNoGpu } from '../../web/js/platform/integrity.js';
import { movementOf, overlapOf } from '../../web/js/features/forget/rank-changes.js';
import { toJson } from '../../web/js/engine/json.js';

const slot = (state, patch = {}) => ({ state, device: '', reason: '', checks: [], restarts: 0, threads: 1, ...patch });
const status = (gpu) => ({ cpu: slot('ready'), gpu });

test('software adapters are known by name or by their flag', () => {
  assert.ok(isSoftware({ vendor: 'google', architecture: 'swiftshader' }));
  assert.ok(isSoftware({ description: 'llvmpipe (LLVM 15)' }));
  assert.ok(isSoftware({ vendor: 'intel', isFallbackAdapter: true }));
  assert.ok(!isSoftware({ vendor: 'nvidia', architecture: 'ampere', isFallbackAdapter: false }));
});

test('auto takes the GPU only when it is real and right', () => {
  assert.equal(choose(status(slot('ready')), 'auto').kind, 'gpu');
  for (const state of ['off', 'starting', 'software', 'absent', 'failed']) assert.equal(choose(status(slot(state)), 'auto').kind, 'cpu', state);
});

test('the reason is told', () => {
  assert.match(choose(status(slot('software', { device: 'google swiftshader' })), 'auto').why, /software \(google swiftshader\)/);
  assert.match(choose(status(slot('absent', { reason: 'this browser has no WebGPU' })), 'auto').why, /no WebGPU/);
  assert.equal(choose(status(slot('software')), 'webgpu').kind, 'gpu');
  assert.equal(choose(status(slot('ready')), 'cpu').kind, 'cpu');
});

test('a build without the engine for the GPU says whether that one follows', () => {
  const file = { bytes: 1, sha256: '', keep: /** @type {const} */ ('use') };
  const of = (/** @type {string} */ module, /** @type {string[] | undefined} */ coming) => whyNoGpu({ version: '1', files: { [`wasm/${module}/unlearn_web_bg.wasm`]: file }, coming });
  assert.equal(of('gpu', undefined), null);
  assert.match(of('cpu', ['gpu']) ?? '', /still being built/);
  assert.match(of('cpu', undefined) ?? '', /has no engine for the GPU/);
});

test('looking for an adapter never throws', async () => {
  assert.deepEqual(await probe(null), { found: false, reason: 'this browser has no WebGPU' });
  assert.equal((await probe({ requestAdapter: async () => null })).found, false);
  const broken = /** @type {any} */ (await probe({ requestAdapter: () => Promise.reject(new Error('lost')) }));
  assert.match(broken.reason, /lost/);
  const found = await probe({ requestAdapter: async () => ({ info: { vendor: 'amd', architecture: 'rdna-3', device: '', description: '' } }) });
  assert.deepEqual(found, { found: true, software: false, name: 'amd rdna-3' });
});

test('what the bindings hand out becomes plain JSON', () => {
  const bytes = new Uint8Array([1, 2]);
  const given = { params: new Map([['alpha', 0.35]]), missing: undefined, list: [undefined, { deep: new Map() }], bytes, big: 7n };
  const made = toJson(given);
  assert.deepEqual(made, { params: { alpha: 0.35 }, missing: null, list: [null, { deep: {} }], bytes, big: 7 });
  assert.equal(made.bytes, bytes);
});

test('movement between two lists', () => {
  const entry = (rank, other_rank) => ({ item: rank, title: '', genres: [], p_yes: 0.5, rank, other_rank });
  assert.deepEqual(movementOf(entry(1, 3), 'after', 10), { kind: 'up', by: 2, text: 'up 2' });
  assert.deepEqual(movementOf(entry(4, 1), 'after', 10), { kind: 'down', by: 3, text: 'down 3' });
  assert.equal(movementOf(entry(2, 2), 'after', 10).kind, 'same');
  assert.equal(movementOf(entry(2, 14), 'after', 10).text, 'new, was 14');
  assert.equal(movementOf(entry(2, 14), 'before', 10).text, 'out, now 14');
  assert.equal(movementOf(entry(2, null), 'after', 10).kind, 'unknown');
  assert.equal(overlapOf([entry(1, 1), entry(2, 5)], [entry(1, 1), entry(3, 9)]), 1);
});
