// Words of the field: each opens by touch, keyboard and mouse, says what it is, and leads to its paper only after a word about leaving.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const opened = (page) => page.locator('.term-pop.open');
const focused = (page) => page.evaluate(() => document.activeElement?.className ?? '');

test('a word opens and closes by keyboard, mouse and touch, inside the window', { timeout: 3 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab, { viewport: { width: 320, height: 640 }, hasTouch: true });
  await load(lab, page);
  const word = page.locator('#how').getByRole('button', { name: 'LoRA adapter', exact: true });
  await word.focus();
  await page.keyboard.press('Enter');
  await opened(page).waitFor();
  assert.deepEqual([await opened(page).getAttribute('role'), await opened(page).getAttribute('aria-label')], ['dialog', 'LoRA adapter']);
  assert.equal(await word.getAttribute('aria-expanded'), 'true');
  assert.match(await opened(page).innerText(), /Two small matrices A and B[\s\S]*y = x W \+ s \(x A\) B[\s\S]*Hu et al\., ICLR, 2022, arXiv 2106\.09685/);
  assert.match(await focused(page), /term-pop/, 'what opened has the focus, so that it is read');
  await page.keyboard.press('Escape');
  await opened(page).waitFor({ state: 'detached' });
  assert.deepEqual([await focused(page), await word.getAttribute('aria-expanded')], ['term', 'false'], 'the focus is back');

  for (const press of [() => word.tap(), () => word.click()]) {
    await press();
    await opened(page).waitFor();
    const box = await opened(page).boundingBox();
    assert.ok(box && box.x >= 0 && box.y >= 0 && box.x + box.width <= 320 && box.y + box.height <= 640, JSON.stringify(box));
    await press();
    await opened(page).waitFor({ state: 'detached' });
  }
  await word.tap();
  await opened(page).waitFor();
  await page.locator('#how h2').tap();
  await opened(page).waitFor({ state: 'detached' });
  // Tab goes into it, and out of it closes it.
  await word.focus();
  await page.keyboard.press('Enter');
  await opened(page).waitFor();
  for (let stops = 0; stops < 3; stops += 1) await page.keyboard.press('Tab');
  await opened(page).waitFor({ state: 'detached' });

  // A finger finds them, also the shortest: 24 px across.
  const missed = await page.locator('#how .term:visible').evaluateAll((all) => all.flatMap((one) => {
    one.scrollIntoView({ block: 'center' });
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    return [[x - 11, y], [x + 11, y], [x, y - 11], [x, y + 11]].every(([at, to]) => document.elementFromPoint(at, to) === one) ? [] : [one.textContent];
  }));
  assert.deepEqual(missed, []);
  assert.deepEqual(errors, []);
  await context.close();
});

test('a paper is left for only after a word about it, in a tab that is told nothing', { timeout: 3 * 60_000 }, async () => {
  const { page, context, errors, foreign } = await open(lab);
  await context.route(/arxiv\.org/, (route) => route.fulfill({ body: 'paper', contentType: 'text/plain' }));
  await load(lab, page);
  const outside = () => page.locator('a[href^="http"]').count();
  assert.equal(await outside(), 0, 'no link to another site');
  await page.locator('.foot').getByRole('button', { name: 'E2URec', exact: true }).click();
  assert.equal(await outside(), 0, 'nor beside the sentence');
  await opened(page).getByRole('button', { name: 'arXiv 2403.03536' }).click();
  await opened(page).getByText('This leaves the page; nothing of your data goes with it.').waitFor();
  assert.deepEqual(foreign, []);
  const [paper] = await Promise.all([context.waitForEvent('page'), opened(page).getByRole('link').click()]);
  await paper.waitForLoadState();
  assert.equal(paper.url(), 'https://arxiv.org/abs/2403.03536');
  assert.deepEqual(await paper.evaluate(() => [document.referrer, window.opener]), ['', null]);
  await paper.close();
  assert.equal(new URL(page.url()).href, new URL(lab.url).href, 'the page itself stays');
  assert.deepEqual(errors, []);

  // The method's own citation leads there too.
  await page.keyboard.press('Escape');
  await page.locator('#how .cite').getByRole('button', { name: 'arXiv 2403.03536' }).click();
  await opened(page).getByText('This leaves the page').waitFor();
  await context.close();
});

test('what things mean is not told by pointing alone', { timeout: 3 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  await load(lab, page);
  await page.locator('#how').getByText('Parameters', { exact: true }).click();
  await page.locator('#how .param', { hasText: 'α, strength of forgetting' }).getByRole('button', { name: 'More on α', exact: true }).waitFor();
  await page.locator('#how').getByText('CPU', { exact: true }).click();
  await page.locator('#how').getByText('The processor, in').waitFor();
  await page.locator('#what').getByText('Paper’s 20 %', { exact: true }).click();
  await page.locator('#result').getByRole('table').first().waitFor();
  await page.locator('#result thead').getByRole('button', { name: 'JSD', exact: true }).click();
  await opened(page).getByText('Jensen–Shannon divergence from Retrain on the forget set').waitFor();
  await page.keyboard.press('Escape');
  // A title may repeat what is shortened or named already; buttons that cannot be pressed say why there.
  const hidden = await page.locator('main [title]:visible:not(button)').evaluateAll((all) => all.flatMap((one) => ((one.textContent ?? '').includes(one.getAttribute('title') ?? '') ? [] : [`${one.tagName} ${one.getAttribute('title')}`])));
  assert.deepEqual(hidden, []);
  await context.close();
});
