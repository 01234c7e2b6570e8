// The page by keyboard and by address: Start is near, lists are one stop, the focus stays; Back, Forward and links choose; the title tells how far a run is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
const chosen = (page) => page.locator('#what').getByRole('radiogroup', { name: 'People' }).locator('input:checked');
const method = (page) => page.locator('#how').getByRole('combobox', { name: 'Method' });
/** The address, once it is `pattern`. */
const address = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(location.hash), pattern.source);

test('Start is at most ten stops away, a list is one stop, and the focus stays with the run', { timeout: 4 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  await load(lab, page);
  await page.locator('.history .prompt-link').first().waitFor();
  let stops = 0;
  for (; stops < 10 && (await focused(page)) !== 'Start'; stops += 1) {
    await page.keyboard.press('Tab');
    // The second link leads there.
    if ((await focused(page)) === 'Skip to Start') await page.keyboard.press('Enter');
  }
  assert.equal(await focused(page), 'Start', `${stops} stops`);

  await page.evaluate(() => globalThis.unlearnLab.select({ forget: { users: [1] } }));
  await page.keyboard.press('Enter');
  await page.locator('#run').getByRole('button', { name: 'Pause', exact: true }).waitFor();
  assert.equal(await focused(page), 'Pause');
  assert.match(await page.title(), /Unlearn Lab$/);
  await page.waitForFunction(() => /^\d+ %/.test(document.title));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.textContent === 'Resume');
  await page.waitForFunction(() => /^Paused/.test(document.title));
  assert.equal(await page.locator('#say').innerText(), 'Paused');
  await page.locator('#run').getByRole('button', { name: 'Cancel', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.textContent === 'Start');

  // Forty prompts are one stop: arrows go from one to the next.
  const prompts = page.locator('.history button');
  assert.ok((await prompts.count()) > 5);
  const stop = () => prompts.evaluateAll((all) => all.flatMap((/** @type {HTMLElement} */ one, idx) => (one.tabIndex === 0 ? [idx] : [])));
  assert.deepEqual(await stop(), [0]);
  await prompts.first().focus();
  await page.keyboard.press('ArrowDown');
  assert.equal(await prompts.nth(1).evaluate((one) => one === document.activeElement), true);
  await page.keyboard.press('End');
  const last = (await prompts.count()) - 1;
  assert.deepEqual([await stop(), await prompts.nth(last).evaluate((one) => one === document.activeElement)], [[last], true]);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.querySelector('.history')?.contains(document.activeElement)), false);
  assert.deepEqual(errors, []);
});

test('Back and Forward go between tabs, methods and people; a link opens what it names; no choice is sent to the host', { timeout: 3 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await load(lab, page);
  await chosen(page).waitFor();
  const first = await chosen(page).getAttribute('value');
  const [other] = await page.evaluate((known) => globalThis.unlearnLab.ready.then(({ users }) => users.map((one) => String(one.user)).filter((user) => user !== known).slice(50)), first);
  await page.locator('#what').getByPlaceholder('Find a person').fill(other);
  await page.locator('#what').getByRole('radiogroup', { name: 'People' }).getByText(`User ${other}`, { exact: true }).click();
  await address(page, new RegExp(`user=${other}$`));
  await method(page).selectOption('neggrad');
  await address(page, /^#forget&method=neggrad&user=/);
  await page.getByRole('tab', { name: 'Models', exact: true }).click();
  await address(page, /^#models&method=neggrad&user=/);
  await page.goBack();
  await page.getByRole('tab', { name: 'Forget one', exact: true, selected: true }).waitFor();
  assert.equal(await method(page).inputValue(), 'neggrad');
  await page.goBack();
  await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector('#how select')).value === 'e2urec');
  assert.equal(await chosen(page).getAttribute('value'), other);
  await page.goForward();
  await page.waitForFunction(() => /** @type {HTMLSelectElement} */ (document.querySelector('#how select')).value === 'neggrad');

  const { page: linked } = await open(lab);
  await linked.goto(`${lab.url}#forget&method=neggrad&preset=tuned&seed=7&user=${other}`);
  await chosen(linked).waitFor();
  await linked.waitForFunction((user) => /** @type {HTMLInputElement} */ (document.querySelector('.people input:checked')).value === user, other);
  assert.equal(await method(linked).inputValue(), 'neggrad');
  await linked.locator('#how').getByText('Parameters', { exact: true }).click();
  assert.equal(await linked.locator('#how').getByLabel('Seed').inputValue(), '7');

  const { page: odd, errors: oddErrors } = await open(lab);
  await odd.goto(`${lab.url}#forget&method=nothing&preset=%zz&seed=-1&user=99999999`);
  await chosen(odd).waitFor();
  assert.deepEqual([await method(odd).inputValue(), await chosen(odd).getAttribute('value')], ['e2urec', first], 'what there is not is passed over');
  assert.ok(requests.every((url) => !/user|neggrad/.test(url)), 'what is chosen stays in the fragment, which no request has');
  assert.deepEqual([errors, oddErrors], [[], []]);
});
