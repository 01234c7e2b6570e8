// @ts-check
// What is seen while it runs: both scales, forgetting and quality over the steps, distance from Retrain, loss terms.

import { chart } from '../charts.js';
import { fill, h, memo, show } from '../dom.js';
import { count, figure, fixed } from '../format.js';
import { forgetOf, keyOf, subjectOf } from '../request.js';
import { closedShare, EXPECTED, outcomeOf, rowOf, scalesOf, standInGoal } from '../sentence.js';
import { lossColumns, spread } from '../series.js';
import { wordsFor } from '../datasets.js';
import { dataTable, subjectLine } from '../ui.js';
import { memoryGauge, qualityGauge } from './gauge.js';

/** @typedef {import('../types.d.ts').EvalPoint} EvalPoint */
/** @typedef {import('../types.d.ts').MethodFigures} MethodFigures */
/** @typedef {import('../types.d.ts').Report} Report */
/** @typedef {import('../types.d.ts').State} State */

/**
 * The forget set that is in view: that of the run if there was one, else the present choice.
 * @param {State} state
 */
export const keyInView = (state) => (state.run.status === 'idle' ? keyOf(forgetOf(state.choice)) : state.run.forgetKey);

/** Retrain's figures for the set in view, if any. @param {State} state @returns {MethodFigures | null} */
export function retrainInView(state) {
  const key = keyInView(state);
  return state.retrains[key] ?? (key === 'standard' ? state.loaded?.shipped.find((row) => row.id === 'retrain') ?? null : null);
}

/** Whether answers can be compared with a Retrain's for the set in view, figures of it or not. @param {State} state */
export function canCompare(state) {
  if (retrainInView(state) || state.run.evals.some((point) => point.forget.jsd != null)) return true;
  return keyInView(state) === keyOf(forgetOf(state.choice)) && state.selection.value?.retrain != null;
}

/** The report on the set in view, if there is one. @param {State} state */
function reportInView(state) {
  const { run, result } = state;
  const { report } = result;
  return report && keyOf(report.request?.forget) === keyInView(state) && (run.status !== 'running' || run.kind === 'retrain') ? report : null;
}

/** Figures over the steps: those of the run, else a report's before and after. @param {EvalPoint[]} evals @param {Report | null} report @returns {EvalPoint[]} */
function pointsOf(evals, report) {
  const original = report && rowOf(report, 'original');
  const outcome = report && outcomeOf(report);
  if (evals.length > 0 || !original || !outcome) return evals;
  return [{ step: 0, test: original.test, forget: original.forget }, { step: outcome.steps, test: outcome.test, forget: outcome.forget }];
}

/** @param {State} state */
const pointsInView = (state) => pointsOf(state.run.evals, reportInView(state));

/** Where the forget set's loss should go for the set in view without Retrain, and why nothing is expected. @param {State} state */
function goalInView(state) {
  const report = reportInView(state);
  if (report) return { ...standInGoal(report.proxy), why: report.expected_missing ?? '' };
  const chosen = keyInView(state) === keyOf(forgetOf(state.choice)) ? state.selection.value : null;
  return { ...standInGoal({ expected: chosen?.expected?.logloss, unseen: state.loaded?.proxy?.unseen }), why: chosen?.expected_missing ?? '' };
}

/** @param {State} state */
function scaleNow(state) {
  const { run, loaded, result } = state;
  const retrain = retrainInView(state);
  const points = pointsInView(state);
  const first = points[0] ?? null;
  const last = points.at(-1) ?? null;
  const shipped = keyInView(state) === 'standard' ? loaded?.shipped.find((row) => row.id === 'original') ?? null : null;
  const measure = canCompare(state) && (!retrain || retrain.forget.auc != null) ? /** @type {const} */ ('auc') : /** @type {const} */ ('loss');
  const pick = (/** @type {{auc?: number | null, logloss: number} | undefined} */ figures) => (figures == null ? null : measure === 'auc' ? figures.auc ?? null : figures.logloss);
  const testBefore = first?.test.auc ?? loaded?.shipped.find((row) => row.id === 'original')?.test.auc ?? null;
  const done = run.status === 'done' && run.kind === 'run' && result.report;
  if (done && result.report) {
    const scales = scalesOf(result.report);
    return { memory: { ...scales.memory, share: scales.gap > 0 ? scales.closed : null, idle: false }, quality: { ...scales.quality, shipped: false } };
  }
  const from = pick(first?.forget) ?? pick(shipped?.forget);
  const goal = goalInView(state);
  const to = measure === 'auc' ? retrain?.forget.auc ?? null : goal.to;
  const now = pick(last?.forget);
  return { memory: { measure, estimated: goal.estimated, from, to, now, share: last && (measure === 'auc' || (to ?? 0) > (from ?? 0)) ? closedShare({ from, to, now }) : null, idle: !last }, quality: { from: testBefore, now: last?.test.auc ?? null, shipped: first == null } };
}

