// The page as a person uses it: choose somebody, start, pause, step, cancel, reset, and look at it wide and narrow, light and dark.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answer, load, open, results, start } from './harness.mjs';

/** The page stays responsive: no task on the main thread takes longer. */
const LONGEST_TASK_MS = 100;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const button = (page, name) => page.locator('#run').getByRole('button', { name, exact: true });

/** Chooses a person with about 500 ratings to forget: a run of some seconds. */
async function choosePerson(page) {
  const user = await page.evaluate(async () => {
    const { users } = await globalThis.unlearnLab.ready;
    const far = (one) => Math.abs(one.n_train - 500);
    return users.toSorted((a, b) => far(a) - far(b))[0].user;
  });
  const what = page.locator('#what');
  await what.getByText('Person', { exact: true }).click();
  await what.getByPlaceholder('Find a person').first().fill(String(user));
  await what.getByRole('radiogroup', { name: 'People' }).getByText(`User ${user}`, { exact: true }).click();
  await what.getByText(/ratings? goe?s?/).first().waitFor();
}

test('a person is chosen, forgotten in steps, cancelled, forgotten to the end, and reset', { timeout: 5 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  await load(lab, page);
  await choosePerson(page);

  await button(page, 'Start').click();
  await page.locator('#run .stage.now').waitFor();
  await button(page, 'Pause').click();
  await button(page, 'Resume').waitFor();
  await button(page, 'Step').click();
  await button(page, 'Resume').waitFor();
  await button(page, 'Cancel').click();
  await button(page, 'Start').waitFor();

  await button(page, 'Start').click();
  await page.locator('#result').getByRole('table').first().waitFor({ timeout: 120_000 });
  const table = await page.locator('#result').innerText();
  for (const name of ['Original', 'E2URec']) assert.match(table, new RegExp(name), `the result names ${name}`);
  assert.match(await page.locator('#result').innerText(), /expected of a model that never saw them \(cross-fitted\)/, 'what is expected, or why that is not known');
  assert.match(table, /Of the ten items recommended to each of up to 20 other people, \d+ % stay/);
  assert.equal(await page.locator('#live canvas').count().then((count) => count > 0), true, 'charts were drawn');

  for (const [name, pattern] of /** @type {[string, RegExp][]} */ ([['report', /\.json$/], ['adapter', /\.(safetensors|json)$/]])) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#result .keep .buttons').getByRole('button', { name: new RegExp(name, 'i') }).first().click()]);
    assert.match(download.suggestedFilename(), pattern);
  }

  // Somebody from whom nothing was learned is listed too; and the figures still say whose they are.
  const strangers = await page.evaluate(() => globalThis.unlearnLab.ready.then((ready) => ready.never_learned.map((one) => one.user)));
  assert.ok(strangers.length > 0, 'there are people from whom nothing was learned');
  const what = page.locator('#what');
  await what.getByPlaceholder('Find a person').first().fill(String(strangers[0]));
  await what.getByRole('radiogroup', { name: 'People' }).getByText(`User ${strangers[0]}`, { exact: true }).click();
  await what.getByText('nothing was learned of them').waitFor();
  assert.ok(await button(page, 'Start').isDisabled(), 'there is nothing to forget');
  for (const part of ['#live', '#result']) {
    assert.match(await page.locator(`${part} .subject`).innerText(), new RegExp(`^About user \\d+’s ratings\\. Now chosen: user ${strangers[0]}’s ratings`), part);
  }

  await button(page, 'Reset').click();
  await answer(page, 'Reset');
  await page.locator('#result').getByRole('table').first().waitFor({ state: 'hidden' });
  assert.deepEqual(errors, [], 'errors on the console');
  assert.deepEqual(foreign, [], 'requests to other origins');
});

test('the main thread is never held for long', { timeout: 3 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  const events = [];
  const session = await context.newCDPSession(page);
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  const includedCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } });
  await load(lab, page);
  await page.waitForTimeout(3000);
  await session.send('Tracing.end');
  await complete;
  // While the browser compiles the engine on every core, a task may wait long for a core: at the start its CPU time is what the page answers for.
  const layout = events.find((event) => event.name === 'Layout');
  assert.ok(layout, 'the trace has no layout: nothing was measured');
  const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === layout.pid && tid === layout.tid);
  const heavy = tasks.filter((task) => task.tdur > LONGEST_TASK_MS * 1000).map((task) => task.tdur / 1000);
  assert.ok(tasks.some((task) => task.tdur > 0), 'the trace has no CPU times');
  assert.deepEqual(heavy, [], `tasks over ${LONGEST_TASK_MS} ms of CPU time while loading`);

  await page.evaluate(() => (globalThis.longTasks.length = 0));
  await choosePerson(page);
  await button(page, 'Start').click();
  await page.locator('#result').getByRole('table').first().waitFor({ timeout: 120_000 });
  const slow = (await page.evaluate(() => globalThis.longTasks)).filter((task) => task.ms > LONGEST_TASK_MS);
  assert.deepEqual(slow, [], `tasks over ${LONGEST_TASK_MS} ms`);
});

test('it fits every width, light and dark', { timeout: 3 * 60_000 }, async () => {
  for (const [name, viewport] of /** @type {const} */ ([['wide', { width: 1440, height: 1000 }], ['narrow', { width: 390, height: 844 }]])) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const { page, context } = await open(lab, { viewport, colorScheme });
      await load(lab, page);
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(inner <= outer, `${name}, ${colorScheme}: the page is ${inner} px wide in a window of ${outer} px`);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const brightness = ground.match(/\d+/g).slice(0, 3).map(Number).reduce((sum, value) => sum + value, 0) / 3;
      assert.equal(brightness > 128, colorScheme === 'light', `${name}, ${colorScheme}: the ground is ${ground}`);
      await page.screenshot({ path: join(results, `page-${name}-${colorScheme}.png`), fullPage: true, caret: 'initial' });
      await context.close();
    }
  }
});

test('it works offline once loaded, and is served with a policy that allows no other origin', async () => {
  const { page, context } = await open(lab);
  const answer = await page.goto(lab.url);
  assert.match(answer.headers()['content-security-policy'] ?? '', /default-src 'none'/);
  await page.evaluate(() => globalThis.unlearnLab.ready);
  await context.setOffline(true);
  const user = await page.evaluate(async () => {
    const { users } = await globalThis.unlearnLab.ready;
    return globalThis.unlearnLab.user(users[0].user);
  });
  assert.ok(user.rows.length > 0);
  const blocked = await page.evaluate(async () => {
    const violation = new Promise((resolve) => document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true }));
    await fetch('https://elsewhere.invalid/').catch(() => {});
    return Promise.race([violation, new Promise((resolve) => setTimeout(() => resolve('nothing'), 2000))]);
  });
  assert.equal(blocked, 'connect-src', 'the policy does not block a request to another origin');
});
