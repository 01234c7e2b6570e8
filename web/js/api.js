// @ts-check
// `window.unlearnLab`: the script interface, and the only way in which the page itself drives the engine. Documented in API.md.

import { assetSets } from './assets.js';
import { OWN } from './datasets.js';
import { cancelledRun, LabError, shown } from './errors.js';
import { DEVICES, given, isFiles, named, refused, requestOf, whole } from './given.js';
import { requests } from './requests.js';

/** @typedef {import('./engine.js').EngineHost} EngineHost */
/** @typedef {import('./types.d.ts').CompareRow} CompareRow */
/** @typedef {import('./types.d.ts').CompareState} CompareState */
/** @typedef {import('./types.d.ts').DeviceKind} DeviceKind */
/** @typedef {import('./types.d.ts').DeviceWish} DeviceWish */
/** @typedef {import('./types.d.ts').ForgetSpec} ForgetSpec */
/** @typedef {import('./types.d.ts').LabEvent} LabEvent */
/** @typedef {import('./types.d.ts').Loaded} Loaded */
/** @typedef {import('./types.d.ts').Report} Report */
/** @typedef {import('./types.d.ts').RunRequest} RunRequest */
/** @typedef {import('./types.d.ts').InterruptedRun} InterruptedRun */
/** @typedef {import('./checkpoints.js').Seen} Seen */
/** A run to go on with. @typedef {NonNullable<Awaited<ReturnType<typeof import('./checkpoints.js').readRun>>> & {id: string, release: () => void}} Found */

/**
 * @typedef {object} RunOptions
 * @property {string} [method] id from the method table; `e2urec` if left out
 * @property {ForgetSpec} forget what to forget; `{standard: true}` is the paper’s 20 % of users
 * @property {Record<string, number>} [params] parameters that differ from the method's defaults
 * @property {number} [steps] the student's steps; the method's default for this forget set if left out
 * @property {number} [seed] 1 if left out
 * @property {DeviceWish} [device] `auto` if left out
 * @property {number} [evalEvery] steps between two live evaluations; 0 (only at the end) if left out
 * @property {(event: LabEvent) => void} [onEvent]
 */

/**
 * @typedef {object} CompareOptions
 * @property {(string | {method: string, preset?: string})[]} [methods] `method` or `method/preset`; every method with its first preset if left out
 * @property {number[]} [seeds] `[1]` if left out
 * @property {ForgetSpec} forget what to forget; `{standard: true}` is the paper’s 20 % of users
 * @property {number} [steps] the student's steps of every run; the method's default if left out
 * @property {DeviceWish} [device] `auto` if left out
 * @property {(row: CompareRow) => void} [onRow] called with each row when it is done
 */

/**
 * @typedef {object} AttackOptions
 * @property {string[]} [attacks] ids from the attack table; all of them if left out
 * @property {Record<string, Record<string, number>>} [params] by attack and parameter, what differs from the defaults
 * @property {number} [seed] 1 if left out
 * @property {(event: LabEvent) => void} [onEvent]
 * @property {(finding: import('./types.d.ts').Finding) => void} [onFinding] called with each finding when it is made
 */

/**
 * @typedef {object} TrainOptions
 * @property {{name: string, bytes: Uint8Array}[]} files
 * @property {number} [seed] 1 if left out
 * @property {number} [epochs] 1 if left out
 * @property {number} [folds] further models to train, each without as large a part of the people: they say what to expect of a model that never saw a person, which calibrates runs; 0 for none, if left out
 * @property {DeviceWish} [device] `auto` if left out
 * @property {(event: LabEvent) => void} [onEvent]
 */

/**
 * What a listener is told of every run, whoever began it.
 * @typedef {object} Watcher
 * @property {(run: {kind: 'run' | 'retrain', request: RunRequest, device: DeviceKind, from?: {step: number, seen: Seen}}) => void} onStart
 * @property {(event: LabEvent) => void} onEvent
 * @property {(report: Report, run: {kind: 'run' | 'retrain', request: RunRequest, device: DeviceKind}) => void} onReport
 * @property {(error: unknown) => void} onError
 * @property {() => void} onReset
 * @property {(step: number, why: string) => void} onBack an engine stopped, and the run goes on from this step
 * @property {(why: string) => void} onUnkept checkpoints can no longer be stored
 * @property {() => Seen} seen what was seen of the run in progress
 * @property {(runs: InterruptedRun[]) => void} onInterrupted runs that ended in the middle were found
 * @property {(update: (compare: CompareState) => CompareState) => void} onCompare a comparison goes on
 * @property {(update: (attacks: import('./types.d.ts').AttackState) => import('./types.d.ts').AttackState) => void} onAttack attacks go on
 * @property {(key: string, own: boolean) => void} onDataStart other data is being loaded, or the person's own is being trained on
 * @property {(event: LabEvent) => void} onTraining
 * @property {(loaded: Loaded, key: string) => void} onLoaded
 * @property {(error: unknown) => void} onDataError
 * @property {(patch: Partial<import('./types.d.ts').ModelsState>) => void} onModels the list of models, or work on one, changed
 */

