// @ts-check
// The only owner of the workers. Starts the CPU engine at once, tests the GPU in the background, loads model and data into each, starts
// a crashed engine again, changes data set and model, and says which device a wish comes to.

import { fetchAssets, fetchCrossFit, fetchRetrain } from './assets.js';
import { OWN } from './datasets.js';
import { choose, enginesOff, probe } from './device.js';
import { LabError, errorInfo } from '../platform/errors.js';
import { integrity, moduleFile, whyNoGpu } from '../platform/integrity.js';
import { whyNoEngine } from '../platform/wasm-support.js';
import { loadProgress } from './load-progress.js';
import { budgetOf } from './memory-budget.js';
import { suitedThreads } from './threads.js';
import { WorkerClient, wantsTeam } from './worker-client.js';

/** @typedef {import('../types.d.ts').Command} Command */
/** @typedef {import('../types.d.ts').Control} Control */
/** @typedef {import('../types.d.ts').DeviceKind} DeviceKind */
/** @typedef {import('../types.d.ts').DeviceStatus} DeviceStatus */
/** @typedef {import('../types.d.ts').DeviceWish} DeviceWish */
/** @typedef {import('../types.d.ts').LabEvent} LabEvent */
/** @typedef {import('../types.d.ts').Loaded} Loaded */
/** @typedef {import('../types.d.ts').Reply} Reply */
/** @typedef {import('../types.d.ts').EngineStatus} EngineStatus */
/** @typedef {import('../features/models/catalog.js').Source} Source */
/** @typedef {Awaited<ReturnType<typeof fetchAssets>>} Assets */

const MOST_RESTARTS = 3;

/**
 * @param {import('../app/event-types.d.ts').Dispatch} dispatch told what happens to the engines
 * @param {string | null} wanted key of the data set to begin with; the first one if there is none of that key
 */
