// @ts-check
// What follows from the state: the request for what is chosen, and what is in view. Pure.

import { forgetOf, keyOf, nameOf } from '../engine/forget-spec.js';
import { autoEvalEvery } from '../engine/method-params.js';
import { outcomeOf, rowOf } from '../engine/report.js';
import { closedShare, scalesOf, goalWithoutRetrain } from '../features/forget/verdict.js';

export { activityOf, isLocked, neverLearnedPerson, whyNot } from './activity.js';

/** @typedef {import('../types.d.ts').EvalPoint} EvalPoint */
/** @typedef {import('../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../types.d.ts').Report} Report */
/** @typedef {import('../types.d.ts').State} State */

/**
 * Whose figures are in view: those of the run if there was one, else of the last result; null before either. `stale`: something else has been chosen since;
 * `kept`: it was made earlier, and opened from the list of runs.
 * @param {Pick<import('../types.d.ts').State, 'run' | 'result' | 'choice'> & Partial<Pick<import('../types.d.ts').State, 'loaded'>>} state
 * @param {string} [items]
 */
export function subjectOf({ run, result, choice, loaded }, items) {
  const key = run.status !== 'idle' ? run.forgetKey : result.report ? keyOf(result.report.request?.forget) : null;
  if (key == null) return null;
  const chosen = forgetOf(choice);
  // A kept run is told by its date; what is chosen beside it does not make it old.
  const kept = run.status === 'idle' || run.status === 'done' ? result.kept : null;
  return { label: run.status !== 'idle' ? run.label : result.label, stale: !kept && key !== keyOf(chosen), chosen: nameOf(chosen, items, loaded), kept: kept && { at: kept.at, data: kept.dataset } };
}

/**
 * The options of `unlearnLab.run` for what is chosen on the page; null while nothing is.
 * @param {Pick<State, 'choice' | 'setup' | 'loaded' | 'selection'>} state
 */
export function optionsOf({ choice, setup, loaded, selection }) {
  const forget = forgetOf(choice);
  const method = loaded?.methods.find((entry) => entry.id === setup.method);
  if (!forget || !method) return null;
  const params = Object.fromEntries(
    method.params.flatMap(({ id, default: usual }) => {
      const value = setup.params[id];
      return value === undefined || value === usual ? [] : [[id, value]];
    }),
  );
  const steps = setup.steps ?? selection.value?.steps ?? 0;
  return {
    method: method.id,
    forget,
    params,
    steps: setup.steps ?? undefined,
    seed: setup.seed,
    device: setup.device,
    evalEvery: setup.evalEvery ?? autoEvalEvery(steps),
  };
}

/**
 * Whether the result in view is of just what is chosen: the same set, method, values, steps and seed. What leaves the numbers as they are does not count.
 * @param {Pick<State, 'choice' | 'setup' | 'loaded' | 'selection' | 'result'>} state
 */
export function isShown(state) {
  const request = state.result.report?.request;
  const chosen = optionsOf(state);
  if (!request || !chosen) return false;
  const usual = state.loaded?.methods.find((entry) => entry.id === chosen.method)?.params ?? [];
  const same = usual.every(({ id, default: value }) => (request.params[id] ?? value) === (chosen.params[id] ?? value));
  return same && request.method === chosen.method && request.seed === chosen.seed && (request.steps ?? null) === (chosen.steps ?? null) && keyOf(request.forget) === keyOf(chosen.forget);
}

/** A person with enough history to be worth forgetting, and few enough to be quick. @param {import('../types.d.ts').Loaded} loaded */
export function firstUser(loaded) {
  const fit = loaded.users.filter((user) => user.n_train >= 40 && user.n_train <= 160);
  return (fit[0] ?? loaded.users[0])?.user ?? null;
}

/**
 * The forget set that is in view: that of the run if there was one, else the present choice.
 * @param {State} state
 */
export const keyInView = (state) => (state.run.status === 'idle' ? keyOf(forgetOf(state.choice)) : state.run.forgetKey);

/** Figures of a model as they are shipped, which are of the standard set. @param {State} state @param {string} id */
const shippedInView = (state, id) => (keyInView(state) === 'standard' ? state.loaded?.shipped.find((row) => row.id === id) ?? null : null);

