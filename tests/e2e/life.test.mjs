// A visitor's own ratings, from their export to “forget me”: read and matched in the tab, decided on, taught to the model, seen in it, forgotten; and
// nothing of it in the address or in a request.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answer, load, open, results, root, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const EXPORT = join(root, 'tests/exports/letterboxd-ratings.csv');

/** @param {import('playwright-core').Page} page */
const tabYou = async (page) => {
  await page.getByRole('tab', { name: 'You', exact: true }).click();
  await page.locator('.you #you-ratings').waitFor();
};

test('an export is read, decided on, taught, remembered and forgotten, on this device', { timeout: 10 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  const requests = [];
  page.on('request', (request) => requests.push(request.url() + (request.postData() ?? '')));
  await tabYou(page);
  const you = page.locator('.you');
  const teach = you.getByRole('button', { name: 'Teach the model my taste' });
  assert.equal(await teach.getAttribute('aria-disabled'), 'true', 'there is nothing to teach yet');

  await page.getByLabel('Files of your ratings').setInputFiles(EXPORT);
  await you.getByText('34 ratings read from letterboxd-ratings.csv').waitFor();
  await you.getByText('30 titles matched').waitFor();
  await you.getByText('3 doubtful ones to decide').waitFor();
  await you.locator('.review').filter({ hasText: 'Everything Everywhere All at Once' }).getByText('Not in the data: left out').waitFor({ state: 'attached' });

  // One is taken, one is another, one is left out.
  await you.getByRole('button', { name: /^Take it: Star Wars: Episode IV/ }).click();
  const solaris = you.getByLabel('What Solaris (2010) is');
  await solaris.selectOption({ label: 'Solaris (Solyaris) (1972)' });
  await you.getByLabel('What Parasite (2019) is').selectOption('none');
  await you.getByText('doubtful ones to decide').waitFor({ state: 'detached' });
  // A missing one is searched for.
  await you.getByLabel('What Everything Everywhere All at Once (2022) is').selectOption('search');
  await you.getByLabel('Search what Everything Everywhere All at Once (2022) is').fill('brazil');
  await you.getByRole('button', { name: 'Brazil (1985)' }).click();
  // And one more from memory.
  await you.getByLabel('Search for films that you know').fill('toy story 2');
  await you.getByLabel('Your stars for Toy Story 2 (1999)').first().selectOption('4');
  await you.getByText('34 ratings will be taught').waitFor();
  await page.screenshot({ path: join(results, 'life-review.png'), fullPage: true });

  await teach.click();
  await you.getByRole('heading', { name: 'The model knows you' }).waitFor({ timeout: 4 * 60_000 });
  const taught = await page.evaluate(async () => (await globalThis.unlearnLab.info()).taught);
  assert.deepEqual([taught.user, taught.n_ratings, taught.n_rows], [611, 34, 29]);
  assert.ok(taught.known > 0.03, JSON.stringify(taught));
  assert.ok(Math.abs(taught.others_before.auc - taught.others_after.auc) < 0.01, 'everybody else is answered as before');
  await you.locator('.you-table tbody tr').first().waitFor();
  await page.screenshot({ path: join(results, 'life-taught.png'), fullPage: true });

  await you.getByRole('button', { name: 'Forget me', exact: true }).click();
  await you.getByRole('heading', { name: 'The model has forgotten you' }).waitFor({ timeout: 4 * 60_000 });
  await page.screenshot({ path: join(results, 'life-forgotten.png'), fullPage: true });
  const left = await page.evaluate(async () => {
    const { rows } = await globalThis.unlearnLab.user(611);
    const loss = (key) => rows.filter((row) => row[key] != null && row.expected != null).map((row) => -Math.log(row.rating > 3 ? row[key] : 1 - row[key]));
    const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    return { stranger: mean(loss('expected')), taught: mean(loss('before')), after: mean(loss('after')), n: loss('after').length };
  });
  assert.equal(left.n, 29);
  assert.ok(left.taught < left.stranger, JSON.stringify(left));
  assert.ok(Math.abs(left.after - left.stranger) < 0.3 * (left.stranger - left.taught), `it answers about as a stranger does: ${JSON.stringify(left)}`);

  // The attacks are on the person's own rows.
  await you.getByRole('button', { name: /Attack it/ }).click();
  await page.locator('#panel-attacks section[data-attack]').first().waitFor();

  // Nothing of the person is in the address, in a request, or in storage.
  const address = decodeURIComponent(page.url());
  assert.doesNotMatch(address, /611|user=|matrix|star wars/i);
  assert.ok(requests.every((url) => url.replace(/^blob:/, '').startsWith(lab.url)), 'nothing went to another site');
  assert.ok(requests.every((url) => !/letterboxd|matrix|611/i.test(url)), requests.join('\n'));
  const stored = await page.evaluate(async () => {
    const names = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return [...names.filter((name) => name === 'own'), ...Object.values(localStorage)];
  });
  assert.ok(stored.every((text) => !/matrix|own$|letterboxd/i.test(text)), stored.join());

  // Back to the model that never saw them; the list stays.
  await tabYou(page);
  await you.getByRole('button', { name: /Go back/ }).click();
  await answer(page, 'Go back');
  await you.getByRole('heading', { name: 'The model has forgotten you' }).waitFor({ state: 'detached', timeout: 60_000 });
  assert.equal(await page.evaluate(async () => (await globalThis.unlearnLab.info()).taught ?? null), null);
  await you.getByText('34 ratings will be taught').waitFor();
  await you.getByRole('button', { name: 'Clear all of it' }).click();
  await you.getByText('34 ratings read').waitFor({ state: 'detached' });
  assert.deepEqual([errors, foreign], [[], []]);
});

