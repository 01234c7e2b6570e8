// The page in Chinese: every part of it is read for English that a reader would meet, at every width nothing stands out, axe finds nothing; the language is the
// address's and can be switched in the middle of everything; and whoever reads English fetches no words of another language.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CATALOGUE } from '../../web/js/words/zh/index.js';
import { open, root, start } from './harness.mjs';

const AXE = readFileSync(join(root, 'web/node_modules/axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Names, formats and units that stand as they are in Chinese too. */
const NAMES =
  /Unlearn Lab|et al\.|google swiftshader|ml-latest-small|goodbooks-10k|nano-[\w-]+|titles-[\w-]+|Who’s Harry Potter|log softmax|LoRA (?:alpha|dropout)|Hugging Face|unlearn (?:compare|forget|serve)(?: --\w+)*|node web\/\S+|integrity\.json|forget\.extra|sha256|burn-flex|float64|logits?|logit|nano|token|tokens|dropout|alpha|open-unlearning|localhost|https?|query|value|worker|safetensors|gguf|config\.json|tokenizer\.json|result\.json|cargo xtask \w+|arXiv|llama\.cpp|nats?|wasm|zip|csv|inter|lines|json|data\.csv/gi;
/** Keys whose words are others in Chinese: such a text on its own is one that nobody put into words. */
const KEYS = Object.entries({ ...CATALOGUE.engine, ...CATALOGUE.texts }).filter(([key, text]) => key !== text && /^[A-Za-z]/.test(key)).map(([key]) => key);

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** What is seen, read aloud or shown on pointing, without code, names of people and titles of what they rated. @param {import('playwright-core').Page} page @returns {Promise<string[]>} */
const textsOf = (page) =>
  page.evaluate(() => {
    const found = new Set();
    const skip = 'code, cite, svg .name, script, style, noscript, [lang="en"], [data-lang="en"], .film-name, .citation, .paper, .article-formula, .formula, .hash, .samples th, .map th, .tokens, .facts dd, .only, .ms';
    const walk = (/** @type {Element} */ element) => {
      if (element.matches(skip)) return;
      const isSeen = element.checkVisibility({ visibilityProperty: true }) || /^(OPTION|OPTGROUP)$/.test(element.tagName);
      if (!isSeen) return;
      const own = element.getAttribute('title')?.trim();
      // A title of what somebody rated is the tooltip of itself.
      const isTitle = own !== undefined && own === element.textContent?.trim();
      for (const name of ['aria-label', 'placeholder', 'aria-valuetext', ...(isTitle || element.closest('.shelf') ? [] : ['title'])]) if (element.hasAttribute(name)) found.add(element.getAttribute(name));
      for (const node of element.childNodes) {
        if (node.nodeType === 3 && !isTitle) found.add(node.nodeValue);
        if (node.nodeType === 1) walk(/** @type {Element} */ (node));
      }
    };
    walk(document.body);
    return [...found].map((text) => String(text).replace(/\s+/g, ' ').trim()).filter((text) => /[a-z]{2}/.test(text));
  });

/** English among texts: words beside each other, or one that has Chinese words. @param {string[]} texts */
export function englishOf(texts) {
  return texts.filter((text) => {
    if (KEYS.includes(text)) return true;
    const rest = text.replace(/“[^”]*”|《[^》]*》|\([^()]*\)|`[^`]*`/g, ' ').replace(NAMES, ' ');
    return /(?<![\w-])[a-z]{2,}[,;:]? [a-z]{2,}(?![\w-])/.test(rest) || /(?<![\w.@/:-])[a-z]{4,}(?![\w.@/-])/.test(rest);
  });
}

/** A page in Chinese, loaded. @param {string} [rest] of the address @param {Parameters<typeof open>[1]} [options] */
async function openChinese(rest = '?lang=zh', options = {}) {
  const opened = await open(lab, options);
  await opened.page.goto(lab.url + rest);
  await opened.page.waitForFunction(() => globalThis.unlearnLab !== undefined);
  await opened.page.evaluate(() => globalThis.unlearnLab.ready.then(() => undefined));
  await opened.page.locator('html[lang="zh-Hans"]:not([data-words])').waitFor({ state: 'attached' });
  return opened;
}

/** @param {import('playwright-core').Page} page @param {string} where */
async function assertChinese(page, where) {
  /** @type {string[]} */
  let found = [];
  // The page is drawn part by part, in tasks of its own: it is given time, and no more.
  for (let tries = 0; tries < 20; tries += 1) {
    await page.waitForTimeout(250);
    found = englishOf(await textsOf(page));
    if (found.length === 0) return;
  }
  assert.deepEqual(found, [], where);
}

/** Opens every table and note in a part of the page. @param {import('playwright-core').Page} page @param {string} part */
const unfold = (page, part) => page.evaluate((within) => document.querySelectorAll(`${within} details:not(.badge)`).forEach((one) => (/** @type {HTMLDetailsElement} */ (one).open = true)), part);

test('English is found where there is some, and Chinese is none', () => {
  assert.deepEqual(englishOf(['记忆 of what must go', 'Retrain', 'about 3 s left', 'fetched']), ['记忆 of what must go', 'Retrain', 'about 3 s left', 'fetched']);
  assert.deepEqual(englishOf(['用 E2URec 遗忘', '提示词：模型针对“The Lake House”读到的内容', 'LoRA alpha', 'CPU (burn-flex, SIMD128)', 'Yes 15%']), []);
});

test('every tab, with all that opens in it, is Chinese', async () => {
  const { page, errors } = await openChinese();
  assert.match(await page.title(), /^Unlearn Lab：/);
  assert.match((await page.locator('meta[name="description"]').getAttribute('content')) ?? '', /推荐器/);
  await page.locator('.badge summary').click();
  await assertChinese(page, 'device');
  await page.keyboard.press('Escape');
  for (const tab of ['forget', 'compare', 'attacks', 'models', 'runs', 'you']) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#panel-${tab}:not([hidden]) .card`).first().waitFor();
    await unfold(page, `#panel-${tab}`);
    await assertChinese(page, tab);
  }
  await page.locator('#tab-compare').click();
  for (const help of await page.locator('#panel-compare .wide-table thead button.help').all()) {
    await help.click();
    await assertChinese(page, 'what a column means');
    await page.keyboard.press('Escape');
  }
  await page.locator('#tab-forget').click();
  await page.getByText('您自己的', { exact: true }).click();
  await page.locator('#data .drop').waitFor();
  await assertChinese(page, 'your own files');
  await page.locator('#article').scrollIntoViewIfNeeded();
  await page.locator('.article-section').first().waitFor();
  await assertChinese(page, 'article');
  await page.locator('#privacy-open').click();
  await page.locator('dialog.privacy[open]').waitFor();
  await assertChinese(page, 'privacy');
  assert.deepEqual(errors, []);
});

test('a run, its result, an attack on it and what the model reads are told in Chinese, and all of it changes with the language', async () => {
  const { page } = await openChinese('?lang=zh#forget&method=e2urec&steps=4');
  await page.locator('#run .order .btn.primary').click();
  await page.waitForFunction(() => document.title.startsWith('完成'), null, { timeout: 180_000 });
  await page.locator('#result .verdict').first().waitFor();
  await unfold(page, '#panel-forget');
  await assertChinese(page, 'result');
  assert.match(await page.locator('#result .verdict').first().innerText(), /用户 \d+ 的评分/);
  await page.locator('#tab-runs').click();
  await page.locator('.runs-list tbody tr').first().waitFor();
  assert.match(await page.locator('.runs-list tbody th .title').first().innerText(), /^用户 \d+ 的评分$/);
  await assertChinese(page, 'runs');
  await page.locator('#tab-forget').click();
  await page.locator('.prompt-link').first().click();
  await page.locator('dialog.prompt .tokens').first().waitFor();
  await assertChinese(page, 'prompt');
  await page.keyboard.press('Escape');
  await page.locator('#tab-attacks').click();
  await page.locator('[data-attack="drop"] .btn').first().click();
  await page.locator('[data-attack="drop"] .sentence').waitFor({ timeout: 120_000 });
  await unfold(page, '#panel-attacks');
  await assertChinese(page, 'attack');
  // In the middle of all this the other language: the focus stays, nothing is lost.
  await page.locator('#tab-forget').click();
  await page.locator('button.language').click();
  await page.locator('html[lang="en"]').waitFor({ state: 'attached' });
  await page.waitForTimeout(400);
  assert.match(page.url(), /[?&]lang=en\b.*#forget&method=|[?&]lang=en\b.*#forget&steps=4/);
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'language');
  const chinese = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.querySelector('#panel-forget') ?? document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) if (/\p{Script=Han}/u.test(walker.currentNode.nodeValue ?? '')) found.push(walker.currentNode.nodeValue);
    return found;
  });
  assert.deepEqual(chinese, [], 'nothing Chinese stays');
  assert.match(await page.locator('#result .verdict').first().innerText(), /user \d+’s ratings/);
  await page.locator('button.language').click();
  await page.locator('html[lang="zh-Hans"]').waitFor({ state: 'attached' });
  await assertChinese(page, 'back in Chinese');
});

