// @ts-check
// What the page is doing now, and for each thing a person can do whether it can be done now, and if not why. Every control asks here. Pure.

import { OWN } from '../engine/datasets.js';
import { forgetOf } from '../engine/forget-spec.js';
import { msg, t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').State} State */
/** @typedef {'loading' | 'broken' | 'training' | 'switching' | 'comparing' | 'attacking' | 'retraining' | 'paused' | 'running' | 'merging' | 'importing' | 'downloading' | 'idle'} Activity */
/**
 * `choose`: what to forget; `setup`: how; `data`: the switch of the data, and files of one's own; `teach`: one person more; `use`: another model; `ask`: a person's answers and lists.
 * @typedef {'start' | 'choose' | 'setup' | 'data' | 'teach' | 'use' | 'compare' | 'attack' | 'retrain' | 'replay' | 'continue' | 'reset' | 'save' | 'adapter' | 'merge' | 'ask' | 'import' | 'update'} Action
 */

/** What is said of each. @type {Record<Exclude<Activity, 'idle'>, string>} */
const SAID = {
  loading: msg('The engine is still loading.'),
  broken: msg('The engine did not start.'),
  training: msg('A model is being trained on your files.'),
  switching: msg('Another model is being loaded.'),
  comparing: msg('A comparison is in progress; “Compare” can cancel it.'),
  attacking: msg('Attacks are in progress; “Attacks” can cancel them.'),
  retraining: msg('Retrain is being trained.'),
  paused: msg('A run is paused: resume or cancel it first.'),
  running: msg('A run is in progress.'),
  merging: msg('The merged model is being stored.'),
  importing: msg('A model is being imported.'),
  downloading: msg('A model is being downloaded.'),
};
/** What the engine does alone: it answers nothing else meanwhile. The rest goes on beside it. @type {Activity[]} */
const ALONE = ['loading', 'broken', 'training', 'switching', 'comparing', 'attacking', 'retraining', 'paused', 'running'];

/** Work on models that goes on beside the engine. @param {Pick<State, 'result' | 'models'>} state @returns {Activity[]} */
function beside({ result, models }) {
  const kinds = Object.values(models.jobs).flatMap((job) => (job.error ? [] : [job.kind]));
  if (result.merged === '') return ['merging'];
  if (kinds.includes('import')) return ['importing'];
  return kinds.length > 0 ? ['downloading'] : [];
}

/** What the page is doing now; of several things the one that holds up most. @param {State} state @returns {Activity} */
export function activityOf(state) {
  const { boot, data, compare, attacks, run } = state;
  if (boot.status !== 'ready') return boot.status === 'error' ? 'broken' : 'loading';
  if (data.status === 'busy') return data.next === OWN ? 'training' : 'switching';
  if (compare.status === 'running') return 'comparing';
  if (attacks.status === 'running') return 'attacking';
  if (run.status === 'running') return run.kind === 'retrain' ? 'retraining' : run.paused ? 'paused' : 'running';
  return beside(state)[0] ?? 'idle';
}

/**
 * The person who is chosen, if nothing was learned from them; else null.
 * @param {Pick<State, 'choice' | 'loaded'>} state
 */
export const neverLearnedPerson = ({ choice, loaded }) => (choice.kind === 'person' ? loaded?.never_learned.find((user) => user.user === choice.user) ?? null : null);

/** Why a run of what is chosen would make no sense. @param {State} state */
function whyNoRun(state) {
  const never = neverLearnedPerson(state);
  if (!forgetOf(state.choice)) return t('Choose what to forget first.');
  if (never) return t('Nothing was learned of user {user}: there is nothing to forget.', { user: never.user });
  if (state.selection.status === 'error') return t('This choice cannot be run as it is; step 1 says why.');
  return state.selection.value?.sizes.forget === 0 ? t('Nothing of this choice was learned from.') : '';
}

/** @param {State} state */
function whyNothingToKeep({ result }) {
  if (!result.report) return t('This appears after a run.');
  return result.lost ? t('The adapter of this run is gone; the report is still whole.') : '';
}

/** What an action needs beside an engine that is free. @type {Partial<Record<Action, (state: State) => string>>} */
const NEEDS = {
  start: whyNoRun,
  compare: (state) => (state.compare.picks?.length === 0 ? t('Tick at least one method.') : whyNoRun(state)),
  attack: ({ result }) => (!result.report?.request ? t('Nothing has been forgotten yet.') : result.lost ? t('What was forgotten is gone with the engine that held it.') : ''),
  retrain: ({ result, choice }) => (result.report?.request ?? forgetOf(choice) ? '' : t('Choose what to forget first.')),
  reset: ({ result, retrains }) => (result.report || Object.keys(retrains).length > 0 ? '' : t('There is nothing to reset.')),
  save: whyNothingToKeep,
  // A kept run has its adapter beside it.
  adapter: (state) => (state.result.kept?.files.some(({ name }) => name.startsWith('adapter')) ? '' : whyNothingToKeep(state)),
  merge: (state) =>
    whyNothingToKeep(state) || (state.data.key === OWN ? t('A model that was trained here is no package yet: take its adapter along.') : state.result.merged === '' ? t(SAID.merging) : state.result.merged ? t('It is stored already.') : ''),
  teach({ data, loaded }) {
    if (loaded?.about.kind === 'text') return t('A language model is not taught a person here: choose a nano under “Models”.');
    return data.key === OWN && !loaded?.taught ? t('Choose the films or the books first, under “Forget one”: a model of your own files is not taught.') : '';
  },
  import: (state) => (beside(state).some((one) => one === 'importing' || one === 'merging') ? t(SAID[/** @type {'merging'} */ (beside(state)[0])]) : ''),
};

/** Why something cannot be done now, in one sentence; empty where it can. @param {State} state @param {Action} action */
export function whyNot(state, action) {
  const activity = activityOf(state);
  // A new version ends whatever goes on.
  const inTheWay = action === 'update' ? activity !== 'idle' : ALONE.includes(activity);
  if (inTheWay && activity !== 'idle') return t(SAID[activity]);
  return NEEDS[action]?.(state) ?? '';
}

/** Whether the engine is at work, so that nothing of what is chosen may change. @param {State} state */
export const isLocked = (state) => ALONE.includes(activityOf(state));
