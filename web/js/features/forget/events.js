// @ts-check
// A run begins, goes on and ends: its progress, its result, and the session's past requests.

import { idleRun, noResult } from '../../app/state.js';
import { wordsFor } from '../../engine/datasets.js';
import { choiceOf, forgetOf, keyOf, nameOf, nameOfKept } from '../../engine/forget-spec.js';
import { outcomeOf, rowOf } from '../../engine/report.js';
import { errorInfo } from '../../platform/errors.js';
import { said, sentence, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').RunInfo} RunInfo */
/** @typedef {import('../../types.d.ts').LabEvent} LabEvent */
/** @typedef {import('../../types.d.ts').PastRequest} PastRequest */
/** @typedef {import('../../types.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').State} State */

/** @param {State} state @param {RunInfo} run */
const labelOf = (state, { request }) => nameOf(request.forget, wordsFor(state.loaded).items, state.loaded);

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const forgetEvents = {
  'run.started'(store, { run }) {
    const { state } = store;
    const { kind, request, from } = run;
    const seen = from && { step: from.step, losses: from.seen.losses.filter(({ step }) => step <= from.step), evals: from.seen.evals.filter(({ step }) => step <= from.step) };
    // What a run goes on to forget is what the page then shows.
    const choice = from && choiceOf(request.forget);
    if (choice) store.patch('choice', choice);
    const keep = kind === 'retrain' ? { losses: state.run.losses, evals: state.run.evals, moments: state.run.moments, every: state.run.every } : { every: request.eval_every };
    store.put('dropped', null);
    store.put('run', { ...idleRun(), ...keep, ...seen, status: 'running', startedAt: performance.now(), kind, label: labelOf(state, run), forgetKey: keyOf(request.forget) });
  },
  'run.event': (store, { event }) => store.put('run', advance(store.state.run, event)),
  'run.finished'(store, { run, report }) {
    const { state } = store;
    const { kind, request, device } = run;
    const key = keyOf(request.forget);
    const retrain = rowOf(report, 'retrain');
    if (retrain) store.put('retrains', { ...state.retrains, [key]: retrain });
    const elapsed = elapsedOf(state.run);
    store.patch('run', { status: 'done', paused: false, left: 0, elapsed });
    if (kind !== 'run') return;
    store.put('result', { ...noResult(), report, elapsed, label: labelOf(state, run), kind: device });
    store.put('last', { method: request.method, params: request.params, steps: request.steps ?? null, seed: request.seed, forgetKey: key });
    store.put('pastRequests', withRequest(state.pastRequests, report, run, labelOf(state, run)));
  },
  'run.failed'(store, { error }) {
    const info = errorInfo(error);
    store.patch('run', { status: info.code === 'cancelled' ? 'cancelled' : 'error', paused: false, cancelling: false, error: info });
  },
  'run.recovered'(store, { step, why }) {
    const { losses, evals } = store.state.run;
    const upTo = (/** @type {{step: number}} */ point) => point.step <= step;
    const notice = t('{why} It was started again, and the run went on from step {step}.', { why: sentence(why), step });
    store.patch('run', { losses: losses.filter(upTo), evals: evals.filter(upTo), step, notice });
  },
  'run.unsaved': (store, { why }) => store.patch('run', { notice: t('{more} The run goes on, but would be lost with this tab.', { more: sentence(t('Checkpoints cannot be stored: {why}', { why: said(why) })) }) }),
  'runs.interrupted': (store, { runs }) => store.put('interrupted', runs[0] ?? null),
  'language.changed'(store) {
    const { state } = store;
    const named = (/** @type {import('../../types.d.ts').ForgetSpec} */ forget) => nameOf(forget, wordsFor(state.loaded).items, state.loaded);
    const { request } = state.result.report ?? {};
    const { kept } = state.result;
    const ofRun = [request?.forget, forgetOf(state.choice), ...state.pastRequests.map(({ forget }) => forget)].find((forget) => forget && keyOf(forget) === state.run.forgetKey);
    if (ofRun) store.patch('run', { label: kept && keyOf(kept.request.forget) === state.run.forgetKey ? nameOfKept(kept) : named(ofRun) });
    if (request) store.patch('result', { label: kept ? nameOfKept(kept) : named(request.forget) });
    store.put('pastRequests', state.pastRequests.map((one) => ({ ...one, label: named(one.forget) })));
  },
  'compare.started': (store) => store.put('dropped', null),
  'session.reset'(store) {
    store.put('run', idleRun());
    store.put('result', noResult());
    store.put('retrains', {});
    store.put('last', null);
  },
  'engine.lost'(store, { kind }) {
    if (store.state.result.report && store.state.result.kind === kind) store.patch('result', { lost: true });
    store.put('last', null);
  },
};

/**
 * The session's requests with one more, or with what came of making one again.
 * @param {PastRequest[]} past @param {Report} report @param {RunInfo} run @param {string} label
 */
function withRequest(past, report, { request, device }, label) {
  const adapter = report.adapter_sha256 ?? null;
  if (past.some((one) => one.again === 'busy')) {
    return past.map((one) => (one.again === 'busy' ? { ...one, again: adapter !== null && adapter === one.adapter ? /** @type {const} */ ('same') : /** @type {const} */ ('other') } : one));
  }
  const { method, params, seed, forget } = request;
  const auc = (/** @type {import('../../types.d.ts').MethodFigures | null} */ row) => row?.forget.auc ?? null;
  return [...past, { forget, label, method, params, steps: request.steps ?? null, seed, device, before: auc(rowOf(report, 'original')), after: auc(outcomeOf(report)), adapter, again: null }];
}

/** Seconds since a run's start, pauses excluded. @param {State['run']} run */
const elapsedOf = (run) => ((run.pausedAt ?? performance.now()) - run.startedAt - run.pausedMs) / 1000;

/** @param {State['run']} run @param {LabEvent} event @returns {State['run']} */
export function advance(run, event) {
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
    case 'answers': {
      const { rows, ...moment } = event;
      const { moments } = run;
      // A run that goes on tells its rows, and the answers before the first step, once more.
      const list = rows.length > 0 ? [] : moments.list.filter(({ step, calibrated }) => step < moment.step || (step === moment.step && !calibrated && moment.calibrated));
      return { ...run, moments: { rows: rows.length > 0 ? rows : moments.rows, list: [...list, { step: moment.step, calibrated: moment.calibrated, p_yes: moment.p_yes, places: /** @type {[number, number][]} */ (moment.places), moved: moment.moved }] } };
    }
    case 'paused':
      if (event.paused) return { ...run, paused: true, pausedAt: run.pausedAt ?? performance.now() };
      return { ...run, paused: false, pausedMs: run.pausedMs + (run.pausedAt == null ? 0 : performance.now() - run.pausedAt), pausedAt: null };
  }
}
