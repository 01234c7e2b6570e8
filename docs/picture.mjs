// Takes the README's pictures of the running page, light and dark: `node docs/picture.mjs` after a build. A whole run, on the paper's 20 % of users, as the page
// shows it when it is done; and, as a short animation, the map of one person's ratings while they are forgotten.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, open, root, start } from '../tests/e2e/harness.mjs';
import { animate } from './apng.mjs';

/** How long a moment is shown, and the last. */
const [MOMENT_MS, LAST_MS] = [450, 2200];

/** @param {import('playwright-core').Page} page @param {string} scheme */
async function wholeRun(page, scheme) {
  await page.locator('#what').getByText('Paper’s 20 %').click();
  await page.locator('#run').getByRole('button', { name: 'Start' }).click();
  await page.locator('#run').getByText(/Done in/).waitFor({ timeout: 10 * 60_000 });
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(root, `docs/page-${scheme}.jpg`), type: 'jpeg', quality: 82 });
}

/** @param {import('playwright-core').Page} page @param {string} scheme */
async function insideRun(page, scheme) {
  await page.evaluate(() => globalThis.unlearnLab.run({ forget: { users: [42] }, evalEvery: 40 }).then(() => null));
  const views = page.locator('#views');
  await views.locator('.dot').first().waitFor();
  // Map and adapter with the scrubber above them, and nothing else.
  await page.locator('#views .two').evaluate((rest) => rest.parentElement?.querySelectorAll('.two, .beside, .data, .weight-line, .aimed').forEach((one) => one.remove()));
  const slider = views.getByRole('slider');
  const n = Number(await slider.getAttribute('max')) + 1;
  const frames = [];
  for (let idx = 0; idx < n; idx += 1) {
    await slider.fill(String(idx));
    await slider.evaluate((one) => one.blur());
    await page.waitForTimeout(250);
    frames.push(await views.locator('.view').screenshot({ animations: 'disabled' }));
  }
  writeFileSync(join(root, `docs/run-${scheme}.png`), animate(frames, frames.map((_, idx) => (idx === n - 1 ? LAST_MS : MOMENT_MS))));
}

const lab = await start();
try {
  for (const scheme of /** @type {const} */ (['light', 'dark'])) {
    for (const [take, viewport] of /** @type {const} */ ([[insideRun, { width: 1440, height: 1000 }], [wholeRun, { width: 1280, height: 1180 }]])) {
      if (process.argv[2] && !take.name.startsWith(process.argv[2])) continue;
      const { page, context } = await open(lab, { viewport, colorScheme: scheme, reducedMotion: 'reduce' });
      page.setDefaultTimeout(5 * 60_000);
      await load(lab, page);
      await take(page, scheme);
      await context.close();
    }
  }
} finally {
  await lab.close();
}
