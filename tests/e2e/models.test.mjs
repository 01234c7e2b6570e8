// Language models on the page: imported, stored, downloaded in parts, used, explained, forgotten with, deleted. The model is tiny and its weights are
// random; its tokenizer is SmolLM2's.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { answer, load, open, results, root, start } from './harness.mjs';

const TOKENIZER = gunzipSync(readFileSync(join(root, 'tests/parity/fixtures/smollm2-tokenizer.json.gz')));
const CONFIG = {
  model_type: 'llama', vocab_size: 49_152, hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 512,
  rms_norm_eps: 1e-5, rope_theta: 100_000, tie_word_embeddings: true, license: 'none', bos_token_id: 1, eos_token_id: 2,
};

/** A safetensors file of these tensors as floats, small and always the same. */
function weights() {
  const { hidden_size: d, intermediate_size: ff } = CONFIG;
  const shapes = { 'model.embed_tokens.weight': [CONFIG.vocab_size, d], 'model.norm.weight': [d] };
  for (let layer = 0; layer < CONFIG.num_hidden_layers; layer += 1) {
    const own = {
      'input_layernorm': [d], 'post_attention_layernorm': [d], 'self_attn.q_proj': [d, d], 'self_attn.k_proj': [d / 2, d], 'self_attn.v_proj': [d / 2, d], 'self_attn.o_proj': [d, d], 'mlp.gate_proj': [ff, d], 'mlp.up_proj': [ff, d], 'mlp.down_proj': [d, ff],
    };
    for (const [name, shape] of Object.entries(own)) shapes[`model.layers.${layer}.${name}.weight`] = shape;
  }
  const header = {};
  let at = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((product, n) => product * n, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const floats = new Float32Array(at / 4);
  // A linear congruential generator: numbers of a uniform distribution within ±0.2.
  let seed = 7;
  for (let idx = 0; idx < floats.length; idx += 1) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    floats[idx] = (seed / 2 ** 32 - 0.5) * 0.4;
  }
  for (const [name, { data_offsets: [from, to] }] of Object.entries(header)) if (name.endsWith('norm.weight')) floats.fill(1, from / 4, to / 4);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, Buffer.from(floats.buffer)]);
}

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const FILES = { 'config.json': Buffer.from(JSON.stringify(CONFIG)), 'tokenizer.json': TOKENIZER, 'model.safetensors': weights() };

/** Gives files to the page and imports them under a name. */
const importInto = (page, files, name) =>
  page.evaluate(
    async ([given, named]) => {
      const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const read = Object.entries(given).map(([file, text]) => ({ name: file, bytes: decode(text) }));
      return globalThis.unlearnLab.importModel(read, { name: named, template: 'compact', quantisation: 'q8' });
    },
    [Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, bytes.toString('base64')])), name],
  );

