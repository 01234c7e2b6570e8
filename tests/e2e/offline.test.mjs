// The offline copy and the dialog “Privacy”: on a plain static host, below a sub-path, with no header of ours.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { bytes as inBytes } from '../../web/js/ui/format.js';
import { load, open, results, root, start } from './harness.mjs';
import { staticHost } from './recorder.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** The page, with its offline copy made. @param {Awaited<ReturnType<typeof staticHost>>} host @param {import('playwright-core').BrowserContextOptions} [options] */
async function kept(host, options) {
  const at = { ...lab, url: host.url };
  const opened = await open(at, options);
  await load(at, opened.page);
  await opened.page.waitForFunction(() => navigator.serviceWorker.controller);
  return opened;
}

test('with the network off the page goes on, and even loads again', { timeout: 5 * 60_000 }, async () => {
  const host = await staticHost();
  const { page, context, errors, foreign } = await kept(host);
  await context.setOffline(true);
  // The browser may only pretend: the host is really gone.
  await host.close();
  const run = () => page.evaluate(() => globalThis.unlearnLab.run({ forget: { users: [42] }, steps: 3, device: 'cpu' }).then(({ methods }) => methods.map(({ id }) => id)));
  assert.ok((await run()).includes('e2urec'), 'a run');
  await page.getByRole('tab', { name: 'Compare' }).click();
  await page.locator('#panel-compare').getByRole('heading').first().waitFor();

  await page.reload();
  await page.evaluate(() => globalThis.unlearnLab.ready);
  assert.ok((await run()).includes('e2urec'), 'a run after loading again');
  await page.getByRole('tab', { name: 'Models' }).click();
  await page.locator('#panel-models').getByText('nano-ml-latest-small').first().waitFor();
  const seen = await page.evaluate(() => globalThis.unlearnLab.requests());
  assert.deepEqual(seen.filter(({ from }) => from === 'network').map(({ url }) => url), [], 'nothing came over the network');
  assert.deepEqual([errors, foreign], [[], []]);
  await context.close();
});

test('books, the other engines and the conformance page are kept when asked for', { timeout: 5 * 60_000 }, async () => {
  const host = await staticHost();
  const { page, context } = await kept(host);
  await page.locator('#privacy-open').click();
  const dialog = page.getByRole('dialog', { name: 'Privacy' });
  await dialog.getByRole('button', { name: 'Keep everything for offline use' }).click();
  await dialog.getByText(/The offline copy is ready/).waitFor({ timeout: 60_000 });
  await dialog.getByRole('button', { name: 'Keep everything for offline use' }).waitFor({ state: 'hidden', timeout: 60_000 });
  await host.close();
  const loaded = await page.evaluate(() => globalThis.unlearnLab.load({ data: 'goodbooks-10k' }).then(({ dataset }) => dataset));
  assert.equal(loaded, 'goodbooks-10k');

  // By the address that hosts give it without its ending, which is no file.
  await page.goto(new URL('./conformance?op=norm', host.url).href);
  page.setDefaultTimeout(3 * 60_000);
  const { cases } = await page.evaluate(() => globalThis.conformance.then(({ report }) => report));
  assert.deepEqual(cases.map(({ cpu, gpu }) => [cpu.ok, gpu.ok]), [[true, true]]);
  await context.close();
});