test('the game, the tour with its lessons and the conformance page are Chinese', async () => {
  const { page } = await openChinese('?lang=zh', { firstVisit: true });
  await page.locator('#game .film').first().waitFor();
  await assertChinese(page, 'game');
  for (let round = 0; round < 3; round += 1) {
    await page.locator('#game .film').first().click();
    await page.locator('#game .go-on').first().waitFor();
    await assertChinese(page, `round ${round + 1}`);
    await page.locator('#game .go-on').first().click();
  }
  await page.locator('#game .score').waitFor();
  await page.evaluate(() => document.querySelector('#game details')?.setAttribute('open', ''));
  await assertChinese(page, 'score');
  await page.goto(`${lab.url}?lang=zh#forget&tour=1`);
  await page.reload();
  await page.locator('.tour-step').waitFor();
  for (let step = 0; step < 7; step += 1) {
    await assertChinese(page, `tour, step ${step + 1}`);
    if (step < 6) await page.locator('.tour-buttons .btn').last().click();
  }
  await page.locator('.tour-lessons button').first().click();
  await assertChinese(page, 'lesson');
  assert.match((await page.locator('.foot a[href*="conformance"]').getAttribute('href')) ?? '', /conformance\.html\?lang=zh$/, 'the language goes along');
  await page.goto(`${lab.url}conformance.html?lang=zh&op=norm,rope`);
  await page.locator('html[data-conformance]').waitFor({ state: 'attached', timeout: 120_000 });
  assert.match(await page.title(), /^一致性测试/);
  await assertChinese(page, 'conformance');
});

