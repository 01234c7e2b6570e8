// Methods are compared on this device: two cheap cells, the table that fills, its order, its files, and the tabs.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, start } from './harness.mjs';

/** Steps of a cell: enough for a row, too few for a result. */
const STEPS = 3;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const tab = (page, name) => page.getByRole('tab', { name, exact: true });

test('two cells are compared, sorted, looked at by person and saved', { timeout: 6 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  await tab(page, 'Compare').click();
  assert.equal(new URL(page.url()).hash, '#compare');
  const panel = page.locator('#panel-compare');
  await panel.getByRole('heading', { name: 'Compare the methods.' }).waitFor();

  const boxes = panel.getByRole('group', { name: 'Methods and settings' }).getByRole('checkbox');
  const names = await boxes.evaluateAll((all) => all.map((one) => one.value));
  const two = names.filter((name) => name.startsWith('e2urec/')).slice(0, 2);
  assert.equal(two.length, 2, 'E2URec has two settings');
  for (const name of names) await panel.locator(`input[value="${name}"]`).setChecked(two.includes(name));
  await panel.getByLabel('Steps').fill(String(STEPS));
  await panel.getByLabel('Steps').blur();
  await panel.getByRole('button', { name: 'Run', exact: true }).click();
  await panel.getByRole('button', { name: 'Cancel', exact: true }).waitFor();
  await panel.getByText('Done', { exact: true }).waitFor({ timeout: 240_000 });

  const line = (name) => panel.locator('tr', { hasText: name });
  for (const name of two) {
    const row = panel.locator(`tr[data-key="${name}, ${STEPS} steps"]`);
    assert.match(await row.innerText(), /this device/, `${name} is labelled`);
    assert.match(await row.locator('td').first().innerText(), /^0\.\d{4}/, `${name} has a test AUC`);
  }
  assert.match(await line('Original').first().innerText(), /this device|reference/);

  const sorted = panel.getByRole('button', { name: 'test AUC' });
  const ordered = (order) => panel.locator(`th[data-by="test_auc"][aria-sort="${order}"]`).waitFor();
  await sorted.focus();
  await page.keyboard.press('Enter');
  await ordered('descending');
  const column = () => panel.locator('table').first().locator('tbody').first().locator('tr td:nth-of-type(1)').allInnerTexts();
  const high = (await column()).map(Number.parseFloat).filter(Number.isFinite);
  assert.deepEqual(high, high.toSorted((a, b) => b - a));
  await page.keyboard.press('Enter');
  await ordered('ascending');

  // One family at a time, beside what every method is read against.
  const rows = panel.getByRole('region', { name: 'Comparison table' }).locator('tbody').first().locator('tr');
  const ids = () => rows.evaluateAll((all) => all.map((row) => row.dataset.key?.split('/')[0]));
  const before = await ids();
  const show = panel.getByRole('combobox', { name: 'Methods in view' });
  const ours = panel.locator(`tr[data-key="${two[0]}, ${STEPS} steps"]`);
  await show.selectOption('ascent');
  await ours.waitFor({ state: 'detached' });
  assert.deepEqual(await ids(), before.filter((id) => id !== 'e2urec'));
  await show.selectOption('paper');
  await ours.waitFor();
  assert.deepEqual(await ids(), before);

  const [csv] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'CSV' }).click()]);
  assert.match(csv.suggestedFilename(), /\.csv$/);

  await panel.locator(`tr[data-key="${two[1]}, ${STEPS} steps"] button.name`).click();
  await panel.getByRole('region', { name: 'Forgotten people' }).getByRole('row').nth(2).waitFor();
  await panel.locator(`tr[data-key="${two[0]}, ${STEPS} steps"] button.name`).click();
  await panel.getByRole('button', { name: /Run it again/ }).waitFor();

  await page.screenshot({ path: join(results, 'compare-wide-light.png'), fullPage: true });
  await tab(page, 'Forget one').click();
  await page.locator('#result').getByRole('table').first().waitFor();
  await tab(page, 'Forget one').press('ArrowRight');
  await page.getByRole('tab', { name: 'Compare', exact: true, selected: true }).waitFor();
  assert.match(await panel.locator(`tr[data-key="${two[0]}, ${STEPS} steps"]`).innerText(), /this device/, 'the rows are kept');
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign, [], 'requests to other origins');
});

test('a script compares, and cancelling keeps what is finished', { timeout: 4 * 60_000 }, async () => {
  const { page } = await open(lab, { viewport: { width: 390, height: 844 } });
  await load(lab, page);
  const { rows, kept } = await page.evaluate(async (steps) => {
    const { users } = await globalThis.unlearnLab.ready;
    const forget = { users: [users[0].user] };
    const rows = await globalThis.unlearnLab.compare({ methods: ['e2urec'], seeds: [1, 2], forget, steps, device: 'cpu' });
    const kept = await globalThis.unlearnLab.compare({ methods: ['e2urec'], seeds: [1, 2], forget, steps, device: 'cpu', onRow: () => globalThis.unlearnLab.cancel() });
    return { rows, kept };
  }, STEPS);
  const seeds = (all) => all.filter((row) => row.id === 'e2urec').map((row) => row.seed);
  assert.deepEqual(seeds(rows), [1, 2]);
  assert.deepEqual(seeds(kept), [1]);
  await assert.rejects(page.evaluate(() => globalThis.unlearnLab.compare({ methods: ['nothing'], forget: { standard: true } })), /methods must be among/);
  await tab(page, 'Compare').click();
  await page.locator('#panel-compare tr', { hasText: 'this device' }).first().waitFor();
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `the page is ${inner} px wide in a window of ${outer} px`);
});

test('the address opens the comparison', async () => {
  const { page, errors } = await open(lab);
  await page.goto(`${lab.url}#compare`);
  await page.getByRole('heading', { name: 'Compare the methods.' }).waitFor();
  assert.equal(await page.locator('#panel-forget').isHidden(), true);
  assert.deepEqual(errors, []);
});
