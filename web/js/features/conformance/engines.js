// @ts-check
// The engines and the probe, in a worker as the lab has them or, with `?worker=0`, in the page itself.

import { openModule } from '../../platform/integrity.js';
import { toJson } from '../../engine/json.js';
import { WorkerClient } from '../../engine/worker-client.js';
import { openWorker } from '../../platform/trusted-types.js';
import { TRIALS, within } from './webgpu.js';

/** @typedef {import('../../types.d.ts').Command} Command */
/** @typedef {import('../../types.d.ts').Reply} Reply */
/** @typedef {import('../../types.d.ts').Check} Check */
/** @typedef {'text' | 'gpu'} Module */

/** Software GPUs take half a minute for the first products, whose shaders they compile. */
const PATIENCE_MS = 180_000;

/**
 * @typedef {object} Running
 * @property {string} device
 * @property {Check[]} checks
 * @property {<T extends Reply['type']>(command: Command, answer: T, ms?: number) => Promise<Extract<Reply, {type: T}>>} send
 * @property {() => void} close
 */

/** A wasm engine in this very scope. @param {Module} module */
async function inPage(module) {
  const { Engine } = await openModule(module);
  const engine = new Engine();
  let id = 0;
  return {
    /** A trap settles no promise: it comes as an error of the page. @param {Command} command @returns {Promise<Reply>} */
    send: (command) =>
      new Promise((resolve, reject) => {
        const stopped = (/** @type {any} */ event) => reject(event.error ?? event.reason ?? new Error(event.message));
        addEventListener('error', stopped, { once: true });
        addEventListener('unhandledrejection', stopped, { once: true });
        const settle = (/** @type {() => void} */ how) => {
          removeEventListener('error', stopped);
          removeEventListener('unhandledrejection', stopped);
          how();
        };
        engine.handle(command, ++id, () => {}).then((/** @type {any} */ reply) => settle(() => resolve(toJson(reply))), (/** @type {unknown} */ error) => settle(() => reject(error)));
      }),
    close: () => {},
  };
}

/**
 * Starts an engine and its device; rejects if there is none.
 * @param {Module} module
 * @param {boolean} worker
 * @returns {Promise<Running>}
 */
export async function openEngine(module, worker) {
  /** @type {{send: (command: Command) => Promise<Reply>, close: () => void}} */
  const engine = worker ? new WorkerClient(module, () => {}) : await inPage(module);
  /** @type {Running['send']} */
  const send = async (command, answer, ms = PATIENCE_MS) => {
    const reply = await within(engine.send(command), `the engine (${command.type})`, ms);
    if (reply.type !== answer) throw new Error(`the engine answered ${reply.type} where ${answer} was due`);
    return /** @type {any} */ (reply);
  };
  try {
    const { device, checks } = await send({ type: 'start' }, 'ready');
    return { device, checks, send, close: () => engine.close() };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** @typedef {<K extends keyof typeof TRIALS>(what: K) => Promise<Awaited<ReturnType<(typeof TRIALS)[K]>>>} Ask */

/** What tries WebGPU in a worker, or in the page. @param {boolean} worker @returns {{ask: Ask, close: () => void}} */
export function openProbe(worker) {
  if (!worker) return { ask: async (what) => /** @type {any} */ (await TRIALS[what]()), close: () => {} };
  const probe = openWorker('probe-worker', 'probe-worker');
  let last = 0;
  /** @type {Ask} */
  const ask = (what) =>
    within(
      new Promise((resolve, reject) => {
        const id = (last += 1);
        probe.addEventListener('message', function heard({ data }) {
          if (data.id !== id) return;
          probe.removeEventListener('message', heard);
          if (data.error !== undefined) reject(new Error(data.error));
          else resolve(data.reply);
        });
        probe.addEventListener('error', (event) => reject(new Error(event.message || 'the worker could not be started')), { once: true });
        probe.postMessage({ id, what });
      }),
      `the worker (${what})`,
      PATIENCE_MS,
    );
  return { ask, close: () => probe.terminate() };
}
