// @ts-check
// What a person can do on the page, in terms of the script interface and the state. Views call these and nothing else.

import { troubleOf } from './errors.js';
import { forgetOf, keyOf, nameOf, optionsOf, presetParams, matchingPreset } from './request.js';
import { rowOf } from './sentence.js';
import { idleRun } from './state.js';

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
 * @param {{afterRun: () => void}} hooks
 * @returns {Watcher}
 */
export function watch(store, { afterRun }) {
  const { state } = store;
  return {
    onStart({ kind, request }) {
      const forgetKey = keyOf(request.forget);
      const keep = kind === 'retrain' ? { losses: state.run.losses, evals: state.run.evals, every: state.run.every } : { every: request.eval_every };
      store.put('run', { ...idleRun(), ...keep, status: 'running', startedAt: performance.now(), kind, label: nameOf(request.forget), forgetKey });
    },
    onEvent(event) {
      store.put('run', advance(state.run, event));
    },
    onReport(report, { kind, request, device }) {
      const key = keyOf(request.forget);
      const retrain = rowOf(report, 'retrain');
      if (retrain) store.put('retrains', { ...state.retrains, [key]: retrain });
      store.patch('run', { status: 'done', paused: false, left: 0, elapsed: elapsedOf(state.run) });
      if (kind === 'run') store.put('result', { report, label: nameOf(request.forget), kind: device, lost: false, notice: null });
      afterRun();
    },
    onError(error) {
      const trouble = troubleOf(error);
      store.patch('run', { status: trouble.code === 'cancelled' ? 'cancelled' : 'error', paused: false, cancelling: false, error: trouble });
    },
    onReset() {
      store.put('run', idleRun());
      store.put('result', { report: null, label: '', kind: 'cpu', lost: false, notice: null });
      store.put('retrains', {});
      afterRun();
    },
  };
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

  /** Prices the present choice, a moment after the last change. */
  function price() {
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
    }, SELECT_DELAY_MS);
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
      const { before, after } = await api.recommend({ user, k: TOP_K });
      if (state.recs.user === user) store.patch('recs', { status: 'ready', before, after: after ?? null });
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
    recommend,
    loadUser,
    afterRun() {
      refreshPeople();
      price();
    },
    /** @param {Loaded} loaded */
    begin(loaded) {
      store.put('loaded', loaded);
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
      actions.preset(method.presets[0]?.id ?? null);
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
    /** @param {Partial<State['view']>} patch */
    view: (patch) => store.patch('view', patch),
    async start() {
      const options = optionsOf(state);
      if (!options || state.run.status === 'running') return;
      store.patch('result', { notice: null });
      await api.run(options).catch((error) => actions.failed(error));
    },
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
    async adapter() {
      try {
        return await api.adapter();
      } catch (error) {
        store.patch('result', { notice: troubleOf(error) });
        return [];
      }
    },
  };
  return actions;
}

/** @typedef {ReturnType<typeof createActions>} Actions */