test('a model is imported, used, explained, forgotten with, found again after a reload, and deleted', { timeout: 6 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  const entry = await importInto(page, FILES, 'tiny');
  assert.deepEqual([entry.state, entry.source, entry.kind, entry.layers, entry.vocabulary, entry.dataset], ['stored', 'own', 'text', 2, 49_152, '']);

  const used = await page.evaluate(async () => {
    const api = globalThis.unlearnLab;
    const loaded = await api.useModel('tiny');
    const refused = await api.deleteModel('tiny').then(() => null, ({ code }) => code);
    const { user } = loaded.users.toSorted((a, b) => a.n_train - b.n_train)[0];
    const { rows } = await api.user(user);
    const { item } = rows.find((row) => row.set === 'train');
    const before = await api.explain({ user, item });
    const { before: top, n_compared: compared } = await api.recommend({ user, k: 3 });
    const unseen = await api.explain({ user, item: top[0].item });
    const price = await api.select({ forget: { users: [user] }, params: { batch: 4, augment_batch: 4 } });
    const run = api.run({ forget: { users: [user] }, params: { batch: 4, augment_batch: 4 }, steps: 2, device: 'cpu' });
    const meanwhile = await api.useModel('nano-ml-latest-small').then(() => null, ({ code }) => code);
    const report = await run;
    return { user, about: loaded.about, model: loaded.model, dataset: loaded.dataset, refused, before, unseen, compared, top: top[0], memory: price.memory, meanwhile, report, after: await api.explain({ user, item }), inUse: (await api.models()).find((one) => one.inUse)?.name };
  });
  assert.deepEqual([used.model, used.dataset, used.about.kind, used.about.template, used.about.layers], ['tiny', 'ml-latest-small', 'text', 'compact', 2]);
  assert.ok(used.about.vocabulary < 20_000, `the vocabulary is cut down to the data, to ${used.about.vocabulary} tokens`);
  assert.equal(used.inUse, 'tiny');
  assert.deepEqual([used.refused, used.meanwhile], ['busy', 'busy'], 'neither deleted while in use nor replaced during a run');
  assert.ok(used.memory.batch === 4 && used.memory.fixed > used.about.weight_bytes && used.memory.bytes > used.memory.fixed, JSON.stringify(used.memory));
  for (const shown of [used.before.before, used.after.after, used.unseen.before]) {
    const sum = (weight) => shown.tokens.reduce((total, token) => total + weight(token), 0);
    assert.ok(Math.abs(sum((token) => token.attention) - 1) < 1e-4, `attention sums to ${sum((token) => token.attention)}`);
    assert.equal(shown.tokens[0].heads.length, 4);
    for (let head = 0; head < 4; head += 1) assert.ok(Math.abs(sum((token) => token.heads[head]) - 1) < 1e-4);
    assert.ok(shown.p_yes > 0 && shown.p_yes < 1);
  }
  const text = used.before.before.tokens.map((token) => token.text).join('');
  assert.ok(text.includes(used.before.title.replace(/ \(\d{4}\)$/, '').split(',')[0]), `the prompt names ${used.before.title}: ${text}`);
  assert.equal(used.before.after, null);
  assert.deepEqual(used.after.before, used.before.before, 'the original is as it was');
  assert.notEqual(used.after.after.p_yes, used.after.before.p_yes, 'the run changed the answer');
  assert.ok(Math.abs(used.unseen.before.p_yes - used.top.p_yes) < 1e-4, 'a recommendation is explained by the prompt it was scored with');
  assert.deepEqual(used.report.methods.map(({ id }) => id), ['original', 'e2urec']);

  // With the adapter in its weights the model answers by itself as it did with it.
  const merged = await page.evaluate(async ([user, item]) => {
    const api = globalThis.unlearnLab;
    const { name, state, quantisation } = await api.mergeModel({ quantisation: 'f32' });
    await api.useModel(name);
    const { before } = await api.explain({ user, item });
    const none = await api.mergeModel().then(() => null, ({ message }) => message);
    await api.useModel('tiny');
    return { name, state, quantisation, p_yes: before.p_yes, none };
  }, [used.user, used.before.item]);
  assert.deepEqual([merged.name, merged.state, merged.quantisation], ['tiny-merged', 'stored', 'f32']);
  assert.ok(Math.abs(merged.p_yes - used.after.after.p_yes) < 1e-4, `${merged.p_yes} ${used.after.after.p_yes}`);
  assert.match(merged.none, /needs a finished run/);

  // The engine stops as at a fault of its own; the next one has the model that was chosen.
  const workers = page.workers().filter((worker) => worker.url().endsWith('/worker.js'));
  await Promise.all(workers.map((worker) => worker.evaluate(() => void setTimeout(() => Promise.reject(new Error('stopped by the test'))))));
  await page.waitForFunction(() => globalThis.unlearnLab.device().cpu.restarts === 1 && globalThis.unlearnLab.device().cpu.state === 'ready', null, { timeout: 60_000 });
  const again = await page.evaluate(([user, item]) => globalThis.unlearnLab.explain({ user, item }), [used.user, used.before.item]);
  assert.deepEqual(again.before, used.before.before, 'a crashed engine comes back with the chosen model');
  assert.equal(again.after, null);

  await page.goto(`${lab.url}#models`);
  await page.reload();
  const row = page.locator('.model[data-name="tiny"]');
  await row.getByText('stored on this device').waitFor();
  await row.getByRole('button', { name: 'Use', exact: true }).click();
  await row.getByText('in use').waitFor({ timeout: 60_000 });
  assert.equal(await row.getByRole('button', { name: 'Delete', exact: true }).isVisible(), false);
  await page.reload();
  await row.getByText('in use').waitFor({ timeout: 60_000 });
  await page.screenshot({ path: join(results, 'models.png'), fullPage: true });

  await page.getByRole('tab', { name: 'Forget one' }).click();
  await page.locator('.history .prompt-link').first().click();
  const dialog = page.getByRole('dialog', { name: 'What the model reads' });
  await dialog.getByRole('listitem').first().waitFor();
  await dialog.getByText('Table', { exact: true }).click();
  await dialog.getByRole('row').first().waitFor();
  assert.equal(await dialog.getByRole('row').count(), (await dialog.getByRole('listitem').count()) + 1);
  await page.screenshot({ path: join(results, 'prompt.png') });
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });

  await page.getByRole('tab', { name: 'Models' }).click();
  await page.locator('.model[data-name="nano-ml-latest-small"]').getByRole('button', { name: 'Use', exact: true }).click();
  await row.getByRole('button', { name: 'Delete', exact: true }).click();
  await answer(page, 'Delete');
  await row.waitFor({ state: 'detached' });
  await page.getByText(/tiny was deleted: .* are free again/).waitFor();
  assert.deepEqual((await page.evaluate(() => globalThis.unlearnLab.models())).map(({ name }) => name).filter((name) => name === 'tiny'), []);

  await page.evaluate(() => globalThis.unlearnLab.run({ forget: { users: [1] }, steps: 2, device: 'cpu' }));
  await page.getByRole('tab', { name: 'Forget one' }).click();
  await page.getByRole('button', { name: 'Store the merged model' }).click();
  await page.getByText('Stored on this device as nano-ml-latest-small-merged').waitFor();
  assert.deepEqual([errors.filter((text) => !/stopped by the test/.test(text)), foreign], [[], []]);
});

