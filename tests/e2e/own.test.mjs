// A person's own files: read, learned from and forgotten in the tab, and never sent anywhere; and the second shipped data set.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, root, start } from './harness.mjs';

/** Enough people for a split, few enough to learn from in seconds. */
const PEOPLE = 40;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

test('own files are learned from on this device, and one person of them is forgotten', { timeout: 6 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  const folder = join(root, 'public/data/ml-latest-small');
  const [head, ...rows] = readFileSync(join(folder, 'ratings.csv'), 'utf8').trimEnd().split('\n');
  const some = rows.filter((row) => Number(row.split(',', 1)[0]) <= PEOPLE);
  const files = { 'ratings.csv': [head, ...some, ''].join('\n'), 'movies.csv': readFileSync(join(folder, 'movies.csv'), 'utf8') };

  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  const done = await page.evaluate(async (texts) => {
    const encoder = new TextEncoder();
    const given = Object.entries(texts).map(([name, text]) => ({ name, bytes: encoder.encode(text) }));
    const lab = globalThis.unlearnLab;
    const loaded = await lab.train({ files: given, device: 'cpu' });
    const user = loaded.users[0].user;
    const report = await lab.run({ forget: { users: [user] }, steps: 3, device: 'cpu', params: { alpha_auto: 1, scale: 3 } });
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 500)));
    const text = /** @type {HTMLElement} */ (document.querySelector('#result')).innerText;
    const again = await lab.train({ files: given, device: 'cpu', folds: 3 });
    const calibrated = await lab.run({ forget: { users: [user] }, device: 'cpu', params: { min_steps: 10 } });
    const broken = await lab.train({ files: [{ name: 'ratings.csv', bytes: encoder.encode('userId,movieId,rating,timestamp\n1,2,9,3\n') }, given[1]], device: 'cpu' }).then(() => null, (error) => String(error));
    return { text, people: loaded.users.length, model: loaded.model, baseline: loaded.baseline, ids: report.methods.map((m) => m.id), auc: report.methods[1].test.auc, told: { expected: report.expected, missing: report.expected_missing, calibration: report.calibration, proxy: report.proxy.expected }, calibrated: { model: again.model, expected: calibrated.expected, calibration: calibrated.calibration, proxy: calibrated.proxy.expected }, broken };
  }, files);
  assert.ok(done.people > 0 && done.people <= PEOPLE, `${done.people} people`);
  assert.match(done.model, /^own-/);
  assert.deepEqual(done.ids, ['original', 'e2urec']);
  assert.ok(done.auc > 0.5 && done.auc < 1 && done.baseline.auc > 0.5, JSON.stringify(done));
  assert.deepEqual([done.told.expected ?? null, done.told.proxy ?? null], [null, null], 'of own files nothing is expected');
  assert.match(done.told.missing, /no cross-fitted answers/);
  assert.deepEqual([done.told.calibration.scale, done.told.calibration.matched], [1, ''], 'nor is a run calibrated');
  assert.match(done.text, /is not known here: the model has no cross-fitted answers/, 'and the page says so');
  assert.doesNotMatch(done.text, /The run calibrated itself/);
  assert.ok(done.calibrated.expected.logloss > 0 && done.calibrated.proxy > 0, `with folds something is expected: ${JSON.stringify(done.calibrated)}`);
  assert.equal(done.calibrated.calibration.matched, 'loss', 'and the run calibrates itself');
  assert.match(done.broken, /ratings\.csv:2: rating must/, 'a broken file is refused with file, line and rule');
  assert.ok(requests.every((url) => url.startsWith(lab.url)), 'nothing went to another site');
  assert.ok(requests.every((url) => !/upload|ratings/.test(url.replace(lab.url, ''))), `nothing of the files was asked for: ${requests.join(', ')}`);
  assert.deepEqual([errors, foreign], [[], []]);
});

test('the books are loaded beside the films', { timeout: 3 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  await page.goto(`${lab.url}?data=goodbooks-10k`);
  await page.waitForFunction(() => globalThis.unlearnLab !== undefined);
  const loaded = await page.evaluate(() => globalThis.unlearnLab.ready);
  assert.equal(loaded.dataset, 'goodbooks-10k');
  const report = await page.evaluate(() => globalThis.unlearnLab.run({ forget: { standard: true }, steps: 3, device: 'cpu' }));
  assert.deepEqual(report.methods.map((m) => m.id), ['original', 'retrain', 'e2urec']);
  assert.ok(report.methods[0].test.auc > 0.75, 'the books model as shipped');
  assert.deepEqual(errors, []);
});
