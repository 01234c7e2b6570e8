// @ts-check
// What the tour does: it sees how far a step is, sets up a lesson, and does a step for the reader, all by the page's own actions.

import { activityOf, isLocked, whyNot } from '../../app/selectors.js';
import { TOUR_STEPS } from '../../app/state.js';
import { OWN } from '../../engine/datasets.js';
import { errorInfo, LabError } from '../../platform/errors.js';
import { t } from '../../ui/words.js';
import { goalOf, LEAD, LEAST_RATINGS, leadOf, priceInView, saysOf } from './goals.js';
import { keep, readKept } from './kept.js';
import { lessonOf } from './lessons.js';

/** @typedef {import('../../app/activity.js').Action} Action */
/** @typedef {import('../../types.d.ts').State} State */

/** People who are asked about, at most, to find one whom the model knows; and the most ratings that they may have, so that a run is short. */
const MOST_ASKED = 60;
const MOST_RATINGS = 200;
/** People with whom a run is tried, to show one that reaches its goal. */
const MOST_TRIES = 3;
/** What each step needs, to be done for the reader. @type {Action[]} */
const NEEDS = ['choose', 'choose', 'start', 'choose', 'start', 'choose'];

/** Why a step cannot be done for the reader now; empty where it can. @param {State} state @param {number} step */
export const whyNotShow = (state, step) => (state.tour.showing !== null ? t('It is being shown.') : whyNot(state, NEEDS[step] ?? 'choose'));

/**
 * @param {import('../../app/store.js').Store} store
 * @param {import('../../app/actions.js').Actions} actions
 */
export function createGuide(store, actions) {
  const { state } = store;
  /** @type {{is: () => boolean, then: () => void}[]} */
  let waiters = [];
  /** The lesson that was set up, and for which data. @type {{lesson: string, loaded: State['loaded']}} */
  let applied = { lesson: '', loaded: null };
  /** Whose answers were asked for again, since what is expected came after them. @type {unknown} */
  let asked = null;
  /** What is kept of the tour. @type {unknown[]} */
  let saved = [];

  const until = (/** @type {() => boolean} */ is) => new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    waiters.push({ is, then: resolve });
    wake();
  });
  function wake() {
    const due = waiters.filter(({ is }) => is());
    if (due.length === 0) return;
    waiters = waiters.filter((one) => !due.includes(one));
    for (const { then } of due) then();
  }
  store.watch(wake);

  /** Brings the tour up to the page: what was looked at, and whether the open step is done. */
  function check() {
    const { tour } = state;
    const { step, lesson, open } = tour;
    if (!open || lesson !== '' || step === null || step >= TOUR_STEPS || state.loaded === null) return;
    const price = step === 1 ? priceInView(state) : null;
    if (price && JSON.stringify(tour.prices[price.kind]) !== JSON.stringify(price.price)) store.patch('tour', { prices: { ...tour.prices, [price.kind]: price.price } });
    const goal = goalOf(step, state);
    const was = state.tour.done[step] ?? null;
    if (!goal.reached || (was && (goal.closeness ?? 0) <= (was.closeness ?? 0))) return;
    const by = state.tour.showing === step ? /** @type {const} */ ('shown') : /** @type {const} */ ('you');
    store.patch('tour', { done: state.tour.done.map((one, idx) => (idx === step ? { by, closeness: goal.closeness, says: saysOf(goal) } : one)) });
  }

  /** The settings of a lesson, once the page has what it needs. */
  function setUpLesson() {
    const { tour: { lesson }, loaded } = state;
    if (lesson === applied.lesson && loaded === applied.loaded) return;
    const found = lessonOf(lesson);
    if (lesson !== '' && !found) return store.patch('tour', { lesson: '' });
    if (found && (!loaded || activityOf(state) === 'loading' || isLocked(state))) return;
    applied = { lesson, loaded };
    if (!found) return;
    actions.chooseSettings({ method: found.method, preset: found.preset, seed: found.seed, steps: found.steps });
    if (found.params) actions.setup({ params: { ...state.setup.params, ...found.params } });
  }

  /** Answers that came before what is expected did are asked for again, once. */
  function askAgain() {
    const { choice, users, selection } = state;
    const entry = choice.user === null ? undefined : users[choice.user];
    if (state.tour.step !== 0 || entry?.status !== 'ready' || asked === entry.rows || selection.value?.expected == null || isLocked(state)) return;
    if (entry.rows.some((row) => row.expected != null)) return;
    asked = entry.rows;
    actions.refreshAfterRun();
  }

  /** Somebody whom the model knows, by the numbers of the list: the one who is chosen, or the first that fits; `another`: the first after the one who is chosen. */
  async function findKnown({ another = false } = {}) {
    const fits = (/** @type {Pick<State, 'choice' | 'users'>} */ of) => {
      const known = leadOf(of);
      return known?.lead != null && known.lead >= LEAD && known.ratings >= LEAST_RATINGS;
    };
    if (!another && fits(state)) return;
    const after = another ? state.choice.user ?? 0 : -1;
    const people = (state.loaded?.users ?? []).filter(({ user, n_train: n }) => user > after && n >= LEAST_RATINGS && n <= MOST_RATINGS).slice(0, MOST_ASKED);
    for (const { user } of people) {
      await actions.loadUser(user);
      await until(() => state.users[user]?.status !== 'busy');
      if (!fits({ choice: { ...state.choice, kind: 'person', user }, users: state.users })) continue;
      actions.choose({ kind: 'person', user });
      await until(() => state.selection.status !== 'busy');
      return;
    }
    throw new LabError({ code: 'setting', message: t('none of the {length} people who were asked about fits', { length: people.length }), kept: t('Whoever was chosen still is.'), todo: t('Wait until all of the model is here, then try again, or look for somebody by hand.') });
  }

  /** Runs a setting of E2URec for a person. What goes wrong is told beside the run. @param {string | null} preset null: the one that fits the model @returns {Promise<boolean>} whether there is a result */
  async function run(preset) {
    if (state.choice.kind !== 'person') actions.choose({ kind: 'person' });
    actions.chooseSettings({ method: 'e2urec', preset, seed: state.setup.seed });
    await until(() => state.selection.status !== 'busy');
    await actions.start();
    return state.run.status === 'done';
  }

  /** Makes an attack, in its tab. @param {string} id */
  async function attack(id) {
    actions.tab('attacks');
    await actions.attack([id]);
  }

  /** A calibrated run that reaches its goal: with the next person, where other answers paid for the first. @returns {Promise<boolean>} */
  async function forgetWell() {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      await findKnown({ another: tries > 0 });
      if (!(await run(null))) return false;
      if (goalOf(4, state).reached) return true;
    }
    return false;
  }

  const SHOW = [
    findKnown,
    async () => {
      for (const kind of /** @type {const} */ (['standard', 'person'])) {
        actions.choose({ kind });
        await until(() => state.selection.status !== 'busy' && (check(), true));
        if (kind === 'person' && !goalOf(1, state).reached) await findKnown();
      }
    },
    () => run('no_remember'),
    async () => {
      if ((state.result.report && !state.result.lost) || (await run(null))) await attack('drop');
    },
    forgetWell,
    async () => {
      const near = goalOf(5, state).parts[0]?.ok && !state.result.lost;
      if (near || (await forgetWell())) await attack('relearn');
    },
  ];

  /** What was kept of an earlier visit comes with the first look. */
  const kept = readKept();
  store.patch('tour', { done: kept.done });

  return {
    /** Brings the tour up to the page, to be called with every drawing. */
    follow() {
      const { tour } = state;
      if (!tour.open) return;
      if (tour.step === null && tour.lesson === '') return store.patch('tour', { step: kept.step });
      setUpLesson();
      askAgain();
      check();
      const now = [state.tour.step, state.tour.done];
      if (state.data.key !== OWN && now.some((one, idx) => one !== saved[idx])) keep(state.tour);
      saved = now;
    },
    /** @param {number} step */
    go: (step) => store.patch('tour', { step, lesson: '', error: null }),
    /** @param {boolean} folded */
    fold: (folded) => store.patch('tour', { folded }),
    leave: () => actions.leaveTour(),
    /** @param {string} lesson */
    lesson: (lesson) => actions.openLesson(lesson),
    /** Back from a lesson to where the tour was. */
    backToTour: () => actions.openTour(),
    /** Begins anew: nothing is done, and the first step is open. */
    startOver: () => store.patch('tour', { step: 0, lesson: '', done: state.tour.done.map(() => null), prices: { many: null, one: null } }),
    /** Does a step for the reader. @param {number} step */
    async show(step) {
      if (whyNotShow(state, step)) return;
      store.patch('tour', { showing: step, error: null });
      try {
        await SHOW[step]?.();
        check();
      } catch (error) {
        const info = errorInfo(error);
        store.patch('tour', { error: info.code === 'cancelled' ? null : info });
      } finally {
        store.patch('tour', { showing: null });
      }
    },
  };
}

/** @typedef {ReturnType<typeof createGuide>} Guide */
