// The guided tour, walked with the real engine: each step's goal is reached on the real controls and not before, it can be left and taken up again, by keyboard
// alone too; lessons set the standard controls; the sheet of a narrow screen covers no control that it speaks of; the article follows the run.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, open, results, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

const tour = (page) => page.locator('#tour');
const button = (page, name) => tour(page).getByRole('button', { name, exact: true });
const goal = (page) => tour(page).locator('.tour-goal');
const reached = (page) => tour(page).locator('.tour-goal.reached').waitFor({ timeout: 120_000 });
const isReached = (page) => tour(page).locator('.tour-goal.reached').count().then((n) => n > 0);
const titled = (page, title) => tour(page).getByRole('heading', { name: title, exact: true }).waitFor();
const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim());
const person = (page, user) => page.locator('#what .pickrow').filter({ has: page.locator(`input[value="${user}"]`) });
const setting = (page, name) => page.locator('#how').getByRole('radiogroup', { name: 'Setting' }).getByText(name, { exact: true });
const started = (page) => page.locator('#run').getByRole('button', { name: 'Start', exact: true });

/** Loads the page and opens the tour. */
async function begin(page) {
  await load(lab, page);
  await page.locator('#what .cost .go').waitFor();
  await page.locator('#tour-open').click();
  await titled(page, 'A recommender remembers');
}

