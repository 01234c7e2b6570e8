// @ts-check
// Runs what was asked for, one thing after the other, and keeps the report up to date while it does.

import { sha256 } from '../download.js';
import { canCheck, fetchJson } from '../integrity.js';
import { beside, besideReference } from './compare.js';
import { openEngine, openProbe } from './engines.js';
import { sign } from './seal.js';
import { verdict } from './verdict.js';
import { within } from './adapter.js';

/** @typedef {import('./types.d.ts').View} View */
/** @typedef {import('./types.d.ts').Kind} Kind */
/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').Outcome} Outcome */
/** @typedef {import('./types.d.ts').Trial} Trial */
/** @typedef {import('./engines.js').Running} Running */

/** What can be asked for beside the operations. */
export const TRIALS = ['buffer', 'memory', 'loss', 'comeback', 'speed'];
/** What WebGPU promises a storage buffer; a WebAssembly memory is held to the same. */
const ENOUGH = 128 * 2 ** 20;
/** A product's time is taken over so long, and products larger than this are left out. */
const LONG_ENOUGH_MS = 150;
const MOST_MS = 1000;
/** A lost device must be noticed within this time. */
const NOTICE_MS = 20_000;
const say = (/** @type {any} */ error) => String(error?.message ?? error);
const inMib = (/** @type {number} */ bytes) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;

/** @param {string} search the page's query @returns {{op: string[], worker: boolean}} */
export function parse(search) {
  const query = new URLSearchParams(search);
  return { op: (query.get('op') ?? '').split(',').map((id) => id.trim()).filter(Boolean), worker: query.get('worker') !== '0' };
}

/** @param {ConformanceReport['query']} query @returns {ConformanceReport} */
function empty(query) {
  /** @returns {import('./types.d.ts').EngineFacts} */
  const engine = () => ({ state: 'off', device: '', reason: '', checks: [] });
  const { userAgent, hardwareConcurrency, language } = navigator;
  const unknown = /** @type {const} */ ({ found: false, reason: 'not asked yet' });
  return {
    format: 1, version: PAGE_VERSION, build: null, made: new Date().toISOString(), query,
    browser: { user_agent: userAgent, cores: hardwareConcurrency ?? null, memory_gb: /** @type {any} */ (navigator).deviceMemory ?? null, language },
    abilities: {}, adapter: { page: unknown, worker: unknown }, engines: { cpu: engine(), gpu: engine() },
    reference: '', cases: [], trials: [], speed: [], verdict: { ok: false, says: '' },
  };
}

/** @param {boolean} worker whether a worker answered */
function abilities(worker) {
  const scope = /** @type {any} */ (globalThis);
  return {
    module_workers: worker,
    secure_context: scope.isSecureContext === true,
    cross_origin_isolated: scope.crossOriginIsolated === true,
    web_crypto: canCheck(),
    trusted_types: scope.trustedTypes !== undefined,
    service_worker: 'serviceWorker' in navigator,
    private_files: typeof navigator.storage?.getDirectory === 'function',
    indexed_db: scope.indexedDB !== undefined,
    clipboard: navigator.clipboard !== undefined,
  };
}

/** Which build this is: the hash that its service worker is made of. */
async function build() {
  if (!canCheck()) return null;
  const response = await fetch('./integrity.json', { cache: 'no-cache' }).catch(() => null);
  return response?.ok ? sha256(new Uint8Array(await response.arrayBuffer())) : null;
}

/**
 * @param {ConformanceReport['query']} query
 * @param {(view: View) => void} tell
 * @returns {Promise<import('./types.d.ts').SignedReport>}
 */
export async function conform(query, tell) {
  const report = empty(query);
  /** @type {View} */
  const view = { report, status: 'running', now: 'Looking for a GPU', done: 0, total: 0, signed: null };
  const next = (/** @type {string} */ now, step = 0) => {
    view.now = now;
    view.done += step;
    tell(view);
  };
  const probe = openProbe(query.worker);
  /** @type {Partial<Record<Kind, Running>>} */
  const running = {};
  try {
    next(view.now);
    await look(report, probe);
    report.build = await build();
    next('Starting the CPU engine');
    running.cpu = await start(report, 'cpu');
    const { cases } = await running.cpu.send({ type: 'cases' }, 'cases');
    const known = [...cases.map(({ id }) => id), ...TRIALS];
    const unknown = query.op.find((id) => !known.includes(id));
    if (unknown !== undefined) throw new Error(`op must be one or more of ${known.join(', ')}, separated by commas; got “${unknown}”`);
    const wanted = (/** @type {string} */ id) => query.op.length === 0 || query.op.includes(id);
    report.cases = cases.filter(({ id }) => wanted(id)).map((one) => ({ ...one, cpu: null, gpu: null }));

    next('Starting the GPU engine');
    const scope = report.adapter[query.worker ? 'worker' : 'page'];
    if (!scope.found) report.engines.gpu = { state: 'absent', device: '', reason: scope.reason, checks: [] };
    else running.gpu = (await start(report, 'gpu').catch(() => null)) ?? undefined;
    const devices = /** @type {const} */ (['cpu', 'gpu']).filter((kind) => running[kind]).length;
    view.total = report.cases.length * devices;

    const reference = await fetchJson('./reference/conformance.json');
    report.reference = reference.made_by;
    for (const one of report.cases) {
      next(one.title);
      /** @type {import('./compare.js').Numbers[]} */
      let numbers = [];
      one.cpu = await outcome(one, running.cpu, (found) => besideReference((numbers = found), reference.cases[one.id] ?? {}));
      next(one.title, 1);
      if (!running.gpu) continue;
      one.gpu = await outcome(one, running.gpu, (found) => beside(found, numbers));
      next(one.title, 1);
    }
    if (wanted('speed')) for (const kind of /** @type {const} */ (['cpu', 'gpu'])) await measure(report, kind, running[kind], next);
    await trials(report, wanted, probe, running, next);
    report.verdict = verdict(report);
    view.signed = await sign(report);
    view.status = 'done';
    next('');
    return view.signed;
  } catch (error) {
    view.status = 'failed';
    next(say(error));
    throw error;
  } finally {
    probe.close();
    for (const engine of Object.values(running)) engine?.close();
  }
}

