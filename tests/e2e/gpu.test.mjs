// The GPU engine on SwiftShader computes what the CPU engine computes. Without an adapter this fails: a test that is skipped proves nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { load, open, selfTest, start } from './harness.mjs';

/** Largest relative difference from the CPU path that is put down to rounding. */
const BOUND = 1e-3;

/** @type {Awaited<ReturnType<typeof start>>} */
let lab;
before(async () => (lab = await start()));
after(() => lab?.close());

test('there is a WebGPU adapter', async () => {
  const { page } = await open(lab);
  await page.goto(lab.url);
  const adapter = await page.evaluate(async () => {
    const found = await navigator.gpu?.requestAdapter();
    return found ? { vendor: found.info.vendor, architecture: found.info.architecture } : null;
  });
  assert.ok(adapter, 'Chromium offers no WebGPU adapter: the GPU path cannot be tested');
});

test('the GPU engine agrees with the CPU engine on a tiny run', { timeout: 8 * 60_000 }, async () => {
  const { page, errors, foreign } = await open(lab);
  page.setDefaultTimeout(8 * 60_000);
  await load(lab, page);
  const cpu = await selfTest(page, 'cpu');
  const gpu = await selfTest(page, 'gpu');
  assert.equal(gpu.kind, 'gpu');
  for (const { name, ok, difference } of [...cpu.checks, ...gpu.checks]) {
    assert.ok(ok && Number.isFinite(difference) && difference <= BOUND, `${name}: relative difference ${difference} from the stored reference`);
  }
  // Losses and adapter weights of three E2URec steps, gradients and optimiser included.
  assert.ok(cpu.trace.length >= 10 && cpu.trace.length === gpu.trace.length, `traces of ${cpu.trace.length} and ${gpu.trace.length} numbers`);
  cpu.trace.forEach((value, idx) => {
    const difference = Math.abs(gpu.trace[idx] - value);
    assert.ok(difference <= BOUND * Math.abs(value) + 1e-6, `number ${idx} of the run: ${value} on the CPU, ${gpu.trace[idx]} on the GPU`);
  });
  assert.notDeepEqual(gpu.trace, cpu.trace, 'the two engines give bit-equal numbers: is the GPU used?');
  assert.deepEqual(errors, []);
  assert.deepEqual(foreign, []);
});

test('a software adapter is shown, not chosen', async () => {
  const { page } = await open(lab);
  await load(lab, page);
  await page.waitForFunction(() => !['off', 'starting'].includes(globalThis.unlearnLab.device().gpu.state));
  const { gpu, cpu } = await page.evaluate(() => globalThis.unlearnLab.device());
  assert.equal(gpu.state, 'software');
  assert.equal(cpu.state, 'ready');
});
