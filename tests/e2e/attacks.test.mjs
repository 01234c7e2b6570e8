// Attacks on a real run: the empty state, one attack with its threshold, all of them, cancelling, the script interface, a phone.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, start } from './harness.mjs';

/** Attacks that are quick enough to be made all at once here. */
const QUICK = { shadow: { shadows: 1, steps: 4 }, relearn: { steps: 4, rows: 16 }, prompt: { steps: 4, rows: 16 }, sequence: { requests: 2 } };

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Forgets the shipped Retrain's forget set quickly. */
const forget = (page) => page.evaluate(() => globalThis.unlearnLab.run({ method: 'neggrad', forget: { standard: true }, steps: 12, device: 'cpu' }));

test('a result is attacked, looked at and attacked again', { timeout: 8 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  await page.getByRole('tab', { name: 'Attacks', exact: true }).click();
  assert.equal(new URL(page.url()).hash, '#attacks');
  const panel = page.locator('#panel-attacks');
  await panel.getByRole('heading', { name: 'Nothing has been forgotten yet.' }).waitFor();
  await page.screenshot({ path: join(results, 'attacks-empty.png'), fullPage: true });
  await panel.locator('section[data-attack="loss"]').waitFor();
  assert.equal(await panel.getByRole('button', { name: 'Run: Relearning' }).isDisabled(), true);
  await panel.getByRole('button', { name: 'Go to “Forget one”' }).click();
  await page.locator('#what').waitFor();

  await forget(page);
  await page.getByRole('tab', { name: 'Attacks', exact: true }).click();
  await panel.getByText('What is attacked').waitFor();
  await panel.getByText('The same is done to Retrain').waitFor();

  // One attack: a sentence with its figures, a threshold that moves, single ratings.
  const loss = panel.locator('section[data-attack="reference"]');
  await loss.getByText(/^about /).waitFor();
  await loss.getByRole('button', { name: /^Run/ }).click();
  await loss.locator('.sentence').waitFor({ timeout: 120_000 });
  assert.match(await loss.locator('.sentence').innerText(), /in \d+\.\d of 100 cases .* in 50\.0 with one that never saw them/);
  assert.match(await loss.locator('.tag').first().innerText(), /holds|does not hold|holds in part|overdone|cannot be said/);
  const threshold = loss.getByRole('slider');
  const found = async () => Number(/: ([\d,]+) of/.exec(await loss.locator('.threshold').innerText())?.[1].replace(',', ''));
  await threshold.focus();
  await page.keyboard.press('Home');
  const strict = await found();
  await page.keyboard.press('End');
  const lax = await found();
  assert.ok(strict <= 1 && lax >= 900, `strict finds ${strict}, lax ${lax}`);
  await threshold.fill(String(Math.round(Number(await threshold.getAttribute('max')) / 2)));
  await loss.getByText('Single ratings around the threshold').click();
  const says = await loss.locator('.samples tbody tr td:nth-of-type(2)').allInnerTexts();
  assert.deepEqual([says.length, new Set(says)], [12, new Set(['forgotten', 'never seen'])]);
  await loss.getByText('Original', { exact: true }).click();

  // Another after it: the first one stays.
  const drop = panel.locator('section[data-attack="drop"]');
  await drop.getByRole('button', { name: /^Run/ }).click();
  await drop.locator('.strip li').nth(3).waitFor({ timeout: 120_000 });
  const values = await drop.locator('.strip .v').allInnerTexts();
  assert.equal(values[2], values[0], 'without its adapter the model is Original');
  assert.equal(await loss.locator('.sentence').isVisible(), true);
  await page.getByRole('tab', { name: 'Forget one', exact: true }).click();
  await page.getByRole('tab', { name: 'Attacks', exact: true }).click();
  await drop.locator('.sentence').waitFor();

  // All of them, with settings of one's own for those that take long.
  for (const [id, of] of Object.entries(QUICK)) {
    const row = panel.locator(`section[data-attack="${id}"]`);
    await row.getByText('Settings').click();
    for (const [key, value] of Object.entries(of)) {
      const field = row.locator(`input[data-param="${key}"]`);
      await field.fill(String(value));
      await field.blur();
    }
  }
  await panel.locator('section[data-attack="prompt"] select[data-param="form"]').selectOption({ label: 'tokens' });
  await panel.getByRole('button', { name: 'Run all' }).click();
  await panel.getByRole('button', { name: 'Cancel', exact: true }).waitFor();
  await panel.locator('section[data-attack="sequence"] .sentence').waitFor({ timeout: 300_000 });
  assert.match(await panel.locator('section[data-attack="sequence"] .sentence').innerText(), /After 2 requests/);
  assert.match(await panel.locator('section[data-attack="prompt"] .sentence').innerText(), /With 4 tokens before the question/);
  assert.equal(await panel.locator('.sentence:visible').count(), 9);
  await panel.locator('section[data-attack="relearn"] polyline').nth(4).waitFor({ state: 'attached' });
  await panel.locator('section[data-attack="relearn"]').getByText('Table').click();
  await panel.locator('section[data-attack="relearn"] table').getByText('Retrain, 16 ratings', { exact: true }).waitFor();
  await page.screenshot({ path: join(results, 'attacks-wide-light.png'), fullPage: true });

  // A new run's result has not been attacked.
  await forget(page);
  await panel.locator('.sentence:visible').first().waitFor({ state: 'detached' }).catch(() => {});
  assert.equal(await panel.locator('.sentence:visible').count(), 0);
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign, [], 'requests to other origins');
});

