// Finished runs on the device: kept, opened again after a reload, compared, deleted; a session as one file, into a fresh browser; the page in a frame; Back and
// Forward between tab, lesson, person and step of the tour.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answer, load, open, results, root, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** A short run by the script interface, which the page keeps as any other. */
const run = (page, seed, user = 42) => page.evaluate(([s, u]) => globalThis.unlearnLab.run({ forget: { users: [u] }, seed: s, steps: 12, params: { min_steps: 12 }, evalEvery: 4 }).then((report) => report.adapter_sha256), [seed, user]);
const toRuns = async (page, n) => {
  await page.getByRole('tab', { name: 'Runs', exact: true }).click();
  await page.waitForFunction((wanted) => document.querySelectorAll('[data-run]').length === wanted, n);
};
const stored = (page) => page.evaluate(async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('history').catch(() => null);
  const found = [];
  if (folder) for await (const one of folder.values()) found.push(one.name);
  return found.length;
});

test('runs are kept, opened after a reload, compared and deleted; a session goes to another browser', { timeout: 8 * 60_000 }, async () => {
  const { page, context, errors, foreign } = await open(lab, { acceptDownloads: true });
  await load(lab, page);
  const hashes = [];
  for (const seed of [1, 2]) hashes.push(await run(page, seed));
  await toRuns(page, 2);
  const lines = page.locator('[data-run]');
  assert.match(await lines.first().innerText(), /user 42’s ratings[\s\S]*in the lab[\s\S]*seed 2, on Films/);
  assert.match(await page.locator('.runs-list').innerText(), /on this device and nowhere else: 2 runs/);

  // Kept beyond the tab, and opened as it was: its name, its date, its curves, its adapter.
  await load(lab, page);
  await toRuns(page, 2);
  await lines.last().getByRole('button', { name: /^Open/ }).click();
  await page.locator('#result .subject').getByText(/About user 42’s ratings, a kept run of .* on ml-latest-small/).waitFor();
  await page.locator('#live .plot canvas').first().waitFor();
  assert.match(await page.locator('#result .hash').innerText(), new RegExp(hashes[0]));
  assert.equal(await page.locator('#result .recs').count(), 0, 'the engine has no lists of it');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Adapter (2 files)' }).click();
  assert.match((await download).suggestedFilename(), /^adapter_/);

  // Two side by side.
  await toRuns(page, 2);
  for (const one of await lines.all()) await one.locator('input').check();
  const pair = page.locator('.pair-of-runs');
  await pair.waitFor();
  assert.match(await pair.innerText(), /Seed\s+2\s+1/);
  await pair.locator('.plot canvas').first().waitFor();
  await pair.locator('details.data').first().locator('summary').click();
  const steps = pair.locator('details.data table').first().locator('tbody tr');
  await steps.first().waitFor();
  assert.equal(await steps.count(), 12, 'a line for each step behind the chart');

  // The session as one file.
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the session' }).click();
  const file = join(results, 'session.json');
  await (await saved).saveAs(file);
  const text = await readFile(file, 'utf8');
  assert.equal(JSON.parse(text).content.runs.length, 2);

  // One goes, then all, each asked about first.
  await lines.last().getByRole('button', { name: /^Delete/ }).click();
  await answer(page, 'Keep it');
  assert.equal(await stored(page), 2);
  await lines.last().getByRole('button', { name: /^Delete/ }).click();
  await answer(page, 'Delete');
  await page.waitForFunction(() => document.querySelectorAll('[data-run]').length === 1);
  await page.getByRole('button', { name: 'Delete all' }).click();
  await answer(page, 'Delete all');
  await page.getByText('No run is kept yet').waitFor();
  assert.equal(await stored(page), 0);
  assert.deepEqual([errors, foreign], [[], []]);
  await context.close();

  // Another browser opens it; a damaged copy is refused with its place.
  const other = await open(lab);
  await load(lab, other.page);
  await toRuns(other.page, 0);
  const bad = join(results, 'session-bad.json');
  await writeFile(bad, text.replace(/"seed":2/, '"seed":3'));
  const choose = (/** @type {string} */ path) => other.page.locator('.session input[type=file]').setInputFiles(path);
  await choose(bad);
  await other.page.getByRole('alert').getByText(/Run 1 \(user 42’s ratings\) is damaged: its sha256 must be/).waitFor();
  assert.equal(await stored(other.page), 0);
  await choose(file);
  await other.page.getByText(/^2 runs added\. Its settings were taken\./).waitFor();
  assert.equal(await other.page.locator('[data-run]').count(), 2);
  await choose(file);
  await other.page.getByText(/^0 runs added; 2 runs of the file were here already/).waitFor();
  assert.deepEqual(other.errors, []);
  await other.context.close();
});

