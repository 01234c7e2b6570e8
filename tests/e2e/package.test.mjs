// The package: packed, installed from its tarball into the example, built by Vite and served by a host with a policy; and used without a bundler on a bare host.
// A person is forgotten in both, to the same numbers as on the page.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, root, start } from './harness.mjs';

/** What the package's README asks of a site's policy. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; connect-src 'self'; require-trusted-types-for 'script'; trusted-types unlearn-lab";
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };
/** What both examples ask for. */
const REQUEST = { forget: { users: [42] }, device: 'cpu' };
/** A run on two busy cores of a CI machine. */
const PATIENCE = 3 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'unlearn-lab-package-'));
const tsc = join(root, 'web/node_modules/typescript/bin/tsc');
/** @param {string} file @param {string[]} args @param {string} [cwd] */
const run = (file, args, cwd = folder) => execFileSync(file, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** @type {{filename: string, size: number, unpackedSize: number, files: {path: string}[]}} */
let packed;
/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
/** What the page makes of the request. */
let ofPage;

before(async () => {
  run('node', [join(root, 'web/pack.mjs'), '--into', join(folder, 'made')]);
  [packed] = JSON.parse(run('npm', ['pack', './made', '--json']));
  cpSync(join(root, 'examples/vite'), join(folder, 'site'), { recursive: true, filter: (path) => !/vite\/(node_modules|dist)/.test(path) });
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', join(folder, packed.filename)], join(folder, 'site'));
  lab = await start();
  const { page, context } = await open(lab);
  page.setDefaultTimeout(PATIENCE);
  await load(lab, page);
  ofPage = await page.evaluate(async (request) => ({ report: await globalThis.unlearnLab.run(request), calls: Object.keys(globalThis.unlearnLab) }), REQUEST);
  await context.close();
});
after(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Serves a folder as any static host does. @param {string} place @param {Record<string, string>} [headers] */
async function host(place, headers = {}) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname).replace(/\/$/, '/index.html'));
    // Browsers ask for it themselves.
    if (path === '/favicon.ico') return void response.writeHead(204).end();
    asked.push(path);
    try {
      const bytes = readFileSync(join(place, path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', ...headers }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return { url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`, asked, close: () => server.close() };
}

/** Waits until a page has no worker; the browser tells of the end of one a moment later. @param {import('playwright-core').Page} page */
async function withoutWorkers(page) {
  for (let tries = 0; page.workers().length > 0; tries += 1) {
    assert.ok(tries < 100, 'a worker is left after close()');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {{url: string}} site @param {string} [path] */
async function visit(site, path = '') {
  const opened = await open(/** @type {any} */ ({ browser: lab.browser, url: site.url }), { firstVisit: true });
  await opened.page.goto(new URL(path, site.url).href);
  return opened;
}

test('the tarball has engine, models, types and licences, and nothing of the page', () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of ['index.js', 'index.d.ts', 'README.md', 'API.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'LICENCES.md', 'THIRD-PARTY.txt', 'lab/worker.js', 'lab/wasm/cpu/unlearn_web_bg.wasm', 'lab/models/nano-ml-latest-small/LICENCE.md', 'lab/data/ml-latest-small/README.txt']) assert.ok(paths.includes(path), path);
  assert.deepEqual(paths.filter((path) => /(^|\/)(main|guard|sw|theme)\.js$|\.(css|html|map)$|preact|uplot|reference\/|\.py$/.test(path)), []);
  assert.ok(packed.size > 1e6 && packed.size < 20e6, `${packed.size} bytes`);
  writeFileSync(join(results, 'package.json'), JSON.stringify({ size: packed.size, unpackedSize: packed.unpackedSize, files: packed.files }, null, 2));
  const notices = readFileSync(join(folder, 'made/THIRD-PARTY.txt'), 'utf8');
  assert.match(notices, /^burn-flex \S+ \| MIT OR Apache-2\.0/m);
  for (const line of readFileSync(join(folder, 'made/index.js'), 'utf8').match(/(^|[^.\w])createElement\b|guardHolds/g) ?? []) assert.fail(`the entry has ${line}`);
});

test('what is in the folder that was named is not deleted', () => {
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  for (const name of ['diary.txt', 'package.json']) writeFileSync(join(taken, name), '{"name": "mine"}');
  for (const into of [taken, join(taken, 'diary.txt')]) assert.throws(() => run('node', [join(root, 'web/pack.mjs'), '--into', into]), /--into: /);
  assert.deepEqual(readdirSync(taken).sort(), ['diary.txt', 'package.json']);
});

test('the types hold in a strict project, and refuse what the interface refuses', () => {
  const program = (wrong) => `
    import { LabError, openUnlearnLab, type LabEvent, type Report, type UnlearnLab } from 'unlearn-lab';
    export async function forget(user: number): Promise<number | null | undefined> {
      const lab: UnlearnLab = await openUnlearnLab({ device: 'cpu', onProgress: (done, total) => console.log(done / total) });
      const heard: LabEvent[] = [];
      try {
        const report: Report = await lab.run({ forget: { users: [user] }, onEvent: (event) => heard.push(event) });
        const row = report.methods.find(({ id }) => id === 'e2urec');
        return row?.forget.auc;
      } catch (error) {
        if (error instanceof LabError) console.warn(error.code, error.todo);
        throw error;
      } finally {
        lab.close();
      }
    }
    ${wrong}`;
  const check = (name, text, resolution) => {
    writeFileSync(join(folder, 'site', name), text);
    return run('node', [tsc, '--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', '--module', resolution === 'bundler' ? 'esnext' : resolution, '--moduleResolution', resolution, name], join(folder, 'site'));
  };
  for (const resolution of ['bundler', 'nodenext']) check('right.mts', program(''), resolution);
  const wrong = ["openUnlearnLab({ device: 'gpu' });", 'openUnlearnLab().then((lab) => lab.run({}));', 'openUnlearnLab().then((lab) => lab.nothing());', 'openUnlearnLab().then((lab) => (lab.version = 1));'];
  const first = program('').split('\n').length;
  assert.throws(() => check('wrong.mts', program(wrong.join('\n')), 'bundler'), (/** @type {any} */ { stdout }) => {
    const lines = new Set([...stdout.matchAll(/^wrong\.mts\((\d+),/gm)].map(([, line]) => Number(line)));
    assert.deepEqual([...lines], wrong.map((_, idx) => first + idx), stdout);
    return true;
  });
});

test('it can be imported where there is no browser', () => {
  assert.equal(run('node', ['--input-type=module', '--eval', "import('unlearn-lab').then(({ openUnlearnLab }) => console.log(typeof openUnlearnLab))"], join(folder, 'site')).trim(), 'function');
});

/** A figure of the page's report. @param {string} id */
const lossOf = (id) => ofPage.report.methods.find((row) => row.id === id).forget.logloss;

test('the example, built by Vite, forgets a person under a strict policy', { timeout: 2 * PATIENCE }, async () => {
  run('node', ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error'], join(folder, 'site'));
  // Below a path, as a project's site is.
  mkdirSync(join(folder, 'host/some'), { recursive: true });
  cpSync(join(folder, 'site/dist'), join(folder, 'host/some/where'), { recursive: true });
  const site = await host(join(folder, 'host'), { 'content-security-policy': POLICY });
  const { page, context, errors, foreign } = await visit(site, 'some/where/');
  const button = page.getByRole('button', { name: 'Forget' });
  await page.waitForFunction(() => !(/** @type {HTMLButtonElement} */ (document.querySelector('#forget')).disabled));
  assert.match(await page.locator('#say').innerText(), /^Ready: \d+ users$/);
  await button.click();
  await page.getByText('Log loss on what was forgotten').waitFor({ timeout: PATIENCE });
  const [beforehand, afterwards, expected] = [lossOf('original'), lossOf('e2urec'), ofPage.report.expected.logloss];
  assert.ok(beforehand < afterwards && Math.abs(afterwards - expected) < Math.abs(beforehand - expected), 'it has forgotten, about as much as it should');
  assert.equal(await page.locator('#say').innerText(), `Log loss on what was forgotten: ${beforehand.toFixed(3)} before, ${afterwards.toFixed(3)} after, ${expected.toFixed(3)} expected of a model that never saw it`);
  assert.deepEqual(errors, []);
  assert.deepEqual(foreign, []);
  assert.deepEqual(site.asked.filter((path) => !path.startsWith('/some/where/')), [], 'it stays in its folder');
  await context.close();
  site.close();
});

const place = join(folder, 'bare');

test('without a bundler it forgets the same, to the same adapter', { timeout: 2 * PATIENCE }, async () => {
  cpSync(join(folder, 'site/node_modules/unlearn-lab'), join(place, 'unlearn-lab'), { recursive: true });
  cpSync(join(root, 'examples/plain.html'), join(place, 'index.html'));
  const site = await host(place);
  const { page, context, errors, foreign } = await visit(site);
  await page.getByText('Log loss on what was forgotten').waitFor({ timeout: PATIENCE });
  assert.equal(await page.locator('#say').innerText(), `Log loss on what was forgotten: ${lossOf('original').toFixed(3)} before, ${lossOf('e2urec').toFixed(3)} after; the adapter’s sha256 is ${ofPage.report.adapter_sha256}`);
  await withoutWorkers(page);
  assert.deepEqual([errors, foreign], [[], []]);
  await context.close();
  site.close();
});

/** @param {string[]} paths */
const sortedNames = (paths) => paths.map((path) => path.replace(/^.*\/(?=(gpu|text)\/|package-worker)/, '')).sort();

test('it has the page’s interface, takes nothing from the site, and fetches what is needed', { timeout: 2 * PATIENCE }, async () => {
  writeFileSync(join(place, 'empty.html'), '<!doctype html><title>A site of its own</title>');
  const site = await host(place);
  const { page, context, errors } = await visit(site, 'empty.html');
  const told = await page.evaluate(async () => {
    const globals = () => JSON.stringify([Object.getOwnPropertyNames(globalThis).sort(), Object.getOwnPropertyNames(Navigator.prototype).sort(), Document.prototype.createElement.toString(), open.toString(), fetch.toString()]);
    const original = globals();
    // A folder of the site's own, of a name that the page uses.
    const storage = await navigator.storage.getDirectory();
    await (await storage.getDirectoryHandle('runs', { create: true })).getDirectoryHandle('theirs', { create: true });
    const { LabError, openUnlearnLab } = await import(new URL('./unlearn-lab/index.js', location.href).href);
    const lab = await openUnlearnLab();
    globalThis.lab = lab;
    const { sizes } = await lab.select({ forget: { users: [42] } });
    await lab.interrupted();
    const refused = [];
    for (const options of [{ assets: './elsewhere/' }, { data: 'none' }, { device: 'gpu' }, { wrong: 1 }]) {
      await openUnlearnLab(options).then(() => refused.push(null), (error) => refused.push([error instanceof LabError, error.code]));
    }
    delete globalThis.lab;
    const same = original === globals();
    globalThis.lab = lab;
    const folders = [];
    for await (const name of storage.keys()) folders.push(name);
    const theirs = await storage.getDirectoryHandle('runs').then((runs) => runs.getDirectoryHandle('theirs')).then(() => true, () => false);
    return { sizes, same, refused, folders, theirs, calls: Object.keys(lab), frozen: Object.isFrozen(lab), frame: document.createElement('iframe').tagName, requests: await lab.requests() };
  });
  assert.deepEqual(told.calls.filter((call) => call !== 'close').sort(), ofPage.calls.sort(), 'one interface');
  assert.ok(told.frozen);
  assert.deepEqual(told.sizes, ofPage.report.sizes);
  assert.ok(told.same && told.frame === 'IFRAME', 'the site’s own globals are as they were');
  assert.deepEqual(told.refused, Array(4).fill([true, 'setting']));
  assert.deepEqual([told.folders.sort(), told.theirs], [['runs', 'unlearn-lab'], true], 'its storage too');

  const [worker, ...others] = page.workers();
  assert.equal(others.length, 0);
  const inside = await worker.evaluate(() => [Object.hasOwn(globalThis, 'guardHolds'), typeof WebSocket, typeof XMLHttpRequest, typeof EventSource]);
  assert.deepEqual(inside, [true, 'undefined', 'undefined', 'undefined'], 'the guard holds in the worker');
  assert.deepEqual(site.asked.filter((path) => /\/(gpu|text)\/|goodbooks|package-worker/.test(path)), [], 'only what is needed is fetched');
  const wasm = told.requests.filter(({ url }) => url.endsWith('/lab/wasm/cpu/unlearn_web_bg.wasm'));
  assert.ok(wasm.length > 0 && told.requests.every(({ url }) => url.startsWith(`${site.url}unlearn-lab/lab/`)), 'the list has its own requests, and no others');

  // The importer has a worker and a module of its own, which come when they are asked for.
  const imported = await page.evaluate(() => globalThis.lab.importModel([{ name: 'none.gguf', bytes: new Uint8Array(64) }]).catch(({ code }) => code));
  assert.equal(imported, 'package');
  assert.deepEqual(sortedNames(site.asked.filter((path) => /\/(gpu|text)\/|package-worker/.test(path))), ['package-worker.js', 'text/unlearn_web.js', 'text/unlearn_web_bg.wasm']);

  const ended = await page.evaluate(async (request) => {
    const going = globalThis.lab.run(request).catch(({ code }) => code);
    await new Promise((resolve) => setTimeout(resolve, 200));
    globalThis.lab.close();
    return [await going, await globalThis.lab.user(414).catch(({ code }) => code)];
  }, REQUEST);
  assert.deepEqual(ended, ['closed', 'closed']);
  await withoutWorkers(page);
  assert.deepEqual(errors, []);
  await context.close();

  // Its files elsewhere, one of them damaged: the hashes come with the script.
  const file = join(place, 'moved/data/ml-latest-small/movies.csv');
  cpSync(join(place, 'unlearn-lab/lab'), join(place, 'moved'), { recursive: true });
  rmSync(join(place, 'unlearn-lab/lab'), { recursive: true });
  const openMoved = async (assets) => {
    const moved = await visit(site, 'empty.html');
    const outcome = await moved.page.evaluate(async (where) => {
      const { openUnlearnLab } = await import(new URL('./unlearn-lab/index.js', location.href).href);
      return openUnlearnLab({ assets: where }).then((lab) => lab.info().then(({ dataset }) => dataset), ({ code, message }) => `${code}: ${message}`);
    }, assets);
    await moved.context.close();
    return outcome;
  };
  assert.equal(await openMoved('./moved'), 'ml-latest-small');
  assert.match(await openMoved(undefined), /^assets: .* is missing on this site \(status 404\)/);
  const bytes = readFileSync(file);
  bytes[bytes.length - 3] ^= 1;
  writeFileSync(file, bytes);
  assert.match(await openMoved('./moved/'), /^assets: data\/ml-latest-small\/movies\.csv: sha256 must be/);
  site.close();
});
