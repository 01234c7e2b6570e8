// @ts-check
// What a person can do on the page, in terms of the script interface and the state. Views call these and nothing else.

import { addressOfTab, addressWith } from './address.js';
import { asSentence, troubleOf } from './errors.js';
import { bytes } from './format.js';
import { choiceOf, forgetOf, keyOf, nameOf, optionsOf, presetParams, matchingPreset, offered, suitedPreset } from './request.js';
import { outcomeOf, rowOf } from './sentence.js';
import { DATASETS, OWN, wordsFor } from './datasets.js';
import { assetSets, fetchReference } from './assets.js';
import { freshSession, idleAttacks, idleRun } from './state.js';

/** @typedef {import('./api.js').Api} Api */
/** @typedef {import('./api.js').Watcher} Watcher */
/** @typedef {import('./state.js').Store} Store */
/** @typedef {import('./types.d.ts').Choice} Choice */
/** @typedef {import('./types.d.ts').LabEvent} LabEvent */
/** @typedef {import('./types.d.ts').Loaded} Loaded */
/** @typedef {import('./types.d.ts').State} State */

/** Quiet time before a change is sent to be priced. */
const SELECT_DELAY_MS = 140;
const TOP_K = 10;

/** A person with enough history to be worth forgetting, and few enough to be quick. @param {Loaded} loaded */
function firstUser(loaded) {
  const fit = loaded.users.filter((user) => user.n_train >= 40 && user.n_train <= 160);
  return (fit[0] ?? loaded.users[0])?.user ?? null;
}

/**
 * Keeps the state in step with every run, whether the page or a script began it.
 * @param {Store} store
 * @param {{afterRun: () => void, begin: (loaded: Loaded) => void}} hooks
 * @returns {Watcher}
 */