test('six steps on the real controls: each goal is reached when the page’s figures say so, and not before', { timeout: 6 * 60_000 }, async () => {
  const began = performance.now();
  const { page, errors, foreign } = await open(lab);
  await begin(page);
  assert.equal(await focused(page), 'tour-title');
  await page.waitForFunction(() => location.hash === '#forget&tour=1');

  // What is expected comes after the model, and is then shown without anything done.
  await goal(page).locator('dd').getByText(/points/).waitFor();
  await person(page, 5).click();
  await goal(page).locator('dd').getByText('39').waitFor();
  assert.equal(await isReached(page), false, 'too few ratings, and the lead is small');
  await person(page, 36).click();
  await reached(page);
  // The panel's figures are those of the model's answers.
  const rows = await page.evaluate(() => globalThis.unlearnLab.user(36).then((reply) => reply.rows.filter((row) => row.set === 'train')));
  const shareOf = (when) => {
    const pairs = rows.filter((row) => row.rating > 3).flatMap((like) => rows.filter((row) => row.rating <= 3).map((other) => Math.sign(like[when] - other[when])));
    return pairs.reduce((sum, sign) => sum + (sign + 1) / 2, 0) / pairs.length;
  };
  const points = 100 * (shareOf('before') - shareOf('expected'));
  assert.deepEqual(await goal(page).locator('dd').evaluateAll((all) => all.slice(0, 3).map((one) => one.firstChild.textContent)), [`${(shareOf('before') * 100).toFixed(0)} %`, `${(shareOf('expected') * 100).toFixed(0)} %`, `+${points.toFixed(1)} points`]);
  await page.screenshot({ path: join(results, 'tour-1-wide.png') });

  await button(page, 'Next').click();
  await titled(page, 'Retraining is costly');
  assert.equal(await isReached(page), false);
  await page.locator('#what .view').getByText('Paper’s 20 %', { exact: true }).click();
  await goal(page).getByText('A fifth: 76 people').waitFor();
  await page.locator('#what .view').getByText('Person', { exact: true }).click();
  await reached(page);

  await button(page, 'Next').click();
  await titled(page, 'Two teachers');
  await goal(page).getByText('Nothing has been run yet.').waitFor();
  await person(page, 5).click();
  await page.locator('#how .seg[data-tour-mark]').waitFor();
  await setting(page, 'Without remembering').click();
  await page.locator('#run .btn.primary[data-tour-mark]').waitFor();
  await started(page).click();
  await goal(page).getByText('A run goes on.').waitFor();
  await reached(page);
  await goal(page).getByText('the remembering one').waitFor();
  await page.locator('#live .gauge[data-tour-mark]').waitFor();

  await button(page, 'Next').click();
  await titled(page, 'Only LoRA moves');
  const { methods, model } = await page.evaluate(async () => ({ methods: (await globalThis.unlearnLab.select({ forget: { users: [5] } })).sizes, model: (await globalThis.unlearnLab.ready).n_params }));
  assert.equal(methods.forget, 39);
  await goal(page).getByText(`beside ${model.toLocaleString('en')}`).waitFor();
  assert.equal(await isReached(page), false);
  await page.locator('#tab-attacks[data-tour-mark]').click();
  await page.locator('[data-attack="drop"]').getByRole('button', { name: /^Run/ }).click();
  await reached(page);
  const [, withIt, without, original] = await goal(page).locator('dd').evaluateAll((all) => all.map((one) => one.firstChild.textContent));
  assert.equal(without, original, 'without its adapter the model is the original again');
  assert.notEqual(withIt, without);

  await button(page, 'Next').click();
  await titled(page, 'Did it forget?');
  await page.locator('#tab-forget[data-tour-mark]').click();
  await goal(page).getByText(/[1-9]\d\d\.\d %/).waitFor();
  assert.equal(await isReached(page), false, 'without the remembering teacher the meter is far beyond its goal');
  await setting(page, 'Tuned for this model').click();
  await started(page).click();
  await reached(page);
  // The meter is painted by another part of the page, a moment later.
  await page.locator('#live .gauge .value').first().filter({ hasNotText: 'too much' }).waitFor();
  const meter = await page.locator('#live .gauge .value').first().innerText();
  const [share = '', change = ''] = await goal(page).locator('dd').evaluateAll((all) => all.map((one) => one.firstChild.textContent));
  assert.equal(Math.round(Number.parseFloat(share)), Number(/\d+/.exec(meter)?.[0]), `the goal reads what the meter reads: ${share}, ${meter}`);
  assert.ok(Number(change.replace('−', '-').replace('±', '')) >= -0.005, change);
  const near = Number(/Nearness to the mark: (\d+) of 10/.exec(await goal(page).innerText())?.[1]);
  assert.equal(near, Math.round(10 * (1 - Math.abs(Number.parseFloat(share) / 100 - 1) / 0.05)));

  await button(page, 'Next').click();
  await titled(page, 'Can it be undone?');
  assert.equal(await isReached(page), false);
  await page.locator('#tab-attacks[data-tour-mark]').click();
  await page.locator('[data-attack="relearn"]').getByRole('button', { name: /^Run/ }).click();
  await reached(page);
  const verdict = await page.locator('[data-attack="relearn"] .tag').innerText();
  await goal(page).getByText(verdict).waitFor();

  await button(page, 'To the end').click();
  await titled(page, 'That was the tour.');
  await tour(page).getByText(`6 of 6 steps; nearness to the mark ${near} of 10.`).waitFor();
  console.log(`the whole walk took ${((performance.now() - began) / 1000).toFixed(0)} s`);

  // The article is of that run.
  await page.locator('#tab-forget').click();
  await page.locator('#article').scrollIntoViewIfNeeded();
  await page.locator('.article-source').getByText('Figures of your last run: user 5’s ratings, with E2URec').waitFor();
  const figure = await page.locator('.article-section').last().locator('.unlearned b').innerText();
  assert.match(figure, /^0\.\d{3}$/);
  const line = await page.locator('#result .figures tr.outcome').innerText();
  assert.ok((line.match(/0\.\d{4}/g) ?? []).some((one) => Math.abs(Number(one) - Number(figure)) <= 0.00051), `its figures stand in the table too: ${figure} in ${line}`);
  await page.screenshot({ path: join(results, 'tour-end-wide.png') });
  assert.deepEqual([errors, foreign], [[], []]);
});

