// What every browser test needs: the built page on localhost, and Chromium with WebGPU on SwiftShader.
// `cargo xtask test` gives the address and the browser; without it the server is started here.

import { spawn } from 'node:child_process';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
/** Screenshots and measurements; ignored by git. */
export const results = join(root, 'test-results');
mkdirSync(results, { recursive: true });

// The npm packages lie in web/, which is not above this folder.
export const { chromium } = createRequire(join(root, 'web/package.json'))('playwright-core');

const FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @returns {string} path of the Chromium to test with */
export function browserPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder.
      }
    }
  }
  throw new Error('no Chromium on PATH: `cargo xtask test` installs it where that is allowed, or set CHROMIUM');
}

/** The built page's address, and how to end the server that was started for it. */
export async function server() {
  if (process.env.UNLEARN_LAB_URL) return { url: process.env.UNLEARN_LAB_URL, stop: () => {} };
  const child = spawn('cargo', ['xtask', 'serve', '--port', '0'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const url = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data).trim()));
    child.once('exit', () => reject(new Error('the page cannot be served: is it built (`cargo xtask build`)?')));
  });
  // Its group: cargo and the server that cargo started.
  return { url, stop: () => process.kill(-child.pid) };
}

/** Chromium with WebGPU on SwiftShader. @param {string[]} [flags] */
export function launch(flags = []) {
  return chromium.launch({ executablePath: browserPath(), args: [...FLAGS, ...flags] });
}

/**
 * Starts server and browser.
 * @param {{flags?: string[]}} [options]
 */
export async function start({ flags = [] } = {}) {
  const { url, stop } = await server();
  const browser = await launch(flags);
  return {
    url,
    browser,
    async close() {
      await browser.close();
      stop();
    },
  };
}

/**
 * A browser with a profile on disk, as people have one: it also acts on link hints, which a private window does not. All that its network does is in the log.
 * @param {string} folder for profile and log
 */
export async function startKept(folder) {
  const log = join(folder, 'net-log.json');
  const args = [...FLAGS, `--log-net-log=${log}`, '--net-log-capture-mode=Everything'];
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), { executablePath: browserPath(), args });
  return { context, log };
}

/**
 * A page whose console errors, crashes and requests are noted from its first moment. It opens as for somebody who was here before, at the lab.
 * @param {Awaited<ReturnType<typeof start>>} lab
 * @param {import('playwright-core').BrowserContextOptions & {firstVisit?: boolean}} [options] `firstVisit`: as for somebody who was not, at the game
 */
export async function open(lab, { firstVisit = false, ...options } = {}) {
  const context = await lab.browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options });
  const page = await context.newPage();
  if (!firstVisit) {
    await page.addInitScript(() => {
      try {
        localStorage.setItem('unlearn-lab.played', '1');
      } catch {
        // An empty page has no storage.
      }
    });
  }
  page.setDefaultTimeout(30_000);
  /** @type {string[]} */
  const errors = [];
  /** @type {string[]} */
  const foreign = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('crash', () => errors.push('the page crashed'));
  context.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(lab.url) && !/^(data|blob|about):/.test(address)) foreign.push(address);
  });
  await page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.longTasks.push({ at: entry.startTime, ms: entry.duration });
    }).observe({ type: 'longtask', buffered: true });
  });
  return { page, context, errors, foreign };
}

/** Answers the question that is asked before something is lost. @param {import('playwright-core').Page} page @param {string} answer */
export const answer = (page, answer) => page.locator('dialog.question').getByRole('button', { name: answer, exact: true }).click();

/**
 * Loads the page and waits until it can be used.
 * @param {Awaited<ReturnType<typeof start>>} lab
 * @param {import('playwright-core').Page} page
 * @returns {Promise<number>} milliseconds from navigation to usable, by the page's clock
 */
export async function load(lab, page) {
  await page.goto(lab.url);
  await page.waitForFunction(() => globalThis.unlearnLab !== undefined);
  return page.evaluate(async () => {
    await globalThis.unlearnLab.ready;
    return performance.now();
  });
}

/**
 * Runs the start-up self-test of one engine in a worker of its own. In an empty page beside the lab's, whose policy starts no workers but its own.
 * @param {import('playwright-core').Page} page
 * @param {'cpu' | 'gpu'} kind
 */
export async function selfTest(page, kind) {
  // Without the lab's service worker too, which would answer for the empty page.
  const context = await page.context().browser().newContext({ serviceWorkers: 'block' });
  const beside = await context.newPage();
  beside.setDefaultTimeout(8 * 60_000);
  const address = new URL('./self-test', page.url()).href;
  await beside.route(address, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await beside.goto(address);
  const reply = await beside.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const worker = new Worker('./worker.js', { type: 'module', name });
        worker.onerror = (event) => reject(new Error(`the ${name} worker did not start: ${event.message}`));
        worker.onmessage = ({ data }) => {
          if (data.event || data.came != null) return;
          worker.terminate();
          if (data.reply) resolve(data.reply);
          else reject(new Error(data.fatal ?? data.error?.message ?? JSON.stringify(data)));
        };
        worker.postMessage({ id: 1, command: { type: 'start' } });
      }),
    kind,
  );
  await context.close();
  return reply;
}

/** Cumulative layout shift that Core Web Vitals call good. */
export const MOST_SHIFT = 0.1;

/** Adds up layout shifts that no input caused, from the next load on. @returns {Promise<() => Promise<number>>} the sum so far */
export async function watchShift(page) {
  await page.addInitScript(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of /** @type {any[]} */ (list.getEntries())) if (!entry.hadRecentInput) globalThis.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  return () => page.evaluate(() => globalThis.shift);
}