export function watch(store, { afterRun, begin }) {
  const { state } = store;
  const named = (/** @type {import('./types.d.ts').ForgetSpec} */ forget) => nameOf(forget, wordsFor(state.loaded).items);
  return {
    onStart({ kind, request, from }) {
      const forgetKey = keyOf(request.forget);
      const seen = from && { step: from.step, losses: from.seen.losses.filter(({ step }) => step <= from.step), evals: from.seen.evals.filter(({ step }) => step <= from.step) };
      // What a run goes on to forget is what the page then shows.
      const choice = from && choiceOf(request.forget);
      if (choice) store.patch('choice', choice);
      const keep = kind === 'retrain' ? { losses: state.run.losses, evals: state.run.evals, every: state.run.every } : { every: request.eval_every };
      store.put('run', { ...idleRun(), ...keep, ...seen, status: 'running', startedAt: performance.now(), kind, label: named(request.forget), forgetKey });
    },
    onEvent(event) {
      store.put('run', advance(state.run, event));
    },
    onReport(report, { kind, request, device }) {
      const key = keyOf(request.forget);
      const retrain = rowOf(report, 'retrain');
      if (retrain) store.put('retrains', { ...state.retrains, [key]: retrain });
      store.patch('run', { status: 'done', paused: false, left: 0, elapsed: elapsedOf(state.run) });
      if (kind === 'run') {
        store.put('result', { report, label: named(request.forget), kind: device, lost: false, notice: null, merged: null });
        // What was found of an earlier result says nothing of this one.
        store.put('attacks', { ...idleAttacks(), params: state.attacks.params });
        store.put('last', { method: request.method, params: request.params, steps: request.steps ?? null, seed: request.seed, forgetKey: key });
        store.put('asked', withAsked(state.asked, report, request, device, named(request.forget)));
      }
      // Between two cells of a comparison nobody looks at a person's list.
      if (state.compare.status !== 'running') afterRun();
    },
    onError(error) {
      const trouble = troubleOf(error);
      store.patch('run', { status: trouble.code === 'cancelled' ? 'cancelled' : 'error', paused: false, cancelling: false, error: trouble });
    },
    onBack(step, why) {
      const { losses, evals } = state.run;
      const upTo = (/** @type {{step: number}} */ point) => point.step <= step;
      const notice = `${asSentence(why)} It was started again, and the run went on from step ${step}.`;
      store.patch('run', { losses: losses.filter(upTo), evals: evals.filter(upTo), step, notice });
    },
    onUnkept: (why) => store.patch('run', { notice: `${asSentence(`Checkpoints cannot be stored: ${why}`)} The run goes on, but would be lost with this tab.` }),
    seen: () => ({ losses: state.run.losses, evals: state.run.evals, total: state.run.phase === 'student' ? state.run.total : 0 }),
    onInterrupted: (runs) => store.put('interrupted', runs[0] ?? null),
    onReset() {
      store.put('run', idleRun());
      store.put('result', { report: null, label: '', kind: 'cpu', lost: false, notice: null, merged: null });
      store.put('retrains', {});
      store.put('attacks', idleAttacks());
      store.put('last', null);
      store.put('compare', { ...state.compare, status: 'idle', rows: [], beside: {}, failed: {}, error: null });
      afterRun();
    },
    onCompare(update) {
      const before = state.compare.status;
      store.put('compare', update(state.compare));
      // What a script compares is what the page then shows.
      const now = state.compare;
      const choice = before !== 'running' && now.status === 'running' && now.forget && now.forgetKey !== keyOf(forgetOf(state.choice)) ? choiceOf(now.forget) : null;
      if (choice) store.patch('choice', choice);
      if (before === 'running' && state.compare.status !== 'running') afterRun();
    },
    onAttack: (update) => store.put('attacks', update(state.attacks)),
    onDataStart: (key, own) => store.patch('data', { status: 'busy', next: key, what: own ? 'Reading your files' : 'Loading model and data', done: 0, total: 0, left: null, error: null }),
    onTraining(event) {
      if (event.type !== 'progress') return;
      const what = { before: 'Measuring', after: 'Measuring', augment: 'Training', teachers: 'Training', student: 'Training', calibrate: 'Measuring', retrain: 'Training', attack: 'Measuring' }[event.phase];
      store.patch('data', { what, done: event.done, total: event.total, left: event.left_ms == null ? null : event.left_ms / 1000 });
    },
    onLoaded(loaded, key) {
      const { picks: _, ...rest } = state.compare;
      for (const [slice, value] of Object.entries(freshSession())) store.put(/** @type {keyof State} */ (slice), /** @type {any} */ (value));
      store.patch('compare', { seeds: rest.seeds, steps: rest.steps });
      store.patch('data', { key, status: 'ready', next: '', error: null, own: key === OWN });
      begin(loaded);
    },
    onModels: (patch) => store.patch('models', patch),
    onDataError(error) {
      store.patch('data', { status: 'error', next: '', error: troubleOf(error) });
    },
  };
}

/**
 * The session's requests with one more, or with what came of making one again.
 * @param {import('./types.d.ts').Asked[]} asked @param {import('./types.d.ts').Report} report @param {import('./types.d.ts').RunRequest} request
 * @param {import('./types.d.ts').DeviceKind} device @param {string} label
 */
function withAsked(asked, report, request, device, label) {
  const adapter = report.adapter_sha256 ?? null;
  if (asked.some((one) => one.again === 'busy')) {
    return asked.map((one) => (one.again === 'busy' ? { ...one, again: adapter !== null && adapter === one.adapter ? /** @type {const} */ ('same') : /** @type {const} */ ('other') } : one));
  }
  const { method, params, seed, forget } = request;
  const [before, after] = [rowOf(report, 'original'), outcomeOf(report)].map((row) => row?.forget.auc ?? null);
  return [...asked, { forget, label, method, params, steps: request.steps ?? null, seed, device, before, after, adapter, again: null }];
}

/** Puts data and model into the address, so that a reload finds them. @param {Record<'data' | 'model', string | null>} what */
function remember(what) {
  history.replaceState(null, '', addressWith(location.href, what));
}

/** Seconds since a run's start, pauses excluded. @param {State['run']} run */
const elapsedOf = (run) => ((run.pausedAt ?? performance.now()) - run.startedAt - run.pausedMs) / 1000;

