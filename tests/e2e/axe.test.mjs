// axe-core finds nothing in any state of the page, wide and narrow, light and dark, and nothing on the conformance page.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { answer, load, open, root, start } from './harness.mjs';

const AXE = readFileSync(join(root, 'web/node_modules/axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Rules whose findings depend on colours: in the dark, the others would find the same again. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];
/** Steps of a run that is looked at while it goes on; it is cancelled. */
const LONG = 4000;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Where each state is looked at: wide and narrow, light and dark, and what for. A resized page is drawn anew. */
const LOOKS = /** @type {const} */ ([
  { width: 1440, colorScheme: 'light', runOnly: { type: 'tag', values: TAGS } },
  { width: 1440, colorScheme: 'dark', runOnly: { type: 'rule', values: OF_COLOURS } },
  { width: 390, colorScheme: 'dark', runOnly: { type: 'rule', values: OF_COLOURS } },
  { width: 390, colorScheme: 'light', runOnly: { type: 'tag', values: TAGS } },
]);

/**
 * A page whose states are looked at.
 * @param {import('playwright-core').Page} page
 * @returns {{look: (state: string) => Promise<void>, found: string[], states: string[]}} `found`: a line for each thing that breaks a rule
 */
function inspector(page) {
  /** @type {string[]} */
  const found = [];
  /** @type {string[]} */
  const states = [];
  return {
    found,
    states,
    async look(state) {
      states.push(state);
      for (const { width, colorScheme, runOnly } of LOOKS) {
        if (page.viewportSize()?.width !== width) await page.setViewportSize({ width, height: 1000 });
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
        // Scripts of the page are under a policy; what a test evaluates is not.
        if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${AXE}; 0`);
        const violations = await page.evaluate((only) => globalThis.axe.run(document, { runOnly: only, resultTypes: ['violations'], preload: false }).then((result) => result.violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary.replaceAll(/\s+/g, ' ')}`))), runOnly);
        found.push(...violations.map((one) => `${state}, ${width} px, ${colorScheme}: ${one}`));
      }
      await page.setViewportSize({ width: 1440, height: 1000 });
    },
  };
}

const tab = async (page, name) => {
  await page.getByRole('tab', { name, exact: true }).click();
  await page.locator(`#panel-${name === 'Forget one' ? 'forget' : name.toLowerCase()}:not([hidden]) .card`).first().waitFor();
};
const choose = (page, name) => page.locator('#what .view').getByText(name, { exact: true }).click();

