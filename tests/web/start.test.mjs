// What the page needs to start, how much of it has come, and what a browser lacks.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadProgress } from '../../web/js/engine/load-progress.js';
import { watchStall } from '../../web/js/app/stall.js';
import { createStore } from '../../web/js/app/store.js';
import { whyNoEngine } from '../../web/js/platform/wasm-support.js';

test('a browser without WebAssembly or without SIMD is told what it lacks, and which browsers have it', () => {
  assert.equal(whyNoEngine(), null, 'here is both');
  const without = whyNoEngine(/** @type {any} */ (null));
  const old = whyNoEngine({ validate: () => false });
  assert.deepEqual([without?.code, old?.code], ['no_wasm', 'no_simd']);
  assert.match(old?.message ?? '', /no SIMD/);
  for (const error of [without, old]) assert.match(error?.todo ?? '', /Chrome.*Firefox.*Safari/);
});

test('parts that load side by side are one bar, once the size of each is known', () => {
  /** @type {[number, number][]} */
  const told = [];
  const [engine, files] = loadProgress(2, (...bytes) => told.push(bytes));
  files?.(10, 100);
  engine?.(0, 900);
  engine?.(450, 900);
  files?.(100, 100);
  assert.deepEqual(told, [[10, 0], [10, 1000], [460, 1000], [550, 1000]]);
});

test('where nothing more comes the page says so, and goes on when something does', async () => {
  const store = createStore(() => {}, () => {});
  watchStall(store, 20);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 40));
  store.patch('boot', { what: 'Loading: 1 of 9', done: 1, total: 9 });
  await pause();
  assert.match(store.state.boot.what, /^Nothing has come for a while\. .*load the page again/);
  store.patch('boot', { what: 'Reading', done: 9, total: 9 });
  await pause();
  assert.equal(store.state.boot.what, 'Reading', 'what the engine does itself is waited for');
});

test('index.html explains a page that does not start by itself, before any script', () => {
  const html = readFileSync(new URL('../../web/index.html', import.meta.url), 'utf8');
  const [, said] = /<section id="unstarted"([\s\S]*?)<\/section>/.exec(html) ?? [];
  assert.match(said ?? '', /has not started[\s\S]*JavaScript[\s\S]*Chrome or Edge[\s\S]*unlearn forget/);
  assert.ok(html.indexOf('start-watch.js') < html.indexOf('src="./main.js"'), 'who watches is there before what is watched');
});