test('it is left and taken up again, also after a reload, and by keyboard alone', { timeout: 3 * 60_000 }, async () => {
  const { page, errors } = await open(lab, { reducedMotion: 'reduce' });
  await load(lab, page);
  await page.locator('#what .cost .go').waitFor();
  await page.locator('#tour-open').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'tour-title');
  // From the panel to the control that it speaks of, and back.
  await button(page, 'Go to the people').focus();
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.querySelector('[data-tour-mark]')?.contains(document.activeElement)), true, 'the focus is in the control');
  await goal(page).locator('dd').getByText(/points/).waitFor();
  const at = await page.evaluate(() => document.activeElement?.closest('.pickrow')?.textContent);
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((was) => document.activeElement?.closest('.pickrow')?.textContent !== was, at);
  await page.keyboard.press('Escape');
  assert.equal(await focused(page), 'tour-title', 'Escape leads back to the panel');
  // A word that is open is closed first.
  await button(page, 'Step 3: Two teachers').focus();
  await page.keyboard.press('Enter');
  await titled(page, 'Two teachers');
  assert.equal(await focused(page), 'tour-title');
  await tour(page).getByRole('button', { name: 'student', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.term-pop.open').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.term-pop.open').waitFor({ state: 'detached' });
  assert.equal(await tour(page).isVisible(), true);
  await page.keyboard.press('Escape');
  await tour(page).waitFor({ state: 'hidden' });
  assert.deepEqual([await focused(page), await page.evaluate(() => location.hash.includes('tour'))], ['tour-open', false]);
  assert.equal(await page.locator('[data-tour-mark]').count(), 0, 'nothing stays marked');
  await page.keyboard.press('Enter');
  await titled(page, 'Two teachers');

  // “Show me” does a step, and the score says so.
  await button(page, 'Step 1: A recommender remembers').click();
  await titled(page, 'A recommender remembers');
  await button(page, 'Show me').focus();
  await page.keyboard.press('Enter');
  await reached(page);
  await tour(page).getByRole('button', { name: 'Step 1: A recommender remembers, done' }).waitFor();
  await button(page, 'Step 5: Did it forget?').click();
  await titled(page, 'Did it forget?');

  await page.reload();
  await titled(page, 'Did it forget?');
  await page.waitForFunction(() => globalThis.unlearnLab);
  assert.equal(await tour(page).getByRole('button', { name: /, done$/ }).count(), 1, 'what is done stays done');
  assert.equal(await page.evaluate(() => location.hash.includes('tour=5')), true);
  await page.goBack();
  await titled(page, 'A recommender remembers');
  await goal(page).getByText('Reached, shown to you:').waitFor();
  await button(page, 'Leave').click();
  await page.evaluate(() => history.replaceState(null, '', '/'));
  await page.reload();
  await load(lab, page);
  assert.equal(await tour(page).isVisible(), false, 'who comes again begins at the lab');
  await page.locator('#tour-open').click();
  await titled(page, 'A recommender remembers');
  const kept = await page.evaluate(() => localStorage.getItem('unlearn-lab.tour') ?? '');
  assert.match(kept, /"by":"shown"/);
  assert.deepEqual(JSON.parse(kept), { step: 0, done: [{ by: 'shown', closeness: null }, null, null, null, null, null] }, 'no figure, and nobody is named');
  await page.goto(new URL('#forget&tour=7', lab.url).href);
  await titled(page, '1 of 6 steps are done.');
  await tour(page).getByText('1 of 6 steps, shown to you; nearness to the mark 0 of 10.').waitFor();
  assert.deepEqual(errors, []);
});

test('a lesson sets the standard controls, and so does an address with values of one’s own', { timeout: 5 * 60_000 }, async () => {
  const { page, errors, context } = await open(lab);
  await page.goto(new URL('#forget&user=5&lesson=too-few-steps', lab.url).href);
  await titled(page, 'Lesson: too few steps');
  await page.locator('#run .plan').getByText('2 steps').waitFor();
  await page.locator('#how').getByText('Parameters', { exact: true }).click();
  assert.deepEqual([await page.locator('#how').getByRole('spinbutton', { name: 'Steps', exact: true }).inputValue(), await page.locator('#how').getByRole('combobox', { name: 'Choice of α' }).locator('option:checked').innerText()], ['2', 'as given']);
  await started(page).click();
  await page.locator('#result .verdict .headline:not(.waiting)').waitFor({ timeout: 120_000 });
  const few = Number.parseFloat(await goal(page).locator('dd').first().innerText());
  await page.locator('#live .gauge[data-tour-mark]').waitFor();
  await tour(page).getByRole('button', { name: 'Over-forgetting' }).click();
  await titled(page, 'Lesson: over-forgetting');
  await page.locator('#run .plan').getByText('100 steps').waitFor();
  await started(page).click();
  await page.waitForFunction((was) => Number.parseFloat(document.querySelector('#tour .tour-goal dd')?.textContent ?? '') > Math.max(105, was ?? 0), few, { timeout: 60_000 });
  assert.ok(few < 95, `${few} % after two steps`);
  const address = page.url();
  assert.match(address, /lesson=over-forgetting/);
  assert.match(address, /set=alpha%3A4/);
  await button(page, 'To the tour').click();
  await page.waitForFunction(() => location.hash.includes('tour='));
  await context.close();

  const { page: linked } = await open(lab);
  await linked.goto(`${lab.url.replace(/\/$/, '')}/#forget&set=alpha%3A4%2Calpha_auto%3A0&steps=7&seed=9&user=5`);
  await linked.locator('#run .plan').getByText('7 steps').waitFor();
  await linked.locator('#how').getByText('Parameters', { exact: true }).click();
  assert.equal(await linked.locator('#how').getByRole('spinbutton', { name: 'Seed', exact: true }).inputValue(), '9');
  await linked.locator('#how').getByText(/Your own values: α, strength of forgetting 4/).waitFor();
  assert.deepEqual(errors, []);
});

