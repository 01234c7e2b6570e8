// The first minute: somebody who is here for the first time plays three pairs, has the viewer forgotten, plays again; by keyboard, at 320 px, from a record
// while the engine loads; and the lab is never further than one press.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, MOST_SHIFT, open, results, root, start, watchShift } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const game = (page) => page.locator('#game');
const button = (page, name) => game(page).getByRole('button', { name, exact: true });
const titles = (page) => game(page).locator('button.film');
/** What has the focus, once that begins so. */
const focused = (page, start) => page.waitForFunction((text) => document.activeElement !== document.body && document.activeElement?.textContent?.startsWith(text), start);
const live = (page) => game(page).locator('.source.from-live').waitFor({ timeout: 60_000 });
const record = (/** @type {string} */ key) => JSON.parse(readFileSync(join(root, `public/game/${key}.json`), 'utf8')).scene;
/** Shares as the page shows them, by their labels, once one of `label` is there. */
async function shown(page, label = 'The model') {
  await game(page).locator('.mine .share dt').getByText(label, { exact: true }).waitFor();
  return game(page).locator('.mine .share').evaluateAll((all) => Object.fromEntries(all.map((one) => [one.querySelector('dt').firstChild.textContent, one.querySelector('dd b').textContent])));
}

/** Guesses three times, and goes on after each. */
async function playThree(page) {
  for (let round = 0; round < 3; round += 1) {
    await titles(page).first().click();
    await game(page).locator('.go-on').click();
  }
}

/** Nothing can be scrolled sideways, and nothing sticks out of the game. */
async function fits(page, what) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `${what}: ${inner} px wide in a window of ${outer} px`);
}

/** Of all pairs of somebody's training rows, the share that is right, counted here anew. */
function shareOf(rows, when) {
  const learned = rows.filter((row) => row.set === 'train');
  const pairs = learned.filter((row) => row.rating > 3).flatMap((like) => learned.filter((row) => row.rating <= 3).map((other) => like[when] - other[when]));
  return pairs.reduce((sum, lead) => sum + (lead > 0 ? 1 : lead === 0 ? 0.5 : 0), 0) / pairs.length;
}
const rounded = (share) => `${(share * 100).toFixed(0)} %`;

