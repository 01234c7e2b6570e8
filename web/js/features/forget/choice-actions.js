// @ts-check
// What to forget and how: a choice is made, priced, and its people are asked about.

import { valuesOf } from '../../app/address.js';
import { firstUser, optionsOf } from '../../app/selectors.js';
import { forgetOf, keyOf } from '../../engine/forget-spec.js';
import { clampParam, matchingPreset, offered, presetParams, suitedPreset } from '../../engine/method-params.js';
import { errorInfo } from '../../platform/errors.js';

/** @typedef {import('../../types.d.ts').Choice} Choice */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').State} State */

/** Quiet time before a change is sent to be priced. */
const SELECT_DELAY_MS = 140;
const TOP_K = 10;

/** @param {import('../../app/actions.js').Context} context */
export function choiceActions({ store, api }) {
  const { state } = store;
  let timer = 0;
  let latest = 0;
  const methodInUse = () => state.loaded?.methods.find((entry) => entry.id === state.setup.method);

  /** Prices the present choice, a moment after the last change. @param {number} [delay] ms */
  function price(delay = SELECT_DELAY_MS) {
    const options = optionsOf(state);
    window.clearTimeout(timer);
    latest += 1;
    if (!options) {
      store.put('selection', { status: 'empty', value: null, error: null });
      return;
    }
    store.patch('selection', { status: 'busy', error: null });
    const mine = latest;
    timer = window.setTimeout(async () => {
      if (state.run.status === 'running') return;
      try {
        const value = await api.select(options);
        if (mine === latest) store.put('selection', { status: 'ready', value, error: null });
      } catch (error) {
        if (mine === latest) store.put('selection', { status: 'error', value: null, error: errorInfo(error) });
      }
    }, delay);
  }

  /** @param {number} user */
  async function loadUser(user) {
    const { status } = state.users[user] ?? {};
    if (status === 'ready' || status === 'busy') return;
    store.put('users', { ...state.users, [user]: { status: 'busy', rows: [], error: null } });
    try {
      const { rows } = await api.user(user);
      store.put('users', { ...state.users, [user]: { status: 'ready', rows, error: null } });
    } catch (error) {
      store.put('users', { ...state.users, [user]: { status: 'error', rows: [], error: errorInfo(error) } });
    }
  }

  /** @param {number} user */
  async function recommend(user) {
    store.patch('recommendations', { user, status: 'busy', error: null });
    try {
      const { before, after, n_compared, n_candidates } = await api.recommend({ user, k: TOP_K });
      if (state.recommendations.user === user) store.patch('recommendations', { status: 'ready', before, after: after ?? null, compared: [n_compared, n_candidates] });
    } catch (error) {
      if (state.recommendations.user === user) store.patch('recommendations', { status: 'error', error: errorInfo(error) });
    }
  }

  /** The user whose list says most about the present choice. */
  function userToShow() {
    const { choice, recommendations } = state;
    if (choice.kind === 'person' || choice.kind === 'ratings') return choice.user;
    const standard = state.loaded?.users.filter((user) => user.standard).map((user) => user.user) ?? [];
    if (forgetOf(choice)?.standard) return recommendations.user != null && standard.includes(recommendations.user) ? recommendations.user : standard[0] ?? null;
    return recommendations.user ?? choice.user;
  }

  function refreshPeople() {
    store.put('users', {});
    if (state.choice.user != null) void loadUser(state.choice.user);
    const user = userToShow();
    if (user != null) void recommend(user);
  }

  /** @param {Partial<Choice>} patch */
  function choose(patch) {
    store.patch('choice', patch);
    if (patch.user != null) void loadUser(patch.user);
    const user = userToShow();
    if (user != null && user !== state.recommendations.user) void recommend(user);
    price();
  }

  /** @param {string | null} id */
  function preset(id) {
    const method = methodInUse();
    if (!method) return;
    store.patch('setup', { preset: id, params: presetParams(method, id), steps: null });
    price();
  }

  /** @param {string} id */
  function chooseMethod(id) {
    const method = state.loaded?.methods.find((entry) => entry.id === id);
    if (!method) return;
    store.patch('setup', { method: id });
    preset(state.loaded && suitedPreset(method, state.loaded));
  }

  /** Method, preset, values, steps and seed as an address names them, as far as there are such. @param {Partial<import('../../app/address.js').Place>} place */
  function chooseSettings({ method, preset: wanted, set, steps, seed }) {
    const entry = state.loaded?.methods.find((one) => one.id === method) ?? state.loaded?.methods[0];
    if (!entry) return;
    store.patch('setup', { seed: seed ?? 1 });
    chooseMethod(entry.id);
    if (entry.presets.some((one) => one.id === wanted)) preset(wanted ?? null);
    const values = valuesOf(set ?? null);
    const own = Object.fromEntries(entry.params.flatMap((param) => (values[param.id] === undefined ? [] : [[param.id, clampParam(param, Number(values[param.id]))]])));
    // Values of one's own differ from the defaults, not from a preset.
    if (Object.keys(own).length > 0) setup({ params: { ...presetParams(entry, null), ...own } });
    if (steps) setup({ steps });
  }

  /** @param {number | null | undefined} user */
  const knownUser = (user) => [...(state.loaded?.users ?? []), ...(state.loaded?.never_learned ?? [])].find((one) => one.user === user)?.user ?? null;

  /** What an address names. @param {import('../../app/address.js').Place} place */
  function choosePlace(place) {
    if (!state.loaded) return;
    chooseSettings(place);
    const user = knownUser(place.user);
    if (place.forget === 'standard') choose({ kind: 'standard' });
    else if (user !== null) choose({ kind: 'person', user });
    else if (state.choice.kind === 'standard') choose({ kind: 'person', user: firstUser(state.loaded) });
    else if (state.choice.kind === 'person') choose({ user: firstUser(state.loaded) });
  }

  /** @param {Partial<State['setup']>} patch */
  function setup(patch) {
    const next = { ...state.setup, ...patch };
    const method = methodInUse();
    store.patch('setup', { ...patch, preset: method ? matchingPreset(method, next.params) : null });
    price();
  }

  return {
    price,
    loadUser,
    recommend,
    choose,
    preset,
    chooseMethod,
    setup,
    /** What is shown of people and prices follows the models, which a run has changed. */
    refreshAfterRun() {
      refreshPeople();
      price();
    },
    choosePlace,
    chooseSettings,
    /** The page with what has just been loaded. @param {Loaded} found @param {Partial<import('../../app/address.js').Place>} [place] what the address asks for */
    begin(found, place = {}) {
      const loaded = offered(found);
      store.put('loaded', loaded);
      // All of them would take an hour: the paper's to begin with.
      store.patch('compare', { picks: loaded.methods.filter((entry) => entry.family === 'paper').map((entry) => `${entry.id}/${suitedPreset(entry, loaded) ?? ''}`) });
      chooseSettings(place);
      // The person's rows come a frame later than the lists: no task should hold the page for long.
      requestAnimationFrame(() =>
        setTimeout(() => {
          // Who has just been taught comes first.
          choose({ user: knownUser(place.user) ?? loaded.taught?.user ?? firstUser(loaded), ...(place.forget === 'standard' ? { kind: 'standard' } : {}) });
          refreshPeople();
        }),
      );
    },
    /** Single ratings of a person that are to go, or are not. @param {number} user @param {number[]} items @param {boolean} on */
    pick(user, items, on) {
      const picked = new Set(state.choice.picked[user] ?? []);
      for (const item of items) on ? picked.add(item) : picked.delete(item);
      const all = { ...state.choice.picked, [user]: [...picked] };
      if (picked.size === 0) delete all[user];
      choose({ picked: all });
    },
    /** Whether a past request is among those that are forgotten at once. @param {import('../../types.d.ts').ForgetSpec} forget @param {boolean} on */
    combine(forget, on) {
      const others = state.choice.combined.filter((one) => keyOf(one) !== keyOf(forget));
      choose({ combined: on ? [...others, forget] : others });
    },
    /** Fewer rows a step, wherever the method has a batch. @param {number} rows */
    batch(rows) {
      const params = { ...state.setup.params };
      for (const id of ['batch', 'augment_batch']) {
        const value = params[id];
        if (value != null) params[id] = Math.min(value, rows);
      }
      setup({ params });
    },
  };
}
