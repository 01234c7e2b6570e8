// What the style sheets promise: Start in sight at every width, nothing wider than the window, nothing that jumps, colours that can be seen.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { load, MOST_SHIFT, open, results, start, watchShift } from './harness.mjs';

const TABS = ['forget', 'compare', 'attacks', 'models'];

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Where buttons of this name lie wholly in the window and can be seen. */
const inSight = (page, name) =>
  page.evaluate((label) => [...document.querySelectorAll('#run button, #dock button')].filter((button) => button.textContent === label).flatMap((button) => {
    const { top, bottom, left, right, height } = button.getBoundingClientRect();
    const seen = height > 0 && getComputedStyle(button).visibility === 'visible' && top >= 0 && bottom <= innerHeight && left >= 0 && right <= innerWidth;
    return seen ? [Math.round(top)] : [];
  }), name);

/** Whether nothing can be scrolled sideways. */
async function fits(page, what) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(inner <= outer, `${what}: ${inner} px wide in a window of ${outer} px`);
}

/** Waits until the page stands still: a person is chosen and counted. */
async function settled(page) {
  await page.locator('#what .cost .go').waitFor();
  await page.locator('#what .history-head').waitFor();
  await page.waitForTimeout(500);
}

test('Start is in sight at first, at every width', { timeout: 5 * 60_000 }, async () => {
  for (const [width, height] of /** @type {const} */ ([[320, 256], [360, 740], [390, 844], [700, 900], [900, 900], [1100, 800], [1440, 900]])) {
    const { page, context } = await open(lab, { viewport: { width, height } });
    await load(lab, page);
    await settled(page);
    assert.notDeepEqual(await inSight(page, 'Start'), [], `${width} × ${height}: no Start in the window`);
    if (width <= 1080) {
      await page.evaluate(() => scrollTo(0, 400));
      const dock = await page.locator('#dock').boundingBox();
      assert.ok(dock && dock.x >= 0 && dock.x + dock.width <= width && dock.y >= 0 && Math.round(dock.y + dock.height) === height && dock.height <= height / 2, `${width} × ${height}: the dock is at ${JSON.stringify(dock)}`);
    }
    await context.close();
  }
});

test('nothing is wider than a window of 320 px, on any tab', { timeout: 5 * 60_000 }, async () => {
  // 320 × 256: a window of 1280 × 1024 at 400 % zoom.
  const { page, context } = await open(lab, { viewport: { width: 320, height: 256 } });
  await load(lab, page);
  await settled(page);
  for (const tab of TABS) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#panel-${tab}:not([hidden]) .card`).first().waitFor();
    await page.waitForTimeout(500);
    await fits(page, tab);
    await page.screenshot({ path: join(results, `layout-320-${tab}.png`), fullPage: true });
  }
  await page.goto(new URL('./conformance.html', lab.url).href);
  await page.locator('#facts dt').first().waitFor();
  await fits(page, 'conformance');
  await context.close();
});

test('nothing jumps while it loads and runs, and the dock leads to the result', { timeout: 8 * 60_000 }, async () => {
  for (const [width, height] of /** @type {const} */ ([[390, 844], [900, 900], [1440, 1000]])) {
    const { page, context } = await open(lab, { viewport: { width, height } });
    const shifts = await watchShift(page);
    await load(lab, page);
    await settled(page);
    const loading = await shifts();
    assert.ok(loading <= MOST_SHIFT, `${width} px: shifts add up to ${loading.toFixed(3)} while loading`);
    const docked = width <= 1080;
    await page.locator(docked ? '#dock' : '#run').getByRole('button', { name: 'Start' }).click();
    await page.locator('#result').getByRole('table').first().waitFor({ timeout: 180_000 });
    await page.waitForTimeout(1500);
    const whole = await shifts();
    console.log(`layout shift at ${width} px: ${loading.toFixed(3)} while loading, ${(whole - loading).toFixed(3)} in a run`);
    assert.ok(whole <= MOST_SHIFT, `${width} px: shifts add up to ${whole.toFixed(3)} by the end of a run`);
    if (docked) {
      await page.locator('#dock').getByRole('button', { name: 'Done · See result' }).click();
      assert.ok(await page.locator('#result-title').evaluate((title) => title === document.activeElement), 'the result has the focus');
      const { y } = await page.locator('#result-title').boundingBox();
      assert.ok(y >= 0 && y < height / 2, `the result is at ${y}`);
      await page.locator('#dock').waitFor({ state: 'hidden' });
      // With something else chosen, it is Start that comes next.
      await page.evaluate(() => scrollTo(0, 0));
      await page.locator('#what').getByText('Paper’s 20 %', { exact: true }).click();
      await page.locator('#dock').getByRole('button', { name: 'Start' }).waitFor();
    }
    for (const narrow of [320, width]) {
      await page.setViewportSize({ width: narrow, height });
      await fits(page, `with a result, ${narrow} px`);
    }
    await context.close();
  }
});

