// Draws the icons of public/icons from icon.svg, in the sizes that systems want for an installed page. Run by hand after a change: node tools/icons.mjs

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, start } from '../tests/e2e/harness.mjs';

const folder = join(root, 'public/icons');
const drawing = readFileSync(join(folder, 'icon.svg'), 'utf8');
const { browser, close } = await start();
/** `bleed`: systems cut the corners themselves and show the middle four fifths at least. @type {[string, number, boolean][]} */
const ICONS = [['icon-192.png', 192, false], ['icon-512.png', 512, false], ['icon-maskable-512.png', 512, true], ['icon-apple-180.png', 180, true]];
for (const [name, size, bleed] of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const inner = bleed ? drawing.replace(' rx="7"', '').replace('viewBox="0 0 32 32"', 'viewBox="-3 -3 38 38"').replace('<rect width="32" height="32"', '<rect x="-4" y="-4" width="40" height="40"') : drawing;
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${inner}`);
  await page.screenshot({ path: join(folder, name), omitBackground: true });
  await page.close();
}
await close();