test('three rounds by keyboard, the viewer is forgotten here, the rounds again; the shares are the engine’s; the lab shows the same run', { timeout: 5 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab, { firstVisit: true });
  const shifts = await watchShift(page);
  await load(lab, page);
  await live(page);
  assert.deepEqual([await page.locator('.hero').isVisible(), await page.locator('#game-title').isVisible(), await page.locator('h1:visible').count()], [false, true, 1]);
  assert.doesNotMatch(await game(page).innerText(), /AUC|E2URec|p\(Yes\)|adapter|Retrain/, 'no word that only the lab explains');
  await page.screenshot({ path: join(results, 'game-wide.png') });

  const user = Number(/number (\d+)/.exec(await game(page).locator('.who').innerText())[1]);
  const { rows } = await page.evaluate((one) => globalThis.unlearnLab.user(one), user);
  for (let round = 1; round <= 3; round += 1) {
    await game(page).getByRole('heading', { name: `Pair ${round} of 3` }).waitFor();
    if (round === 1) await titles(page).first().focus();
    else await page.keyboard.press('Tab');
    assert.equal(await titles(page).first().evaluate((one) => one === document.activeElement), true, 'the first title is next after the question');
    await page.keyboard.press('Enter');
    await button(page, round === 3 ? 'How it did with all pairs' : 'Next pair').waitFor();
    await page.waitForFunction(() => document.activeElement?.classList.contains('go-on'));
    assert.match(await game(page).getByRole('status').last().innerText(), /^They loved .*\. You: .* The model: .*; right\. A model that never saw this viewer: .*; not right\.$/);
    const loved = await game(page).locator('.film.loved .film-name').innerText();
    assert.match(await game(page).getByRole('status').last().innerText(), new RegExp(`^They loved ${loved.replace(/[^\w ]/g, '.')}\\.`));
    await page.keyboard.press('Enter');
  }
  await focused(page, 'The model was right three times, you ');
  const before = await shown(page);
  assert.deepEqual(before, { 'The model': rounded(shareOf(rows, 'before')), 'A model that never saw them': rounded(shareOf(rows, 'expected')) });
  await game(page).getByText('By which rule?', { exact: true }).click();
  await game(page).getByText(/Nobody chose a title by hand/).waitFor();
  await game(page).getByText(/were picked because that shows there/).waitFor();

  await button(page, 'Forget this viewer').focus();
  await page.keyboard.press('Enter');
  await game(page).getByRole('progressbar', { name: 'Forgetting' }).waitFor();
  await game(page).getByRole('heading', { name: 'After forgetting, pair 1 of 3' }).waitFor({ timeout: 120_000 });
  for (let round = 1; round <= 3; round += 1) {
    await game(page).getByRole('heading', { name: `After forgetting, pair ${round} of 3` }).waitFor();
    await titles(page).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.classList.contains('go-on'));
    await page.keyboard.press('Enter');
  }
  const { others } = record('ml-latest-small');
  const [mine, theirs, auc] = await page.evaluate(async ([one, users]) => {
    const rowsOf = async (/** @type {number} */ person) => (await globalThis.unlearnLab.user(person)).rows;
    const rows = [];
    for (const person of users) rows.push(await rowsOf(person));
    return /** @type {const} */ ([await rowsOf(one), rows, document.querySelector('#result .figures')?.textContent ?? '']);
  }, /** @type {const} */ ([user, others.users]));
  assert.deepEqual(await shown(page, 'The model now'), { 'The model before': rounded(shareOf(mine, 'before')), 'The model now': rounded(shareOf(mine, 'after')), 'A model that never saw them': rounded(shareOf(mine, 'expected')) });
  assert.ok(shareOf(mine, 'after') < shareOf(mine, 'before'), 'something was forgotten');
  const pairsOf = (rows) => rows.filter((row) => row.set === 'train' && row.rating > 3).length * rows.filter((row) => row.set === 'train' && row.rating <= 3).length;
  const pooled = (when) => theirs.reduce((sum, rows) => sum + (pairsOf(rows) && shareOf(rows, when) * pairsOf(rows)), 0) / theirs.reduce((sum, rows) => sum + pairsOf(rows), 0);
  assert.ok(Math.abs(pooled('after') - pooled('before')) < 0.01, `everyone else is as before: ${pooled('before')}, ${pooled('after')}`);
  assert.deepEqual(await game(page).locator('.theirs b').allInnerTexts(), [rounded(pooled('before')), rounded(pooled('after'))]);
  assert.ok(auc.includes(shareOf(mine, 'after').toFixed(3)), 'the lab’s table has the same share, as AUC');
  const shift = await shifts();
  console.log(`layout shift of the game: ${shift.toFixed(3)}`);
  assert.ok(shift <= MOST_SHIFT, `shifts add up to ${shift.toFixed(3)}`);
  await page.screenshot({ path: join(results, 'game-end.png'), fullPage: true });

  await button(page, 'How do we know?').click();
  assert.equal(await page.locator('#result-title').evaluate((title) => title === document.activeElement && title.getBoundingClientRect().top >= 0 && title.getBoundingClientRect().top < innerHeight), true);
  await page.locator('#result .verdict .headline:not(.waiting)').waitFor();
  assert.match(await page.locator('#result .subject').innerText(), new RegExp(`^About user ${user}’s ratings\\.$`), 'the lab has the viewer chosen');
  assert.equal(await game(page).isVisible(), false);

  // The game can be taken up where it was; something that is done in the lab meanwhile is told.
  await page.locator('#game-open').click();
  await button(page, 'Could it be undone?').waitFor();
  await page.evaluate(async () => {
    const { users } = await globalThis.unlearnLab.ready;
    await globalThis.unlearnLab.run({ forget: { users: [users[0].user] }, steps: 3, device: 'cpu' });
  });
  await game(page).getByText('Something else was done in the lab since.').waitFor();
  await button(page, 'Could it be undone?').click();
  await page.locator('#panel-attacks:not([hidden])').waitFor();
  assert.deepEqual([errors, foreign], [[], []]);
});