test('in Chinese nothing stands out at 320 pixels, and axe finds nothing, light and dark', async () => {
  const { page } = await openChinese();
  const found = [];
  for (const tab of ['forget', 'compare', 'attacks', 'models', 'runs', 'you']) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#panel-${tab}:not([hidden]) .card`).first().waitFor();
    for (const [width, colorScheme] of /** @type {const} */ ([[320, 'light'], [320, 'dark'], [1440, 'light']])) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.locator(`html[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
      await page.waitForTimeout(300);
      const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
      if (scrollWidth > clientWidth) found.push(`${tab}, ${width} px: ${scrollWidth - clientWidth} px too wide`);
      if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${AXE}; 0`);
      const broken = await page.evaluate((values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'], preload: false }).then((result) => result.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))), TAGS);
      found.push(...broken.map((one) => `${tab}, ${width} px, ${colorScheme}: ${one}`));
    }
  }
  assert.deepEqual(found, []);
});

test('whoever reads English fetches no other words; a choice holds without the address, which goes before it', async () => {
  const { page, context } = await open(lab, { locale: 'en-GB' });
  /** @type {string[]} */
  const scripts = [];
  context.on('request', (request) => request.url().endsWith('.js') && scripts.push(request.url()));
  await page.goto(lab.url);
  await page.waitForFunction(() => globalThis.unlearnLab !== undefined);
  await page.evaluate(() => globalThis.unlearnLab.ready.then(() => undefined));
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  const before = scripts.length;
  const bodies = await Promise.all(scripts.map((url) => page.evaluate((one) => fetch(one).then((response) => response.text()), url)));
  assert.deepEqual(bodies.filter((body) => body.includes('遗忘集')).length, 0, 'no catalogue among what came');
  assert.ok(before > 3);
  await page.locator('button.language').click();
  await page.locator('html[lang="zh-Hans"]').waitFor({ state: 'attached' });
  await page.goto(lab.url);
  await page.locator('html[lang="zh-Hans"]:not([data-words])').waitFor({ state: 'attached' });
  await page.goto(`${lab.url}?lang=en`);
  await page.waitForFunction(() => document.documentElement.dataset.start === 'ready');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  const { page: other } = await open(lab, { locale: 'zh-CN' });
  await other.goto(lab.url);
  await other.locator('html[lang="zh-Hans"]:not([data-words])').waitFor({ state: 'attached' });
});

test('where its words do not come the page is there, in English', async () => {
  const { page } = await open(lab, { serviceWorkers: 'block' });
  await page.route(/part\/zh-\w+\.js$/, (route) => route.abort());
  await page.goto(`${lab.url}?lang=zh`);
  await page.waitForFunction(() => globalThis.unlearnLab !== undefined && document.documentElement.dataset.words === undefined);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await page.locator('#run .order .btn.primary').waitFor();
  assert.equal(await page.locator('#run .order .btn.primary').innerText(), 'Start');
});
