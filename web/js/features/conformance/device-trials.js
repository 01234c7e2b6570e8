// @ts-check
// What can be had of memory, and what happens when a device is lost.

import { within } from './webgpu.js';
import { openEngine } from './engines.js';

/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').Kind} Kind */
/** @typedef {import('./types.d.ts').Trial} Trial */
/** @typedef {import('./engines.js').Running} Running */

/** What WebGPU promises a storage buffer; a WebAssembly memory is held to the same. */
const ENOUGH = 128 * 2 ** 20;
/** A lost device must be noticed within this time. */
const NOTICE_MS = 20_000;
const inMib = (/** @type {number} */ bytes) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
const say = (/** @type {any} */ error) => String(error?.message ?? error);

/**
 * @param {ConformanceReport} report
 * @param {(id: string) => boolean} wanted
 * @param {ReturnType<typeof import('./engines.js').openProbe>} probe
 * @param {Partial<Record<Kind, Running>>} running
 * @param {(now: string) => void} next
 */
export async function runTrials(report, wanted, probe, running, next) {
  const gpu = report.adapter[report.query.worker ? 'worker' : 'page'].found;
  /** @type {[string, string, boolean, () => Promise<Omit<Trial, 'id' | 'title'>>][]} */
  const all = [
    ['memory', 'Largest WebAssembly memory', true, async () => {
      const bytes = await probe.ask('largestMemory');
      return { ok: bytes >= ENOUGH, bytes, says: inMib(bytes) };
    }],
    ['buffer', 'Largest GPU buffer', gpu, async () => {
      const { bytes, asked, limit } = await probe.ask('largestBuffer');
      return { ok: bytes >= Math.min(ENOUGH, asked), bytes, says: `${inMib(bytes)}, with ${inMib(asked)} asked for and ${inMib(limit)} allowed` };
    }],
    ['loss', 'A destroyed device is told as lost', gpu, async () => {
      const { reason, ms } = await probe.ask('loseDevice');
      return { ok: reason === 'destroyed', says: `“${reason}”, after ${Math.round(ms)} ms` };
    }],
    ['comeback', 'An engine that loses its device says so, and comes back', running.gpu !== undefined, () => comeback(report.query.worker, running)],
  ];
  for (const [id, title, possible, run] of all) {
    if (!wanted(id) || !possible) continue;
    next(title);
    report.trials.push({ id, title, ...(await run().catch((error) => ({ ok: false, says: say(error) }))) });
  }
}

/** @param {boolean} worker @param {Partial<Record<Kind, Running>>} running */
async function comeback(worker, running) {
  const before = /** @type {Running} */ (running.gpu);
  await before.send({ type: 'lose' }, 'done');
  const begin = performance.now();
  const told = await within(before.send({ type: 'conform', case: 'matmul' }, 'numbers').then(() => null, say), 'the engine without a device', NOTICE_MS);
  const ms = Math.round(performance.now() - begin);
  before.close();
  if (told === null) return { ok: false, says: 'it went on computing as if nothing had happened' };
  running.gpu = await openEngine('gpu', worker);
  await running.gpu.send({ type: 'conform', case: 'matmul' }, 'numbers');
  return { ok: true, says: `told after ${ms} ms, and another engine computes` };
}
