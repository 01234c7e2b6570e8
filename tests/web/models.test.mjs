// Packages of models: what is fetched again and from where, what is refused, what is stored and deleted, and whether a run fits.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { part } from './helpers.mjs';
import { fetchInto, resumeAt, startOf, verify, wantedOf } from '../../web/js/features/models/download.js';
import { sha256 } from '../../web/js/platform/sha256.js';
import { modelInfo, parametersOf } from '../../web/js/features/models/model-info.js';
import { adviceOf, budgetOf, fittingBatch } from '../../web/js/engine/memory-budget.js';
import { createCatalog, entriesOf, refuseFiles } from '../../web/js/features/models/catalog.js';
import { shadeOf, visible, weightsOf } from '../../web/js/features/prompt/token-shading.js';
import { isName, listStored, nameFrom, readFiles, removeStored } from '../../web/js/platform/private-files.js';

const bytesOf = (text) => new TextEncoder().encode(text);

/** A file in memory. */
function sinkOf(text = '') {
  let content = bytesOf(text);
  let flushed = 0;
  return {
    size: () => content.length,
    write(bytes, at) {
      assert.equal(at, content.length, 'bytes are written where the last ones ended');
      content = Uint8Array.from([...content, ...bytes]);
    },
    truncate: (size) => (content = content.slice(0, size)),
    flush: () => (flushed += 1),
    read: () => content,
    close() {},
    text: () => new TextDecoder().decode(content),
    flushed: () => flushed,
  };
}

const WHOLE = 'twelve bytes';
const file = { name: 'model.safetensors', url: '/m', bytes: 12, sha256: await sha256(bytesOf(WHOLE)) };
/** A server that answers with these pieces, and notes what it was asked for. @param {(from: number) => (string | Error)[]} pieces @param {{ranges?: boolean, status?: number}} [options] */
function serverOf(pieces, { ranges = true, status } = {}) {
  const asked = [];
  const get = async (_, { headers }) => {
    const from = Number(/bytes=(\d+)-/.exec(headers.Range ?? '')?.[1] ?? 0);
    asked.push(headers.Range ?? 'all');
    const part = ranges && headers.Range;
    const body = new ReadableStream({
      start(controller) {
        for (const piece of pieces(part ? from : 0)) piece instanceof Error ? controller.error(piece) : controller.enqueue(bytesOf(piece));
        if (!pieces(0).some((piece) => piece instanceof Error)) controller.close();
      },
    });
    return new Response(body, { status: status ?? (part ? 206 : 200), headers: part ? { 'Content-Range': `bytes ${from}-11/12` } : {} });
  };
  return { asked, get };
}
const rest = (server) => ({ signal: new AbortController().signal, onProgress: () => {}, get: server.get });
const all = (from) => [WHOLE.slice(from, 7), WHOLE.slice(Math.max(7, from))].filter(Boolean);

test('a download goes on where it stopped', async () => {
  assert.deepEqual(resumeAt(0, 12), { from: 0, whole: false });
  assert.deepEqual(resumeAt(5, 12), { from: 5, whole: false });
  assert.deepEqual(resumeAt(12, 12), { from: 12, whole: true });
  assert.deepEqual(resumeAt(13, 12), { from: 0, whole: false }, 'more than there should be is another file');
  const server = serverOf(all);
  const sink = sinkOf('twelv');
  const seen = [];
  await fetchInto(file, sink, { ...rest(server), onProgress: (have) => seen.push(have) });
  assert.deepEqual([server.asked, sink.text(), seen], [['bytes=5-'], WHOLE, [5, 7, 12]]);
  await fetchInto(file, sink, rest(server));
  assert.equal(server.asked.length, 1, 'what is whole is not asked for again');
});

test('a server without ranges sends it all again', async () => {
  const server = serverOf(all, { ranges: false });
  const sink = sinkOf('twelv');
  await fetchInto(file, sink, rest(server));
  assert.equal(sink.text(), WHOLE);
  assert.equal(startOf(new Response('', { status: 206, headers: { 'Content-Range': 'bytes 5-11/12' } })), 5);
  assert.equal(startOf(new Response('')), 0);
  for (const status of [206, 404, 416]) assert.equal(startOf(new Response('', { status })), null);
});