test('at 320 px nothing sticks out; the lab is one press away, and stays for whoever comes again', { timeout: 4 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab, { firstVisit: true, viewport: { width: 320, height: 640 }, colorScheme: 'dark', hasTouch: true });
  await load(lab, page);
  await titles(page).first().waitFor();
  await fits(page, 'a pair');
  await page.screenshot({ path: join(results, 'game-320.png'), fullPage: true });
  assert.equal(await page.locator('#dock').isVisible(), false, 'Start is no part of the game');
  await titles(page).nth(1).tap();
  await fits(page, 'the answers');
  await button(page, 'Go to the lab').tap();
  assert.deepEqual([await game(page).isVisible(), await page.locator('.hero h1').isVisible()], [false, true]);
  await focused(page, '1What should be forgotten?');
  await page.locator('#dock').waitFor();
  await page.locator('#game-open').tap();
  assert.equal(await game(page).locator('.film-mark:not([hidden])').innerText(), 'your guess', 'it goes on where it was left');
  await game(page).locator('.go-on').tap();
  for (let round = 0; round < 2; round += 1) {
    await titles(page).first().tap();
    await game(page).locator('.go-on').tap();
  }
  await button(page, 'Forget this viewer').waitFor();
  await fits(page, 'the shares');
  await page.screenshot({ path: join(results, 'game-320-shares.png'), fullPage: true });
  await page.reload();
  assert.deepEqual([await game(page).isVisible(), await page.locator('.hero').isVisible()], [false, true], 'who comes again begins at the lab');
  await context.close();

  for (const place of ['#compare', '#forget&user=42', '#what', '?user=42', '?model=nano-ml-latest-small']) {
    const { page: linked, context: own } = await open(lab, { firstVisit: true });
    await linked.goto(new URL(place, lab.url).href);
    await linked.waitForFunction(() => globalThis.unlearnLab);
    assert.equal(await game(linked).isVisible(), false, `${place} leads to the lab`);
    await own.close();
  }

  // Where nothing may be stored, the game is played and left all the same.
  const { page: denied, context: bare } = await open(lab, { firstVisit: true });
  await denied.addInitScript(() => Object.defineProperty(window, 'localStorage', { get: () => { throw new DOMException('denied', 'SecurityError'); } }));
  await denied.goto(lab.url);
  await button(denied, 'Go to the lab').click();
  assert.equal(await game(denied).isVisible(), false);
  await bare.close();
  assert.deepEqual(errors, []);
});

test('while the engine loads a record plays, to its end if need be; the model then takes its place, with the guesses and the same figures', { timeout: 4 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab, { firstVisit: true, reducedMotion: 'reduce' });
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await context.route('**/wasm/cpu/unlearn_web_bg.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(lab.url);
  await game(page).getByText('Recorded answers, while the model loads', { exact: true }).waitFor();
  const { user, shares, rounds } = record('ml-latest-small');
  assert.match(await game(page).locator('.who').innerText(), new RegExp(`number ${user} of the data`));
  await playThree(page);
  assert.deepEqual(await shown(page), { 'The model': rounded(shares.before), 'A model that never saw them': rounded(shares.expected) });
  await game(page).getByText('a recorded run is shown').waitFor();
  await button(page, 'Forget this viewer').click();
  await playThree(page);
  assert.equal((await shown(page, 'The model now'))['The model now'], rounded(shares.after));
  await game(page).getByText(/This was a recorded run/).waitFor();
  assert.equal(await button(page, 'How do we know?').count(), 0, 'there is no run to look at');

  release();
  await button(page, 'Do it live').waitFor({ timeout: 60_000 });
  await button(page, 'Do it live').click();
  await game(page).getByRole('heading', { name: 'After forgetting, pair 1 of 3' }).waitFor({ timeout: 120_000 });
  assert.equal(await game(page).locator('.source.from-live').count(), 1);
  const rows = new Map(await page.evaluate((one) => globalThis.unlearnLab.user(one).then((reply) => reply.rows.map((row) => /** @type {const} */ ([row.item, row]))), user));
  for (const one of rounds.flat()) {
    for (const when of ['before', 'expected', 'after']) assert.ok(Math.abs(rows.get(one.item)[when] - one[when]) < 0.02, `${one.title}, ${when}: ${one[when]} is recorded, ${rows.get(one.item)[when]} is live`);
  }
  // Books are another game, with its own words.
  await page.evaluate(() => globalThis.unlearnLab.load({ data: 'goodbooks-10k' }));
  await game(page).getByText('which books').waitFor({ timeout: 60_000 });
  await live(page);
  assert.match(await game(page).locator('.who').innerText(), new RegExp(`One of them is a reader, number ${record('goodbooks-10k').user} of the data`));
  await game(page).getByText('the game begins anew with them').waitFor();
  await playThree(page);
  await button(page, 'Forget this reader').waitFor();
  // Cancelled, it is where it was.
  await button(page, 'Forget this reader').click();
  await page.locator('#run .stage.now').waitFor();
  await page.evaluate(() => globalThis.unlearnLab.pause());
  await button(page, 'Cancel').click();
  await button(page, 'Forget this reader').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});
