// A page whose engine for the GPU is still being built, or could not be: it says so, asks for nothing that is not there, and forgets on the CPU.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, root, start } from './harness.mjs';
import { staticHost } from './recorder.mjs';

const whole = join(root, 'dist');
const folder = mkdtempSync(join(tmpdir(), 'unlearn-lab-coming-'));
/** The page without WebGPU: while that is being built, and where it could not be. */
const versions = { coming: join(folder, 'coming'), without: join(folder, 'without') };

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => {
  lab = await start();
  for (const [name, to] of Object.entries(versions)) {
    cpSync(whole, to, { recursive: true, filter: (path) => path !== join(whole, 'wasm/gpu') });
    execFileSync('node', [join(root, 'web/seal.mjs'), '--minify', '--into', to, `--${name}`, 'gpu'], { stdio: 'ignore' });
  }
});
after(async () => {
  await lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A page on a host of its own, with every answer that was no file and every request for the GPU's engine. @param {string} from */
async function opened(from) {
  const host = await staticHost({ folder: from });
  const { page, context, errors, foreign } = await open({ ...lab, url: host.url });
  /** @type {string[]} */
  const missed = [];
  context.on('response', (response) => response.status() >= 400 && missed.push(response.url()));
  const close = () => context.close().then(() => host.close());
  return { host, page, errors, foreign, missed, asked: () => host.seen.filter(({ url }) => url.includes('/wasm/gpu/')), close };
}

const settled = (page) => page.waitForFunction(() => !['off', 'starting'].includes(globalThis.unlearnLab.device().gpu.state)).then(() => page.evaluate(() => globalThis.unlearnLab.device().gpu));
const run = (page) => page.evaluate(() => globalThis.unlearnLab.run({ forget: { users: [42] }, steps: 3 }).then(({ methods }) => methods.map(({ id }) => id)));

/** Presses “Use it now” when it is there, and waits for the page that comes. */
async function renew(page) {
  const word = page.locator('#update');
  await word.getByText('A new version is ready').waitFor({ timeout: 60_000 });
  await Promise.all([page.waitForEvent('load'), word.getByRole('button', { name: 'Use it now' }).click()]);
  await page.evaluate(() => globalThis.unlearnLab.ready);
}

test('while WebGPU is being built the page says so, works on the CPU, and offers the version with it', { timeout: 4 * 60_000 }, async () => {
  const { host, page, errors, foreign, missed, asked, close } = await opened(versions.coming);
  await load({ ...lab, url: host.url }, page);
  const gpu = await settled(page);
  assert.deepEqual([gpu.state, gpu.reason], ['absent', 'the engine for the GPU is still being built']);
  await page.locator('#update').getByText('WebGPU follows').waitFor();
  assert.equal(await page.locator('#update').getByRole('button', { name: 'Use it now' }).isVisible(), false, 'there is nothing to use yet');
  await page.locator('#badge summary').click();
  await page.getByText('Chosen because the engine for the GPU is still being built.').waitFor();

  assert.ok((await run(page)).includes('e2urec'), 'it forgets on the CPU');
  const refused = await page.evaluate(() => globalThis.unlearnLab.run({ forget: { users: [42] }, steps: 3, device: 'webgpu' }).then(() => null, ({ code, message }) => ({ code, message })));
  assert.deepEqual(refused, { code: 'no_webgpu', message: 'WebGPU cannot be used: the engine for the GPU is still being built' });
  assert.deepEqual([missed, asked(), errors, foreign], [[], [], [], []], 'nothing is asked for that is not there');
  assert.equal(await page.evaluate(() => navigator.serviceWorker.getRegistrations().then(({ length }) => length)), 0, 'what is not whole is not kept');

  host.state.folder = whole;
  await renew(page);
  assert.equal((await settled(page)).state, 'software', 'WebGPU is there');
  assert.deepEqual([missed, errors], [[], []]);
  await close();
});

test('a page that is kept already goes to the version in between and on to the whole one', { timeout: 4 * 60_000 }, async () => {
  const { host, page, errors, close } = await opened(whole);
  await load({ ...lab, url: host.url }, page);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  host.state.folder = versions.coming;
  await page.reload();
  await page.evaluate(() => globalThis.unlearnLab.ready);
  await renew(page);
  assert.equal((await settled(page)).state, 'absent');
  host.state.folder = whole;
  await renew(page);
  assert.equal((await settled(page)).state, 'software');
  assert.deepEqual(errors, []);
  await close();
});

test('a build without WebGPU says so, on the conformance page too', { timeout: 4 * 60_000 }, async () => {
  const { host, page, errors, missed, asked, close } = await opened(versions.without);
  await load({ ...lab, url: host.url }, page);
  const reason = 'this build of the page has no engine for the GPU';
  assert.equal((await settled(page)).reason, reason);
  assert.equal(await page.locator('#update').isVisible(), false, 'nothing is promised');

  await page.goto(new URL('./conformance.html?op=norm', host.url).href);
  page.setDefaultTimeout(3 * 60_000);
  const { cases, engines, verdict } = await page.evaluate(() => globalThis.conformance.then(({ report }) => report));
  assert.deepEqual([engines.gpu.state, cases.map(({ cpu, gpu }) => [cpu.ok, gpu])], ['absent', [[true, null]]]);
  assert.ok(verdict.ok && verdict.says.endsWith(`The GPU was not tested: ${reason}.`), verdict.says);
  assert.deepEqual([asked(), missed, errors], [[], [], []]);
  await close();
});
