// The matrix fails where something is missing, and its document says so.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { text } from '../matrix/document.mjs';
import { missing } from '../matrix/expect.mjs';
import { leaks } from '../matrix/privacy.mjs';

const RESULTS = ['chromium', 'firefox', 'webkitgtk'];
/** @param {string} id */
const result = (id) => JSON.parse(readFileSync(new URL(`../matrix/results/${id}.json`, import.meta.url), 'utf8'));

test('an adapter that must be there is missed, and one that is new is told', () => {
  const { report } = result('chromium').conformance;
  const gone = { ...report, adapter: { ...report.adapter, worker: { found: false, reason: 'the browser offers no WebGPU adapter' } }, engines: { ...report.engines, gpu: { state: 'absent', device: '', reason: 'none', checks: [] } } };
  assert.deepEqual(missing({ adapter: /swiftshader/i }, report), []);
  assert.deepEqual(missing({ adapter: /swiftshader/i }, gone), ['a WebGPU adapter is expected in workers, and the browser offers no WebGPU adapter', 'the GPU engine is absent: none']);
  assert.match(missing({ adapter: /llvmpipe/ }, report)[0], /the adapter should be .*llvmpipe.*swiftshader/);
  assert.match(missing({ adapter: null }, report)[0], /expect it from now on/);
  assert.deepEqual(missing({ adapter: /swiftshader/i }, { ...report, verdict: { ok: false, says: 'Wrong on the GPU: RMS norm.' } }), ['Wrong on the GPU: RMS norm.']);
});

test('the document is what the committed results give, and hides no failure', () => {
  const results = RESULTS.map(result);
  assert.equal(readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8'), text(results));
  const broken = { id: 'x', name: 'Other', version: null, gpu: 'none', problems: ['it did not start'], page: null, conformance: null };
  assert.match(text([...results, broken]), /\| Other \|.*\*\*could not be run\*\*: it did not start/);
  const wrong = structuredClone(results[0]);
  Object.assign(wrong.conformance.report.cases[0].gpu, { ok: false, difference: 0.25 });
  assert.match(text([wrong]), /\*\*2\.5e-1\*\*/);
});

test('a way out that is open is told, and a control that is not seen to work proves nothing', () => {
  const tried = (bare, shipped) => leaks([{ way: 'beacon', bare, shipped }], { unseen: [], leaky: [] });
  assert.deepEqual(tried(true, false), []);
  assert.deepEqual(tried(true, true), ['another site was reached by `beacon`']);
  assert.match(tried(false, false)[0], /was not seen to reach another site even without the locks/);
  assert.match(leaks([{ way: 'beacon', bare: true, shipped: false }], { unseen: ['beacon'], leaky: [] })[0], /expect it from now on/);
  assert.match(leaks([{ way: 'link', bare: true, shipped: false }], { unseen: [], leaky: ['link'] })[0], /is blocked: expect it from now on/);
  const [first] = RESULTS.map(result);
  const open = { ...first, ways: [{ way: 'beacon', bare: true, shipped: true }, { way: 'xhr', bare: true, shipped: false }] };
  assert.match(text([open]), /\| `beacon` \| \*\*reached\*\* \|\n\| `xhr` \| blocked \|/);
});
