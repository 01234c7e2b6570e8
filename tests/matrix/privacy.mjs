// The ways out of tests/e2e/leaks.mjs in each browser of the matrix: each is tried on the page as shipped, where it must not reach another site, and on the page
// without policy and guard, where it must be seen to, so that a browser in which nothing works proves nothing.

import { PAGE_WAYS, WORKER_WAYS } from '../e2e/leaks.mjs';
import { without } from '../e2e/locks.mjs';
import { staticHost, stranger } from '../e2e/recorder.mjs';

/** @typedef {import('./browsers.mjs').Browser} Browser */
/** @typedef {import('./browsers.mjs').Driver} Driver */
/** What came of one way: whether the stranger was reached without the locks, and with them. @typedef {{way: string, bare: boolean, shipped: boolean}} Attempt */

/** A look-up of a name reaches no server of ours: only Chromium's own log tells of it, which tests/e2e/privacy.test.mjs reads. */
const WAYS = Object.entries({ ...PAGE_WAYS, ...WORKER_WAYS }).filter(([, { sign }]) => sign !== 'name');
/** What fails at once fails; what hangs has a moment to arrive. */
const HANGS_MS = 600;
const ARRIVES_MS = 500;
/** Goes no way: asks the worker whether it hears. */
const THERE = 'are-you-there';

const listOf = (/** @type {Record<string, import('../e2e/leaks.mjs').Way>} */ ways) => `{${Object.entries(ways).map(([name, { run }]) => `${JSON.stringify(name)}: ${run}`)}}`;

// A driver's own scripts stand beside the page and may be bound by less than it; so the ways are put into the page's files, and tried by name.
const IN_PAGE = `
const waysOut = ${listOf(PAGE_WAYS)};
const toWorker = new BroadcastChannel('ways-out');
const inWorker = (name, to) => new Promise((end) => {
  toWorker.onmessage = () => end();
  toWorker.postMessage([name, to]);
});
globalThis.tryWay = (name, to) => Promise.race([
  new Promise((end) => setTimeout(end, ${HANGS_MS}, 'waited')),
  (async () => (waysOut[name] ? void (await waysOut[name](JSON.parse(to))) : inWorker(name, to)))().then(() => 'done', String),
]);
`;
const IN_WORKER = `
const waysOut = ${listOf(WORKER_WAYS)};
const toPage = new BroadcastChannel('ways-out');
toPage.onmessage = async ({ data: [name, to] }) => {
  try {
    if (name !== '${THERE}') await waysOut[name](JSON.parse(to));
  } catch {
    // It was blocked.
  }
  toPage.postMessage('tried');
};
`;

/** @param {(path: string, bytes: Buffer) => Buffer} unlock */
const withWays = (unlock) => (/** @type {string} */ path, /** @type {Buffer} */ bytes) => {
  const more = { 'main.js': IN_PAGE, 'worker.js': IN_WORKER }[path];
  return more ? Buffer.concat([unlock(path, bytes), Buffer.from(more)]) : unlock(path, bytes);
};

/** The ways by which the stranger was reached. @param {Driver} driver @param {(path: string, bytes: Buffer) => Buffer} unlock */
async function reached(driver, unlock) {
  const host = await staticHost({ edit: withWays(unlock) });
  const found = new Set();
  let fresh = false;
  for (const [way, { sign, leaves }] of WAYS) {
    if (!fresh || leaves) {
      await driver.goto(host.url);
      await driver.evaluate(`
        for (let tries = 0; !(page.unlearnLab && page.tryWay) && tries < 600; tries += 1) await new Promise((next) => setTimeout(next, 100));
        await page.unlearnLab.ready;
        for (let tries = 0; (await page.tryWay('${THERE}', '{}')) !== 'done'; tries += 1) if (tries > 60) throw new Error('the worker does not answer');
        return true;`);
    }
    // One for each way: a connection that another has opened would be used again, and not be seen.
    const other = await stranger();
    const to = JSON.stringify(JSON.stringify({ url: other.url, stun: other.stun, name: '' }));
    // Where it works, the page may be gone before it can answer.
    await Promise.race([driver.evaluate(`return await page.tryWay('${way}', ${to});`).catch(() => {}), new Promise((end) => setTimeout(end, 4 * HANGS_MS))]);
    await new Promise((end) => setTimeout(end, ARRIVES_MS));
    if (sign ? other.hits.includes(sign) : other.hits.some((hit) => hit.startsWith(`/${way}`))) found.add(way);
    fresh = !leaves;
    await other.close();
  }
  await host.close();
  return found;
}

/** @param {Browser} browser @returns {Promise<Attempt[]>} */
export async function privacy(browser) {
  const attempts = async (/** @type {(path: string, bytes: Buffer) => Buffer} */ unlock) => {
    const driver = await browser.open();
    try {
      return await reached(driver, unlock);
    } finally {
      await driver.close();
    }
  };
  const shipped = await attempts((_, bytes) => bytes);
  const bare = await attempts(without.all);
  return WAYS.map(([way]) => ({ way, bare: bare.has(way), shipped: shipped.has(way) }));
}

/**
 * What is not as it must be: a way that reached the stranger, or one whose control is not seen to any more.
 * @param {Attempt[]} attempts
 * @param {Pick<Browser, 'unseen' | 'leaky'>} browser
 */
export const leaks = (attempts, { unseen, leaky }) =>
  attempts.flatMap(({ way, bare, shipped }) => [
    ...(shipped === leaky.includes(way) ? [] : [shipped ? `another site was reached by \`${way}\`` : `\`${way}\` is blocked: expect it from now on`]),
    ...(bare === unseen.includes(way) ? [bare ? `\`${way}\` is seen without the locks: expect it from now on` : `\`${way}\` was not seen to reach another site even without the locks`] : []),
  ]);
