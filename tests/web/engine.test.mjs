// Which parts of a package reach the engine, and when: what a usable page does without comes later, and a run waits for what it calibrates itself by.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, test } from 'node:test';
import { part } from './helpers.mjs';

globalThis.document ??= part({ baseURI: 'http://localhost/' });
const { createEngine } = await import('../../web/js/engine/host.js');
const { assetSets } = await import('../../web/js/engine/assets.js');

const bytesOf = (text) => new TextEncoder().encode(text);
const textOf = (bytes) => new TextDecoder().decode(bytes);
const asset = (path) => ({ name: path.split('/').pop(), url: `./${path}`, bytes: 4 });
const set = (key, crossfit) => ({
  key, model: { name: `nano-${key}`, files: [asset(`models/${key}/manifest.json`)] }, data: { name: key, files: [asset(`data/${key}/ratings.csv`)] },
  retrain: asset(`models/${key}/retrain.safetensors`), crossfit: crossfit ? asset(`models/${key}/crossfit.safetensors`) : null, terms: null, reference: null,
});
const site = { 'assets.json': JSON.stringify({ sets: [set('films', true), set('books', false)] }) };
for (const key of ['films', 'books']) {
  for (const file of [`models/${key}/manifest.json`, `models/${key}/retrain.safetensors`, `models/${key}/crossfit.safetensors`, `data/${key}/ratings.csv`]) site[file] = file;
}
site['integrity.json'] = JSON.stringify({ version: 'test', files: Object.fromEntries(Object.entries(site).map(([name, text]) => [name, { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }])) });
const CROSS_FIT = 'models/films/crossfit.safetensors';
/** Files that the network does not give away yet, or at all. */
const held = new Map();
const gone = new Set();
const fetched = [];
globalThis.fetch = async (url) => {
  const name = String(url).replace('http://localhost/', '');
  fetched.push(name);
  await held.get(name);
  if (gone.has(name)) throw new TypeError('network');
  return new Response(site[name] ?? '', { status: site[name] ? 200 : 404 });
};

/** What the engines were told. */
const told = [];
globalThis.Worker = part(class {
  listeners = [];
  addEventListener(type, listener) {
    if (type === 'message') this.listeners.push(listener);
  }
  postMessage({ id, command }) {
    told.push(command);
    const replies = { start: { type: 'ready', device: 'cpu', checks: [] }, load: { type: 'loaded' }, train: { type: 'loaded' } };
    const reply = replies[command.type] ?? { type: 'done' };
    setImmediate(() => this.listeners.forEach((listener) => listener({ data: { id, reply }, stopImmediatePropagation() {} })));
  }
  terminate() {}
});

const turns = async (n = 20) => {
  for (; n > 0; n -= 1) await new Promise((resolve) => setImmediate(resolve));
};
const lab = (parts = []) => createEngine(({ type }) => type === 'engine.completed' && parts.push(type), null);
const types = () => told.map(({ type }) => type);
const loadedFiles = () => told.filter(({ type }) => type === 'load').flatMap(({ model }) => model.map(({ name }) => name));

beforeEach(async () => {
  held.clear();
  gone.clear();
  told.length = fetched.length = 0;
  await assetSets();
});

test('the page is usable before the cross-fitted answers have come, and a run waits for them', async () => {
  let give;
  held.set(CROSS_FIT, new Promise((resolve) => (give = resolve)));
  const parts = [];
  const engine = lab(parts);
  await engine.start();
  assert.deepEqual(loadedFiles(), ['manifest.json'], 'the first load does without');
  const ready = await engine.resolve('cpu');
  let prepared = false;
  const waiting = engine.prepare(ready).then(() => (prepared = true));
  await turns();
  assert.deepEqual([prepared, types().includes('add_cross_fit')], [false, false]);
  give();
  await waiting;
  const given = told.filter(({ type }) => type === 'add_cross_fit');
  assert.deepEqual(given.map(({ bytes }) => textOf(bytes)), [CROSS_FIT]);
  assert.ok(parts.length >= 1, 'what a run would expect is asked anew');
  await engine.prepare(ready);
  assert.equal(types().filter((type) => type === 'add_cross_fit').length, 1, 'once for each engine');
});

test('a package without the file works as before, and nothing is asked for', async () => {
  const engine = lab();
  await engine.start();
  await engine.change('books');
  told.length = fetched.length = 0;
  await engine.prepare(await engine.resolve('cpu'));
  await turns();
  assert.ok(!types().includes('add_cross_fit') && fetched.every((name) => !name.endsWith('crossfit.safetensors')));
});

test('answers that cannot be had fail the run, not the page, and are asked for again', async () => {
  gone.add(CROSS_FIT);
  const engine = lab();
  await engine.start();
  const kind = await engine.resolve('cpu');
  await assert.rejects(engine.prepare(kind), (/** @type {any} */ error) => error.code === 'assets' && error.message.includes(CROSS_FIT));
  gone.clear();
  await engine.prepare(kind);
  assert.equal(types().filter((type) => type === 'add_cross_fit').length, 1);
});

test('answers that come when another model is in use are not given to it', async () => {
  let give;
  held.set(CROSS_FIT, new Promise((resolve) => (give = resolve)));
  const engine = lab();
  await engine.start();
  await engine.change('books');
  give();
  await turns();
  assert.ok(!types().includes('add_cross_fit'));
  held.clear();
  await engine.change('films');
  await engine.prepare('cpu');
  assert.deepEqual(told.filter(({ type }) => type === 'add_cross_fit').map(({ bytes }) => textOf(bytes)), [CROSS_FIT]);
});

test('a stored model brings its own with its other files; a model of own data has none', async () => {
  const engine = lab();
  await engine.start();
  await engine.prepare('cpu');
  told.length = 0;
  const files = ['manifest.json', 'crossfit.safetensors'].map((name) => ({ name, bytes: bytesOf(name) }));
  const source = { name: 'mine', kind: /** @type {const} */ ('items'), dataset: 'films', bytes: 1, read: async () => files, retrain: async () => null };
  await engine.change('films', source);
  await engine.prepare('cpu');
  assert.deepEqual([loadedFiles(), types().includes('add_cross_fit')], [['manifest.json', 'crossfit.safetensors'], false]);
  await engine.train({ files: [], read: {}, seed: 1, epochs: 1, folds: 0 }, 'cpu', () => {});
  await engine.prepare('cpu');
  assert.ok(!types().includes('add_cross_fit'));
});