test('on a narrow screen the sheet folds, sticks out nowhere, and covers no control that it speaks of', { timeout: 3 * 60_000 }, async () => {
  for (const [width, height] of /** @type {const} */ ([[390, 844], [320, 640], [900, 900], [1200, 800], [320, 256]])) {
    const { page, context, errors } = await open(lab, { viewport: { width, height }, reducedMotion: 'reduce', hasTouch: true });
    await begin(page);
    const what = `${width} × ${height}`;
    for (let step = 1; step <= 6; step += 1) {
      await page.waitForFunction((n) => location.hash.includes(`tour=${n}`), step);
      await page.locator('[data-tour-mark]').first().waitFor();
      await tour(page).locator('.tour-task .link').click();
      // What has the focus now is what a finger finds there: neither the sheet nor the bar stands over it.
      const hit = await page.evaluate(() => {
        const marked = document.querySelector('[data-tour-mark]');
        const { left, right, top, bottom } = marked.getBoundingClientRect();
        const inside = [[(left + right) / 2, top + Math.min(20, (bottom - top) / 2)], ...(bottom - top < 120 ? [[(left + right) / 2, bottom - 4]] : [])];
        return inside.map(([x, y]) => marked.contains(document.elementFromPoint(x, y)) || document.elementFromPoint(x, y)?.contains(marked));
      });
      assert.deepEqual(hit.filter((one) => !one), [], `${what}, step ${step}: the control is covered`);
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(inner <= outer, `${what}, step ${step}: ${inner} px in ${outer} px`);
      if (step < 6) await button(page, 'Next').click();
    }
    const fold = tour(page).locator('.tour-fold');
    if (height > 480) {
      const [tall] = [(await tour(page).boundingBox()).height];
      await fold.tap();
      await tour(page).locator('.tour-short').getByText('Can it be undone?').waitFor();
      const folded = await tour(page).boundingBox();
      assert.ok(tall <= height * 0.47 && folded.height < 80, `${what}: ${tall} px, folded ${folded.height} px`);
      await fold.tap();
      await tour(page).locator('#tour-title').waitFor();
    } else {
      assert.equal(await tour(page).evaluate((one) => getComputedStyle(one).position), 'static', `${what}: where the window is low it stands in the page`);
    }
    await page.screenshot({ path: join(results, `tour-${width}x${height}.png`) });
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test('the game’s end leads into the tour', { timeout: 3 * 60_000 }, async () => {
  const { page, errors } = await open(lab, { firstVisit: true });
  await load(lab, page);
  const game = page.locator('#game');
  await game.locator('.source.from-live').waitFor({ timeout: 120_000 });
  const three = async () => {
    for (let round = 0; round < 3; round += 1) {
      await game.locator('button.film').first().click();
      await game.locator('.go-on').click();
    }
  };
  await three();
  await game.getByRole('button', { name: 'Forget this viewer', exact: true }).click();
  await game.getByRole('heading', { name: 'After forgetting, pair 1 of 3' }).waitFor({ timeout: 120_000 });
  await three();
  await game.getByRole('button', { name: 'Take the tour', exact: true }).click();
  await titled(page, 'A recommender remembers');
  await page.waitForFunction(() => document.activeElement?.id === 'tour-title');
  assert.equal(await game.isVisible(), false);
  await page.locator('#tour .tour-goal dd').getByText(/points/).waitFor();
  assert.deepEqual(errors, []);
});
