// Nothing is lost without a question: other data, a reset, a deletion, a training of one's own and the tab itself ask first where a result would go.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answer, load, open, root, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Forgets one person in a few steps, and waits until the page shows the result. */
async function forgetOne(page) {
  await page.evaluate(async () => {
    const { users } = await globalThis.unlearnLab.ready;
    await globalThis.unlearnLab.run({ forget: { users: [users[0].user] }, steps: 3, device: 'cpu' });
  });
  await page.locator('#result .verdict .headline:not(.waiting)').waitFor();
}
const question = (page) => page.locator('dialog.question');
const asked = (page) => question(page).locator('p').innerText();
const dataset = (page) => page.evaluate(() => globalThis.unlearnLab.info().then((loaded) => loaded.dataset));
const books = (page) => page.locator('#data').getByText('Books', { exact: true });

test('other data, and a reset, ask before a result goes; without one they do not', { timeout: 5 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  await load(lab, page);
  await forgetOne(page);
  await books(page).click();
  assert.match(await asked(page), /ends the result on user \d+’s ratings with its adapter/);
  await answer(page, 'Keep it');
  await question(page).waitFor({ state: 'detached' });
  assert.equal(await dataset(page), 'ml-latest-small');
  assert.equal(await page.locator('#data').getByRole('radio', { name: 'Films' }).isChecked(), true, 'the switch says what is loaded');

  const reset = page.locator('#run').getByRole('button', { name: 'Reset', exact: true });
  await reset.click();
  await page.keyboard.press('Escape');
  await question(page).waitFor({ state: 'detached' });
  assert.equal(await page.locator('#result .headline:not(.waiting)').count(), 1, 'Escape keeps it');
  await reset.click();
  await answer(page, 'Reset');
  await page.locator('#result .headline.waiting').waitFor();
  await page.locator('#run .offer').getByRole('button', { name: 'Undo', exact: true }).click();
  await page.locator('#result .headline:not(.waiting)').waitFor();
  await page.locator('#result').getByText('The adapter of this run is gone').waitFor();
  assert.equal(await page.locator('#result').getByRole('button', { name: 'Adapter (2 files)' }).isDisabled(), true, 'figures come back, an adapter does not');
  await reset.click();
  await answer(page, 'Reset');
  await page.locator('#result .headline.waiting').waitFor();

  await books(page).click();
  await page.waitForFunction(() => globalThis.unlearnLab.info().then((loaded) => loaded.dataset === 'goodbooks-10k'));
  assert.equal(await question(page).count(), 0, 'nothing was at stake');
  assert.deepEqual(errors, []);
});

test('the browser asks before the tab is left, until a part of the result was saved', { timeout: 4 * 60_000 }, async () => {
  const { page } = await open(lab);
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.type());
    return dialog.dismiss();
  });
  await load(lab, page);
  await forgetOne(page);
  // A browser asks only where somebody did something.
  await page.locator('#what h2').click();
  await page.reload({ timeout: 3000 }).catch(() => {});
  assert.deepEqual(dialogs, ['beforeunload']);
  assert.equal(await page.locator('#result .headline:not(.waiting)').count(), 1, 'the result is still there');

  await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Report (JSON)' }).click()]);
  await page.reload();
  await page.evaluate(() => globalThis.unlearnLab.ready);
  assert.deepEqual(dialogs, ['beforeunload'], 'what was saved is not asked about');
});

test('a model of one’s own files keeps the tab where the browser stores nothing, and a stored model is deleted only when asked', { timeout: 5 * 60_000 }, async () => {
  const { page } = await open(lab);
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.type());
    return dialog.accept();
  });
  // As in a private window of some browsers, as long as this is set.
  await page.addInitScript(() => {
    const { getDirectory } = StorageManager.prototype;
    globalThis.denied = true;
    StorageManager.prototype.getDirectory = function () {
      return globalThis.denied ? Promise.reject(new DOMException('denied', 'SecurityError')) : getDirectory.call(this);
    };
  });
  await load(lab, page);
  const folder = join(root, 'public/data/ml-latest-small');
  const [head, ...rows] = readFileSync(join(folder, 'ratings.csv'), 'utf8').trimEnd().split('\n');
  const files = { 'ratings.csv': [head, ...rows.filter((row) => Number(row.split(',', 1)[0]) <= 40), ''].join('\n'), 'movies.csv': readFileSync(join(folder, 'movies.csv'), 'utf8') };
  await page.evaluate((texts) => globalThis.unlearnLab.train({ files: Object.entries(texts).map(([name, text]) => ({ name, bytes: new TextEncoder().encode(text) })), device: 'cpu' }), files);
  await page.locator('#data').getByText('It is gone when this tab is closed: This browser gives the page no storage.').waitFor();
  await page.locator('#what h2').click();
  await page.reload();
  assert.deepEqual(dialogs, ['beforeunload']);

  await page.evaluate(() => {
    globalThis.denied = false;
    return globalThis.unlearnLab.ready;
  });
  const gguf = readFileSync(join(root, 'tests/parity/fixtures/text/tiny.gguf')).toString('base64');
  await page.evaluate((text) => globalThis.unlearnLab.importModel([{ name: 'tiny.gguf', bytes: Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) }], { name: 'asked-for' }), gguf);
  await page.getByRole('tab', { name: 'Models' }).click();
  const row = page.locator('.model[data-name="asked-for"]');
  await row.getByRole('button', { name: 'Delete', exact: true }).click();
  assert.match(await asked(page), /It was made here/);
  await answer(page, 'Keep it');
  await question(page).waitFor({ state: 'detached' });
  assert.equal(await row.isVisible(), true);
  await row.getByRole('button', { name: 'Delete', exact: true }).click();
  await answer(page, 'Delete');
  await row.waitFor({ state: 'detached' });
});

test('many ratings that were ticked or unticked at once can be had back', { timeout: 2 * 60_000 }, async () => {
  const { page } = await open(lab);
  await load(lab, page);
  const what = page.locator('#what');
  await what.getByText('Ratings', { exact: true }).click();
  await what.locator('.history input').first().check();
  await what.getByText('1 rating of 1 person ticked.').waitFor();
  await what.getByRole('button', { name: 'All', exact: true }).click();
  await what.getByRole('button', { name: 'Undo', exact: true }).click();
  await what.getByText('1 rating of 1 person ticked.').waitFor();
  await what.getByRole('button', { name: 'None', exact: true }).click();
  await what.getByRole('button', { name: 'Undo', exact: true }).click();
  await what.getByText('1 rating of 1 person ticked.').waitFor();
  assert.equal(await what.locator('.history input').first().isChecked(), true);
});