test('a GGUF is imported through the panel, and what is no model is refused with a reason', { timeout: 2 * 60_000 }, async () => {
  const { page } = await open(lab);
  await page.goto(`${lab.url}#models`);
  const panel = page.locator('.own-model');
  const pick = panel.locator('input[type=file]').first();
  await pick.setInputFiles({ name: 'config.json', mimeType: 'application/json', buffer: FILES['config.json'] });
  await panel.getByText(/tokenizer\.json and \*\.safetensors are missing/).waitFor();
  const gguf = readFileSync(join(root, 'tests/parity/fixtures/text/tiny.gguf'));
  await pick.setInputFiles({ name: 'Tiny Model.gguf', mimeType: 'application/octet-stream', buffer: gguf });
  assert.equal(await panel.getByLabel('Name').inputValue(), 'tiny-model');
  await page.evaluate(() => globalThis.unlearnLab.ready);
  await panel.getByRole('button', { name: 'Import' }).click();
  await page.getByText('tiny-model is stored on this device').waitFor({ timeout: 60_000 });
  await page.locator('.model[data-name="tiny-model"]').getByText('Licence: mit.').waitFor();

  await pick.setInputFiles({ name: 'broken.gguf', mimeType: 'application/octet-stream', buffer: gguf.subarray(0, 2000) });
  await panel.getByRole('button', { name: 'Import' }).click();
  await page.locator('.models .trouble').first().waitFor({ timeout: 60_000 });
  const names = await page.evaluate(() => globalThis.unlearnLab.models().then((all) => all.map(({ name }) => name)));
  assert.ok(names.includes('tiny-model') && !names.includes('broken'), names.join(', '));
});

/** The built page with one more model, whose weights are sent as `send` says. */
async function site(files, send) {
  const kinds = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json' };
  const manifest = JSON.parse(files['manifest.json']);
  const facts = { kind: 'text', dataset: '', licence: 'none', quantisation: 'q8', template: 'compact', layers: 2, width: 32, vocabulary: manifest.config.vocab_size, parameters: 1, memory: 4 };
  const listed = Object.entries(files).map(([name, bytes]) => ({ name, url: `./models/served/${name}`, bytes: bytes.length }));
  const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
  const listPath = 'models.json';
  const list = async () => {
    const { models } = JSON.parse(await readFile(join(root, 'dist', listPath), 'utf8'));
    return Buffer.from(JSON.stringify({ models: [...models, { name: 'served', set: null, facts, sha256: sha256(files['manifest.json']), files: listed }] }));
  };
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname).slice(1) || 'index.html';
    const type = { 'Content-Type': kinds[extname(path)] ?? 'application/octet-stream' };
    const served = /^models\/served\/(.+)$/.exec(path)?.[1];
    if (served === 'model.safetensors') return send(request, response);
    try {
      let body = served ? files[served] : await readFile(join(root, 'dist', path));
      if (path === listPath) body = await list();
      if (path === 'integrity.json') {
        const integrity = JSON.parse(body);
        integrity.files[listPath] = { ...integrity.files[listPath], sha256: sha256(await list()) };
        body = Buffer.from(JSON.stringify(integrity));
      }
      return response.writeHead(200, type).end(body);
    } catch {
      return response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)).unref());
  return { url: `http://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`, close: () => server.close() };
}