/** @param {State['run']} run @param {LabEvent} event @returns {State['run']} */
function advance(run, event) {
  switch (event.type) {
    case 'progress': {
      const seen = run.seen.includes(event.phase) ? run.seen : [...run.seen, event.phase];
      const step = event.phase === 'student' ? event.done : run.step;
      return { ...run, phase: event.phase, seen, done: event.done, total: event.total, elapsed: elapsedOf(run), left: event.left_ms == null ? null : event.left_ms / 1000, step };
    }
    case 'losses':
      for (const loss of event.steps) run.losses.push(loss);
      return { ...run, step: event.steps.at(-1)?.step ?? run.step };
    case 'eval':
      run.evals.push({ step: event.step, test: event.test, forget: event.forget });
      return { ...run };
    case 'paused':
      if (event.paused) return { ...run, paused: true, pausedAt: run.pausedAt ?? performance.now() };
      return { ...run, paused: false, pausedMs: run.pausedMs + (run.pausedAt == null ? 0 : performance.now() - run.pausedAt), pausedAt: null };
  }
}

/**
 * @param {Store} store
 * @param {Api} api
 */
export function createActions(store, api) {
  const { state } = store;
  let timer = 0;
  let asked = 0;

  /** Prices the present choice, a moment after the last change. @param {number} [delay] ms */
  function price(delay = SELECT_DELAY_MS) {
    const options = optionsOf(state);
    window.clearTimeout(timer);
    asked += 1;
    if (!options) return store.put('selection', { status: 'empty', value: null, error: null });
    store.patch('selection', { status: 'busy', error: null });
    const mine = asked;
    timer = window.setTimeout(async () => {
      if (state.run.status === 'running') return;
      try {
        const value = await api.select(options);
        if (mine === asked) store.put('selection', { status: 'ready', value, error: null });
      } catch (error) {
        if (mine === asked) store.put('selection', { status: 'error', value: null, error: troubleOf(error) });
      }
    }, delay);
    return undefined;
  }

  /** @param {number} user */
  async function loadUser(user) {
    if (state.users[user]?.status === 'ready' || state.users[user]?.status === 'busy') return;
    store.put('users', { ...state.users, [user]: { status: 'busy', rows: [], error: null } });
    try {
      const { rows } = await api.user(user);
      store.put('users', { ...state.users, [user]: { status: 'ready', rows, error: null } });
    } catch (error) {
      store.put('users', { ...state.users, [user]: { status: 'error', rows: [], error: troubleOf(error) } });
    }
  }

  /** @param {number} user */
  async function recommend(user) {
    store.patch('recs', { user, status: 'busy', error: null });
    try {
      const { before, after, n_compared, n_candidates } = await api.recommend({ user, k: TOP_K });
      if (state.recs.user === user) store.patch('recs', { status: 'ready', before, after: after ?? null, compared: [n_compared, n_candidates] });
    } catch (error) {
      if (state.recs.user === user) store.patch('recs', { status: 'error', error: troubleOf(error) });
    }
  }

  /** The user whose list says most about the present choice. */
  function userToShow() {
    const forget = forgetOf(state.choice);
    if (state.choice.kind === 'person' || state.choice.kind === 'ratings') return state.choice.user;
    const standard = state.loaded?.users.filter((user) => user.standard).map((user) => user.user) ?? [];
    if (forget?.standard) return state.recs.user != null && standard.includes(state.recs.user) ? state.recs.user : standard[0] ?? null;
    return state.recs.user ?? state.choice.user;
  }

  function refreshPeople() {
    store.put('users', {});
    if (state.choice.user != null) void loadUser(state.choice.user);
    const user = userToShow();
    if (user != null) void recommend(user);
  }

  const actions = {
    price,
    /** Draws again: a part of the page has just come. */
    refresh: () => store.invalidate(),
    /** @param {State['tab']} tab */
    tab(tab) {
      if (state.tab === tab) return;
      store.put('tab', tab);
      history.replaceState(null, '', addressOfTab(location.href, tab));
      window.scrollTo(0, 0);
    },
    /** What this site has, for the switch of the data. @param {string} key of what is loaded */
    async offerData(key) {
      const sets = (await assetSets().catch(() => [])).flatMap(({ key: known, terms }) => {
        const set = DATASETS.find((one) => one.key === known);
        return set ? [{ key: known, label: set.label, licence: set.licence, terms }] : [];
      });
      store.patch('data', { sets, key });
    },
    /** Another shipped data set, or the panel for own files. @param {string} key */
    async data(key) {
      if (key === OWN) return store.patch('data', { own: true, error: null });
      store.patch('data', { own: false, error: null });
      if (key === state.data.key) return undefined;
      if (await api.load({ data: key }).catch(() => null)) remember({ data: key, model: null });
      return undefined;
    },
    /** @param {{name: string, bytes: Uint8Array}[]} files @param {number} epochs @param {number} folds */
    async trainOwn(files, epochs, folds) {
      await api.train({ files, epochs, folds, seed: 2, device: state.setup.device }).catch(() => {});
    },
    /** Looks what models there are. */
    async models() {
      store.patch('models', { status: 'busy', error: null });
      await api.models().catch((error) => store.patch('models', { status: 'error', error: troubleOf(error) }));
    },
    /**
     * Work on one model; what goes wrong is told in its place.
     * @param {'use' | 'download' | 'pause' | 'cancel' | 'delete'} what
     * @param {string} name
     */
    async model(what, name) {
      store.patch('models', { error: null, notice: '' });
      try {
        if (what === 'use') {
          await api.useModel(name);
          const entry = state.models.list.find((one) => one.name === name);
          remember({ data: state.data.key, model: entry?.state === 'built-in' ? null : name });
        }
        if (what === 'download') await api.downloadModel(name);
        if (what === 'pause') await api.pauseModel(name);
        if (what === 'cancel') await api.cancelModel(name);
        if (what === 'delete') store.patch('models', { notice: `${name} was deleted: ${bytes((await api.deleteModel(name)).freed)} are free again.` });
      } catch (error) {
        const trouble = troubleOf(error);
        // A download tells its own trouble beside its bar.
        if (trouble.code !== 'cancelled' && !state.models.jobs[name]?.error) store.patch('models', { error: trouble });
      }
    },
    /** Takes up the model that the address names, if it is stored here: one is never downloaded unasked. @param {string} name */
    async comeBack(name) {
      const entries = await api.models().catch(() => []);
      if (entries.some((one) => one.name === name && one.state === 'stored')) await actions.model('use', name);
    },
    /** @param {File[]} files @param {import('./models.js').ImportOptions} options */
    async importModel(files, options) {
      store.patch('models', { error: null, notice: '' });
      try {
        const { name } = await api.importModel(files, options);
        store.patch('models', { notice: `${name} is stored on this device. Press “Use” to forget with it.` });
      } catch (error) {
        store.patch('models', { error: troubleOf(error) });
      }
    },
    /** Opens the dialog that shows what the models read. @param {number} user @param {number} item */
    async prompt(user, item) {
      const shown = /** @type {const} */ ({ user, item, title: '', before: null, after: null, error: null });
      store.put('prompt', { ...shown, status: 'busy' });
      const put = (/** @type {import('./types.d.ts').PromptState} */ next) => state.prompt?.user === user && state.prompt.item === item && store.put('prompt', next);
      try {
        const { title, before, after } = await api.explain({ user, item });
        put({ ...shown, status: 'ready', title, before, after: after ?? null });
      } catch (error) {
        put({ ...shown, status: 'error', error: troubleOf(error) });
      }
    },
    closePrompt: () => store.put('prompt', null),
    /** @param {Partial<State['compare']>} patch */
    comparison: (patch) => store.patch('compare', patch),
    /** Looks for the shipped table of the loaded data. */
    async reference() {
      const { key } = state.data;
      const put = (/** @type {State['compare']['reference']} */ reference) => state.data.key === key && store.patch('compare', { reference });
      put({ key, status: 'busy', value: null });
      try {
        const set = (await assetSets()).find((one) => one.key === key);
        const [{ readReference, isOf }, file] = await Promise.all([import('./compare.js'), set ? fetchReference(set) : null]);
        const value = readReference(file);
        const other = value && state.loaded && !isOf(value, state.loaded.data);
        put(other ? { key, status: 'other', value: null } : { key, status: value ? 'ready' : 'none', value });
      } catch {
        put({ key, status: 'failed', value: null });
      }
    },
    async compare() {
      const { compare, setup } = state;
      const forget = forgetOf(state.choice);
      if (!forget || !compare.picks) return;
      const seeds = Array.from({ length: compare.seeds }, (_, idx) => idx + 1);
      await api.compare({ methods: compare.picks, seeds, forget, steps: compare.steps ?? undefined, device: setup.device }).catch((error) => store.patch('compare', { error: troubleOf(error) }));
    },
    /** One cell again, so that its model can be asked. @param {import('./types.d.ts').Cell} cell @param {number | null} steps */
    async again(cell, steps) {
      const forget = forgetOf(state.choice);
      if (!forget) return;
      await api.run({ method: cell.method, params: cell.params, forget, seed: cell.seed, steps: steps ?? undefined, device: state.setup.device }).catch((error) => store.patch('compare', { error: troubleOf(error) }));
    },
    /** Whether a request is among those that are forgotten at once. @param {import('./types.d.ts').ForgetSpec} forget @param {boolean} on */
    together(forget, on) {
      const others = state.choice.together.filter((one) => keyOf(one) !== keyOf(forget));
      actions.choose({ together: on ? [...others, forget] : others });
    },
    /** A request of this session once more, with the same settings and seed. @param {import('./types.d.ts').Asked} one */
    async replay(one) {
      const mark = (/** @type {import('./types.d.ts').Asked['again']} */ again, /** @type {import('./types.d.ts').Asked['again']} */ was) =>
        store.put('asked', state.asked.map((other) => (other.forget === one.forget && other.adapter === one.adapter && other.again === was ? { ...other, again } : other)));
      mark('busy', one.again);
      const wish = one.device === 'gpu' ? 'webgpu' : 'cpu';
      await api.run({ method: one.method, params: one.params, forget: one.forget, seed: one.seed, steps: one.steps ?? undefined, device: wish }).catch(() => mark(null, 'busy'));
    },
    /** Looks which attacks there are, and what they will cost. */
    async attackTable() {
      const { params } = state.attacks;
      try {
        const offers = await api.attackTable({ params });
        if (params === state.attacks.params) store.patch('attacks', { offers });
      } catch (error) {
        store.patch('attacks', { error: troubleOf(error) });
      }
    },
    /** @param {string} id @param {string} key @param {number} value */
    attackParam(id, key, value) {
      const { params } = state.attacks;
      store.patch('attacks', { params: { ...params, [id]: { ...params[id], [key]: value } }, error: null });
      void actions.attackTable();
    },
    /** @param {string[]} [attacks] all if left out */
    async attack(attacks) {
      await api.attack({ attacks, params: state.attacks.params }).catch((error) => {
        const trouble = troubleOf(error);
        if (trouble.code !== 'cancelled') store.patch('attacks', { error: trouble });
      });
    },
    /** A person's rows with the answers of the last run, for the comparison. @param {number} user */
    rowsOf: (user) => api.user(user),
    recommend,
    loadUser,
    afterRun() {
      refreshPeople();
      price();
    },
    /** @param {Loaded} found */
    begin(found) {
      const loaded = offered(found);
      store.put('loaded', loaded);
      // All of them would take an hour: the paper's to begin with.
      store.patch('compare', { picks: loaded.methods.filter((entry) => entry.family === 'paper').map((entry) => `${entry.id}/${suitedPreset(entry, loaded) ?? ''}`) });
      const method = loaded.methods[0];
      if (method) actions.method(method.id);
      // The person's rows come a frame later than the lists: no task should hold the page for long.
      requestAnimationFrame(() =>
        setTimeout(() => {
          actions.choose({ user: firstUser(loaded) });
          refreshPeople();
        }),
      );
    },
    /** @param {Partial<Choice>} patch */
    choose(patch) {
      store.patch('choice', patch);
      if (patch.user != null) void loadUser(patch.user);
      const user = userToShow();
      if (user != null && user !== state.recs.user) void recommend(user);
      price();
    },
    /** @param {number} user @param {number[]} items @param {boolean} on */
    pick(user, items, on) {
      const picked = new Set(state.choice.picked[user] ?? []);
      for (const item of items) on ? picked.add(item) : picked.delete(item);
      const all = { ...state.choice.picked, [user]: [...picked] };
      if (picked.size === 0) delete all[user];
      actions.choose({ picked: all });
    },
    /** @param {string} id */
    method(id) {
      const method = state.loaded?.methods.find((entry) => entry.id === id);
      if (!method) return;
      store.patch('setup', { method: id });
      actions.preset(state.loaded && suitedPreset(method, state.loaded));
    },
    /** @param {string | null} id */
    preset(id) {
      const method = state.loaded?.methods.find((entry) => entry.id === state.setup.method);
      if (!method) return;
      store.patch('setup', { preset: id, params: presetParams(method, id), steps: null });
      price();
    },
    /** @param {Partial<State['setup']>} patch */
    setup(patch) {
      const next = { ...state.setup, ...patch };
      const method = state.loaded?.methods.find((entry) => entry.id === next.method);
      store.patch('setup', { ...patch, preset: method ? matchingPreset(method, next.params) : null });
      price();
    },
    /** Fewer rows a step, wherever the method has a batch. @param {number} rows */
    batch(rows) {
      const params = { ...state.setup.params };
      for (const id of ['batch', 'augment_batch']) if (params[id] != null) params[id] = Math.min(params[id], rows);
      actions.setup({ params });
    },
    /** @param {Partial<State['view']>} patch */
    view: (patch) => store.patch('view', patch),
    async start() {
      const options = optionsOf(state);
      if (!options || state.run.status === 'running' || state.compare.status === 'running' || state.attacks.status === 'running') return;
      store.patch('result', { notice: null });
      await api.run(options).catch((error) => actions.failed(error));
    },
    /** Goes on with the run that ended in the middle. */
    async goOn() {
      const { interrupted } = state;
      if (!interrupted || state.run.status === 'running') return;
      store.patch('result', { notice: null });
      store.put('interrupted', null);
      // The engine is asked about what will go before it is busy with the run.
      const choice = choiceOf(interrupted.request.forget);
      if (choice && interrupted.dataset === state.data.key) {
        store.patch('choice', choice);
        if (choice.user != null) void loadUser(choice.user);
        price(0);
      }
      try {
        await api.continueRun(interrupted.id);
      } catch (error) {
        actions.failed(error);
        await api.interrupted();
      }
    },
    throwAway: () => (state.interrupted ? api.discardRun(state.interrupted.id) : undefined),
    /** Looks for a run that ended in the middle, once nothing else is to be done. */
    lookBack: () => api.interrupted(),
    async trainRetrain() {
      const forget = state.result.report?.request?.forget ?? forgetOf(state.choice);
      if (!forget || state.run.status === 'running') return;
      await api.retrain({ forget, seed: state.setup.seed, device: state.setup.device }).catch((error) => actions.failed(error));
    },
    /** An error that came before the run had begun. @param {unknown} error */
    failed(error) {
      const trouble = troubleOf(error);
      if (state.run.status !== 'cancelled') store.patch('run', { status: 'error', error: trouble });
    },
    pause: () => api.pause(),
    resume: () => api.resume(),
    step: () => (state.run.paused ? api.step() : api.pause()),
    cancel() {
      store.patch('run', { cancelling: true });
      api.cancel();
    },
    async reset() {
      try {
        await api.reset();
      } catch (error) {
        store.patch('result', { notice: troubleOf(error) });
      }
    },
    /** The forgetting report of the last run, as files. */
    async record() {
      try {
        return await api.record();
      } catch (error) {
        store.patch('result', { notice: troubleOf(error) });
        return [];
      }
    },
    async adapter() {
      try {
        return await api.adapter();
      } catch (error) {
        store.patch('result', { notice: troubleOf(error) });
        return [];
      }
    },
    async merge() {
      const { report } = state.result;
      const mine = () => state.result.report === report;
      store.patch('result', { merged: '', notice: null });
      try {
        const { name } = await api.mergeModel();
        if (mine()) store.patch('result', { merged: name });
      } catch (error) {
        if (mine()) store.patch('result', { merged: null, notice: troubleOf(error) });
      }
    },
  };
  return actions;
}

/** @typedef {ReturnType<typeof createActions>} Actions */
