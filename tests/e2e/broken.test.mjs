// A page that cannot start says what is missing and what a reader can do, in place of empty cards: without scripts, with one that does not come, without the
// engine’s files, and in a browser that cannot run them. Nothing waits forever.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** A page of its own, without an offline copy that would answer in the site's place. @param {import('playwright-core').BrowserContextOptions} [options] */
const fresh = (options = {}) => open(lab, { serviceWorkers: 'block', ...options });
/** What stands on the page: headlines of what stopped it, its cards, and what still turns. */
const seen = async (page) => ({
  said: await page.locator('.stopped:visible h1:visible').allInnerTexts(),
  cards: await page.locator('.card:visible:not(.stopped)').count(),
  turning: await page.locator('.spin:visible').count(),
  tabs: await page.getByRole('tab').count(),
});
/** @param {import('playwright-core').Page} page @param {string} headline */
async function stopped(page, headline) {
  await page.locator('.stopped:visible').getByRole('heading', { name: headline }).waitFor();
  assert.deepEqual(await seen(page), { said: [headline], cards: 0, turning: 0, tabs: 0 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing is wider than the window');
  return page.locator('.stopped:visible').innerText();
}

test('without JavaScript, or where its script does not come, the page explains itself', { timeout: 2 * 60_000 }, async () => {
  const off = await fresh({ javaScriptEnabled: false, viewport: { width: 320, height: 800 } });
  await off.page.goto(lab.url);
  // Nothing can be asked of such a page but what it shows: both languages, since no script chose one.
  assert.deepEqual(await off.page.locator('.stopped:visible h1:visible').allInnerTexts(), ['Unlearn Lab has not started.', 'Unlearn Lab 没有启动。']);
  assert.match(await off.page.locator('.stopped:visible').innerText(), /JavaScript is switched off[\s\S]*load the page again[\s\S]*Chrome or Edge[\s\S]*unlearn forget/);
  assert.equal(await off.page.locator('.card:visible:not(.stopped)').count(), 0, 'no empty cards');
  await off.context.close();

  for (const what of ['missing', 'blocked', 'broken']) {
    const { page, context } = await fresh();
    await page.route('**/main.js', (route) => (what === 'missing' ? route.fulfill({ status: 404, body: 'gone' }) : what === 'blocked' ? route.abort() : route.fulfill({ contentType: 'text/javascript', body: 'this is no script' })));
    await page.goto(lab.url);
    await stopped(page, 'Unlearn Lab has not started.');
    if (what === 'missing') {
      // It comes after all: by the link that is offered.
      await page.unroute('**/main.js');
      await page.getByRole('link', { name: 'load the page again' }).click();
      await page.waitForFunction(() => globalThis.unlearnLab?.ready.then(() => true));
      assert.equal(await page.locator('.stopped:visible').count(), 0);
      assert.ok((await page.locator('.card:visible').count()) > 3);
    }
    await context.close();
  }
});

test('an engine that is missing, blocked or another one is named, and the page can be loaded again', { timeout: 3 * 60_000 }, async () => {
  const { page, context, errors } = await fresh();
  const engine = '**/wasm/cpu/unlearn_web_bg.wasm';
  /** @type {[string, (route: import('playwright-core').Route) => Promise<void>, RegExp][]} */
  const attempts = [
    [engine, (route) => route.fulfill({ status: 404, body: 'gone' }), /wasm\/cpu\/unlearn_web_bg\.wasm is missing on this site \(status 404\)/i],
    [engine, (route) => route.abort(), /wasm\/cpu\/unlearn_web_bg\.wasm could not be fetched/i],
    [engine, (route) => route.fulfill({ contentType: 'application/wasm', body: Buffer.from('\0asm\x01\0\0\0') }), /sha256 must be [0-9a-f]{64}, got [0-9a-f]{64}: the file is damaged/],
    ['**/wasm/cpu/unlearn_web.js', (route) => route.fulfill({ status: 404, body: 'gone' }), /wasm\/cpu\/unlearn_web\.js could not be used/i],
    ['**/worker.js', (route) => route.abort(), /the engine stopped: the worker could not be started/i],
    ['**/data/**', (route) => route.fulfill({ status: 404, body: 'gone' }), /data\/\S+ is missing on this site/i],
  ];
  for (const [file, answer, message] of attempts) {
    await page.route(file, answer);
    await page.goto(lab.url);
    const text = await stopped(page, 'Unlearn Lab could not start.');
    assert.match(text, message);
    assert.match(text, /reload the page|load the page again/i);
    await page.unroute(file);
  }
  assert.ok(errors.length > 0, 'the console says it too');
  await page.getByRole('button', { name: 'Load the page again' }).click();
  await page.waitForFunction(() => globalThis.unlearnLab?.ready.then(() => true));
  assert.equal(await page.locator('.stopped:visible').count(), 0, 'what was mended starts');
  await context.close();
});

test('a browser without WebAssembly or without SIMD is told so, and which browsers have it', { timeout: 2 * 60_000 }, async () => {
  /** @type {[() => void, RegExp][]} */
  const without = [
    [() => void Reflect.deleteProperty(globalThis, 'WebAssembly'), /has no WebAssembly/],
    [() => void (WebAssembly.validate = () => false), /has no SIMD/],
  ];
  for (const [change, message] of without) {
    const { page, context } = await fresh({ viewport: { width: 390, height: 800 } });
    await page.addInitScript(change);
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(lab.url);
    const text = await stopped(page, 'This browser cannot run Unlearn Lab.');
    assert.match(text, message);
    assert.match(text, /Chrome or Edge from version 120, Firefox from 121 or Safari from 17/);
    assert.deepEqual(asked.filter((url) => url.includes('/wasm/')), [], 'nothing is fetched in vain');
    const error = await page.evaluate(() => globalThis.unlearnLab.ready.catch(({ code }) => code));
    assert.match(error, /^no_(wasm|simd)$/);
    await context.close();
  }
});

test('a dialog that does not come is told, and is there once the page was loaded again', { timeout: 60_000 }, async () => {
  const { page, context } = await fresh();
  await load(lab, page);
  await page.route('**/part/*.js', (route) => route.abort());
  const privacy = page.getByRole('button', { name: 'Privacy, and every request' });
  await privacy.click();
  await page.locator('dialog.question').getByText('This part of the page could not be loaded.').waitFor();
  await page.unroute('**/part/*.js');
  await Promise.all([page.waitForEvent('load'), page.locator('dialog.question').getByRole('button', { name: 'Load it again' }).click()]);
  await privacy.click();
  await page.locator('dialog.privacy').getByText('What is promised', { exact: true }).waitFor();
  await context.close();
});

test('what has come of engine, model and data is told while they load', { timeout: 2 * 60_000 }, async () => {
  const { page, context } = await fresh();
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route('**/wasm/cpu/unlearn_web_bg.wasm', async (route) => {
    await held;
    await route.continue();
  });
  const sizes = await (await fetch(new URL('./integrity.json', lab.url))).json();
  const engine = sizes.files['wasm/cpu/unlearn_web_bg.wasm'].bytes;
  await page.goto(lab.url);
  const detail = page.locator('#run .plan');
  const told = await detail.getByText(/^Loading: .* of .* MB$/).innerText();
  const [, total] = /of ([\d.]+) MB/.exec(told) ?? [];
  assert.ok(Number(total) * 1e6 > engine, `${told}: the engine’s ${engine} bytes are in it`);
  await page.waitForTimeout(1500);
  const [, done] = /([\d.]+) (?:MB|kB) of/.exec(await detail.getByText(/^Loading: /).innerText()) ?? [];
  assert.ok(Number(done) * 1e6 < Number(total) * 1e6 - engine * 0.9, 'and is still waited for');
  release();
  await load(lab, page);
  await context.close();
});