test('a download that breaks goes on after a reload, and a corrupted one is refused', { timeout: 4 * 60_000 }, async () => {
  const { page } = await open(lab);
  await load(lab, page);
  await importInto(page, FILES, 'source');
  const read = await page.evaluate(async () => {
    const folder = await (await (await navigator.storage.getDirectory()).getDirectoryHandle('models')).getDirectoryHandle('source');
    const files = {};
    for (const name of ['manifest.json', 'tokenizer.json', 'model.safetensors']) {
      const bytes = new Uint8Array(await (await (await folder.getFileHandle(name)).getFile()).arrayBuffer());
      let text = '';
      for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
      files[name] = btoa(text);
    }
    return files;
  });
  const files = Object.fromEntries(Object.entries(read).map(([name, text]) => [name, Buffer.from(text, 'base64')]));
  const whole = files['model.safetensors'];
  const asked = [];
  let how = 'break';
  const served = await site(files, (request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(from);
    const body = Buffer.from(whole.subarray(from));
    if (how === 'corrupt') body[body.length - 1] ^= 1;
    response.writeHead(from > 0 ? 206 : 200, { 'Content-Length': body.length, 'Content-Type': 'application/octet-stream', ...(from > 0 ? { 'Content-Range': `bytes ${from}-${whole.length - 1}/${whole.length}` } : {}) });
    if (how !== 'break') return response.end(body);
    // Half of it, and then the connection is gone.
    return response.write(body.subarray(0, whole.length >> 1), () => setTimeout(() => response.destroy(), 300));
  });
  try {
    const { page: other } = await open({ ...lab, url: served.url });
    await other.goto(`${served.url}#models`);
    const row = other.locator('.model[data-name="served"]');
    await row.getByRole('button', { name: 'Download' }).click();
    await row.getByText(/could not be fetched|stopped after/).waitFor({ timeout: 30_000 });
    await row.getByRole('button', { name: 'Resume' }).waitFor();
    const list = () => other.evaluate(() => globalThis.unlearnLab.models().then((all) => all.find(({ name }) => name === 'served')));
    const half = await list();
    assert.ok(half.state === 'partial' && half.have > 0 && half.have < half.bytes, JSON.stringify(half));

    await other.reload();
    how = 'corrupt';
    await row.getByRole('button', { name: 'Resume' }).click();
    await row.getByText(/sha256 must be/).waitFor({ timeout: 30_000 });
    assert.equal((await list()).state, 'partial', 'nothing that is not what the manifest says is taken');
    assert.deepEqual(asked, [0, whole.length >> 1], 'the second request asks for the rest alone');

    how = 'whole';
    await row.getByRole('button', { name: 'Resume' }).click();
    await row.getByText('stored on this device').waitFor({ timeout: 30_000 });
    const loaded = await other.evaluate(() => globalThis.unlearnLab.useModel('served'));
    assert.equal(loaded.about.kind, 'text');
  } finally {
    served.close();
  }
});

test('a model that knows films by their titles is downloaded, forgets a person, and can train a Retrain from what was read', { timeout: 5 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  await page.getByRole('tab', { name: 'Models' }).click();
  const row = page.locator('.model[data-name="titles-ml-latest-small"]');
  await row.getByText(/knows an item only by its title/).waitFor();
  assert.match((await row.innerText()).replace(/\s+/g, ' '), /test AUC 0\.8\d\d averages 0\.8\d\d remembers \+0\.0\d\d AUC/i);
  await row.getByRole('button', { name: 'Download' }).click();
  await row.getByRole('button', { name: 'Use', exact: true }).click();
  await row.getByText('in use').waitFor({ timeout: 60_000 });
  const { report, training } = await page.evaluate(async () => {
    const lab = globalThis.unlearnLab;
    const report = await lab.run({ forget: { users: [7] }, seed: 1, device: 'cpu' });
    // A whole Retrain takes a minute. It would not begin without what was read.
    const end = new AbortController();
    const onEvent = (event) => event.type === 'progress' && event.phase === 'retrain' && event.done > 20 && end.abort();
    const training = await lab.retrain({ forget: { users: [7] }, seed: 3, device: 'cpu', onEvent, signal: end.signal }).then(() => 'trained', (error) => error.code);
    return { report, training };
  });
  const of = (id) => report.methods.find((figures) => figures.id === id);
  assert.ok(Math.abs(report.proxy.forget_after - report.expected.logloss) < 0.005, 'calibrated by its own cross-fitted answers');
  assert.ok(of('original').test.auc - of('e2urec').test.auc < 0.005);
  assert.equal(training, 'cancelled');
  assert.deepEqual([errors, foreign], [[], []]);
});
