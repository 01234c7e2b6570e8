// Faults, each injected for real: what a run survives, that it then ends with the same bits, and what is said where it cannot go on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answer, load, open, start } from './harness.mjs';

/** Long enough for several checkpoints, short enough to be run often. */
const RUN = { steps: 100, seed: 3, device: 'cpu' };
/** Behind a checkpoint, before the end. */
const MIDDLE = 50;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
/** Hash of the adapter that {@link RUN} ends with when nothing happens. */
let expected = '';

before(async () => {
  lab = await start();
  const { page, context } = await open(lab);
  await load(lab, page);
  await begin(page);
  const whole = await outcome(page);
  assert.match(String(whole.sha256), /^[0-9a-f]{64}$/, JSON.stringify(whole));
  expected = whole.sha256;
  assert.deepEqual(await kept(page), [], 'nothing is kept of a run that ended');
  await context.close();
});
after(() => lab?.close());

/** Starts a run on one person and hears of its steps. */
async function begin(page, options = RUN) {
  await page.evaluate((asked) => {
    globalThis.reached = 0;
    globalThis.lefts = [];
    const onEvent = (event) => {
      if (event.type === 'losses') globalThis.reached = event.steps.at(-1).step;
      if (event.type === 'progress') globalThis.lefts.push([event.elapsed_ms, event.left_ms ?? 0]);
    };
    const ended = (run) => run.then(({ adapter_sha256: sha256 }) => ({ sha256 }), ({ code, message, kept, todo }) => ({ code, message, kept, todo }));
    globalThis.goOn = (id, more = {}) => (globalThis.ended = ended(globalThis.unlearnLab.continueRun(id, { onEvent, ...more })));
    if (asked) globalThis.ended = ended(globalThis.unlearnLab.info().then(({ users }) => {
      const user = users.find((one) => one.n_train > 60 && one.n_train < 90).user;
      return globalThis.unlearnLab.run({ forget: { users: [user] }, onEvent, ...asked });
    }));
  }, options);
}
const outcome = (page) => page.evaluate(() => globalThis.ended);
const reach = (page, step) => page.waitForFunction((least) => globalThis.reached >= least, step, { timeout: 120_000, polling: 20 });

/** Names of the runs of which something is kept. */
const kept = (page) =>
  page.evaluate(async () => {
    const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs').catch(() => null);
    const names = [];
    if (runs) for await (const name of runs.keys()) names.push(name);
    return names;
  });

/** A run of this context that stands after its checkpoint, with its tab closed. */
async function closedInTheMiddle(context, close = (page) => page.close()) {
  const page = await context.newPage();
  await load(lab, page);
  await begin(page);
  await reach(page, MIDDLE);
  await close(page);
}

const worker = async (page, name) => {
  for (const one of page.workers()) if ((await one.evaluate(() => self.name).catch(() => '')) === name) return one;
  throw new Error(`no worker ${name}`);
};
const offer = (page) => page.locator('#run .offer', { hasText: 'ended in the middle' });

test('an engine that stops comes back, and the run goes on to the same bits', { timeout: 3 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  await load(lab, page);
  await begin(page);
  await reach(page, MIDDLE);
  await (await worker(page, 'cpu')).evaluate(() => void setTimeout(() => { throw new Error('injected'); }));
  assert.deepEqual(await outcome(page), { sha256: expected });
  await page.locator('#run').getByText(/engine stopped.*went on from step \d+/).waitFor();
  await context.close();
});

