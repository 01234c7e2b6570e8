// A short form of `cargo xtask soak`: a leak of what every run or every cancelled run makes is seen after a dozen of them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fewPeople, manyCancels, manyRuns, trainOn } from '../../bench/soak/scenario.mjs';
import { INTERPRETED, watch } from '../../bench/soak/watch.mjs';
import { load, open, start } from './harness.mjs';

/** Growth over the later half of the rounds, bytes: less than one run's losses, rows and charts take. */
const MOST = 32 * 1024;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start({ flags: [INTERPRETED] })));
after(() => lab?.close());

test('runs and cancelled runs leave nothing behind', { timeout: 4 * 60_000 }, async () => {
  const { page, context, errors } = await open(lab);
  page.setDefaultTimeout(3 * 60_000);
  await load(lab, page);
  const watcher = await watch(page);
  const user = await trainOn(page, fewPeople(120), 'cpu');
  const options = { method: 'e2urec', forget: { users: [user] }, params: { batch: 8, augment_batch: 16 }, device: /** @type {const} */ ('cpu') };
  for (const [what, points] of /** @type {[string, any[]][]} */ ([
    ['runs', await manyRuns(page, watcher, options, { runs: 8, steps: 20 })],
    ['cancelled runs', await manyCancels(page, watcher, options, 2)],
  ])) {
    const [middle, last] = [points[points.length / 2 - 1], points.at(-1)];
    assert.ok(last.wasm > 1e6 && last.worker_heap > 1e5 && last.nodes > 100, `measured at all: ${JSON.stringify(last)}`);
    for (const key of ['wasm', 'nodes', 'listeners', 'workers', 'documents']) assert.equal(last[key], middle[key], `${what}: ${key}, ${JSON.stringify(points.map((point) => point[key]))}`);
    for (const key of ['page_heap', 'worker_heap']) assert.ok(last[key] - middle[key] < MOST, `${what}: ${key}, ${JSON.stringify(points.map((point) => point[key]))}`);
  }
  assert.deepEqual(errors, []);
  await context.close();
});
