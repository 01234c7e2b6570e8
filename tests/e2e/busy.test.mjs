// What cannot be used now is disabled and says why, wherever it is: while attacks are made, while a run goes on, and while nothing is there to be used.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** A control that is disabled, with the words that describe it on the page. @param {import('playwright-core').Locator} control */
async function whyOf(control) {
  assert.equal(await control.isDisabled(), true, String(control));
  return control.evaluate((element) => {
    const described = element.closest('[aria-describedby]')?.getAttribute('aria-describedby');
    const said = described ? document.getElementById(described) : null;
    return said?.checkVisibility() ? said.textContent : `nothing that is seen describes it (${described})`;
  });
}

test('during attacks and runs every control says why it must wait, and can be used afterwards', { timeout: 4 * 60_000 }, async () => {
  const { page, errors } = await open(lab);
  await load(lab, page);
  const button = (part, name) => page.locator(part).getByRole('button', { name, exact: true });
  const books = page.locator('#data').getByRole('radio', { name: 'Books' });
  const tab = (name) => page.getByRole('tab', { name, exact: true }).click();
  assert.equal(await whyOf(button('#result', 'Adapter (2 files)')), 'This appears after a run.');
  assert.equal(await button('#run', 'Start').isEnabled(), true);
  assert.equal(await page.locator('.reason:visible').count(), 1, 'a page on which nothing goes on explains nothing else');

  await page.evaluate(() => globalThis.unlearnLab.run({ forget: { users: [42] }, steps: 3, device: 'cpu' }));
  await page.locator('#result .headline:not(.waiting)').waitFor();
  await page.evaluate(() => void (globalThis.attacked = globalThis.unlearnLab.attack({ attacks: ['shadow'], params: { shadow: { steps: 2000, shadows: 16 } } }).catch(({ code }) => code)));
  const attacks = 'Attacks are in progress; “Attacks” can cancel them.';
  await page.locator('#run').getByText(attacks).waitFor();
  assert.equal(await whyOf(button('#run', 'Start')), attacks);
  assert.equal(await whyOf(books), attacks);
  assert.equal(await whyOf(page.getByRole('combobox', { name: 'Method', exact: true })), attacks);
  assert.equal(await whyOf(button('#result', 'Store the merged model')), attacks);
  // It can be reached by keyboard, says why, and does nothing.
  await button('#run', 'Start').focus();
  await page.keyboard.press('Enter');
  assert.equal(await button('#run', 'Start').evaluate((element) => element === document.activeElement), true);
  await tab('Compare');
  assert.equal(await whyOf(button('#panel-compare', 'Run')), attacks);
  await tab('Models');
  assert.equal(await whyOf(button('#panel-models', 'Import')), attacks);
  await page.evaluate(() => globalThis.unlearnLab.cancel());
  assert.equal(await page.evaluate(() => globalThis.attacked), 'cancelled');
  await tab('Forget one');
  await page.waitForFunction(() => !document.querySelector('#run .btn.primary[aria-disabled]'));
  assert.equal(await books.isEnabled(), true);

  await page.evaluate(() => void (globalThis.ran = globalThis.unlearnLab.run({ forget: { users: [42] }, steps: 4000, device: 'cpu' }).catch(({ code }) => code)));
  await button('#run', 'Pause').click();
  await button('#run', 'Resume').waitFor();
  assert.equal(await whyOf(books), 'A run is paused: resume or cancel it first.');
  await tab('Attacks');
  assert.equal(await whyOf(button('#panel-attacks', 'Run all')), 'A run is paused: resume or cancel it first.');
  await tab('Forget one');
  await button('#run', 'Cancel').click();
  assert.equal(await page.evaluate(() => globalThis.ran), 'cancelled');
  await page.waitForFunction(() => !document.querySelector('#run .btn.primary[aria-disabled]'));
  assert.deepEqual(errors, []);
});

test('the bar at the lower edge offers Start again as soon as another run is chosen than the one in view', { timeout: 3 * 60_000 }, async () => {
  const { page } = await open(lab, { viewport: { width: 390, height: 844 } });
  await load(lab, page);
  const next = (name) => page.locator('#dock').getByRole('button', { name }).waitFor({ timeout: 120_000 });
  await page.locator('#how summary').click();
  await page.getByRole('spinbutton', { name: 'Steps', exact: true }).fill('3');
  await page.keyboard.press('Enter');
  await page.locator('#dock').getByRole('button', { name: 'Start' }).click();
  await next('Done · See result');
  const seed = page.getByRole('spinbutton', { name: 'Seed', exact: true });
  await seed.fill('2');
  await page.keyboard.press('Enter');
  await next('Start');
  await seed.fill('1');
  await page.keyboard.press('Enter');
  await next('Done · See result');
  await page.locator('#how').getByText('As published', { exact: true }).click();
  await next('Start');
});
