// The security policy stands in two places, for hosts that send headers and for those that cannot; and what the list of requests says of each.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isBusy } from '../../web/js/features/privacy/actions.js';
import { pathOf, purposeOf, tally } from '../../web/js/platform/request-log.js';
import { initialState } from '../../web/js/app/state.js';

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const PAGES = ['web/index.html', 'web/conformance.html'];

test('pages and headers have one policy', () => {
  const [, header] = /** @type {RegExpExecArray} */ (/Content-Security-Policy: (.*)/.exec(read('public/_headers')));
  for (const page of PAGES) {
    const [, meta] = /** @type {RegExpExecArray} */ (/http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(read(page)));
    assert.equal(meta, header, page);
  }
  const directives = new Map(header.split('; ').map((one) => /** @type {[string, string]} */ (one.split(/ (.*)/s).slice(0, 2))));
  for (const name of ['default-src', 'frame-src', 'base-uri', 'form-action']) assert.equal(directives.get(name), "'none'", name);
  assert.equal(directives.get('connect-src'), "'self'");
  assert.doesNotMatch(header, /unsafe-(inline|eval)(?<!wasm-unsafe-eval)|https?:|\*|data:/, 'nothing inline, no other site');
});

test('the guard runs before any other script, and nothing is inline', () => {
  for (const html of PAGES.map(read)) {
    const scripts = [...html.matchAll(/<script\b([^>]*)>([^<]*)/g)];
    assert.match(scripts[0][1], /src="\.\/guard\.js"/);
    assert.ok(scripts.every(([, , text]) => text.trim() === ''), 'no inline script');
    assert.doesNotMatch(html, /\son\w+=|\sstyle=|<style/, 'no inline handler or style');
  }
});

test('every request is named by what it is for', () => {
  const base = 'https://host.example/lab/index.html?data=x';
  assert.equal(pathOf('https://host.example/lab/data/x/ratings.csv?y#z', base), 'data/x/ratings.csv');
  assert.equal(pathOf('https://host.example/other/ratings.csv', base), null);
  const purpose = (/** @type {string} */ path) => purposeOf(`https://host.example/lab/${path}`, base);
  assert.deepEqual(['', 'wasm/cpu/x.wasm', 'wasm/gpu/x.js', 'models/nano/x', 'data/x/y.csv', 'part/x.js', 'integrity.json', 'conformance', 'reference/conformance.json', 'game/x.json'].map(purpose), ['The page', 'Engine for the CPU', 'Engine for the GPU', 'Model', 'Ratings and titles', 'Code of the page', 'Hashes of all files', 'The page', 'Numbers to compare with', 'Record of the game']);
  assert.equal(purposeOf('https://elsewhere.example/', base), 'Not a part of this page');
  const one = { at: 0, bytes: 10, size: 9, by: 'page' };
  const seen = /** @type {import('../../web/js/platform/request-observer.js').SeenRequest[]} */ ([
    { ...one, url: 'https://host.example/lab/a', from: 'network' },
    { ...one, url: 'https://host.example/b', from: 'cache', bytes: 0 },
    { ...one, url: 'https://elsewhere.example/', from: 'network' },
    { ...one, url: 'inline', from: 'blocked', bytes: 0 },
  ]);
  assert.deepEqual(tally(seen, base), { own: 2, foreign: 1, blocked: 1, bytes: 20 });
});

test('a new version waits for whatever goes on', () => {
  const ready = () => ({ ...initialState(), boot: { ...initialState().boot, status: /** @type {const} */ ('ready') } });
  assert.equal(isBusy(ready()), false);
  assert.equal(isBusy(initialState()), true, 'while it starts');
  const job = { kind: /** @type {const} */ ('download'), what: '', done: 0, total: 1, error: null };
  assert.equal(isBusy({ ...ready(), run: { ...ready().run, status: 'running' } }), true);
  assert.equal(isBusy({ ...ready(), compare: { ...ready().compare, status: 'running' } }), true);
  assert.equal(isBusy({ ...ready(), models: { ...ready().models, jobs: { x: job } } }), true);
});