/** Asks the page and a worker for an adapter. @param {ConformanceReport} report @param {ReturnType<typeof openProbe>} probe */
async function look(report, probe) {
  const inPage = openProbe(false);
  report.adapter.page = await inPage.ask('describe');
  // With `worker=0` the probe is the page; whether workers see the GPU is asked all the same.
  const worker = report.query.worker ? probe : openProbe(true);
  let answered = true;
  report.adapter.worker = await worker.ask('describe').catch((error) => {
    answered = false;
    return { found: /** @type {const} */ (false), reason: say(error) };
  });
  if (worker !== probe) worker.close();
  report.abilities = abilities(answered);
}

/** @param {ConformanceReport} report @param {Kind} kind @returns {Promise<Running>} */
async function start(report, kind) {
  try {
    const engine = await openEngine(kind === 'cpu' ? 'text' : 'gpu', report.query.worker);
    const wrong = engine.checks.filter(({ ok }) => !ok).map(({ name }) => name);
    const reason = wrong.length > 0 ? `its self-test gave wrong numbers (${wrong.join(', ')})` : '';
    report.engines[kind] = { state: wrong.length > 0 ? 'failed' : 'ready', device: engine.device, reason, checks: engine.checks };
    return engine;
  } catch (error) {
    report.engines[kind] = { state: 'failed', device: '', reason: say(error), checks: [] };
    throw error;
  }
}

/**
 * @param {{id: string, bound: number}} one
 * @param {Running} engine
 * @param {(found: import('./compare.js').Numbers[]) => import('./compare.js').Found} compare
 * @returns {Promise<Outcome>}
 */
async function outcome({ id, bound }, engine, compare) {
  const begin = performance.now();
  try {
    const { tensors } = await engine.send({ type: 'conform', case: id }, 'numbers');
    const ms = performance.now() - begin;
    const found = compare(tensors);
    return { ...found, ok: found.difference !== null && found.difference <= bound, ms, error: null };
  } catch (error) {
    return { ok: false, difference: null, tensor: null, ms: performance.now() - begin, error: say(error) };
  }
}

/** Times products, larger ones as long as they take a second. @param {ConformanceReport} report @param {Kind} kind @param {Running | undefined} engine @param {(now: string) => void} next */
async function measure(report, kind, engine, next) {
  if (!engine) return;
  const timed = async (/** @type {number} */ n, /** @type {number} */ times) => {
    const begin = performance.now();
    await engine.send({ type: 'product', n, times }, 'done');
    return performance.now() - begin;
  };
  for (let n = 64; n <= 1024; n *= 2) {
    next(`Products of ${n} × ${n} on the ${kind === 'cpu' ? 'CPU' : 'GPU'}`);
    let [times, ms] = [1, await timed(n, 1)];
    // The first one compiles; messages to and fro take a millisecond, so short products are timed by the hundred.
    for (ms = await timed(n, times); ms < LONG_ENOUGH_MS && times < 4096; ms = await timed(n, times)) times = Math.ceil(times * Math.min(64, Math.max(2, LONG_ENOUGH_MS / ms)));
    const best = Math.min(ms, await timed(n, times)) / times;
    report.speed.push({ kind, n, gflops: (2 * n ** 3) / best / 1e6 });
    if (best * 8 > MOST_MS) return;
  }
}

/**
 * @param {ConformanceReport} report
 * @param {(id: string) => boolean} wanted
 * @param {ReturnType<typeof openProbe>} probe
 * @param {Partial<Record<Kind, Running>>} running
 * @param {(now: string) => void} next
 */
async function trials(report, wanted, probe, running, next) {
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
