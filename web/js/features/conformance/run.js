// @ts-check
// Runs what was asked for, one thing after the other, and keeps the report up to date while it does.

import { sha256 } from '../../platform/sha256.js';
import { canCheck, fetchJson, integrity, whyNoGpu } from '../../platform/integrity.js';
import { beside, besideReference } from './tensor-difference.js';
import { openEngine, openProbe } from './engines.js';
import { sign } from './signature.js';
import { measure } from './speed.js';
import { runTrials } from './device-trials.js';
import { verdict } from './verdict.js';

/** @typedef {import('./types.d.ts').View} View */
/** @typedef {import('./types.d.ts').Kind} Kind */
/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').Outcome} Outcome */
/** @typedef {import('./engines.js').Running} Running */

/** What can be asked for beside the operations. */
export const TRIALS = ['buffer', 'memory', 'loss', 'comeback', 'speed'];
const say = (/** @type {any} */ error) => String(error?.message ?? error);

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
    const reason = scope.found === false ? scope.reason : whyNoGpu(await integrity());
    if (reason !== null) report.engines.gpu = { state: 'absent', device: '', reason, checks: [] };
    else running.gpu = (await start(report, 'gpu').catch(() => null)) ?? undefined;
    const devices = /** @type {const} */ (['cpu', 'gpu']).filter((kind) => running[kind]).length;
    view.total = report.cases.length * devices;

    const reference = await fetchJson('./reference/conformance.json');
    report.reference = reference.made_by;
    for (const one of report.cases) {
      next(one.title);
      /** @type {import('./tensor-difference.js').Numbers[]} */
      let numbers = [];
      one.cpu = await outcome(one, running.cpu, (found) => besideReference((numbers = found), reference.cases[one.id] ?? {}));
      next(one.title, 1);
      if (!running.gpu) continue;
      one.gpu = await outcome(one, running.gpu, (found) => beside(found, numbers));
      next(one.title, 1);
    }
    if (wanted('speed')) for (const kind of /** @type {const} */ (['cpu', 'gpu'])) await measure(report, kind, running[kind], next);
    await runTrials(report, wanted, probe, running, next);
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
 * @param {(found: import('./tensor-difference.js').Numbers[]) => import('./tensor-difference.js').Found} compare
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