/**
 * @param {string} title
 * @param {string} what
 * @param {ReturnType<typeof chart>} drawn
 * @param {HTMLElement} table
 * @param {{aside?: Node | null, wide?: boolean}} [extra]
 */
function card(title, what, drawn, table, { aside = null, wide = false } = {}) {
  const heading = h('h3', {}, title);
  const text = h('p', {}, what);
  const el = h('figure', { class: `card chart${wide ? ' full' : ''}` }, h('figcaption', { class: 'head' }, h('div', {}, heading, text), aside), drawn.legend, drawn.plot, table);
  return { el, heading, text };
}

/** @param {HTMLElement} host @param {import('../actions.js').Actions} actions */
export function mountLive(host, actions) {
  const memory = memoryGauge();
  const quality = qualityGauge();
  const waiting = 'Drawn while the model unlearns.';
  const auc = chart({ label: 'AUC on the test set and on the forget set over the steps', axis: 'step', empty: waiting, format: (value) => fixed(value), least: 0.02 });
  const away = chart({ label: 'Distance from Retrain, or its stand-in, over the steps', axis: 'step', empty: waiting, format: figure, least: 0.001, floor: 0 });
  const loss = chart({ label: 'Loss terms over the steps', axis: 'step', empty: waiting, format: figure, least: 0.001 });

  /** @type {State | null} */
  let now = null;
  const aucTable = dataTable('AUC over the steps', () => ({
    head: ['Step', 'Test AUC', 'Forget AUC', 'Forget loss'],
    rows: (now ? pointsInView(now) : []).map((point) => [count(point.step), fixed(point.test.auc, 4), fixed(point.forget.auc, 4), fixed(point.forget.logloss, 4)]),
  }));
  const awayTable = dataTable('Distance from Retrain over the steps', () => ({
    head: ['Step', 'JSD', 'sym. KL', 'L2', 'Forget loss'],
    rows: (now ? pointsInView(now) : []).map(({ step, forget }) => [count(step), figure(forget.jsd), figure(forget.sym_kl), figure(forget.l2), fixed(forget.logloss, 4)]),
  }));
  const lossTable = dataTable('Loss terms over the steps', () => {
    const { steps, terms } = lossColumns(now?.run.losses ?? [], { smooth: Boolean(now?.view.smooth), limit: 200 });
    return { head: ['Step', ...terms.map((term) => term.label)], rows: steps.map((step, idx) => [count(step), ...terms.map((term) => fixed(term.values[idx], 4))]) };
  });
  const smoothBox = h('input', { type: 'checkbox', on: { change: () => actions.view({ smooth: smoothBox.checked }) } });
  const aucCard = card('Forgetting and quality', 'AUC: 1 is perfect, 0.5 is a coin. On at most 2,000 rows each.', auc, aucTable.el);
  const awayCard = card('Distance from Retrain', '', away, awayTable.el);
  const lossCard = card('Loss terms', 'What the student is pulled by, step by step.', loss, lossTable.el, { aside: h('label', { class: 'check' }, smoothBox, 'Smooth'), wide: true });
  const subject = subjectLine(host);
  fill(host, subject.el, memory.el, quality.el, aucCard.el, awayCard.el, lossCard.el);

  const drawEvals = memo((/** @type {EvalPoint[]} */ evals, /** @type {number} */ n, /** @type {Report | null} */ report, /** @type {boolean} */ withRetrain, /** @type {MethodFigures | null} */ retrain, /** @type {number | null} */ floor, /** @type {number | null} */ goal, /** @type {boolean} */ estimated, /** @type {string} */ why, /** @type {number} */ xMax, /** @type {number | null} */ baseline) => {
    const points = pointsOf(evals, report);
    const idxs = spread(Math.max(n, points.length), 400);
    const x = idxs.map((idx) => points[idx].step);
    const column = (/** @type {(point: EvalPoint) => number | null | undefined} */ read) => idxs.map((idx) => read(points[idx]) ?? null);
    auc.set({
      x, xMax,
      lines: [
        { id: 'test', label: 'Test set', color: '--retain', points: true, values: column((point) => point.test.auc) },
        { id: 'forget', label: 'Forget set', color: '--forget', points: true, values: column((point) => point.forget.auc) },
      ],
      targets: [
        ...(retrain?.forget.auc == null ? [] : [{ value: retrain.forget.auc, color: '--retrain', label: 'Goal: Retrain' }]),
        ...(baseline == null || x.length === 0 ? [] : [{ value: baseline, color: '--original', label: 'Test set: logistic baseline' }]),
      ],
    });
    awayCard.heading.textContent = withRetrain ? 'Distance from Retrain' : 'Stand-in for Retrain';
    awayCard.text.textContent = withRetrain
      ? 'Jensen–Shannon divergence on the forget set, full vocabulary.'
      : estimated
        ? `No Retrain for this choice: forget-set loss. The dashed line is an estimate, ${EXPECTED}.`
        : `No Retrain for this choice: forget-set loss, which should rise to that of people never seen (the old proxy).${why ? ` What is ${EXPECTED} is not known here: ${why}.` : ''}`;
    away.set(
      withRetrain
        ? {
            x, xMax,
            lines: [{ id: 'jsd', label: 'Unlearned', color: '--unlearned', points: true, values: column((point) => point.forget.jsd) }],
            targets: floor == null ? [] : [{ value: floor, color: '--original', label: 'Floor: two Retrains' }],
          }
        : {
            x, xMax,
            lines: [{ id: 'loss', label: 'Forget set', color: '--forget', points: true, values: column((point) => point.forget.logloss) }],
            targets: goal == null ? [] : [{ value: goal, color: '--retain', label: estimated ? 'Expected (cross-fitted)' : 'People never seen (old proxy)' }],
          },
    );
    aucTable.refresh();
    awayTable.refresh();
  });
  const drawLoss = memo((/** @type {State['run']['losses']} */ losses, /** @type {number} */ n, /** @type {boolean} */ smooth, /** @type {number} */ xMax) => {
    const { steps, terms } = lossColumns(n === 0 ? [] : losses, { smooth });
    const colors = { kl_forget: '--forget', kl_retain: '--retain', ce_retain: '--answer', ce_forget: '--warn', total: '--original' };
    loss.set({ x: steps, xMax, lines: terms.map((term) => ({ id: term.id, label: term.label, color: colors[term.id], dash: term.id === 'total', values: term.values })) });
    lossTable.refresh();
  });
  const retint = memo(() => [auc, away, loss].forEach((drawn) => drawn.retint()));

  return (/** @type {State} */ state) => {
    now = state;
    const { run } = state;
    subject.set(subjectOf(state, wordsFor(state.loaded).items));
    const { memory: memoryScale, quality: qualityScale } = scaleNow(state);
    memory.set(memoryScale);
    const baseline = baselineInView(state);
    quality.set({ ...qualityScale, baseline });
    const planned = run.phase === 'student' ? run.total : state.selection.value?.steps ?? 0;
    const xMax = run.status === 'running' && run.kind === 'run' ? planned : run.losses.at(-1)?.step ?? 0;
    const floor = reportInView(state)?.floor?.jsd ?? (keyInView(state) === 'standard' ? state.loaded?.floor?.jsd ?? null : null);
    const goal = goalInView(state);
    const silent = run.status === 'running' && run.kind === 'run' && run.every === 0;
    for (const drawn of [auc, away]) drawn.say(silent ? 'No figures in between were asked for: before and after are drawn at the end.' : waiting);
    drawEvals(run.evals, run.evals.length, reportInView(state), canCompare(state), retrainInView(state), floor, goal.to, goal.estimated, goal.why, xMax, baseline);
    drawLoss(run.losses, run.losses.length, state.view.smooth, xMax);
    smoothBox.checked = state.view.smooth;
    retint(state.view.scheme);
    show(host, state.boot.status !== 'error');
  };
}

/** Test AUC of the logistic baseline, where it is known. @param {State} state @returns {number | null} */
export const baselineInView = (state) => (state.result.report?.baseline ?? state.loaded?.baseline)?.auc ?? null;

/** Original's figures for the set in view: measured in the last run, or shipped for the standard set. @param {State} state */
export function originalInView(state) {
  const { report } = state.result;
  if (report && keyOf(report.request?.forget) === keyInView(state)) return rowOf(report, 'original');
  return keyInView(state) === 'standard' ? state.loaded?.shipped.find((row) => row.id === 'original') ?? null : null;
}
