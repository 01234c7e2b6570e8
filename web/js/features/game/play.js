// @ts-check
// The game's moves: who is asked about, what is forgotten, and where it leads. Figures come from the script interface, or from a record while the model loads.

import { wishesOf } from '../../app/address.js';
import { isLocked } from '../../app/selectors.js';
import { DATASETS, wordsFor } from '../../engine/datasets.js';
import { autoEvalEvery } from '../../engine/method-params.js';
import { errorInfo } from '../../platform/errors.js';
import { fetchJson } from '../../platform/integrity.js';
import { bringUp } from '../../ui/bring-up.js';
import { rememberPlayed } from './actions.js';
import { drawPeople, othersOf, rankViewers, sceneAfter, sceneOf } from './cast.js';
import { forgotten, fromStart, goLive, guess, next } from './progress.js';

/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('../../types.d.ts').Loaded} Loaded */
/** @typedef {import('../../types.d.ts').State} State */
/** What the record of a data set holds, made by tests/tools/record-game.mjs. @typedef {{scene: GameScene, run: {seconds: number, device: string}}} Recording */

/** Whether a run could begin: nothing else goes on in the lab. A recorded one needs no engine. @param {State} state */
export const canForget = (state) => state.boot.status !== 'ready' || !isLocked(state);

/** Whether the lab holds another model than the one that the game has made. @param {Pick<State, 'game' | 'result'>} state */
export const hasMoved = ({ game, result }) => Boolean(game.run?.report) && game.run?.report !== result.report;

/**
 * Asks the model about the people whom the rule draws.
 * @param {Pick<import('../../api/api.js').Api, 'user'>} api
 * @param {Loaded} loaded
 * @returns {Promise<GameScene | null>} null while it is not known what is expected of a model that never saw them, or where nobody can be played
 */
export async function castLive(api, loaded) {
  const people = [];
  for (const user of drawPeople(loaded.users)) {
    const { rows } = await api.user(user);
    if (rows.every((row) => row.expected == null)) return null;
    people.push({ user, rows });
  }
  const [viewer] = rankViewers(people);
  if (!viewer) return null;
  return sceneOf(viewer, people.filter(({ user }) => user !== viewer.user), { dataset: loaded.dataset, item: /** @type {'film' | 'book'} */ (wordsFor(loaded).item), people: loaded.users.length, drawn: people.length });
}

/**
 * The answers of the model that has forgotten about everybody else.
 * @param {Pick<import('../../api/api.js').Api, 'user'>} api
 * @param {GameScene} scene
 * @returns {Promise<GameScene['others']>}
 */
export async function askOthers(api, { others }) {
  const people = [];
  for (const user of others.users) people.push({ user, rows: (await api.user(user)).rows });
  return othersOf(people);
}

/**
 * @param {import('../../app/store.js').Store} store
 * @param {import('../../api/api.js').Api} api
 * @param {import('../../app/actions.js').Actions} actions
 */
export function createPlay(store, api, actions) {
  const { state } = store;
  /** @type {Recording | null} */
  let recording = null;
  /** Keys of the records that were asked for, and what the model was asked with. @type {string[]} */
  const fetched = [];
  let asked = '';
  let asking = false;
  /** @type {Loaded | null} */
  let about = null;

  const keyNow = () => state.data.key || (DATASETS.find(({ key }) => key === wishesOf(location.href).data) ?? DATASETS[0])?.key || '';

  /** A record, to be played until the model answers. @param {string} key */
  async function record(key) {
    const found = await fetchJson(`./game/${key}.json`).catch(() => null);
    recording = found;
    if (found && state.game.scene === null && keyNow() === key) store.patch('game', { scene: found.scene, source: 'recorded' });
  }

  async function cast() {
    const { loaded } = state;
    if (!loaded) return;
    asking = true;
    try {
      const scene = await castLive(api, loaded);
      if (scene && state.loaded === loaded) store.put('game', goLive(state.game, scene));
    } catch (error) {
      store.patch('game', { error: errorInfo(error) });
    } finally {
      asking = false;
      store.invalidate();
    }
  }

  /** @param {GameScene} scene */
  async function run(scene) {
    const forget = { users: [scene.user] };
    store.patch('game', { stage: 'running', error: null });
    // What the lab shows as chosen is what is forgotten.
    actions.choose({ kind: 'person', user: scene.user });
    try {
      const { steps } = await api.select({ forget });
      const report = await api.run({ forget, device: state.setup.device, evalEvery: autoEvalEvery(steps) });
      const { rows } = await api.user(scene.user);
      // Other data may have come meanwhile.
      if (state.game.scene !== scene) return;
      store.put('game', forgotten(state.game, sceneAfter(scene, rows), { report, seconds: state.result.elapsed, device: report.device }));
      // Everybody else is asked about while the rounds are played again.
      const others = await askOthers(api, scene);
      const { game } = state;
      if (game.scene && game.run?.report === report && state.result.report === report) store.patch('game', { scene: { ...game.scene, others } });
    } catch (error) {
      const info = errorInfo(error);
      if (state.game.stage === 'running') store.patch('game', { stage: 'shares', error: info.code === 'cancelled' ? null : info });
    }
  }

  return {
    /** Brings the game up to the page: a record first, then the model's own answers when it is there and the lab has what it needs. @param {State} now */
    follow({ game, loaded, selection, boot, run: { status } }) {
      if (!game.open) return;
      const key = keyNow();
      if (game.scene === null && !fetched.includes(key)) {
        fetched.push(key);
        void record(key);
      }
      if (about !== loaded) asked = '';
      about = loaded;
      const settled = boot.status === 'ready' && loaded && (selection.status === 'ready' || selection.status === 'error') && status !== 'running';
      if (!settled || asking || game.source === 'live' || game.waiting || asked === String(game.parts)) return;
      asked = String(game.parts);
      void cast();
    },
    /** @param {0 | 1} choice */
    guess: (choice) => store.put('game', guess(state.game, choice)),
    next() {
      const game = next(state.game);
      if (game.stage === 'end') rememberPlayed();
      store.put('game', game);
    },
    restart: () => store.put('game', fromStart(state.game)),
    /** Forgets the person, here where the model is; else shows what was recorded. */
    forget() {
      const { game } = state;
      if (!game.scene || game.stage !== 'shares' || !canForget(state)) return;
      if (game.source === 'live') void run(game.scene);
      else if (recording) store.put('game', forgotten(game, recording.scene, { report: null, ...recording.run }));
    },
    /** What was recorded is made here. */
    forgetLive() {
      const { game } = state;
      if (!game.waiting || !canForget(state)) return;
      store.patch('game', { scene: game.waiting, source: 'live', waiting: null, run: null, round: 0, again: [] });
      if (state.game.scene) void run(state.game.scene);
    },
    cancel: () => actions.cancel(),
    toLab() {
      actions.leaveGame();
      window.scrollTo(0, 0);
      focusOn('what-title');
    },
    /** The card that says how much was forgotten. */
    toResult() {
      actions.leaveGame();
      bringUp('result-title');
    },
    toTour() {
      actions.leaveGame();
      window.scrollTo(0, 0);
      document.getElementById('tour-open')?.focus({ preventScroll: true });
      actions.openTour();
    },
    toAttacks() {
      actions.leaveGame();
      actions.tab('attacks');
    },
  };
}

/** @typedef {ReturnType<typeof createPlay>} Play */

/** @param {string} id of a heading */
function focusOn(id) {
  const heading = document.getElementById(id);
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
