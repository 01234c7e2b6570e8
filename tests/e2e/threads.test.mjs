// Several engines of the processor share the work: the same bytes as with one, a cancel ends all of them, and when one stops the run goes on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Long enough for checkpoints. */
const RUN = { forget: { users: [42] }, seed: 3, steps: 100, device: 'cpu' };

const threads = (page) => page.evaluate(() => globalThis.unlearnLab.device().cpu.threads);

/** A run, an attack on it and a list, on so many threads. */
const all = (page, n) =>
  page.evaluate(async ([n, asked]) => {
    const lab = globalThis.unlearnLab;
    await lab.setThreads(n);
    const report = await lab.run(asked);
    const { findings } = await lab.attack({ attacks: ['loss', 'relearn'] });
    const { after } = await lab.recommend({ user: 42, k: 10 });
    const timeless = (rows) => rows.map(({ seconds, peak_bytes, ...rest }) => rest);
    const told = JSON.stringify([timeless(report.methods), report.expected, timeless(findings), after]);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(told));
    return { adapter: report.adapter_sha256, auc: report.methods.at(-1).test.auc, all: [...new Uint8Array(digest)].join() };
  }, [n, RUN]);

test('two engines come to the same bytes as one, in every figure', { timeout: 5 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab);
  page.setDefaultTimeout(4 * 60_000);
  await load(lab, page);
  assert.equal(await threads(page), 1, 'none is started before it is wanted');
  const one = await all(page, 1);
  assert.equal(await threads(page), 1);
  const two = await all(page, 2);
  assert.equal(await threads(page), 2);
  assert.deepEqual(two, one);
  const wrong = await page.evaluate(() => globalThis.unlearnLab.setThreads(9).catch(({ code, message }) => `${code}: ${message}`));
  assert.equal(wrong, 'setting: threads must be null or a whole number from 1 to 4, got `9`');
  assert.deepEqual(errors, []);
  await context.close();
});

test('a cancel ends all of them, and the next run is whole', { timeout: 4 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab);
  page.setDefaultTimeout(3 * 60_000);
  await load(lab, page);
  const { code, first, second } = await page.evaluate(async (asked) => {
    const lab = globalThis.unlearnLab;
    await lab.setThreads(3);
    const { adapter_sha256: first } = await lab.run(asked);
    const stop = new AbortController();
    const ended = lab.run({ ...asked, signal: stop.signal, onEvent: ({ type }) => type === 'losses' && stop.abort() }).catch(({ code }) => code);
    return { first, code: await ended, second: (await lab.run(asked)).adapter_sha256 };
  }, RUN);
  assert.equal(code, 'cancelled');
  assert.equal(second, first);
  assert.equal(await threads(page), 3);
  assert.deepEqual(errors, []);
  await context.close();
});

test('when one of them stops, all begin again and the run goes on to the same bytes', { timeout: 4 * 60_000 }, async () => {
  const { page, context } = await open(lab);
  page.setDefaultTimeout(3 * 60_000);
  await load(lab, page);
  const before = new Set(page.workers());
  const expected = await page.evaluate(async (asked) => {
    await globalThis.unlearnLab.setThreads(2);
    return (await globalThis.unlearnLab.run(asked)).adapter_sha256;
  }, RUN);
  const [follower, ...others] = page.workers().filter((worker) => !before.has(worker));
  assert.deepEqual(others, [], 'one engine was started');
  await page.evaluate((asked) => {
    globalThis.reached = 0;
    const onEvent = (event) => {
      if (event.type === 'losses') globalThis.reached = event.steps.at(-1).step;
    };
    globalThis.ended = globalThis.unlearnLab.run({ ...asked, onEvent }).then(({ adapter_sha256 }) => adapter_sha256, ({ message }) => message);
  }, RUN);
  await page.waitForFunction(() => globalThis.reached >= 50, null, { polling: 20 });
  await follower.evaluate(() => void setTimeout(() => { throw new Error('injected'); }));
  assert.equal(await page.evaluate(() => globalThis.ended), expected);
  assert.equal(await threads(page), 2, 'it was begun again');
  await context.close();
});