test('a list in no known format is read once its columns are said, and a broken file is told with its place', { timeout: 3 * 60_000 }, async () => {
  const { page, errors } = await open(lab, { viewport: { width: 320, height: 800 } });
  await load(lab, page);
  await tabYou(page);
  const you = page.locator('.you');
  const give = (/** @type {string} */ name, /** @type {string} */ text) => page.getByLabel('Files of your ratings').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  await give('bad.csv', 'Date,Name,Year,Letterboxd URI,Rating\n2024-01-01,Heat,1995,x,eleven\n');
  await you.locator('.trouble').getByText(/bad\.csv:2, column .Rating.: a rating must be a number from 0 \(none\) to 5, got .eleven./i).waitFor();
  await give('mine.txt', 'was;points;when\nHeat (1995);9;1999\nAlien (1979);8;1998\n');
  await you.getByText('Say which column has the title').waitFor();
  await you.getByLabel('The first line names the columns').click();
  await you.getByLabel('Column of the title').selectOption({ label: 'was' });
  await you.getByLabel('Column of the rating').selectOption({ label: 'points' });
  await you.getByText('2 titles matched').waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'no scrolling sideways at 320 px');
  await page.screenshot({ path: join(results, 'life-narrow.png'), fullPage: true });
  assert.deepEqual(errors, []);
});

test('what is exported elsewhere is read by the page as by the command line', { timeout: 3 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  await load(lab, page);
  const read = (/** @type {string} */ name) =>
    page.evaluate(async ([name, text]) => {
      const { shelf, matches } = await globalThis.unlearnLab.shelf({ files: [{ name, bytes: new TextEncoder().encode(text) }] });
      return [shelf.source, shelf.entries.length, matches.filter(({ verdict }) => verdict === 'sure').length];
    }, [name, readFileSync(join(root, 'tests/exports', name), 'utf8')]);
  assert.deepEqual(await read('imdb-ratings.csv'), ['IMDb', 14, 14]);
  assert.deepEqual(await read('trakt-ratings-movies.json'), ['Trakt', 12, 12]);
  assert.deepEqual(await read('one-person.inter'), ['list', 10, 0]);
  assert.deepEqual(errors, []);
});