test('a run outlives its tab: it is offered, goes on to the same bits, and leaves nothing behind', { timeout: 3 * 60_000 }, async () => {
  const { page: first, context } = await open(lab);
  await first.close();
  await closedInTheMiddle(context);
  const page = await context.newPage();
  await load(lab, page);
  await offer(page).getByText(/at step \d+ of 100/).waitFor();
  await begin(page, null);
  await offer(page).getByRole('button', { name: 'Continue' }).click();
  await page.locator('#result').getByRole('table').first().waitFor({ timeout: 120_000 });
  const [found] = await page.evaluate(async () => (await globalThis.unlearnLab.adapter()).filter(({ name }) => name.endsWith('.safetensors')).map(async ({ bytes }) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')).reduce((all, one) => all.then(async (list) => [...list, await one]), Promise.resolve([])));
  assert.equal(found, expected);
  await offer(page).waitFor({ state: 'hidden' });
  assert.deepEqual(await kept(page), []);
  await context.close();
});

test('a crashed tab is no different, and what is kept can be discarded', { timeout: 3 * 60_000 }, async () => {
  const { page: first, context } = await open(lab);
  await first.close();
  await closedInTheMiddle(context, async (page) => {
    const session = await context.newCDPSession(page);
    await Promise.race([session.send('Page.crash').catch(() => {}), page.waitForEvent('crash')]);
    await page.close();
  });
  const page = await context.newPage();
  await load(lab, page);
  await offer(page).getByRole('button', { name: 'Discard' }).click();
  await answer(page, 'Discard');
  await offer(page).waitFor({ state: 'hidden' });
  assert.deepEqual(await kept(page), []);
  await context.close();
});

test('two tabs: the second one leaves the first one’s run alone', { timeout: 3 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  await load(lab, page);
  await begin(page);
  await reach(page, MIDDLE);
  await page.evaluate(() => globalThis.unlearnLab.pause());
  const other = await context.newPage();
  await load(lab, other);
  const [id] = await kept(other);
  assert.deepEqual(await other.evaluate(() => globalThis.unlearnLab.interrupted()), []);
  await begin(other, null);
  await other.evaluate((run) => void globalThis.goOn(run), id);
  const refused = await outcome(other);
  assert.deepEqual([refused.code, /another tab/.test(refused.message)], ['busy', true]);
  await page.evaluate(() => globalThis.unlearnLab.resume());
  assert.deepEqual(await outcome(page), { sha256: expected });
  await context.close();
});

test('a full disk costs the net, not the run', { timeout: 3 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  await load(lab, page);
  const session = await context.newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(lab.url).origin, quotaSize: 1000 });
  await begin(page);
  await page.locator('#run').getByText(/Checkpoints cannot be stored/).waitFor({ timeout: 120_000 });
  assert.deepEqual(await outcome(page), { sha256: expected });
  await context.close();
});

test('a damaged checkpoint is never gone on with', { timeout: 3 * 60_000 }, async () => {
  const { page: first, context } = await open(lab);
  await first.close();
  await closedInTheMiddle(context);
  const page = await context.newPage();
  await load(lab, page);
  const [id] = await page.evaluate(async () => (await globalThis.unlearnLab.interrupted()).map((run) => run.id));
  await page.evaluate(async (run) => {
    const folder = await (await (await navigator.storage.getDirectory()).getDirectoryHandle('runs')).getDirectoryHandle(run);
    for await (const [name, handle] of folder.entries()) {
      if (!name.startsWith('student')) continue;
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      bytes[bytes.length >> 1] ^= 1;
      const stream = await handle.createWritable();
      await stream.write(bytes);
      await stream.close();
    }
  }, id);
  await begin(page, null);
  await page.evaluate((run) => void globalThis.goOn(run), id);
  const refused = await outcome(page);
  assert.deepEqual([refused.code, /damaged/.test(refused.message)], ['checkpoint', true]);
  assert.deepEqual(await kept(page), []);
  await begin(page);
  assert.deepEqual(await outcome(page), { sha256: expected }, 'a new run');
  await context.close();
});

test('sleep and clocks that jump change nothing', { timeout: 3 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  await load(lab, page);
  await begin(page);
  await reach(page, 20);
  const session = await context.newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  const engine = await worker(page, 'cpu');
  const jump = (ms) => engine.evaluate((by) => {
    const now = performance.now.bind(performance);
    Object.defineProperty(performance, 'now', { value: () => now() + by, configurable: true });
  }, ms);
  await jump(3_600_000);
  await reach(page, MIDDLE);
  await jump(-7_200_000);
  assert.deepEqual(await outcome(page), { sha256: expected });
  const lefts = await page.evaluate(() => globalThis.lefts);
  assert.ok(lefts.every(([elapsed, left]) => elapsed >= 0 && left >= 0), 'no time that was told is negative');
  await context.close();
});
