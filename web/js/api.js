// @ts-check
// `window.unlearnLab`: the script interface, and the only way in which the page itself drives the engine. Documented in API.md.

import { LabError } from './errors.js';

/** @typedef {import('./engine.js').EngineHost} EngineHost */
/** @typedef {import('./types.d.ts').DeviceKind} DeviceKind */
/** @typedef {import('./types.d.ts').DeviceWish} DeviceWish */
/** @typedef {import('./types.d.ts').ForgetSpec} ForgetSpec */
/** @typedef {import('./types.d.ts').LabEvent} LabEvent */
/** @typedef {import('./types.d.ts').Loaded} Loaded */
/** @typedef {import('./types.d.ts').Report} Report */
/** @typedef {import('./types.d.ts').RunRequest} RunRequest */

/**
 * @typedef {object} RunOptions
 * @property {string} [method] id from the method table; `e2urec` if left out
 * @property {ForgetSpec} [forget] what to forget; the standard set if left out
 * @property {Record<string, number>} [params] parameters that differ from the method's defaults
 * @property {number} [steps] the student's steps; the method's default for this forget set if left out
 * @property {number} [seed] 1 if left out
 * @property {DeviceWish} [device] `auto` if left out
 * @property {number} [evalEvery] steps between two live evaluations; 0 (only at the end) if left out
 * @property {(event: LabEvent) => void} [onEvent]
 */

/**
 * What a listener is told of every run, whoever began it.
 * @typedef {object} Watcher
 * @property {(run: {kind: 'run' | 'retrain', request: RunRequest, device: DeviceKind}) => void} onStart
 * @property {(event: LabEvent) => void} onEvent
 * @property {(report: Report, run: {kind: 'run' | 'retrain', request: RunRequest, device: DeviceKind}) => void} onReport
 * @property {(error: unknown) => void} onError
 * @property {() => void} onReset
 */

const OPTIONS = ['method', 'forget', 'params', 'steps', 'seed', 'device', 'evalEvery', 'onEvent'];
const DEVICES = ['auto', 'cpu', 'webgpu'];

/** @param {string} message */
const refused = (message) => new LabError({ code: 'setting', message, kept: 'Everything on this page is kept.', todo: 'See API.md for what may be given.' });

/**
 * @param {RunOptions} options
 * @returns {RunRequest}
 */
export function requestOf(options) {
  for (const key of Object.keys(options)) if (!OPTIONS.includes(key)) throw refused(`unknown option \`${key}\`; known are ${OPTIONS.join(', ')}`);
  const { method = 'e2urec', forget = { standard: true }, params = {}, steps, seed = 1, device = 'auto', evalEvery = 0 } = options;
  if (!DEVICES.includes(device)) throw refused(`device must be one of ${DEVICES.join(', ')}, got \`${device}\``);
  whole('seed', seed, 0);
  whole('evalEvery', evalEvery, 0);
  if (steps !== undefined) whole('steps', steps, 1);
  for (const [id, value] of Object.entries(params)) if (!Number.isFinite(value)) throw refused(`params.${id} must be a number, got \`${value}\``);
  return { method, forget, params: { ...params }, ...(steps === undefined ? {} : { steps }), seed, eval_every: evalEvery };
}

/** @param {string} what @param {unknown} value @param {number} least */
function whole(what, value, least) {
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > 0xffffffff) throw refused(`${what} must be a whole number from ${least}, got \`${value}\``);
}

/**
 * @param {EngineHost} engine
 * @param {Promise<Loaded>} ready
 * @param {Watcher} watcher
 */
export function createApi(engine, ready, watcher) {
  /** @type {DeviceKind | null} */
  let running = null;
  /** @type {DeviceKind | null} device whose engine holds the last result */
  let holder = null;
  const reader = () => holder ?? engine.would('auto');

  /**
   * @param {'run' | 'retrain'} kind
   * @param {RunRequest} request
   * @param {DeviceWish} wish
   * @param {((event: LabEvent) => void) | undefined} onEvent
   */
  async function carryOut(kind, request, wish, onEvent) {
    if (running) throw new LabError({ code: 'busy', message: 'a run is in progress', kept: 'The run goes on.', todo: 'Wait for it, or cancel it first.' });
    running = 'cpu';
    try {
      await ready;
      const device = await engine.resolve(wish);
      running = device;
      const run = { kind, request, device };
      watcher.onStart(run);
      const command = kind === 'run' ? { type: /** @type {const} */ ('run'), request } : { type: /** @type {const} */ ('retrain'), forget: request.forget, seed: request.seed };
      const { report } = await engine.send(device, command, 'report', (event) => {
        watcher.onEvent(event);
        onEvent?.(event);
      });
      if (kind === 'run') holder = device;
      running = null;
      watcher.onReport(report, run);
      return report;
    } catch (error) {
      running = null;
      watcher.onError(error);
      throw error;
    }
  }

  return {
    /** Version of the page. */
    version: PAGE_VERSION,
    /** Resolves when the model and its data are loaded. */
    ready,
    /** What can be chosen: users, genres, methods with their parameters, shipped figures. */
    info: () => ready,
    /** State of both engines, self-tests included. */
    device: () => engine.status(),
    /** Unlearns. @param {RunOptions} [options] @returns {Promise<Report>} */
    async run(options = {}) {
      return carryOut('run', requestOf(options), options.device ?? 'auto', options.onEvent);
    },
    /** Trains Retrain for a forget set here. @param {Pick<RunOptions, 'forget' | 'seed' | 'device' | 'onEvent'>} [options] @returns {Promise<Report>} */
    async retrain(options = {}) {
      return carryOut('retrain', requestOf(options), options.device ?? 'auto', options.onEvent);
    },
    /** What a run would forget and cost; nothing is run. @param {RunOptions} [options] */
    async select(options = {}) {
      const request = requestOf(options);
      await ready;
      return engine.send(await engine.resolve(options.device ?? 'auto'), { type: 'select', request }, 'selection');
    },
    /** A user's ratings with p(Yes) before and after. @param {number} user */
    async user(user) {
      whole('user', user, 0);
      await ready;
      return engine.send(reader(), { type: 'user', user }, 'user');
    },
    /** The k best unseen items of a user, before and after the last run. @param {{user: number, k?: number}} options */
    async recommend({ user, k = 10 }) {
      whole('user', user, 0);
      whole('k', k, 1);
      await ready;
      return engine.send(reader(), { type: 'recommend', user, k }, 'recommendations');
    },
    /** The adapter of the last run, in PEFT's layout. */
    async adapter() {
      await ready;
      return (await engine.send(reader(), { type: 'adapter' }, 'adapter')).files;
    },
    /** Drops the adapter and every figure of this device's runs. */
    async reset() {
      if (running) throw new LabError({ code: 'busy', message: 'a run is in progress', kept: 'The run goes on.', todo: 'Cancel it first.' });
      await ready;
      for (const kind of engine.running()) await engine.send(kind, { type: 'reset' }, 'done');
      holder = null;
      watcher.onReset();
    },
    /** Ends the run; its promise rejects with code `cancelled`. Without a run nothing happens. */
    cancel: () => (running ? engine.control(running, 'cancel') : undefined),
    /** Stands still after the current step. */
    pause: () => (running ? engine.control(running, 'pause') : undefined),
    /** Goes on. */
    resume: () => (running ? engine.control(running, 'resume') : undefined),
    /** One step, then stands still. */
    step: () => (running ? engine.control(running, 'step') : undefined),
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */
