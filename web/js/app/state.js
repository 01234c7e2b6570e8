// @ts-check
// The page's state at its beginning, and what of it belongs to the loaded data.

import { enginesOff } from '../engine/device.js';
import { msg } from '../ui/words.js';

/** @typedef {import('../types.d.ts').State} State */
/** @typedef {import('../types.d.ts').RunState} RunState */

/** @returns {RunState} */
export const idleRun = () => ({
  status: 'idle', paused: false, cancelling: false, kind: 'run', label: '', phase: null, seen: [], done: 0, total: 0, startedAt: 0, pausedAt: null, pausedMs: 0, elapsed: 0, left: null,
  step: 0, losses: [], evals: [], moments: { rows: [], list: [] }, every: 0, forgetKey: '', notice: '', error: null,
});

/** @returns {import('../types.d.ts').CompareState} */
export const idleCompare = () => ({ picks: null, seeds: 1, steps: null, status: 'idle', cells: [], at: 0, seconds: [], forget: null, forgetKey: '', label: '', rows: [], opened: { files: [], busy: false, refused: [], notice: '' }, beside: {}, failed: {}, error: null, reference: { key: '', status: 'none', value: null }, sort: null, group: null, family: null, open: null });

/** @returns {import('../types.d.ts').AttackState} */
export const idleAttacks = () => ({ status: 'idle', offers: [], params: {}, queue: [], now: '', share: 0, left: null, findings: {}, about: null, error: null });

/** @returns {State['result']} */
export const noResult = () => ({ report: null, elapsed: 0, label: '', kind: 'cpu', lost: false, kept: null, saved: false, notice: null, merged: null });

/** @returns {State['game']} */
export const idleGame = () => ({ open: false, parts: 0, scene: null, source: 'none', stage: 'guess', round: 0, picks: [], again: [], run: null, waiting: null, restarted: false, error: null });

/** @returns {State['history']} */
export const idleHistory = () => ({ status: 'none', list: [], held: null, picked: [], pair: [], unkept: '', error: null, notice: '' });

/** @returns {State['focus']} */
export const idleFocus = () => ({ at: null, step: null, aim: null, held: null, weight: null, playing: false, speed: 1 });

/** @returns {State['you']} */
export const idleYou = () => ({ of: '', base: '', status: 'idle', files: [], shelf: null, matches: [], choices: {}, titles: {}, list: [], error: null });

/** Steps of the tour. */
export const TOUR_STEPS = 6;

/** @returns {State['tour']} */
export const idleTour = () => ({ open: false, step: null, lesson: '', folded: false, done: Array.from({ length: TOUR_STEPS }, () => null), prices: { many: null, one: null }, showing: null, error: null });

/** What belongs to the loaded data and goes with it. */
export const freshSession = () =>
  /** @satisfies {Partial<State>} */ ({
    choice: { kind: /** @type {const} */ ('person'), user: null, genre: null, picked: {}, combined: [] },
    users: {},
    selection: { status: /** @type {const} */ ('empty'), value: null, error: null },
    run: idleRun(),
    focus: idleFocus(),
    result: noResult(),
    dropped: null,
    pastRequests: [],
    retrains: {},
    recommendations: { user: null, status: /** @type {const} */ ('empty'), before: [], after: null, compared: /** @type {[number, number]} */ ([0, 0]), error: null },
    compare: idleCompare(),
    attacks: idleAttacks(),
    last: null,
    prompt: null,
  });

/** @returns {State} */
export const initialState = () => ({
  history: idleHistory(),
  game: idleGame(),
  tour: idleTour(),
  you: idleYou(),
  tab: 'forget',
  models: { status: 'none', list: [], using: '', next: '', storage: null, jobs: {}, error: null, notice: '' },
  data: { key: '', sets: [], status: 'ready', next: '', what: '', done: 0, total: 0, left: null, own: false, kept: null, unkept: '', error: null },
  privacy: { open: false, online: globalThis.navigator?.onLine !== false, seen: 0 },
  offline: { status: 'unknown', why: '', kept: 0, total: 0, failed: 0, filling: false, coming: false, update: false, later: false },
  boot: { status: 'loading', done: 0, total: 0, what: msg('Starting the engine'), error: null },
  device: enginesOff(),
  loaded: null,
  interrupted: null,
  leaving: false,
  ...freshSession(),
  setup: { method: '', preset: null, params: {}, steps: null, seed: 1, device: 'auto', evalEvery: null },
  view: { smooth: true, histogram: 'all', theme: 'auto', scheme: 0, threads: null },
});