test('every state of the page', { timeout: 12 * 60_000 }, async () => {
  const { page, context } = await open(lab, { reducedMotion: 'reduce', serviceWorkers: 'block' });
  const { look, found, states } = inspector(page);
  /** @type {() => void} */
  let go = () => {};
  const held = new Promise((resolve) => (go = () => resolve(undefined)));
  await context.route('**/nano-ml-latest-small/model.safetensors', (route) => held.then(() => route.continue()));
  await page.goto(lab.url);
  await page.locator('#run .plan').waitFor();
  await look('while loading');
  go();
  await load(lab, page);
  const what = page.locator('#what');
  await what.locator('.history-head').waitFor();
  await what.locator('.cost .go').waitFor();
  await look('loaded, a person chosen');
  // The whole list was looked at: a short one is looked at quickly.
  const shorten = () => what.getByPlaceholder('Find a person').fill('42');
  await shorten();

  await page.locator('#badge summary').click();
  await look('self-test open');
  await page.locator('#badge summary').click();
  await page.locator('#how').getByText('Parameters', { exact: true }).click();
  await page.locator('#how .cite .term').first().click();
  await look('parameters and a paper’s way out open');
  await page.keyboard.press('Escape');
  await page.locator('#how').getByText('Parameters', { exact: true }).click();
  await choose(page, 'Genre');
  await what.locator('.genres .pickrow').first().click();
  await what.locator('.cost .go').waitFor();
  await look('a genre chosen');
  await choose(page, 'Ratings');
  await shorten();
  await what.locator('.history input').first().check();
  await look('ratings chosen');
  await choose(page, 'Paper’s 20 %');
  await page.locator('#result').getByRole('table').first().waitFor();
  await page.locator('#result thead .term').first().click();
  await look('the standard set, a word open');
  await page.keyboard.press('Escape');

  await tab(page, 'Attacks');
  await page.locator('#panel-attacks section[data-attack]').first().waitFor();
  await look('attacks, nothing forgotten');
  await tab(page, 'Compare');
  await page.locator('#panel-compare').getByRole('checkbox').first().check();
  await look('compare, methods chosen');
  await tab(page, 'Models');
  await page.locator('#panel-models .model').first().waitFor();
  await look('models');
  await tab(page, 'You');
  await page.getByLabel('Files of your ratings').setInputFiles(join(root, 'tests/exports/letterboxd-ratings.csv'));
  await page.locator('.you .review').first().waitFor();
  await page.getByLabel('What Parasite (2019) is').selectOption('search');
  await page.getByLabel('Search for films that you know').fill('toy');
  await page.locator('.you .own-list .found').waitFor();
  await look('one’s own ratings, matched');
  await tab(page, 'Forget one');

  await choose(page, 'Person');
  await page.locator('#tour-open').click();
  await page.locator('#tour .tour-goal dl').waitFor();
  await page.locator('#article').scrollIntoViewIfNeeded();
  await page.locator('.article-card').waitFor();
  await look('the tour’s first step, and the article');
  await page.locator('#tour').getByRole('button', { name: 'Step 3: Two teachers' }).click();
  await page.locator('#tour .term').first().click();
  await look('the tour’s third step, a word open');
  await page.keyboard.press('Escape');
  await page.locator('#tour').getByRole('button', { name: 'Leave', exact: true }).click();
  await shorten();
  await page.evaluate((steps) => {
    void globalThis.unlearnLab.run({ forget: { users: [42] }, steps, device: 'cpu' }).catch(() => {});
  }, LONG);
  const run = page.locator('#run');
  await page.locator('#run .stage.now').waitFor();
  await look('running');
  await page.evaluate(() => globalThis.unlearnLab.pause());
  await run.getByRole('button', { name: 'Resume', exact: true }).waitFor();
  await look('paused');
  await run.getByRole('button', { name: 'Cancel', exact: true }).click();
  await run.getByRole('button', { name: 'Start', exact: true }).waitFor();
  await look('cancelled');

  await page.evaluate(async () => {
    for (const seed of [2, 1]) await globalThis.unlearnLab.run({ forget: { users: [42] }, steps: 3, evalEvery: 1, seed, device: 'cpu' });
  });
  await page.locator('#result .verdict .headline:not(.waiting)').waitFor();
  await page.locator('#views-title').scrollIntoViewIfNeeded();
  await page.locator('#views .groups button').first().waitFor();
  for (const table of await page.locator('#live details summary, #views details summary, #result details summary').all()) await table.click();
  await page.locator('#views .groups button').first().click();
  await look('done, tables open, a person held inside the run');
  await tab(page, 'Runs');
  await page.locator('[data-run] input').nth(1).waitFor();
  for (const one of await page.locator('[data-run] input').all()) await one.check();
  await page.locator('.pair-of-runs .plot canvas').first().waitFor();
  await look('two kept runs side by side');
  await tab(page, 'Forget one');
  await choose(page, 'Requests');
  await what.locator('.asked').waitFor();
  await look('requests of this session');
  await tab(page, 'Attacks');
  const loss = page.locator('#panel-attacks section[data-attack="loss"]');
  await page.locator('#panel-attacks section[data-attack="shadow"]').getByText('Settings').click();
  await loss.getByRole('button', { name: /^Run/ }).click();
  await loss.locator('.sentence').waitFor({ timeout: 60_000 });
  await look('one attack made');
  await page.evaluate(() => (location.hash = '#attacks&tour=6'));
  await page.locator('#tour .tour-goal dl').waitFor();
  await look('the tour beside the attacks');
  await page.evaluate(() => (location.hash = '#attacks&tour=7'));
  await page.locator('#tour .tour-list').waitFor();
  await look('the end of the tour');
  await page.locator('#tour').getByRole('button', { name: 'Over-forgetting' }).click();
  await page.locator('#tour .tour-lessons [aria-current]').waitFor();
  await look('a lesson');
  await page.locator('#tour').getByRole('button', { name: 'Leave', exact: true }).click();
  await tab(page, 'Forget one');

  await page.locator('#result .prompt-link').first().click();
  await page.locator('dialog.prompt .tokens').waitFor();
  await look('what the model reads');
  await page.keyboard.press('Escape');
  await page.locator('#privacy-open').click();
  await page.locator('dialog.privacy .tally').waitFor();
  await look('privacy');
  await page.keyboard.press('Escape');

  await context.route('**/goodbooks-10k/**', (route) => route.abort());
  await page.locator('#data').getByText('Books', { exact: true }).click();
  await page.locator('dialog.question[open]').waitFor();
  await look('a question');
  await answer(page, 'Load the books');
  await page.locator('#data [role="alert"]').waitFor();
  await look('an error');
  await context.unroute('**/goodbooks-10k/**');
  await page.locator('#data').getByText('Books', { exact: true }).click();
  await answer(page, 'Load the books');
  await page.waitForFunction(() => globalThis.unlearnLab.info().then((loaded) => loaded.dataset === 'goodbooks-10k'));
  await what.locator('.history-head').waitFor();
  await shorten();
  await look('books');
  await page.locator('#data').getByText('Your own', { exact: true }).click();
  await page.locator('#data .drop, #data input[type="file"]').first().waitFor({ state: 'attached' });
  await look('own data');

  assert.deepEqual(found, []);
  assert.equal(states.length, 29);
  await context.close();
});

test('the conformance page', { timeout: 2 * 60_000 }, async () => {
  const { page, context } = await open(lab, { reducedMotion: 'reduce' });
  const { look, found } = inspector(page);
  await page.goto(new URL('./conformance?op=matmul,norm', lab.url).href);
  await page.waitForFunction(() => globalThis.conformance !== undefined);
  await page.evaluate(() => globalThis.conformance.then(() => {}, () => {}));
  await page.locator('#facts dt').first().waitFor();
  for (const more of await page.locator('summary:visible').all()) await more.click();
  await look('done');
  assert.deepEqual(found, []);
  await context.close();
});

test('the control: axe finds what is wrong', { timeout: 60_000 }, async () => {
  const { page, context } = await open(lab);
  const { look, found } = inspector(page);
  await page.goto(lab.url);
  await page.locator('#run .plan').waitFor();
  await page.evaluate(() => {
    const button = document.querySelector('main')?.appendChild(document.createElement('button'));
    button?.classList.add('control');
  });
  await look('a button without a name');
  assert.ok(found.some((one) => /button-name: .*control/.test(one)), found.join('\n'));
  await context.close();
});