test('a new version waits until it is wanted, comes as a whole, and never during a run', { timeout: 5 * 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unlearn-lab-next-'));
  const host = await staticHost();
  try {
    cpSync(join(root, 'dist'), folder, { recursive: true });
    const page2 = readFileSync(join(folder, 'index.html'), 'utf8').replace('<title>', '<title>Next: ');
    writeFileSync(join(folder, 'index.html'), page2);
    execFileSync('node', [join(root, 'web/seal.mjs'), '--minify'], { env: { ...process.env, TRUNK_STAGING_DIR: folder }, stdio: 'ignore' });

    const { page, context, errors } = await kept(host);
    // Half of an upload: the list of one version, a page of the other.
    host.state.folder = folder;
    host.state.edit = (path, bytes) => (path === 'index.html' ? readFileSync(join(root, 'dist/index.html')) : bytes);
    await page.reload();
    await page.evaluate(() => globalThis.unlearnLab.ready);
    await page.waitForFunction(async () => !(await navigator.serviceWorker.ready).installing, null, { timeout: 60_000 });
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.ready).waiting), null, 'half a version is no version');
    assert.equal(await page.locator('#update').isVisible(), false);

    host.state.edit = undefined;
    await page.reload();
    assert.doesNotMatch(await page.title(), /^Next/, 'the version in use stays');
    await page.evaluate(() => globalThis.unlearnLab.ready);
    const word = page.locator('#update');
    await word.getByText('A new version is ready').waitFor({ timeout: 60_000 });
    const running = page.evaluate(() => globalThis.unlearnLab.run({ forget: { standard: true }, steps: 400, device: 'cpu' }).then(() => 'done', ({ code }) => code));
    const use = word.getByRole('button', { name: 'Use it now' });
    await page.waitForFunction(() => /** @type {HTMLButtonElement | null} */ (document.querySelector('#update button'))?.disabled);
    assert.ok(await use.isDisabled(), 'not during a run');
    await page.evaluate(() => globalThis.unlearnLab.cancel());
    assert.equal(await running, 'cancelled');
    await Promise.all([page.waitForEvent('load'), use.click()]);
    await page.waitForFunction(() => document.title.startsWith('Next'));
    await page.evaluate(() => globalThis.unlearnLab.ready);
    assert.equal(await word.isVisible(), false);
    assert.equal(await page.evaluate(() => caches.keys().then(({ length }) => length)), 1, 'the earlier copy is gone');
    assert.deepEqual(errors, []);
    await context.close();
  } finally {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a copy that the browser threw away does not keep the page from loading, nor from being kept again', { timeout: 3 * 60_000 }, async () => {
  const host = await staticHost();
  const { page, context, errors } = await kept(host);
  const drop = () => page.evaluate(async () => Promise.all((await caches.keys()).map((name) => caches.delete(name))));
  const status = (text) => page.waitForFunction((wanted) => document.querySelector('dialog.privacy')?.textContent?.includes(wanted), text, { timeout: 60_000 });
  await drop();
  await page.reload();
  await page.evaluate(() => globalThis.unlearnLab.ready);
  await page.locator('#privacy-open').click();
  const { files } = JSON.parse(readFileSync(join(root, 'dist/integrity.json'), 'utf8'));
  const atOnce = Object.values(files).reduce((sum, file) => sum + (file.keep === 'now' ? file.bytes : 0), 0);
  await status(`The offline copy is ready (${inBytes(atOnce)}`);
  // Meanwhile the host has another version, of which this worker cannot know what belongs to it.
  host.state.edit = (path, bytes) => (path === 'integrity.json' ? Buffer.concat([bytes, Buffer.from(' ')]) : bytes);
  await drop();
  await page.reload();
  await page.evaluate(() => globalThis.unlearnLab.ready);
  assert.deepEqual(errors, []);
  await context.close();
  await host.close();
});

test('the page can be installed', { timeout: 60_000 }, async () => {
  const { page, context } = await open(lab);
  await load(lab, page);
  const session = await context.newCDPSession(page);
  const { errors, data } = await session.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { start_url, scope, icons, display } = JSON.parse(data);
  assert.deepEqual([start_url, scope, display], ['./', './', 'standalone'], 'from any sub-path');
  const sizes = icons.map((icon) => icon.sizes);
  for (const size of ['192x192', '512x512']) assert.ok(sizes.includes(size), `an icon of ${size}`);
  for (const icon of icons) assert.equal((await fetch(new URL(icon.src, lab.url))).status, 200, icon.src);
  await context.close();
});

test('the dialog tells by keyboard what was asked for, and whether there is a network', { timeout: 3 * 60_000 }, async () => {
  const host = await staticHost();
  for (const [width, scheme] of /** @type {const} */ ([[1440, 'light'], [1440, 'dark'], [390, 'light'], [390, 'dark']])) {
    const { page, context, errors } = await kept(host, { viewport: { width, height: width > 500 ? 1000 : 844 }, colorScheme: scheme });
    await page.locator('#private').focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Privacy' });
    await dialog.waitFor();
    await dialog.getByText('The offline copy is ready').waitFor({ timeout: 30_000 });
    const rows = dialog.getByRole('region', { name: /Requests/ }).getByRole('row');
    // The page may still load something: the list is drawn again after a request, not with it.
    const counts = async () => [await rows.count(), await page.evaluate(() => globalThis.unlearnLab.requests().then(({ length }) => length))];
    let [drawn, seen] = await counts();
    for (let tries = 0; drawn !== seen + 1 && tries < 50; tries += 1) {
      await page.waitForTimeout(100);
      [drawn, seen] = await counts();
    }
    assert.ok(seen > 40 && drawn === seen + 1, `${drawn} rows for ${seen} requests`);
    const table = await dialog.getByRole('region', { name: /Requests/ }).innerText();
    for (const part of ['Engine for the CPU', 'Model', 'Ratings and titles', 'Hashes of all files', 'index.html']) assert.ok(table.includes(part), part);
    assert.match(await dialog.locator('.tally').innerText(), /\n0\s+to any other|to any other\s+0/);
    await dialog.getByText('Network on', { exact: true }).waitFor();
    await page.screenshot({ path: join(results, `privacy-${width}-${scheme}.png`) });
    await context.setOffline(true);
    await dialog.getByText('Network off', { exact: true }).waitFor();
    await context.setOffline(false);
    // What the policy stops is in the list as well.
    await page.evaluate(() => fetch('https://elsewhere.invalid/').catch(() => {}));
    await dialog.getByText('https://elsewhere.invalid').waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, 'nothing sticks out');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'private', 'the focus goes back');
    assert.deepEqual(errors.filter((text) => !text.includes('elsewhere.invalid')), []);
    await context.close();
  }
  await host.close();
});

