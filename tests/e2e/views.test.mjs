// Inside the run: map, adapter, people, titles and answers follow one moment and one aim; the scrubber goes back through the run, also by keyboard and for a run
// that was kept; on a narrow screen nothing stands out of the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Twelve steps, told every second one. */
const OPTIONS = { forget: { users: [42] }, steps: 12, params: { min_steps: 12 }, evalEvery: 8, device: 'cpu' };

test('one moment and one aim in all views', { timeout: 6 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab, { reducedMotion: 'reduce' });
  await load(lab, page);
  const views = page.locator('#views');
  assert.equal(await views.isVisible(), false, 'nothing before a run');
  /** What a script hears, beside what the page draws. */
  const told = await page.evaluate(async (options) => {
    const answers = [];
    await globalThis.unlearnLab.run({ ...options, onEvent: (event) => event.type === 'answers' && answers.push(event) });
    const { rows } = await globalThis.unlearnLab.user(42);
    return { answers, rows };
  }, OPTIONS);
  const [first, last] = [told.answers[0], told.answers.at(-1)];
  assert.deepEqual(told.answers.map(({ step, calibrated }) => `${step}${calibrated ? ' scaled' : ''}`), ['0', '2', '4', '6', '8', '10', '12', '12 scaled']);
  // The first answers are Original's and the last those of the model that stays, as its people are answered.
  for (const [idx, row] of first.rows.entries()) {
    if (!row.forget) continue;
    const known = told.rows.find(({ item }) => item === row.item);
    assert.ok(Math.abs(known.before - first.p_yes[idx]) < 1e-4 && Math.abs(known.after - last.p_yes[idx]) < 1e-4, row.title);
  }

  // They are drawn when the window comes near.
  await page.locator('#views-title').scrollIntoViewIfNeeded();
  await views.locator('.dot').first().waitFor();
  assert.equal(await views.locator('.dot').count(), first.rows.length);
  const slider = views.getByRole('slider');
  assert.equal(await slider.getAttribute('max'), String(told.answers.length - 1));
  assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^Step 12 of 12, the adapter scaled$/);
  const at = () => views.locator('[data-row="0"].dot').getAttribute('style');
  const end = await at();

  // Back to the beginning by keyboard, where there is no adapter yet; on by a step.
  await slider.focus();
  await page.keyboard.press('Home');
  await views.getByText('Before the first step: Original').waitFor();
  assert.notEqual(await at(), end, 'the dot is where Original has it');
  assert.match(await views.locator('.heat').first().getAttribute('aria-label'), /\|ΔW\| 0,/);
  await views.getByRole('button', { name: 'On', exact: true }).click();
  await views.getByText('Step 2 of 12').waitFor();
  await views.locator('.seg').getByText('4×').click();
  await views.getByRole('button', { name: 'Play', exact: true }).click();
  await views.getByText('Step 12 of 12, the adapter scaled').waitFor();
  await views.getByRole('button', { name: 'Play', exact: true }).waitFor();

  // What is pointed at lights up in all.
  const person = views.locator('.groups button').first();
  await person.hover();
  assert.match(await person.innerText(), /User 42/);
  const nForget = first.rows.filter((row) => row.forget).length;
  await page.waitForFunction((n) => document.querySelectorAll('#views .dot.lit').length === n, nForget);
  assert.ok((await views.locator('.groups').nth(1).locator('.lit').count()) > 0, 'the person’s titles too');
  await person.click();
  await views.getByText('User 42, side by side').waitFor();
  await page.mouse.move(5, 5);
  await page.waitForFunction((n) => document.querySelectorAll('#views .dot.lit').length === n, nForget);
  await person.click();
  await page.mouse.move(5, 5);
  await page.waitForFunction(() => document.querySelectorAll('#views .dot.lit').length === 0);

  // The map is one stop for Tab, with arrows inside; Enter holds a dot.
  await views.locator('.dot[tabindex="0"]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await views.getByText('One rating, side by side').waitFor();
  assert.equal(await views.locator('.dot.lit').count(), 1);
  await page.keyboard.press('Enter');

  // A weight shows its way; the table behind the grid has all of them.
  await views.locator('.heat').nth(1).hover();
  await views.locator('.way').waitFor();
  await views.locator('.adapter details summary').click();
  assert.equal(await views.locator('.adapter details tbody tr').count(), last.moved.length);

  // A chart over the steps marks and chooses the moment.
  const plot = page.locator('#live .chart.full .plot');
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + 60, box.y + box.height / 2);
  await page.waitForFunction(() => !/^Step 12/.test(document.querySelector('#views [type=range]')?.getAttribute('aria-valuetext') ?? ''));
  await page.mouse.move(5, 5);
  await page.waitForFunction(() => /^Step 12/.test(document.querySelector('#views [type=range]')?.getAttribute('aria-valuetext') ?? ''));

  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 900 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
  }
  assert.deepEqual(errors, []);
  await context.close();
});

test('a run that was kept is gone through as it went', { timeout: 4 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab);
  await load(lab, page);
  await page.evaluate((options) => globalThis.unlearnLab.run(options).then(() => null), OPTIONS);
  await page.locator('#views-title').scrollIntoViewIfNeeded();
  await page.locator('#views .dot').first().waitFor();
  const places = () => page.locator('#views .dot').evaluateAll((dots) => dots.map((dot) => [dot.getAttribute('data-row'), dot.getAttribute('style')]).sort((a, b) => a[0] - b[0]));
  const before = await places();
  // It is kept a moment after it has ended.
  const runs = page.getByRole('tab', { name: 'Runs', exact: true });
  await runs.click();
  await page.locator('[data-run]').waitFor();
  await load(lab, page);
  assert.equal(await page.locator('#views').isVisible(), false);
  await runs.click();
  await page.locator('[data-run]').getByRole('button', { name: /^Open/ }).click();
  await page.locator('#views-title').scrollIntoViewIfNeeded();
  await page.locator('#views .dot').first().waitFor();
  const near = (/** @type {string} */ style) => [...style.matchAll(/-?[\d.]+/g)].map(Number);
  const again = await places();
  assert.equal(again.length, before.length);
  // Places are kept with four digits: less than half a unit of the drawing.
  assert.ok(again.every(([, style], idx) => near(style).every((value, axis) => Math.abs(value - near(before[idx][1])[axis]) < 0.5)));
  await page.getByRole('slider', { name: 'Moment of the run' }).focus();
  await page.keyboard.press('Home');
  await page.locator('#views').getByText('Before the first step: Original').waitFor();
  assert.deepEqual(errors, []);
  await context.close();
});