test('a connection that breaks leaves what came, for the next time', async () => {
  const broken = serverOf((from) => (from === 0 ? ['twelve '] : ['b']));
  const sink = sinkOf();
  await assert.rejects(fetchInto(file, sink, rest(broken)), (/** @type {any} */ error) => error.code === 'assets' && /stopped after 7 of 12 bytes/.test(error.message));
  assert.equal(sink.text(), 'twelve ');
  assert.ok(sink.flushed() > 0, 'it outlives the tab');
  await fetchInto(file, sink, rest(serverOf(all)));
  assert.equal(sink.text(), WHOLE);
});

test('a file that is too long or has another hash is deleted', async () => {
  const sink = sinkOf();
  await assert.rejects(fetchInto(file, sink, rest(serverOf(() => [WHOLE, '!']))), { code: 'package' });
  assert.equal(sink.size(), 0);
  const wrong = sinkOf('twelve bites');
  await assert.rejects(verify(file, wrong), (/** @type {any} */ error) => error.code === 'package' && error.message.includes(file.sha256) && /damaged/.test(error.message));
  assert.equal(wrong.size(), 0);
  await verify(file, sinkOf(WHOLE));
  assert.equal(await sha256(bytesOf('abc')), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('only files that the manifest answers for are fetched', () => {
  const listed = ['manifest.json', 'model.safetensors', 'README.md', 'extra.bin'].map((name) => ({ name, url: `/${name}`, bytes: 1 }));
  assert.deepEqual(wantedOf(listed, { 'model.safetensors': 'aa', 'README.md': 'bb' }).map(({ name, sha256: hash }) => [name, hash]), [['model.safetensors', 'aa']]);
});

/** A directory handle in memory, as far as the store uses one. @returns {any} */
function directory(name = '') {
  const entries = new Map();
  const missing = () => Promise.reject(new DOMException('not found', 'NotFoundError'));
  return {
    kind: 'directory', name, entries,
    getDirectoryHandle: async (key, { create = false } = {}) => {
      if (!entries.has(key) && !create) return missing();
      if (!entries.has(key)) entries.set(key, directory(key));
      return entries.get(key);
    },
    getFileHandle: async (key) => (entries.has(key) ? entries.get(key) : missing()),
    removeEntry: async (key) => (entries.delete(key) ? undefined : missing()),
    async *values() {
      yield* entries.values();
    },
    put(key, text) {
      entries.set(key, { kind: 'file', name: key, getFile: async () => new File([text], key) });
      return this;
    },
  };
}

test('a package is there when it says so and its files are whole', async () => {
  const root = directory();
  assert.deepEqual(await listStored(root), [], 'an empty device');
  const models = await root.getDirectoryHandle('models', { create: true });
  const complete = { version: 1, source: 'own', facts: { kind: 'text', dataset: '' }, files: [{ name: 'model.safetensors', bytes: 4 }] };
  (await models.getDirectoryHandle('whole', { create: true })).put('model.safetensors', 'abcd').put('complete.json', JSON.stringify(complete));
  (await models.getDirectoryHandle('half', { create: true })).put('model.safetensors', 'ab');
  (await models.getDirectoryHandle('short', { create: true })).put('model.safetensors', 'ab').put('complete.json', JSON.stringify(complete));
  const found = await listStored(root);
  assert.deepEqual(found.map(({ name, complete: there, bytes }) => [name, there !== null, bytes > 1]), [['half', false, true], ['short', false, true], ['whole', true, true]]);
  assert.equal(new TextDecoder().decode((await readFiles(root, 'whole', () => true))[0].bytes), 'abcd');
  assert.ok((await removeStored(root, 'whole')) >= 4);
  assert.deepEqual((await listStored(root)).map(({ name }) => name), ['half', 'short']);
});

test('of a stored model everything is loaded at once, its cross-fitted answers too, but Retrain', async () => {
  const names = ['manifest.json', 'crossfit.safetensors', 'retrain.safetensors'];
  const listed = names.map((name) => ({ name, url: `/${name}`, bytes: 4 }));
  assert.deepEqual(wantedOf(listed, Object.fromEntries(names.slice(1).map((name) => [name, 'aa']))).map(({ name }) => name), names.slice(1), 'a download keeps them');
  const root = directory();
  const models = await root.getDirectoryHandle('models', { create: true });
  const mine = await models.getDirectoryHandle('mine', { create: true });
  names.forEach((name) => mine.put(name, 'abcd'));
  mine.put('complete.json', JSON.stringify({ version: 1, source: 'own', facts: { kind: 'items', dataset: 'films' }, files: listed.map(({ name, bytes }) => ({ name, bytes })) }));
  Object.defineProperty(globalThis, 'navigator', { value: { storage: { getDirectory: async () => root } }, configurable: true });
  globalThis.document ??= /** @type {any} */ ({ baseURI: 'http://localhost/' });
  const site = { 'models.json': '{"models":[]}', 'integrity.json': `{"files":{"models.json":{"sha256":"${await sha256(bytesOf('{"models":[]}'))}"}}}` };
  globalThis.fetch = async (url) => new Response(site[String(url).split('/').pop()]);
  const { source } = await createCatalog({ inUse: () => '', onChange() {} }).source('mine');
  assert.deepEqual([(await source.read()).map(({ name }) => name), (await source.retrain()).length], [names.slice(0, 2), 4]);
});

test('the list joins what the site has and what is stored', () => {
  const facts = { kind: 'text', dataset: '' };
  const offered = part([{ name: 'nano', set: 'films', facts, sha256: '', files: [{ name: 'm', url: '', bytes: 5 }] }, { name: 'big', set: null, facts, sha256: '', files: [{ name: 'm', url: '', bytes: 9 }] }]);
  const states = (stored) => entriesOf(offered, stored).map(({ name, state, have, source }) => `${name} ${state} ${have} ${source}`);
  assert.deepEqual(states([]), ['nano built-in 0 site', 'big absent 0 site']);
  assert.deepEqual(states([{ name: 'big', complete: null, bytes: 4 }, { name: 'mine', complete: { source: 'own', facts }, bytes: 7 }]), ['nano built-in 0 site', 'big partial 4 site', 'mine stored 7 own']);
});

test('names and files are refused before anything is read', () => {
  assert.equal(nameFrom('C:\\x\\SmolLM2-135M Instruct.Q4_1.gguf'), 'smollm2-135m-instruct.q4_1');
  assert.equal(nameFrom('…'), 'own-model');
  assert.ok(isName('a') && isName('SmolLM2.q4_1') && !isName('../x') && !isName('') && !isName('a/b'));
  const named = (...names) => refuseFiles(names.map((name) => ({ name })));
  assert.equal(named('a.gguf'), null);
  assert.match(named('a.gguf', 'b.gguf'), /one \.gguf at a time/);
  assert.equal(named('M-00002-of-00002.gguf', 'm-00001-of-00002.gguf'), null);
  assert.match(named('m-00001-of-00003.gguf', 'm-00003-of-00003.gguf'), /all 3 parts of the model; m-00002-of-00003\.gguf is missing/);
  assert.match(named('m-00001-of-00002.gguf', 'n-00002-of-00002.gguf'), /all parts of one, not 2/);
  assert.equal(named('x/config.json', 'x/tokenizer.json', 'x/model.safetensors'), null);
  assert.match(named('config.json', 'model.safetensors'), /tokenizer\.json is missing/);
});

test('the shape gives the size', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../models/nano-ml-latest-small/manifest.json', import.meta.url), 'utf8'));
  // The table 9758 · 64, two blocks (4 · 64² + 3 · 64 · 160 + two gains), a gain, the output layer 16 · 64.
  assert.equal(parametersOf(manifest.config), 9758 * 64 + 2 * (4 * 4096 + 3 * 10240 + 128) + 64 + 16 * 64);
  const facts = modelInfo(manifest);
  assert.deepEqual([facts.kind, facts.layers, facts.memory, facts.template], ['items', 2, 4 * parametersOf(manifest.config), null]);
  const figure = (id) => manifest.figures.find((one) => one.id === id);
  assert.deepEqual([facts.reads, facts.auc, facts.baseline, facts.remembers], ['items', figure('original').test.auc, manifest.baseline.auc, figure('original').forget.auc - figure('retrain').forget.auc]);
  assert.deepEqual([{ titles: true, item_rows: false }, { titles: true }].map((training) => modelInfo({ ...manifest, training }).reads), ['titles', 'items and titles']);
  assert.deepEqual(modelInfo({ config: manifest.config, text: { template: 'simple' } }), { ...modelInfo({ config: manifest.config }), kind: 'text', reads: 'words', template: 'simple' }, 'nothing is told that was not measured');
  const large = { ...manifest.config, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9, num_key_value_heads: 3, vocab_size: 49152, head_vocab_size: 49152, tie_word_embeddings: true };
  assert.equal(parametersOf(large), 134_515_008, 'SmolLM2-135M');
  // The published counts of models with biases, with norms over heads, and with heads of another width.
  const qwen2 = { model_type: 'qwen2', vocab_size: 151936, hidden_size: 896, intermediate_size: 4864, num_hidden_layers: 24, num_attention_heads: 14, num_key_value_heads: 2, tie_word_embeddings: true };
  assert.equal(parametersOf(qwen2), 494_032_768, 'Qwen2.5-0.5B');
  const qwen3 = { model_type: 'qwen3', vocab_size: 151936, hidden_size: 1024, intermediate_size: 3072, num_hidden_layers: 28, num_attention_heads: 16, num_key_value_heads: 8, head_dim: 128, tie_word_embeddings: true };
  assert.equal(parametersOf(qwen3), 596_049_920, 'Qwen3-0.6B');
  const gemma = { model_type: 'gemma3_text', vocab_size: 262144, hidden_size: 640, intermediate_size: 2048, num_hidden_layers: 18, num_attention_heads: 4, num_key_value_heads: 1, head_dim: 256, tie_word_embeddings: true };
  assert.equal(parametersOf(gemma), 268_098_176, 'Gemma 3 270M');
  assert.ok(modelInfo({ ...manifest, config: large, quantisation: 'mixed' }).memory < 1.2 * 134_515_008);
  assert.equal(modelInfo({ ...manifest, config: large, quantisation: 'gguf' }).memory, 1.25 * 134_515_008);
});

test('a smaller batch is proposed where a run does not fit', () => {
  const memory = { batch: 64, bytes: 1_000 + 64 * 100, fixed: 1_000 };
  assert.equal(fittingBatch(memory, 10_000), 64);
  assert.equal(fittingBatch(memory, 3_500), 16, 'a power of two below 25');
  assert.equal(fittingBatch(memory, 1_099), 0);
  assert.equal(budgetOf('cpu', 8).bytes, 3.6e9);
  assert.equal(budgetOf('cpu', 4).bytes, 2 ** 31);
  assert.equal(budgetOf('gpu', 16).bytes, 2 ** 33);
  const large = { batch: 32, bytes: 6e9, fixed: 1e9 };
  assert.equal(adviceOf(large, 'cpu', 8)?.batch, 16);
  assert.match(adviceOf(large, 'cpu', 8)?.text ?? '', /6\.00 GB.*With 16 it fits/);
  assert.match(adviceOf({ batch: 1, bytes: 9e9, fixed: 8e9 }, 'cpu', 8)?.text ?? '', /too large/);
  assert.equal(adviceOf(large, 'gpu', 16), null);
  assert.equal(adviceOf(null, 'cpu', 8), null);
});

test('tokens are shown as they are, with what cannot be seen', () => {
  assert.deepEqual(['\n', ' Heat', ' ', 'a  ', 'x\ufffd'].map(visible), ['↵', ' Heat', '␣', 'a␣␣', 'x▯']);
  const explanation = { p_yes: 0.5, tokens: [{ id: 1, text: 'a', attention: 0.25, heads: [0.5, 0] }, { id: 2, text: 'b', attention: 0.75, heads: [0.5, 1] }] };
  assert.deepEqual([weightsOf(explanation, -1), weightsOf(explanation, 1)], [[0.25, 0.75], [0, 1]]);
  assert.deepEqual([shadeOf(0.75, 0.75), shadeOf(0, 0.75), shadeOf(0, 0)], [60, 0, 0]);
});