test('a model\'s download that broke goes on through the offline copy, which keeps nothing of it', { timeout: 3 * 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unlearn-lab-model-'));
  /** What was asked for of the weights: their `Range`. @type {(string | undefined)[]} */
  const asked = [];
  let breaks = true;
  const host = await staticHost({
    folder,
    send(path, bytes, request, response) {
      if (path !== 'models/served/model.safetensors') return false;
      const { range } = request.headers;
      asked.push(range);
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
      const part = range ? { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
      response.writeHead(range ? 206 : 200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length - from, ...part });
      if (breaks) response.write(bytes.subarray(from, bytes.length >> 1), () => setTimeout(() => response.destroy(), 300));
      else response.end(bytes.subarray(from));
      return true;
    },
  });
  try {
    // The films' model once more, as one that the page does not come with.
    cpSync(join(root, 'dist'), folder, { recursive: true });
    cpSync(join(folder, 'models/nano-ml-latest-small'), join(folder, 'models/served'), { recursive: true });
    const list = JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8'));
    const nano = list.models.find(({ name }) => name === 'nano-ml-latest-small');
    const files = nano.files.map((file) => ({ ...file, url: file.url.replace(nano.name, 'served') }));
    list.models.push({ ...nano, name: 'served', set: null, files });
    writeFileSync(join(folder, 'models.json'), JSON.stringify(list));
    execFileSync('node', [join(root, 'web/seal.mjs'), '--minify'], { env: { ...process.env, TRUNK_STAGING_DIR: folder }, stdio: 'ignore' });

    const { page, context, foreign } = await kept(host);
    const download = () => page.evaluate(() => globalThis.unlearnLab.downloadModel('served').then(() => 'whole', ({ code }) => code));
    const entry = () => page.evaluate(() => globalThis.unlearnLab.models().then((all) => all.find(({ name }) => name === 'served')));
    assert.equal(await download(), 'assets', 'the connection broke');
    const half = await entry();
    assert.ok(half.state === 'partial' && half.have > 0 && half.have < half.bytes, JSON.stringify(half));

    breaks = false;
    await page.reload();
    await page.evaluate(() => globalThis.unlearnLab.ready);
    assert.equal(await download(), 'whole');
    const { bytes } = files.find(({ name }) => name === 'model.safetensors');
    assert.deepEqual(asked, [undefined, `bytes=${bytes >> 1}-`], 'the rest alone is asked for the second time');
    assert.equal((await entry()).state, 'stored');
    assert.equal(await page.evaluate(() => globalThis.unlearnLab.useModel('served').then(({ model }) => model)), nano.name);
    const log = await page.evaluate(() => globalThis.unlearnLab.requests());
    assert.ok(log.some(({ url, by }) => url.endsWith('/models/served/model.safetensors') && by === 'offline copy'), 'it went through the service worker');
    const copies = await page.evaluate(() => caches.keys().then((names) => Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)))));
    assert.deepEqual(copies.flat().filter((url) => url.includes('/models/served/')), [], 'the page stores it, not the offline copy');
    assert.deepEqual(foreign, []);
    await context.close();
  } finally {
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a build tells whether a site serves it, and the dialog names it', { timeout: 2 * 60_000 }, async () => {
  const host = await staticHost();
  /** @type {() => Promise<{code: number, said: string}>} */
  const verify = () => new Promise((resolve) => execFile('node', [join(root, 'web/verify.mjs'), host.url], (error, said) => resolve({ code: error ? Number(error.code) : 0, said })));
  const same = await verify();
  assert.equal(same.code, 0, same.said);
  const [, seal] = /sha256 ([0-9a-f]{64})/.exec(same.said) ?? [];
  const { page, context } = await open({ ...lab, url: host.url });
  await load({ ...lab, url: host.url }, page);
  await page.locator('#privacy-open').click();
  await page.getByRole('dialog', { name: 'Privacy' }).getByText(seal).waitFor();
  await context.close();

  host.state.edit = (path, bytes) => (path === 'worker.js' ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes);
  const other = await verify();
  assert.equal(other.code, 1);
  assert.match(other.said, /^worker\.js: sha256 is .*\n.*1 of \d+ files differ/m);
  await host.close();
});