/** The name of a run as `interrupted` tells it; names become folders. @param {string} id */
function runId(id) {
  if (typeof id !== 'string' || !/^[0-9-]{1,40}$/.test(id)) throw refused(`run must be given by its id, got \`${shown(id)}\``);
}

/** Steps between two checkpoints: a second or so of a small model's, and what is lost at most. */
const CHECKPOINT_EVERY = 20;

export { requestOf } from './given.js';

/**
 * @param {EngineHost} engine
 * @param {Promise<Loaded>} ready
 * @param {Watcher} watcher
 */
export function createApi(engine, ready, watcher) {
  /** @type {DeviceKind | null} */
  let running = null;
  /** Whether the run that is about to begin was cancelled before an engine had it. */
  let early = false;
  /** @type {DeviceKind | null} device whose engine holds the last result */
  let holder = null;
  /** A comparison in progress, and whether it is to end. @type {{stopped: boolean} | null} */
  let comparing = null;
  /** The models of this site and this device: loaded when they are first asked for. @type {Promise<import('./models.js').Models> | null} */
  let store = null;
  /** Name of the model in use, for what may not wait. */
  let using = '';
  const models = async () => {
    store ??= import('./models.js').then(({ createModels }) => createModels({ inUse: () => using, tell: watcher.onModels }));
    store.catch(() => (store = null));
    const made = await store;
    await ready.catch(() => {});
    using = await engine.model().catch(() => '');
    return made;
  };
  /** What is loaded now. */
  const current = async () => engine.loaded?.() ?? ready;
  const reader = () => holder ?? engine.would('auto');
  const adapter = async () => {
    await ready;
    return (await engine.send(reader(), { type: 'adapter' }, 'adapter')).files;
  };
  const busy = (/** @type {string} */ what) => new LabError({ code: 'busy', message: `${what} is in progress`, kept: 'It goes on.', todo: 'Wait for it, or cancel it first.' });

  /** The engine for a run, with all that it needs. @param {'run' | 'retrain'} kind @param {DeviceWish} wish */
  async function engineFor(kind, wish) {
    const device = await engine.resolve(wish);
    if (kind === 'run') await engine.prepare(device);
    return device;
  }

  /**
   * @param {'run' | 'retrain'} kind
   * @param {RunRequest} request
   * @param {DeviceWish} wish
   * @param {((event: LabEvent) => void) | undefined} onEvent
   * @param {Found | null} [found] a run to go on with
   */
  async function carryOut(kind, request, wish, onEvent, found = null) {
    if (running) throw busy('a run');
    running = 'cpu';
    /** @type {import('./checkpoints.js').Keeper | null} */
    let keeper = null;
    let release = found?.release ?? (() => {});
    early = false;
    try {
      await ready;
      const device = await engineFor(kind, wish);
      running = device;
      if (kind === 'run' && !engine.ownsModel()) {
        const { Keeper, claim } = await import('./checkpoints.js');
        const id = found?.id ?? `${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
        if (!found && !comparing) release = (await claim(id)) ?? release;
        const about = { request, device: wish, dataset: await engine.dataset(), model: await engine.model() };
        // A cell of a comparison is begun anew with it; its checkpoints only help against an engine that stops.
        keeper = new Keeper(id, about, found, !comparing, watcher.onUnkept);
      }
      if (early) throw cancelledRun();
      const run = { kind, request, device, ...(found && { from: { step: found.written.step, seen: found.written.seen } }) };
      watcher.onStart(run);
      const report = await untilDone(run, wish, keeper, onEvent);
      if (kind === 'run') holder = run.device;
      running = null;
      await keeper?.end(false);
      watcher.onReport(report, run);
      return report;
    } catch (error) {
      running = null;
      const { code } = /** @type {Partial<LabError>} */ (error);
      const keep = Boolean(keeper?.step) && code !== 'cancelled' && code !== 'checkpoint';
      await keeper?.end(keep);
      const told = keep && keeper?.written.length && error instanceof LabError ? new LabError({ ...error, message: error.message, kept: `The run is kept on this device up to step ${keeper.step}.`, todo: 'Press “Go on”; on another device if it happens again.' }) : error;
      watcher.onError(told);
      throw told;
    } finally {
      release();
      if (keeper) void look();
    }
  }

  /**
   * Has an engine carry out a run. If the engine stops, the run goes on from its last checkpoint with the next one, as long as it gets further each time.
   * @param {{kind: 'run' | 'retrain', request: RunRequest, device: DeviceKind}} run
   * @param {DeviceWish} wish
   * @param {import('./checkpoints.js').Keeper | null} keeper
   * @param {((event: LabEvent) => void) | undefined} onEvent
   */
  async function untilDone(run, wish, keeper, onEvent) {
    const { kind, request } = run;
    const hear = (/** @type {LabEvent | import('./types.d.ts').Checkpoint} */ event) => {
      if (event.type === 'checkpoint') return keeper?.keep(event.step, event.files, watcher.seen());
      watcher.onEvent(event);
      return onEvent?.(event);
    };
    for (let reached = -1; ; ) {
      const command = kind === 'run' ? { type: /** @type {const} */ ('run'), request, checkpoint_every: keeper ? CHECKPOINT_EVERY : 0, resume: keeper?.latest() ?? [] } : { type: /** @type {const} */ ('retrain'), forget: request.forget, seed: request.seed };
      try {
        return (await engine.send(run.device, command, 'report', hear)).report;
      } catch (error) {
        // A GPU that is lost may be told by the engine, as an error of its device, before it is told by the browser.
        const lost = error instanceof LabError && error.code === 'device' && run.device === 'gpu';
        const stopped = error instanceof LabError && (error.code === 'crash' || lost);
        if (!stopped || !keeper || keeper.step <= reached) throw error;
        reached = keeper.step;
        watcher.onBack(reached, lost ? 'the GPU failed' : error.message);
        if (lost) {
          console.warn(error.message);
          engine.restart(run.device);
        }
        run.device = running = await engineFor(kind, wish);
        if (early) throw cancelledRun();
      }
    }
  }

  /** Looks for runs that ended in the middle. */
  const look = async () => {
    const found = await import('./checkpoints.js').then(({ interrupted }) => interrupted()).catch(() => []);
    watcher.onInterrupted(found);
    return found;
  };

  /**
   * Puts another model in the present one's place.
   * @param {string} key
   * @param {() => Promise<Loaded>} load
   */
  async function replace(key, load) {
    if (running || comparing) throw busy('a run');
    running = 'cpu';
    try {
      await ready.catch(() => {});
      watcher.onDataStart(key, key === OWN);
      const loaded = await load();
      running = holder = null;
      watcher.onLoaded(loaded, key);
      if (store) void models().then((made) => made.refresh(), () => {});
      return loaded;
    } catch (error) {
      running = null;
      watcher.onDataError(error);
      throw error;
    }
  }

  /** @param {RunOptions} options */
  const run = (options) => carryOut('run', requestOf(options), options.device ?? 'auto', options.onEvent);

  const api = {
    /** Version of the page. */
    version: PAGE_VERSION,
    /** Resolves when the model and its data are loaded. */
    ready,
    /** What can be chosen: users, genres, methods with their parameters, shipped figures. */
    info: current,
    /** State of both engines, self-tests included. */
    device: () => engine.status(),
    /** Unlearns. @param {RunOptions} options @returns {Promise<Report>} */
    async run(options) {
      if (comparing) throw busy('a comparison');
      return run(options);
    },
    /** Trains Retrain for a forget set here. @param {Pick<RunOptions, 'forget' | 'seed' | 'device' | 'onEvent'>} options @returns {Promise<Report>} */
    async retrain(options) {
      if (comparing) throw busy('a comparison');
      return carryOut('retrain', requestOf(options), options.device ?? 'auto', options.onEvent);
    },
    /** Runs that ended in the middle, with a closed tab or a device that failed, and can go on; newest first. @returns {Promise<InterruptedRun[]>} */
    interrupted: look,
    /** Goes on with a run that ended in the middle, from its last checkpoint. @param {string} id @param {Pick<RunOptions, 'onEvent' | 'device'>} [options] @returns {Promise<Report>} */
    async continueRun(id, options = {}) {
      const { device, onEvent } = given(options);
      if (device !== undefined && !DEVICES.includes(device)) throw refused(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
      runId(id);
      if (running || comparing) throw busy('a run');
      await ready;
      const { claim, readRun } = await import('./checkpoints.js');
      const release = await claim(id);
      if (!release) throw new LabError({ code: 'busy', message: 'the run is at work in another tab', kept: 'It goes on there.', todo: 'Look for the other tab, or close it first.' });
      try {
        const found = await readRun(id);
        if (!found) {
          void look();
          throw new LabError({ code: 'checkpoint', message: 'what was kept of this run is gone or damaged', kept: 'It was thrown away, so that nothing wrong is gone on with; everything else is kept.', todo: 'Press Start to begin the run anew.' });
        }
        const { about } = found.written;
        if (about.dataset !== (await engine.dataset()) || engine.ownsModel()) await api.load({ data: about.dataset });
        if (about.model !== (await engine.model())) await api.useModel(about.model);
        return await carryOut('run', about.request, device ?? about.device, onEvent, { ...found, id, release });
      } finally {
        release();
      }
    },
    /** Throws away what is kept of a run that ended in the middle. @param {string} id */
    async discardRun(id) {
      runId(id);
      await (await import('./checkpoints.js')).discard(id);
      await look();
    },
    /** Runs methods × seeds one after another, and resolves to the rows of the table. @param {CompareOptions} options @returns {Promise<CompareRow[]>} */
    async compare(options) {
      if (comparing || running) throw busy(comparing ? 'a comparison' : 'a run');
      const { forget, steps, device } = given(options);
      requestOf({ forget, steps: steps ?? undefined, device });
      const mine = (comparing = { stopped: false });
      try {
        const [{ compareAll }, loaded] = await Promise.all([import('./comparing.js'), current()]);
        const price = async (/** @type {RunOptions} */ { device = 'auto', ...rest }) => engine.send(await engine.resolve(device), { type: 'select', request: requestOf(rest) }, 'selection');
        return await compareAll(options, { loaded, run, price, tell: watcher.onCompare, stopped: () => mine.stopped, ended: () => (comparing = null) });
      } finally {
        comparing = null;
      }
    },
    /** Which attacks there are, and what they will cost on this device. @param {Pick<AttackOptions, 'attacks' | 'params'>} [options] @returns {Promise<import('./types.d.ts').AttackOffer[]>} */
    async attackTable(options = {}) {
      const [{ attackRequest }] = await Promise.all([import('./attacking.js'), ready]);
      return (await engine.send(reader(), { type: 'attack_table', request: attackRequest(given(options)) }, 'attack_table')).attacks;
    },
    /** Attacks what the last run left. Cancelling keeps what was found so far. @param {AttackOptions} [options] @returns {Promise<import('./types.d.ts').AttackReport>} */
    async attack(options = {}) {
      if (comparing || running) throw busy(comparing ? 'a comparison' : 'a run');
      given(options);
      running = reader();
      early = false;
      try {
        const [{ attackAll }] = await Promise.all([import('./attacking.js'), ready]);
        const device = (running = reader());
        return await attackAll(options, { send: (command, answer, hear) => engine.send(device, command, answer, hear), tell: watcher.onAttack, stopped: () => early, ended: () => (running = null) });
      } finally {
        running = null;
      }
    },
    /** Loads another data set that is shipped with the page, and its model. @param {{data: string}} options @returns {Promise<Loaded>} */
    async load(options) {
      const { data } = given(options);
      const sets = (await assetSets()).map((set) => set.key);
      if (!sets.includes(data)) throw refused(`data must be one of ${sets.join(', ')}, got \`${shown(data)}\``);
      return replace(data, () => engine.change(data));
    },
    /** Trains a model on files of one's own, on this device; it takes the shipped one's place. @param {TrainOptions} options @returns {Promise<Loaded>} */
    async train(options) {
      const { files, seed = 1, epochs = 1, folds = 0, device = 'auto', onEvent } = given(options);
      if (!isFiles(files) || !files.every((file) => file.bytes instanceof Uint8Array)) throw refused('files must be a list of {name, bytes}');
      whole('seed', seed, 0);
      whole('epochs', epochs, 1);
      whole('folds', folds, 0);
      if (folds === 1 || folds > 20) throw refused(`folds must be 0, or 2 to 20, got \`${shown(folds)}\``);
      if (!DEVICES.includes(device)) throw refused(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
      return replace(OWN, async () => {
        const kind = (running = await engine.openFor(device));
        return engine.train({ files, seed, epochs, folds }, kind, (event) => {
          watcher.onTraining(event);
          onEvent?.(event);
        });
      });
    },
    /** The models of this site and those stored on this device. @returns {Promise<import('./types.d.ts').ModelEntry[]>} */
    async models() {
      const entries = await (await models()).refresh();
      return entries.map((entry) => ({ ...entry, inUse: entry.name === using }));
    },
    /**
     * Puts another model in the present one's place; one that is not stored yet is downloaded first.
     * @param {string} name
     * @param {{onProgress?: (job: import('./types.d.ts').ModelJob) => void}} [options]
     * @returns {Promise<Loaded>}
     */
    async useModel(name, options = {}) {
      const { onProgress } = given(options);
      if (running || comparing) throw busy('a run');
      const { set, source } = await (await models()).source(named(name), onProgress);
      const sets = (await assetSets()).map((one) => one.key);
      if (set && !sets.includes(set)) throw refused(`\`${name}\` was trained on \`${set}\`, which this site does not have`);
      const next = set ?? (await engine.dataset());
      watcher.onModels({ next: name });
      try {
        return await replace(next, () => engine.change(next, source));
      } finally {
        watcher.onModels({ next: '' });
      }
    },
    /** Stores a model of this site on this device; a download that was paused goes on. @param {string} name @param {{onProgress?: (job: import('./types.d.ts').ModelJob) => void}} [options] */
    downloadModel: async (name, options = {}) => (await models()).download(named(name), given(options).onProgress),
    /** Pauses a download; what is there stays. @param {string} name */
    pauseModel: async (name) => (await models()).pause(named(name)),
    /** Ends a download or an import, and throws away what there is of it. @param {string} name */
    cancelModel: async (name) => (await models()).cancel(named(name)),
    /**
     * Makes a package of a published model on this device, and stores it.
     * @param {(File | {name: string, bytes: Uint8Array})[]} files a .gguf, or the files of a Hugging Face folder
     * @param {import('./models.js').ImportOptions} [options]
     */
    importModel: async (files, options = {}) => {
      if (!isFiles(files)) throw refused('files must be a list of `File`s or {name, bytes}');
      return (await models()).make(files, given(options));
    },
    /** Deletes a stored model. @param {string} name @returns {Promise<{freed: number}>} bytes that became free */
    deleteModel: async (name) => ({ freed: await (await models()).remove(named(name)) }),
    /** What the models read of a person and an item, and how they answer, before and after the last run. @param {{user: number, item: number}} options */
    async explain(options) {
      const { user, item } = given(options);
      whole('user', user, 0);
      whole('item', item, 0);
      await ready;
      const { title, before, after } = await engine.send(reader(), { type: 'explain', user, item }, 'prompt');
      return { user, item, title, before, after };
    },
    /** What a run would forget and cost; nothing is run. @param {RunOptions} options */
    async select(options) {
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
    async recommend(options) {
      const { user, k = 10 } = given(options);
      whole('user', user, 0);
      whole('k', k, 1);
      await ready;
      return engine.send(reader(), { type: 'recommend', user, k }, 'recommendations');
    },
    /** Every request since the page was loaded, of the page, its workers and the offline copy, oldest first. */
    requests: async () => requests(),
    /** The forgetting report of the last run: `report.json`, sealed by its own hash, and `report.html`, a page to be printed. */
    async record() {
      return (await engine.send(reader(), { type: 'record', made: new Date().toISOString() }, 'record')).files;
    },
    /** The adapter of the last run, in PEFT's layout. */
    adapter,
    /**
     * Stores the model with the last run's adapter in its weights, requantised; found under its name by `models()` and `useModel()`.
     * @param {{name?: string, quantisation?: import('./models.js').Quantisation}} [options]
     * @returns {Promise<import('./types.d.ts').ModelEntry>}
     */
    async mergeModel(options = {}) {
      const { name, quantisation } = given(options);
      if (running || comparing) throw busy('a run');
      const [last, base] = [await adapter(), await engine.package()];
      if (!base) throw refused('the model must be a package, got one that was trained here: its adapter can be taken along alone');
      return (await models()).merge({ base, adapter: last, name, quantisation });
    },
    /** Drops the adapter and every figure of this device's runs. */
    async reset() {
      if (running || comparing) throw busy('a run');
      await ready;
      for (const kind of engine.running()) await engine.send(kind, { type: 'reset' }, 'done');
      holder = null;
      watcher.onReset();
    },
    /** Ends the run; its promise rejects with code `cancelled`. A comparison ends with what is finished. Without a run nothing happens. */
    cancel() {
      if (comparing) comparing.stopped = true;
      early = true;
      if (running) engine.control(running, 'cancel');
    },
    /** Stands still after the current step. */
    pause: () => (running ? engine.control(running, 'pause') : undefined),
    /** Goes on. */
    resume: () => (running ? engine.control(running, 'resume') : undefined),
    /** One step, then stands still. */
    step: () => (running ? engine.control(running, 'step') : undefined),
  };
  return api;
}

/** @typedef {ReturnType<typeof createApi>} Api */