export function createEngine(dispatch, wanted) {
  const status = enginesOff();
  /** @type {Record<DeviceKind, WorkerClient | null>} */
  const clients = { cpu: null, gpu: null };
  /** @type {Record<DeviceKind, Promise<Loaded> | null>} */
  const opening = { cpu: null, gpu: null };
  /** @type {Record<DeviceKind, Promise<void> | null>} */
  const comparing = { cpu: null, gpu: null };
  /** @type {Record<DeviceKind, Promise<void> | null>} */
  const expecting = { cpu: null, gpu: null };
  /** @type {ReturnType<typeof fetchAssets> | null} */
  let assets = null;
  /** Key of the shipped data set in use. */
  let key = wanted;
  /** The stored model that takes the place of the data set's own. @type {Source | null} */
  let chosen = null;
  /** @type {DeviceKind | null} the engine that holds a model of the person's own data: no other has it */
  let own = null;
  /** What the engines have loaded. @type {Loaded | null} */
  let now = null;
  /** @type {ReturnType<typeof fetchRetrain> | null} */
  let shipped = null;
  /** @type {ReturnType<typeof fetchCrossFit> | null} */
  let answers = null;
  /** The adapter's name, which the browser tells the page but not the engine. */
  let adapter = '';
  /** How many engines of the processor are to share the work; null for as many as suit. @type {number | null} */
  let threads = null;
  /** Whether the processor's engine has done nothing since it loaded, so that others can be brought to the same point. */
  let fresh = false;
  /** While they are started. @type {Promise<void> | null} */
  let gathering = null;
  /** How often an engine that shares the work stopped: after the second time there is none. */
  let lostFollowers = 0;
  /** What every call comes to after `close`. @type {LabError | null} */
  let closed = null;

  /** @param {DeviceKind} kind @param {Partial<EngineStatus>} patch */
  const mark = (kind, patch) => {
    status[kind] = { ...status[kind], ...patch };
    dispatch({ type: 'device.changed', status: { ...status } });
  };

  /**
   * What the page waits for, as one bar: files of model and data, and an engine's module, which is the largest of them.
   * @param {boolean} forFiles
   * @param {WorkerClient['module'] | null} module
   * @returns {{ofFiles?: (done: number, total: number) => void, ofModule?: (came: number) => void}} to be called with what has come
   */
  function waitFor(forFiles, module) {
    const parts = loadProgress(Number(forFiles) + Number(module !== null), (done, total) => dispatch({ type: 'engine.loading', what: 'Loading', done, total }));
    const ofFiles = forFiles ? parts.shift() : undefined;
    const [part] = parts;
    if (!part || module === null) return { ofFiles };
    let [came, size] = [0, 0];
    const tell = () => part(came, size);
    // A list that cannot be had is told where a file of it is used.
    integrity().then(({ files: listed }) => {
      size = listed[moduleFile(module)]?.bytes ?? 0;
      tell();
    }, () => {});
    const ofModule = (/** @type {number} */ bytes) => {
      came = bytes;
      tell();
    };
    return { ofFiles, ofModule };
  }

  /** @param {(done: number, total: number) => void} [onProgress] */
  const files = (onProgress) => {
    assets ??= fetchAssets(key, onProgress);
    assets.catch(() => (assets = null));
    return assets;
  };

  /** @param {DeviceKind} kind @param {(came: number) => void} [onModule] @returns {Promise<Loaded>} */
  async function start(kind, onModule) {
    mark(kind, { state: 'starting', reason: '' });
    clients[kind]?.close();
    const client = clientFor(kind, chosen, onModule);
    clients[kind] = client;
    await test(kind, client);
    const loaded = await load(client, await files(), chosen);
    if (kind === 'cpu') fresh = true;
    mark(kind, { state: 'ready', threads: 1 });
    if (!own) now = loaded;
    completeLater(kind);
    return loaded;
  }

  /**
   * A worker with the module that a model needs: the CPU's first one is without language models.
   * @param {DeviceKind} kind
   * @param {Source | null} source
   * @param {(came: number) => void} [onModule] told how many bytes of the module have come
   */
  function clientFor(kind, source, onModule) {
    const client = new WorkerClient(moduleFor(kind, source), (message) => {
      // One that never came into use only fails the command that it was given.
      if (clients[kind] === client) crashed(kind, message);
    }, onModule);
    return client;
  }

  /** Opens the device of a new engine and sees that it computes right. @param {DeviceKind} kind @param {WorkerClient} client */
  async function test(kind, client) {
    const ready = expect(await client.send({ type: 'start' }), 'ready');
    const wrong = ready.checks.filter((check) => !check.ok);
    mark(kind, { device: kind === 'gpu' && adapter ? `GPU (${adapter})` : ready.device, checks: ready.checks });
    if (wrong.length > 0) {
      const names = wrong.map((check) => check.name).join(', ');
      throw new LabError({
        code: 'self_test', message: `the self-test of ${ready.device} gave wrong numbers (${names})`, kept: 'Nothing was computed with it.', todo: 'Use the CPU; details are in the device badge.',
      });
    }
  }

  /**
   * Loads data and model. A stored model is read anew each time and moved, so that the page holds no copy of it.
   * @param {WorkerClient} client
   * @param {Assets} assets
   * @param {Source | null} source
   */
  async function load(client, { model, data }, source) {
    const read = source ? await source.read() : model;
    const moved = source ? read.map((file) => file.bytes.buffer) : [];
    return expect(await client.send({ type: 'load', model: read, data }, undefined, moved), 'loaded');
  }

  /** Gives an engine the shipped Retrain. Without it a run is still whole: it is then told by what is expected. @param {DeviceKind} kind */
  function compare(kind) {
    comparing[kind] ??= (async () => {
      if (own) return;
      // Of a stored model it may be large: it is read for each engine, and not held here.
      if (!chosen) shipped ??= files().then(({ set }) => fetchRetrain(set));
      const bytes = await (chosen ? chosen.retrain() : shipped);
      if (!bytes || !clients[kind]) return;
      expect(await clients[kind].send({ type: 'add_retrain', bytes }), 'done');
      dispatch({ type: 'engine.completed' });
    })().catch((error) => {
      shipped = comparing[kind] = null;
      if (!closed) console.warn(`the shipped Retrain could not be loaded: ${errorInfo(error).message}`);
    });
    return comparing[kind];
  }

  /**
   * Gives an engine the package's cross-fitted answers, by which a run calibrates itself. Rejects if there are some that cannot be had: the same request would
   * forget another amount without them. A stored model's come with its other files.
   * @param {DeviceKind} kind
   * @returns {Promise<void>}
   */
  async function expectAnswers(kind) {
    if (own || chosen) return undefined;
    if (expecting[kind]) return expecting[kind];
    const give = async () => {
      const bytes = await (answers ??= files().then(({ set }) => fetchCrossFit(set)));
      // Another model may have come meanwhile.
      if (!bytes || expecting[kind] !== mine || !clients[kind]) return;
      expect(await clients[kind].send({ type: 'add_cross_fit', bytes }), 'done');
      dispatch({ type: 'engine.completed' });
    };
    const mine = give();
    expecting[kind] = mine;
    mine.catch(() => {
      if (expecting[kind] === mine) answers = expecting[kind] = null;
    });
    return mine;
  }

  /**
   * Starts the engines that share the processor's work, where they are wanted and not there yet. Where one cannot be had, the work is done without.
   * @param {boolean} empty whether they need no model, since the next command brings all it needs
   */
  async function gather(empty) {
    const leader = clients.cpu;
    if (!leader || (!empty && (!fresh || own))) return;
    const packed = (await files()).model.reduce((sum, file) => sum + file.bytes.byteLength, 0);
    const suited = suitedThreads({ cores: globalThis.navigator?.hardwareConcurrency, budget: budgetOf('cpu').bytes, modelBytes: chosen?.bytes ?? packed });
    const n = lostFollowers > 1 ? 1 : (threads ?? suited);
    if (n === leader.threads) return;
    leader.dismiss();
    // What the leader was given beside model and data, the others need too.
    await Promise.allSettled([comparing.cpu, expecting.cpu]);
    const retrain = comparing.cpu ? await (chosen ? chosen.retrain() : shipped) : null;
    const crossFit = expecting.cpu ? await answers : null;
    const followers = Array.from({ length: n - 1 }, () => {
      const follower = new WorkerClient(leader.module, (message) => {
        // A worker may tell its end twice, and of one that never came to work nothing depends.
        if (!leader.followers.includes(follower)) return;
        lostFollowers++;
        // One alone cannot go on with what they began together: all start again, and a run goes on from its last checkpoint.
        leader.crash(`an engine that shared its work stopped: ${message}`);
      });
      return follower;
    });
    try {
      await Promise.all(followers.map(async (follower) => {
        expect(await follower.send({ type: 'start' }), 'ready');
        if (empty) return;
        await load(follower, await files(), chosen);
        if (retrain) expect(await follower.send({ type: 'add_retrain', bytes: retrain }), 'done');
        if (crossFit) expect(await follower.send({ type: 'add_cross_fit', bytes: crossFit }), 'done');
      }));
      if (clients.cpu !== leader) throw new Error('the engine was closed meanwhile');
      leader.lead(followers);
    } catch (error) {
      followers.forEach((follower) => follower.close());
      console.warn(`the work is not shared: ${errorInfo(error).message}`);
    }
    if (clients.cpu === leader) mark('cpu', { threads: leader.threads });
  }

  /** Before a command that changes what an engine has. @param {DeviceKind} kind @param {Command['type']} type */
  async function ready(kind, type) {
    if (kind !== 'cpu' || !wantsTeam(type)) return;
    gathering ??= gather(type === 'train' || type === 'teach').finally(() => (gathering = null));
    await gathering;
    fresh = false;
  }

  /** Fetches what a usable page still lacks; where that fails, whoever needs it tries again. @param {DeviceKind} kind */
  function completeLater(kind) {
    expectAnswers(kind).catch(() => {});
    void compare(kind);
  }

  /** @param {DeviceKind} kind @param {(came: number) => void} [onModule] @returns {Promise<Loaded>} */
  function open(kind, onModule) {
    if (closed) return Promise.reject(closed);
    opening[kind] ??= start(kind, onModule).catch((error) => {
      opening[kind] = null;
      clients[kind]?.close();
      clients[kind] = null;
      mark(kind, { state: 'failed', reason: errorInfo(error).message });
      throw error;
    });
    return opening[kind];
  }

  /** @param {DeviceKind} kind @param {string} message */
  function crashed(kind, message) {
    const wasReady = status[kind].state === 'ready';
    opening[kind] = comparing[kind] = expecting[kind] = null;
    clients[kind] = null;
    mark(kind, { state: 'failed', reason: `it stopped: ${message}`, restarts: status[kind].restarts + 1 });
    dispatch({ type: 'engine.lost', kind });
    const back = own === kind;
    if (back) own = null;
    // The model of the own data was lost with its engine; the shipped one is back.
    const restored = async (/** @type {Loaded} */ loaded) => dispatch({ type: 'data.loaded', loaded, key: (await files()).set.key });
    if (wasReady && status[kind].restarts <= MOST_RESTARTS) open(kind).then((loaded) => (back ? restored(loaded) : undefined)).catch(() => {});
  }

  /** Closes an engine; it is opened again when it is next asked for. @param {DeviceKind} kind */
  function drop(kind) {
    if (!opening[kind]) return false;
    clients[kind]?.close();
    clients[kind] = opening[kind] = comparing[kind] = expecting[kind] = null;
    mark(kind, { state: 'off', reason: '' });
    return true;
  }

  /** @param {DeviceWish} wish */
  async function openFor(wish) {
    if (wish === 'webgpu') await openGpu(true);
    const { kind } = choose(status, wish);
    await open(kind);
    return kind;
  }

  /** Looks for a GPU; takes it into use unless it is computed in software, which only a person may ask for. @param {boolean} force */
  async function openGpu(force) {
    if (opening.gpu) return opening.gpu;
    const found = await probe();
    if (found.found === false) {
      mark('gpu', { state: 'absent', reason: found.reason });
      throw new LabError({
        code: 'no_webgpu', message: `WebGPU cannot be used: ${found.reason}`, kept: 'Everything on this page is kept.', todo: 'Use the CPU, or a browser with WebGPU.',
      });
    }
    // A list that cannot be had is told where a file of it is used.
    const reason = await integrity().then(whyNoGpu, () => null);
    if (reason) {
      mark('gpu', { state: 'absent', device: found.name, reason });
      throw new LabError({
        code: 'no_webgpu', message: `WebGPU cannot be used: ${reason}`, kept: 'Everything on this page is kept.', todo: 'Use the CPU; the page says when WebGPU is there, if it is being built.',
      });
    }
    adapter = found.software ? `${found.name}, in software` : found.name;
    if (found.software && !force) {
      mark('gpu', { state: 'software', device: found.name, reason: 'computed in software' });
      return null;
    }
    return open('gpu');
  }

  return {
    status: () => ({ ...status }),
    loaded: () => now,
    /** Closes an engine whose device failed; it is opened anew when it is next asked for. @param {DeviceKind} kind */
    restart(kind) {
      if (drop(kind)) dispatch({ type: 'engine.lost', kind });
    },
    /** Ends both engines for good. */
    close() {
      closed ??= new LabError({ code: 'closed', message: 'the lab was closed', kept: 'What is stored on this device is kept.', todo: 'Open another one.' });
      for (const kind of /** @type {const} */ (['cpu', 'gpu'])) {
        clients[kind]?.end(closed);
        drop(kind);
      }
    },
    /** Whether the model is of the person's own data: it is gone when its engine stops. */
    ownsModel: () => own !== null,
    /** Key of the shipped data set that is in use, or would be without a model of one's own. */
    dataset: async () => (await files()).set.key,
    /** The engines that are ready. @returns {DeviceKind[]} */
    running: () => /** @type {const} */ (['cpu', 'gpu']).filter((kind) => status[kind].state === 'ready'),
    /** Starts the CPU engine; the page is usable when this resolves. */
    async start() {
      const lacking = whyNoEngine();
      if (lacking) {
        mark('cpu', { state: 'failed', reason: lacking.message });
        throw lacking;
      }
      const { ofFiles, ofModule } = waitFor(true, 'cpu');
      const early = files(ofFiles);
      early.catch(() => {});
      return open('cpu', ofModule);
    },
    /** Tries the GPU; never rejects, the badge tells. */
    offerGpu: () => openGpu(false).then(() => {}, () => {}),
    /** @param {DeviceWish} wish @returns {DeviceKind} what a wish comes to right now, without starting anything */
    would: (wish) => own ?? choose(status, wish).kind,
    /** @param {DeviceWish} wish @returns {Promise<DeviceKind>} the engine for a wish, started if need be */
    async resolve(wish) {
      if (own && wish !== 'auto' && (wish === 'cpu') !== (own === 'cpu')) {
        throw new LabError({
          code: 'setting', message: `device must be ${own === 'cpu' ? 'the CPU' : 'the GPU'}, where the model of your own data was trained, got \`${wish}\``, kept: 'Everything on this page is kept.', todo: 'Choose “Auto” under “Device”, or train again on the other device.',
        });
      }
      const kind = own ?? (await openFor(wish));
      await compare(kind);
      return kind;
    },
    /** Waits for what a run needs beside model and data; rejects if it cannot be had. */
    prepare: expectAnswers,
    /** The files of the package in use; null where the model was trained here. @returns {Promise<import('./assets.js').Named[] | null>} */
    package: async () => (own ? null : chosen ? chosen.read() : (await files()).model),
    /** Name of the model in use. @returns {Promise<string>} */
    model: async () => (own ? OWN : (chosen?.name ?? (await files()).set.model.name)),
    /**
     * Loads another shipped data set with its model, or a stored one in that one's place; if that fails, what is in use stays.
     * @param {string} next
     * @param {Source | null} [source]
     * @returns {Promise<Loaded>}
     */
    async change(next, source = null) {
      await open('cpu');
      const before = /** @type {WorkerClient} */ (clients.cpu);
      const module = moduleFor('cpu', source);
      const kept = next === key ? assets : null;
      const { ofFiles, ofModule } = waitFor(!kept, before.module === module ? null : module);
      const fetched = await (kept ?? fetchAssets(next, ofFiles));
      const client = before.module === module ? before : clientFor('cpu', source, ofModule);
      /** @type {Loaded} */
      let loaded;
      try {
        if (client !== before) await test('cpu', client);
        client.dismiss();
        loaded = await load(client, fetched, source);
      } catch (error) {
        if (client !== before) client.close();
        throw error;
      }
      if (client !== before) {
        clients.cpu = client;
        before.close();
      }
      fresh = true;
      mark('cpu', { threads: 1 });
      key = next;
      chosen = source;
      own = shipped = answers = comparing.cpu = expecting.cpu = null;
      now = loaded;
      assets = Promise.resolve(fetched);
      opening.cpu = Promise.resolve(loaded);
      completeLater('cpu');
      if (drop('gpu')) openGpu(false).catch(() => {});
      return loaded;
    },
    /**
     * Trains the original model on a person's own files; if that fails, what was loaded stays.
     * @param {{files: import('../types.d.ts').NamedBytes[], read?: import('../types.d.ts').ReadSpec, seed: number, epochs: number, folds: number}} what
     * @param {DeviceKind} kind
     * @param {(event: LabEvent) => void} onEvent
     * @returns {Promise<Loaded>}
     */
    async train({ files: data, read = {}, seed, epochs, folds }, kind, onEvent) {
      const client = clients[kind];
      if (!client) throw new LabError({ code: 'crash', message: 'the engine is not running', kept: 'Everything on this page is kept.', todo: 'Reload the page.' });
      await ready(kind, 'train');
      const loaded = expect(await client.send({ type: 'train', data, read, seed, epochs, folds }, onEvent), 'loaded');
      own = kind;
      now = loaded;
      return loaded;
    },
    /**
     * Teaches the shipped or stored model one more person; if that fails, what was loaded stays. One that was taught somebody already is begun anew.
     * @param {{person: import('../types.d.ts').Person, spec: Partial<import('../types.d.ts').TeachSpec>}} what
     * @param {DeviceKind} kind
     * @param {(event: LabEvent) => void} onEvent
     * @returns {Promise<Loaded>}
     */
    async teach({ person, spec }, kind, onEvent) {
      const client = clients[kind];
      if (!client) throw new LabError({ code: 'crash', message: 'the engine is not running', kept: 'Everything on this page is kept.', todo: 'Reload the page.' });
      const { model, data, set } = await files();
      const read = chosen ? await chosen.read() : model;
      const crossFit = chosen ? null : await (answers ??= fetchCrossFit(set));
      const whole = crossFit ? [...read, { name: 'crossfit.safetensors', bytes: crossFit }] : read;
      await ready(kind, 'teach');
      const loaded = expect(await client.send({ type: 'teach', model: whole, data, person, spec }, onEvent), 'loaded');
      own = kind;
      now = loaded;
      return loaded;
    },
    /** The engine on which a wish would be trained. */
    openFor,
    /**
     * @template {Reply['type']} T
     * @param {DeviceKind} kind
     * @param {Command} command
     * @param {T} answer the reply's type
     * @param {(event: LabEvent) => void} [onEvent]
     * @returns {Promise<Extract<Reply, {type: T}>>}
     */
    async send(kind, command, answer, onEvent) {
      await open(kind);
      const client = clients[kind];
      if (!client) throw new LabError({ code: 'crash', message: 'the engine is not running', kept: 'Everything on this page is kept.', todo: 'Reload the page.' });
      await ready(kind, command.type);
      return expect(await client.send(command, onEvent), answer);
    },
    /**
     * Lets so many engines of the processor share the work from now on. One that has worked since it loaded is opened anew: what it found is gone there.
     * @param {number | null} n null for as many as suit
     */
    setThreads(n) {
      const { cpu } = clients;
      const anew = cpu !== null && !fresh && !own && n !== cpu.threads;
      if (anew && cpu.current && wantsTeam(cpu.current.command.type)) throw new LabError({ code: 'busy', message: 'the engine is at work', kept: 'It goes on.', todo: 'Wait for it, or cancel it first.' });
      threads = n;
      if (!anew) return;
      cpu.end(new LabError({ code: 'crash', message: 'the engine was opened anew', kept: 'Everything on this page is kept.', todo: 'Try again.' }));
      if (drop('cpu')) dispatch({ type: 'engine.lost', kind: 'cpu' });
    },
    /** @param {DeviceKind} kind @param {Control} control */
    control: (kind, control) => clients[kind]?.control(control),
  };
}

/** @param {DeviceKind} kind @param {Source | null} source */
const moduleFor = (kind, source) => (kind === 'gpu' ? 'gpu' : source?.kind === 'text' ? 'text' : 'cpu');

/**
 * @template {Reply['type']} T
 * @param {Reply} reply
 * @param {T} type
 * @returns {Extract<Reply, {type: T}>}
 */
function expect(reply, type) {
  if (reply.type !== type) throw new Error(`the engine answered ${reply.type} where ${type} was due`);
  return /** @type {Extract<Reply, {type: T}>} */ (reply);
}

/** @typedef {ReturnType<typeof createEngine>} EngineHost */