/** Retrain's figures for the set in view, if any. @param {State} state @returns {MethodFigures | null} */
export const retrainInView = (state) => state.retrains[keyInView(state)] ?? shippedInView(state, 'retrain');

/** Original's figures for the set in view: measured in the last run, or shipped for the standard set. @param {State} state */
export function originalInView(state) {
  const { report } = state.result;
  return report && keyOf(report.request?.forget) === keyInView(state) ? rowOf(report, 'original') : shippedInView(state, 'original');
}

/** Whether answers can be compared with a Retrain's for the set in view, figures of it or not. @param {State} state */
export function canCompare(state) {
  if (retrainInView(state) || state.run.evals.some((point) => point.forget.jsd != null)) return true;
  return keyInView(state) === keyOf(forgetOf(state.choice)) && state.selection.value?.retrain != null;
}

/** The report on the set in view, if there is one. @param {State} state */
export function reportInView(state) {
  const { run, result } = state;
  const { report } = result;
  return report && keyOf(report.request?.forget) === keyInView(state) && (run.status !== 'running' || run.kind === 'retrain') ? report : null;
}

/** Distance between two Retrains of different seed, for the set in view. @param {State} state */
export const floorInView = (state) => reportInView(state)?.floor?.jsd ?? (keyInView(state) === 'standard' ? state.loaded?.floor?.jsd ?? null : null);

/** Test AUC of the logistic baseline, where it is known. @param {State} state @returns {number | null} */
export const baselineInView = (state) => (state.result.report?.baseline ?? state.loaded?.baseline)?.auc ?? null;

/** Figures over the steps: those of the run, else a report's before and after. @param {EvalPoint[]} evals @param {Report | null} report @returns {EvalPoint[]} */
export function pointsOf(evals, report) {
  const original = report && rowOf(report, 'original');
  const outcome = report && outcomeOf(report);
  if (evals.length > 0 || !original || !outcome) return evals;
  return [{ step: 0, test: original.test, forget: original.forget }, { step: outcome.steps, test: outcome.test, forget: outcome.forget }];
}

/** Where the forget set's loss should go for the set in view without Retrain, and why nothing is expected. @param {State} state */
export function goalInView(state) {
  const report = reportInView(state);
  if (report) return { ...goalWithoutRetrain(report.proxy), why: report.expected_missing ?? '' };
  const chosen = keyInView(state) === keyOf(forgetOf(state.choice)) ? state.selection.value : null;
  return { ...goalWithoutRetrain({ expected: chosen?.expected?.logloss, unseen: state.loaded?.proxy?.unseen }), why: chosen?.expected_missing ?? '' };
}

/** Both scales of a report, as the page draws them: `share` is what the memory meter reads, null where it reads nothing. @param {Report} report */
export function scalesOfReport(report) {
  const scales = scalesOf(report);
  return { memory: { ...scales.memory, share: scales.gap > 0 ? scales.closed : null, idle: false }, quality: { ...scales.quality, shipped: false } };
}

/** Both scales of the page: how far forgetting has come, and what that did to everything else. @param {State} state */
export function scalesInView(state) {
  const { run, loaded, result } = state;
  if (run.status === 'done' && run.kind === 'run' && result.report) return scalesOfReport(result.report);
  const retrain = retrainInView(state);
  const points = pointsOf(run.evals, reportInView(state));
  const [first] = points;
  const last = points.at(-1);
  const measure = canCompare(state) && (!retrain || retrain.forget.auc != null) ? /** @type {const} */ ('auc') : /** @type {const} */ ('loss');
  const pick = (/** @type {{auc?: number | null, logloss: number} | undefined | null} */ figures) => (figures == null ? null : measure === 'auc' ? figures.auc ?? null : figures.logloss);
  const from = pick(first?.forget) ?? pick(shippedInView(state, 'original')?.forget);
  const goal = goalInView(state);
  const to = measure === 'auc' ? retrain?.forget.auc ?? null : goal.to;
  const now = pick(last?.forget);
  const share = last && (measure === 'auc' || (to ?? 0) > (from ?? 0)) ? closedShare({ from, to, now }) : null;
  const testBefore = first?.test.auc ?? loaded?.shipped.find((row) => row.id === 'original')?.test.auc ?? null;
  return { memory: { measure, estimated: goal.estimated, from, to, now, share, idle: !last }, quality: { from: testBefore, now: last?.test.auc ?? null, shipped: first == null } };
}