test('a script attacks, cancels and is refused, on a phone', { timeout: 6 * 60_000 }, async () => {
  const { page, errors } = await open(lab, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await load(lab, page);
  await assert.rejects(page.evaluate(() => globalThis.unlearnLab.attack({ attacks: ['loss'] })), /finished run/);
  await assert.rejects(page.evaluate(() => globalThis.unlearnLab.attack({ attacks: 'loss' })), /list of ids/);
  const users = await page.evaluate(() => globalThis.unlearnLab.ready.then(({ users }) => [users[0].user]));
  await page.evaluate((users) => globalThis.unlearnLab.run({ forget: { users }, steps: 3, device: 'cpu' }), users);
  await assert.rejects(page.evaluate(() => globalThis.unlearnLab.attack({ attacks: ['guess'] })), /must be one of loss/);
  await assert.rejects(page.evaluate(() => globalThis.unlearnLab.attack({ params: { shadow: { shadows: 99 } } })), /between 1 and 16/);

  const report = await page.evaluate(async (params) => {
    const told = [];
    const report = await globalThis.unlearnLab.attack({ attacks: ['loss', 'relearn'], params, onEvent: ({ phase }) => told.push(phase), onFinding: ({ id }) => told.push(id) });
    return { ...report, told };
  }, QUICK);
  assert.deepEqual(report.findings.map(({ id }) => id), ['loss', 'relearn']);
  assert.deepEqual([report.retrain, report.findings[0].verdict], [null, 'unclear']);
  assert.ok(report.told.includes('attack') && report.told.includes('relearn'), String(report.told));
  assert.equal(report.findings[1].params.steps, 4);

  // Cancelling in the second attack keeps the first.
  const kept = await page.evaluate(() => globalThis.unlearnLab.attack({ attacks: ['drop', 'shadow'], params: { shadow: { steps: 2000, shadows: 16 } }, onFinding: () => globalThis.unlearnLab.cancel() }));
  assert.deepEqual(kept.findings.map(({ id }) => id), ['drop']);
  await page.evaluate(() => globalThis.unlearnLab.attack({ attacks: ['loss', 'drop'] }));

  await page.getByRole('tab', { name: 'Attacks', exact: true }).click();
  const panel = page.locator('#panel-attacks');
  await panel.getByText('There is no Retrain for this forget set').waitFor();
  await panel.locator('section[data-attack="relearn"] .sentence').waitFor();

  // The control is offered here, and can be given up.
  await panel.getByRole('button', { name: /^Train one first/ }).click();
  await panel.getByText('is being trained').first().waitFor();
  assert.equal(await panel.getByRole('button', { name: 'Run all' }).isDisabled(), true);
  await panel.getByRole('button', { name: 'Cancel', exact: true }).click();
  await panel.getByText('There is no Retrain for this forget set').waitFor();
  assert.equal(await panel.locator('section[data-attack="relearn"] .sentence').isVisible(), true, 'what was found stays');
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `the page is ${inner} px wide in a window of ${outer} px`);
  await page.screenshot({ path: join(results, 'attacks-phone-dark.png'), fullPage: true });
  assert.deepEqual(errors, []);
});
