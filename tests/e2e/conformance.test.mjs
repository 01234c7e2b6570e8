// The conformance page in Chromium: every operation is right on the processor and on SwiftShader, its file is sealed, and a wrong number is seen.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isWhole } from '../../web/js/features/conformance/signature.js';
import { open, results, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** @param {import('playwright-core').Page} page @param {string} query */
async function conform(page, query) {
  page.setDefaultTimeout(15 * 60_000);
  await page.goto(new URL(`./conformance${query}`, lab.url).href);
  return page.evaluate(() => globalThis.conformance.then((file) => file, (error) => ({ error: String(error.message) })));
}

test('every operation is right, on the processor and on WebGPU', { timeout: 15 * 60_000 }, async () => {
  const { page, context, errors, foreign } = await open(lab);
  const file = await conform(page, '');
  assert.equal(file.error, undefined);
  const { report } = file;
  assert.ok(report.adapter.worker.found, 'Chromium offers no WebGPU adapter: the GPU path cannot be tested');
  assert.ok(report.cases.length >= 20);
  for (const { id, cpu, gpu } of report.cases) {
    assert.ok(cpu.ok, `${id} on the processor: ${JSON.stringify(cpu)}`);
    assert.ok(gpu.ok, `${id} on WebGPU: ${JSON.stringify(gpu)}`);
  }
  assert.ok(report.cases.some(({ gpu }) => gpu.difference > 0), 'no difference at all: is the GPU used?');
  assert.deepEqual(report.trials.map(({ id, ok }) => [id, ok]), ['memory', 'buffer', 'loss', 'comeback'].map((id) => [id, true]), JSON.stringify(report.trials));
  assert.ok(report.speed.every(({ gflops }) => gflops > 0) && report.speed.some(({ kind }) => kind === 'gpu'));
  await page.getByText('This browser computes right').waitFor();
  assert.equal(await page.locator('#operations tr').count(), report.cases.length);

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download JSON' }).click()]);
  const path = join(results, 'conformance.json');
  await download.saveAs(path);
  const saved = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(saved, file);
  assert.ok(await isWhole(saved), 'hash and signature fit');
  saved.report.cases[0].cpu.difference = 0.5;
  assert.equal(await isWhole(saved), false, 'a changed file is seen');

  // The drill destroys a device on purpose, and Burn says so.
  assert.deepEqual(errors.filter((text) => !/device was (lost|destroyed)/i.test(text)), []);
  assert.deepEqual(foreign, []);
  for (const [name, width, colorScheme] of /** @type {const} */ ([['wide', 1440, 'light'], ['narrow-dark', 390, 'dark']])) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `no sideways scrolling at ${width}`);
    await page.screenshot({ path: join(results, `conformance-${name}.png`), fullPage: true });
  }
  await context.close();
});

test('a query runs one operation, in the page itself if asked to', { timeout: 5 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab);
  const { report } = await conform(page, '?op=norm&worker=0');
  assert.deepEqual(report.cases.map(({ id, cpu, gpu }) => [id, cpu.ok, gpu.ok]), [['norm', true, true]]);
  assert.deepEqual([report.query, report.trials, report.speed], [{ op: ['norm'], worker: false }, [], []]);
  assert.ok(report.adapter.page.found && report.adapter.worker.found && report.abilities.module_workers);
  assert.equal(page.workers().length, 0, 'the probe’s worker is gone, the engines had none');
  const { error } = await conform(page, '?op=norme');
  assert.match(error, /op must be one or more of matmul, .*got “norme”/);
  await page.getByText('The test could not be carried out').waitFor();
  assert.deepEqual(errors.filter((text) => !/norme/.test(text)), []);
  await context.close();
});

test('a number that is not the reference’s is shown as wrong, and a changed reference alone is not used', { timeout: 5 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  const sha256 = (/** @type {string} */ text) => createHash('sha256').update(text).digest('hex');
  let altered = '';
  await page.route('**/reference/conformance.json', async (route) => {
    const reference = await (await route.fetch()).json();
    reference.cases.norm.y.values[3] += 0.01;
    altered = JSON.stringify(reference);
    await route.fulfill({ body: altered, contentType: 'application/json' });
  });
  const { error } = await conform(page, '?op=norm');
  assert.match(error, /reference\/conformance\.json: sha256 must be/);

  // A site whose list of hashes says so has another reference, and this browser does not compute that.
  await page.route('**/integrity.json', async (route) => {
    const list = await (await route.fetch()).json();
    list.files['reference/conformance.json'].sha256 = sha256(altered);
    await route.fulfill({ json: list });
  });
  const { report } = await conform(page, '?op=norm,rope');
  const [norm, rope] = report.cases;
  assert.ok(!norm.cpu.ok && norm.cpu.tensor === 'y' && norm.cpu.difference > norm.bound, JSON.stringify(norm.cpu));
  assert.ok(norm.gpu.ok && rope.cpu.ok && rope.gpu.ok, 'nothing else is');
  assert.deepEqual([report.verdict.ok, report.verdict.says], [false, 'Wrong on the CPU: RMS norm.']);
  await page.getByText('Something is wrong here').waitFor();
  assert.equal(await page.locator('tr.wrong').getAttribute('data-case'), 'norm');
  await context.close();
});

test('the lab leads to it', async () => {
  const { page, context } = await open(lab);
  await page.goto(lab.url);
  await page.getByRole('link', { name: 'Test it' }).click();
  await page.waitForURL('**/conformance.html');
  await page.getByRole('heading', { name: 'Does this browser compute right?' }).waitFor();
  await context.close();
});
