// Takes the README's pictures: `node docs/picture.mjs` after a build. A whole run, on the paper's 20 % of users, as the page shows it when it is done.

import { join } from 'node:path';
import { load, open, root, start } from '../tests/e2e/harness.mjs';

const lab = await start();
for (const scheme of /** @type {const} */ (['light', 'dark'])) {
  const { page, context } = await open(lab, { viewport: { width: 1280, height: 1180 }, colorScheme: scheme });
  await load(lab, page);
  await page.locator('#what').getByText('Paper’s 20 %').click();
  await page.locator('#run').getByRole('button', { name: 'Start' }).click();
  await page.locator('#run').getByText(/Done in/).waitFor({ timeout: 5 * 60_000 });
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(1500);
  await page.screenshot({ path: join(root, `docs/page-${scheme}.jpg`), type: 'jpeg', quality: 82 });
  await context.close();
}
await lab.close();