test('in the system’s own colours the focus and what is chosen are seen', { timeout: 2 * 60_000 }, async () => {
  const { page, context } = await open(lab, { forcedColors: 'active' });
  await load(lab, page);
  await settled(page);
  const outlines = [];
  await page.locator('#tab-forget').focus();
  for (let idx = 0; idx < 14; idx += 1) {
    await page.keyboard.press('Tab');
    outlines.push(await page.evaluate(() => {
      const focused = document.activeElement;
      // A radio button or a tab shows it on what stands for it.
      const shown = focused.matches('.seg input, .pickrow input') ? focused.parentElement : focused;
      const { outlineStyle, outlineWidth, outlineColor, outlineOffset, backgroundColor } = getComputedStyle(shown);
      // Inside or outside of what has it.
      const ground = Number.parseFloat(outlineOffset) < 0 && !/^rgba\(.*, 0\)$/.test(backgroundColor) ? backgroundColor : getComputedStyle(document.body).backgroundColor;
      return { what: `${shown.tagName} ${shown.className} ${shown.textContent.slice(0, 20)}`, seen: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 && !/^rgba\(.*, 0\)$/.test(outlineColor) && outlineColor !== ground };
    }));
  }
  assert.deepEqual(outlines.filter(({ seen }) => !seen), [], 'without an outline');
  // What is chosen, and how full a bar is, stand out by a ground of their own.
  const panel = await page.locator('#what').evaluate((card) => getComputedStyle(card).backgroundColor);
  const groundOf = (selector) => page.locator(selector).first().evaluate((element) => getComputedStyle(element).backgroundColor);
  for (const selector of ['#what .seg label:has(:checked)', '#what .pickrow:has(:checked)', '.tabs [aria-selected="true"]', '#what .pickrow:not(:has(:checked)) .bar i', '#run .btn.primary']) {
    assert.notEqual(await groundOf(selector), panel, selector);
  }
  assert.equal(await groundOf('#run .track'), panel, 'a bar that is empty looks so');
  const row = await page.locator('#what .pickrow:has(:checked)').evaluate((one) => [one, ...one.querySelectorAll('span')].map((part) => getComputedStyle(part).color));
  assert.ok(!row.includes(panel) || (await groundOf('#what .pickrow:has(:checked)')) !== panel, 'what is chosen can be read');
  await page.screenshot({ path: join(results, 'layout-forced-colors.png') });
  await context.close();
});

test('text has 4.5 times the luminance of its ground or the reverse, edges of controls 3 times', { timeout: 2 * 60_000 }, async () => {
  const grounds = ['--bg', '--panel', '--sunk', '--hover'];
  const pairs = [
    ...['--ink', '--ink-2', '--ink-3', '--accent'].flatMap((ink) => grounds.map((ground) => [ink, ground, 4.5])),
    ...['--retrain', '--forget', '--retain', '--answer', '--good', '--warn', '--bad'].map((ink) => [ink, '--panel', 4.5]),
    ...['good', 'warn', 'bad', 'accent'].flatMap((name) => [[`--${name}`, `--${name}-soft`, 4.5], ['--ink', `--${name}-soft`, 4.5], ['--ink-3', `--${name}-soft`, 4.5]]),
    ['--accent-ink', '--accent', 4.5], ['--accent-ink', '--accent-2', 4.5], ['--ink', '--raised', 4.5],
    ...grounds.map((ground) => ['--edge', ground, 3]),
    ...['--original', '--retrain', '--unlearned', '--forget', '--retain', '--answer'].map((line) => [line, '--panel', 3]),
  ];
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const { page, context } = await open(lab, { colorScheme });
    await load(lab, page);
    const ratios = await page.evaluate((wanted) => {
      const probe = document.body.appendChild(document.createElement('i'));
      const luminance = (name) => {
        probe.style.color = `var(${name})`;
        const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map((value) => { const share = Number(value) / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      return wanted.map(([one, other, least]) => {
        const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return { pair: `${one} on ${other}`, least, ratio: (high + 0.05) / (low + 0.05) };
      });
    }, pairs);
    const of = (least) => ratios.filter((one) => one.least === least).toSorted((a, b) => a.ratio - b.ratio)[0];
    console.log(`lowest contrast, ${colorScheme}: ${of(4.5).ratio.toFixed(2)} (${of(4.5).pair}), ${of(3).ratio.toFixed(2)} (${of(3).pair})`);
    assert.deepEqual(ratios.filter(({ ratio, least }) => ratio < least), [], colorScheme);
    await context.close();
  }
});

test('without motion nothing moves', { timeout: 60_000 }, async () => {
  const { page, context } = await open(lab, { reducedMotion: 'reduce' });
  await load(lab, page);
  const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
    const { transitionDuration, animationName, animationDuration } = getComputedStyle(element);
    return [transitionDuration, ...(animationName === 'none' ? [] : [animationDuration])].some((times) => times.split(', ').some((time) => Number.parseFloat(time) > 0.001));
  }).map((element) => element.className));
  assert.deepEqual(moving, []);
  await context.close();
});
