// An engine whose memory runs out, by V8's own limit: the page says so and what to do, and goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** Enough for the shipped model and a run of small batches (68 MiB), too little for large ones with an adapter of rank 64 (more than 84 MiB). */
const MEMORY_MIB = 76;

test('out of memory is said plainly, and a smaller batch then works', { timeout: 3 * 60_000 }, async () => {
  const lab = await start({ flags: [`--js-flags=--wasm-max-mem-pages=${MEMORY_MIB * 16}`] });
  try {
    const { page } = await open(lab);
    await load(lab, page);
    const run = (params) =>
      page.evaluate(async (params) => {
        const { users } = await globalThis.unlearnLab.info();
        const { user } = users.find((one) => one.n_train > 400 && one.n_train < 600);
        const ended = globalThis.unlearnLab.run({ forget: { users: [user] }, params, steps: 2, device: 'cpu' });
        return ended.then(({ methods }) => ({ steps: methods.at(-1).steps }), ({ code, message, kept, todo }) => ({ code, message, kept, todo }));
      }, params);
    const failed = await run({ batch: 256, augment_batch: 256, rank: 64 });
    assert.equal(failed.code, 'memory', JSON.stringify(failed));
    assert.match(failed.message, /out of memory/);
    assert.match(failed.todo, /smaller batch/);
    assert.deepEqual(await run({ batch: 4, augment_batch: 4 }), { steps: 2 });
  } finally {
    await lab.close();
  }
});