test('in a frame of another page it is a lesson or the result, and nothing that steers', { timeout: 4 * 60_000 }, async () => {
  const host = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<!doctype html><title>A lecture</title><iframe title="Lab" width="900" height="800" src="${new URL('./?embed#forget&lesson=too-few-steps', lab.url).href}"></iframe>`));
  await new Promise((resolve) => host.listen(0, () => resolve(undefined)));
  const { page, context } = await open(lab);
  // Whoever serves the page by an older server forbids frames: what is sent here are this version's headers.
  const headers = Object.fromEntries((await readFile(join(root, 'public/_headers'), 'utf8')).split('\n').filter((line) => line.startsWith('  ')).map((line) => line.trim().split(/: (.*)/s).slice(0, 2)));
  await context.route(`${new URL(lab.url).origin}/**`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])) } });
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (host.address());
  await page.goto(`http://127.0.0.1:${port}/`);
  const frame = page.frameLocator('iframe');
  await frame.locator('.tour-card').waitFor();
  await frame.locator('#run').getByRole('button', { name: 'Start' }).waitFor();
  for (const gone of ['.top', '.hero p', '.setup', '.article', '#panel-runs']) assert.equal(await frame.locator(gone).first().isVisible(), false, gone);
  const whole = frame.getByRole('link', { name: 'Open in Unlearn Lab' });
  assert.match((await whole.getAttribute('href')) ?? '', /lesson=too-few-steps/);
  assert.doesNotMatch((await whole.getAttribute('href')) ?? '', /embed/);
  // Without `?embed` a frame gets no more.
  await page.locator('iframe').evaluate((/** @type {HTMLIFrameElement} */ element, href) => (element.src = href), lab.url);
  await frame.locator('#run .plan').waitFor();
  assert.equal(await frame.locator('.top').isVisible(), false);
  // Files of the page may still be on their way.
  await context.unrouteAll({ behavior: 'ignoreErrors' });
  await context.close();
  host.close();
});

test('Back and Forward go between tab, person, lesson and step of the tour', { timeout: 4 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab);
  await load(lab, page);
  await page.locator('#what .history-head').waitFor();
  const selected = (/** @type {string} */ name) => page.getByRole('tab', { name, exact: true, selected: true }).waitFor();
  const first = await page.locator('#what .history-head h3').innerText();
  await page.evaluate(() => (location.hash = '#forget&user=7'));
  await page.locator('#what .history-head h3').getByText('User 7’s ratings').waitFor();
  await page.getByRole('tab', { name: 'Runs', exact: true }).click();
  await selected('Runs');
  await page.goBack();
  await selected('Forget one');
  await page.goBack();
  await page.locator('#what .history-head h3').getByText(first).waitFor();
  await page.goForward();
  await page.locator('#what .history-head h3').getByText('User 7’s ratings').waitFor();
  await page.locator('#tour-open').click();
  await page.locator('.tour-card').waitFor();
  await page.waitForFunction(() => /tour=1/.test(location.hash));
  await page.locator('.tour-dot').nth(2).click();
  await page.waitForFunction(() => /tour=3/.test(location.hash));
  await page.goBack();
  await page.waitForFunction(() => /tour=1/.test(location.hash));
  await page.evaluate(() => (location.hash = '#forget&lesson=over-forgetting'));
  await page.waitForFunction(() => /lesson=over-forgetting/.test(location.hash));
  await page.goBack();
  await page.waitForFunction(() => /tour=1/.test(location.hash) && !/lesson/.test(location.hash));
  assert.deepEqual(errors, []);
  await context.close();
});
