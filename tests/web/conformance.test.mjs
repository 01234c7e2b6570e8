// What the conformance page makes of numbers: differences, the verdict, the sealed file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beside, besideReference } from '../../web/js/features/conformance/tensor-difference.js';
import { parse } from '../../web/js/features/conformance/run.js';
import { canonical, isWhole, sign } from '../../web/js/features/conformance/signature.js';
import { verdict } from '../../web/js/features/conformance/verdict.js';

test('a difference is relative to the largest number of its tensor', () => {
  const expected = [{ name: 'y', values: [1, -4] }, { name: 'dx', values: [0, 0] }];
  assert.deepEqual(beside([{ name: 'y', values: [1, -4] }, { name: 'dx', values: [0, 0] }], expected), { difference: 0, tensor: 'y' });
  assert.deepEqual(beside([{ name: 'y', values: [1.5, -4] }, { name: 'dx', values: [0, 0] }], expected), { difference: 0.125, tensor: 'y' });
});

test('what cannot be compared is never right', () => {
  const expected = [{ name: 'y', values: [1, 2] }, { name: 'dx', values: [0, 0] }];
  const wrong = { difference: null, tensor: 'y' };
  assert.deepEqual(beside([{ name: 'y', values: [1, NaN] }, expected[1]], expected), wrong);
  assert.deepEqual(beside([{ name: 'y', values: [1] }, expected[1]], expected), wrong, 'too short');
  assert.deepEqual(beside([{ name: 'z', values: [1, 2] }, expected[1]], expected), wrong, 'another name');
  assert.equal(beside([expected[0]], expected).difference, null, 'one is missing');
  assert.deepEqual(beside([expected[0], { name: 'dx', values: [0, 1e-9] }], expected), { difference: null, tensor: 'dx' }, 'zero must be zero');
});

test('the reference sees a wrong number that it keeps, and by the mean square one that it does not', () => {
  const values = [3, 0, 4, 0, 0];
  const reference = { y: { n: 5, max: 4, rms: Math.sqrt(5), stride: 3, values: [3, 0] } };
  const found = (/** @type {number[]} */ list) => besideReference([{ name: 'y', values: list }], reference).difference ?? Infinity;
  assert.equal(found(values), 0);
  assert.ok(Math.abs(found([3.4, 0, 4, 0, 0]) - 0.1) < 1e-12, 'kept');
  assert.ok(found([3, 0, 4.4, 0, 0]) > 0.03, 'not kept');
  assert.deepEqual(besideReference([], reference), { difference: null, tensor: 'y' });
  assert.deepEqual(besideReference([{ name: 'y', values: [3] }], reference), { difference: null, tensor: 'y' });
});

const right = { ok: true, difference: 0, tensor: 'y', ms: 1, error: null };
const engine = { state: /** @type {const} */ ('ready'), device: 'x', reason: '', checks: [] };
const absent = { ...engine, state: /** @type {const} */ ('absent'), reason: 'this browser has no WebGPU here' };
const none = { found: /** @type {const} */ (false), reason: 'none' };
const found = { found: /** @type {const} */ (true), name: 'swiftshader', software: true, info: { vendor: '', architecture: '', device: '', description: '' }, limits: {}, features: [], wgsl: [] };
const base = { cases: [{ id: 'norm', title: 'RMS norm', bound: 1e-4, cpu: right, gpu: right }, { id: 'rope', title: 'Rotary embedding', bound: 1e-4, cpu: right, gpu: right }], engines: { cpu: engine, gpu: engine }, trials: [], adapter: { page: none, worker: found }, query: { op: [], worker: true } };

test('the verdict says what is right, where, and what was not tested', () => {
  assert.deepEqual(verdict(base), { ok: true, says: 'Both operations are right on the CPU and the GPU (swiftshader, in software).' });
  const cases = base.cases.map((one) => ({ ...one, gpu: null }));
  assert.deepEqual(verdict({ ...base, cases, engines: { cpu: engine, gpu: absent } }), { ok: true, says: 'Both operations are right on the CPU. The GPU was not tested: this browser has no WebGPU here.' });
});

test('the verdict names every wrong thing', () => {
  const cases = [{ ...base.cases[0], gpu: { ...right, ok: false } }, base.cases[1]];
  assert.deepEqual(verdict({ ...base, cases }), { ok: false, says: 'Wrong on the GPU: RMS norm.' });
  assert.equal(verdict({ ...base, engines: { cpu: engine, gpu: { ...engine, state: 'failed', reason: 'lost' } } }).says, 'The GPU engine failed: lost.');
  assert.equal(verdict({ ...base, trials: [{ id: 'loss', title: 'A destroyed device is told as lost', ok: false, says: 'no' }] }).says, 'Not passed: A destroyed device is told as lost.');
});

test('a sealed file is whole until one number of it changes', async () => {
  assert.equal(canonical({ b: [1, { d: null, c: 'ü' }], a: undefined, A: true }), '{"A":true,"b":[1,{"c":"ü","d":null}]}');
  const report = /** @type {any} */ ({ verdict: { ok: false, says: 'wrong' }, cases: [1, 2] });
  const file = await sign(report);
  assert.ok(await isWhole(JSON.parse(JSON.stringify(file))));
  assert.equal(await isWhole({ ...file, report: { ...report, verdict: { ok: true, says: 'wrong' } } }), false);
  const other = await sign({ ...report, cases: [] });
  // With the right hash, but another report's signature.
  assert.equal(await isWhole({ ...file, seal: { .../** @type {any} */ (file.seal), signature: other.seal?.signature } }), false);
});

test('a query names operations, and the page in place of a worker', () => {
  assert.deepEqual(parse(''), { op: [], worker: true });
  assert.deepEqual(parse('?op=norm,%20rope&worker=0'), { op: ['norm', 'rope'], worker: false });
});
