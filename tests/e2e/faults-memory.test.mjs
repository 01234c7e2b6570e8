// An engine whose memory runs out, by V8's own limit: the run says what is kept, and the page goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** Enough for the shipped model and a small run, too little for the largest batch; MiB. */
const MEMORY = 320;

test('out of memory: said plainly, and a smaller run then works', { timeout: 5 * 60_000 }, async () => {
  const lab = await start({ flags: [`--js-flags=--wasm-max-mem-pages=${MEMORY * 16}`] });
  try {
    const { page } = await open(lab);
    await load(lab, page);
    const run = (params, steps) => page.evaluate(([more, n]) => globalThis.unlearnLab.run({ params: more, steps: n, device: 'cpu' }).then(({ methods }) => ({ steps: methods.at(-1).steps }), ({ code, message, kept, todo }) => ({ code, message, kept, todo })), [params, steps]);
    const failed = await run({ batch: 256, augment_batch: 256 }, 30);
    assert.equal(failed.code, 'memory', JSON.stringify(failed));
    assert.match(failed.message, /memory/i);
    assert.match(failed.todo, /batch/i);
    assert.deepEqual(await run({ batch: 4 }, 30), { steps: 30 });
  } finally {
    await lab.close();
  }
});
