// What a run on the GPU survives: a device that is lost, a GPU process that dies, a dispatch that takes far too long; and an engine without memory.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, start } from './harness.mjs';

/** One rating, so that a step is as small as it can be: software computes it. */
const RUN = { steps: 30, seed: 3, device: 'webgpu' };

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

/** Every GPU engine of the page lets its device be reached, as `self.lost`. */
function reachable(page) {
  page.on('worker', (worker) =>
    worker
      .evaluate(() => {
        if (!globalThis.GPUAdapter) return;
        const { requestDevice } = GPUAdapter.prototype;
        GPUAdapter.prototype.requestDevice = async function (...wanted) {
          return (globalThis.device = await requestDevice.apply(this, wanted));
        };
      })
      .catch(() => {}),
  );
}

async function loaded() {
  const { page, context } = await open(lab);
  page.setDefaultTimeout(4 * 60_000);
  reachable(page);
  await load(lab, page);
  return { page, context };
}

async function begin(page, options) {
  await page.evaluate((asked) => {
    globalThis.reached = 0;
    const onEvent = (event) => {
      if (event.type === 'losses') globalThis.reached = event.steps.at(-1).step;
    };
    globalThis.ended = globalThis.unlearnLab.info().then(async ({ users }) => {
      const { user } = users.find((one) => one.n_train > 60 && one.n_train < 90);
      const { rows } = await globalThis.unlearnLab.user(user);
      const { item } = rows.find((row) => row.set === 'train');
      const forget = asked.all ? { standard: true } : { interactions: [[user, item]] };
      delete asked.all;
      return globalThis.unlearnLab.run({ forget, onEvent, ...asked }).then(({ methods, device }) => ({ steps: methods.at(-1).steps, auc: methods.at(-1).test.auc, device }), ({ code, message, kept, todo }) => ({ code, message, kept, todo }));
    });
  }, options);
}
const outcome = (page) => page.evaluate(() => globalThis.ended);
const reach = (page, step) => page.waitForFunction((least) => globalThis.reached >= least, step, { timeout: 4 * 60_000, polling: 20 });

/** Waits for the checkpoint of step 20 to be on the disk. */
async function keep(page) {
  const there = () =>
    page.evaluate(async () => {
      const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle('runs').catch(() => null);
      if (runs) for await (const run of runs.values()) if (await run.getFileHandle('run.json').catch(() => null)) return true;
      return false;
    });
  while (!(await there())) await new Promise((resolve) => setTimeout(resolve, 100));
}

async function gpuWorker(page) {
  for (const one of page.workers()) if (await one.evaluate(() => globalThis.device !== undefined).catch(() => false)) return one;
  throw new Error('no worker has a GPU device');
}

const FAULTS = {
  'a device that is destroyed': async (page) => (await gpuWorker(page)).evaluate(() => void globalThis.device.destroy()),
  'a GPU process that dies': async (page) => {
    const session = await lab.browser.newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    await session.detach();
  },
};

for (const [name, inject] of Object.entries(FAULTS)) {
  test(`${name}: the run goes on from its checkpoint`, { timeout: 9 * 60_000 }, async () => {
    const { page, context } = await loaded();
    await begin(page, RUN);
    await keep(page);
    await inject(page);
    await page.locator('#run').getByText(/GPU (was lost|failed).*went on from step 20/).waitFor();
    const ended = await outcome(page);
    assert.equal(ended.steps, RUN.steps, JSON.stringify(ended));
    assert.ok(ended.auc > 0.7, `test AUC ${ended.auc}`);
    await context.close();
  });
}

test('a GPU without memory: it is said, what was done is kept, and goes on when asked', { timeout: 9 * 60_000 }, async () => {
  const { page, context } = await loaded();
  await begin(page, RUN);
  await keep(page);
  // What a browser tells where it has no room for a buffer. Truly filling this machine's memory would take its other programs with it.
  await (await gpuWorker(page)).evaluate(() => void globalThis.device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error: new GPUOutOfMemoryError('no room for a buffer of 1 GiB') })));
  const ended = await outcome(page);
  assert.equal(ended.code, 'memory', JSON.stringify(ended));
  assert.match(ended.message, /out of memory/i);
  assert.match(ended.kept, /kept on this device up to step \d+/);
  assert.match(ended.todo, /Continue/);
  await page.locator('#run').getByRole('button', { name: 'Continue' }).click();
  await page.locator('#result').getByRole('table').first().waitFor();
  await context.close();
});

test('a dispatch that takes far too long is waited for, or the run goes on without it', { timeout: 9 * 60_000 }, async () => {
  const { page, context } = await loaded();
  await begin(page, RUN);
  await reach(page, 1);
  // Twice as long each time, until it is long on this machine.
  const took = await (await gpuWorker(page)).evaluate(async () => {
    const { device } = globalThis;
    const buffer = device.createBuffer({ size: 256, usage: GPUBufferUsage.STORAGE });
    let ms = 0;
    let lost = false;
    void device.lost.then(() => (lost = true));
    for (let n = 2 ** 22; ms < 5000 && !lost; n *= 2) {
      const code = `@group(0) @binding(0) var<storage, read_write> out: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
          var x = id.x;
          for (var i = 0u; i < ${n}u; i++) { x = x * 1664525u + 1013904223u; }
          out[id.x] = x;
        }`;
      const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module: device.createShaderModule({ code }) } });
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] }));
      pass.dispatchWorkgroups(1);
      pass.end();
      const start = performance.now();
      device.queue.submit([encoder.finish()]);
      await Promise.race([device.queue.onSubmittedWorkDone(), device.lost]);
      ms = performance.now() - start;
    }
    return lost ? Infinity : ms;
  }).catch((error) => {
    // A lost device ends its worker.
    if (/closed|terminated|destroyed/i.test(error.message)) return Infinity;
    throw error;
  });
  assert.ok(took > 5000, `the dispatch took ${took} ms: not long`);
  const ended = await outcome(page);
  assert.equal(ended.steps, RUN.steps, JSON.stringify(ended));
  await context.close();
});
