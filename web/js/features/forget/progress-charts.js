// @ts-check
// What is seen while it runs: both scales, forgetting and quality over the steps, distance from Retrain, loss terms.

import { useMemo } from 'preact/hooks';
import { baselineInView, canCompare, floorInView, goalInView, pointsOf, reportInView, retrainInView, scalesInView, subjectOf } from '../../app/selectors.js';
import { markedStep } from '../../app/moment.js';
import { wordsFor } from '../../engine/datasets.js';
import { Chart } from '../../ui/charts.js';
import { count, figure, fixed } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { lossColumns, spread } from '../../ui/series.js';
import { marker } from '../../ui/term.js';
import { DataTable, SubjectLine } from '../../ui/widgets.js';
import { language, msg, said, t } from '../../ui/words.js';
import { MemoryGauge, QualityGauge } from './gauges.js';
import { EXPECTED } from './verdict.js';

/** @typedef {import('../../types.d.ts').EvalPoint} EvalPoint */
/** @typedef {import('../../types.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('../../ui/types.d.ts').Child} Child */

const WAITING = msg('Drawn while the model unlearns.');
const SILENT = msg('No figures in between were asked for: before and after are drawn at the end.');
const COLORS = { kl_forget: '--forget', kl_retain: '--retain', ce_retain: '--answer', ce_forget: '--warn', total: '--original' };

/** @param {{title: string, what: string, aside?: Child, wide?: boolean, children?: Child}} props */
const Card = ({ title, what, aside, wide = false, children }) =>
  h('figure', { class: `card chart${wide ? ' full' : ''}` }, h('figcaption', { class: 'head' }, h('div', null, h('h3', null, title), h('p', null, marker()(what))), aside), children);

/** Points of a run, thinned to what a screen can show. @param {EvalPoint[]} points */
function columnsOf(points) {
  const shown = spread(points.length, 400).flatMap((idx) => points[idx] ?? []);
  return { x: shown.map((point) => point.step), column: (/** @type {(point: EvalPoint) => number | null | undefined} */ read) => shown.map((point) => read(point) ?? null) };
}

/** `n` tells that points came: they are added to the same list. @typedef {{evals: EvalPoint[], n: number, report: Report | null, xMax: number, mark: number | null, onStep: OnStep, wanted: boolean, scheme: number, empty: string}} CurveProps */
/** A step that is pointed at in a chart, or pressed. @typedef {(step: number | null, pressed: boolean) => void} OnStep */

/** AUC on the test set and on the forget set. */
const AucChart = memo(
  /** @param {CurveProps & {goal: number | null, baseline: number | null}} props */
  ({ evals, n, report, xMax, mark, goal, baseline, ...rest }) => {
    const points = pointsOf(evals, report);
    const content = useMemo(() => {
      const { x, column } = columnsOf(points);
      return {
        x, xMax, mark,
        lines: [
          { id: 'test', label: t('Test set'), color: '--retain', points: true, values: column((point) => point.test.auc) },
          { id: 'forget', label: t('Forget set'), color: '--forget', points: true, values: column((point) => point.forget.auc) },
        ],
        targets: [
          ...(goal == null ? [] : [{ value: goal, color: '--retrain', label: t('Goal: Retrain') }]),
          ...(baseline == null || x.length === 0 ? [] : [{ value: baseline, color: '--original', label: t('Test set: logistic baseline') }]),
        ],
      };
    }, [evals, n, report, xMax, mark, goal, baseline, language()]);
    const read = () => ({ head: [t('Step'), t('Test AUC'), t('Forget AUC'), t('Forget loss')], rows: points.map((point) => [count(point.step), fixed(point.test.auc, 4), fixed(point.forget.auc, 4), fixed(point.forget.logloss, 4)]) });
    return h(
      Card,
      { title: t('Forgetting and quality'), what: t('AUC: 1 is perfect, 0.5 is a coin. On at most 2,000 rows each.') },
      h(Chart, { label: t('AUC on the test set and on the forget set over the steps'), axis: 'step', format: (value) => fixed(value), least: 0.02, content, ...rest }),
      h(DataTable, { what: t('AUC over the steps'), read }),
    );
  },
);

/** Distance from Retrain; without one, the loss on the forget set on its way to what is expected. */
const DistanceChart = memo(
  /** @param {CurveProps & {withRetrain: boolean, floor: number | null, goal: number | null, estimated: boolean, why: string}} props */
  ({ evals, n, report, xMax, mark, withRetrain, floor, goal, estimated, why, ...rest }) => {
    const points = pointsOf(evals, report);
    const content = useMemo(() => {
      const { x, column } = columnsOf(points);
      if (withRetrain) {
        return {
          x, xMax, mark,
          lines: [{ id: 'jsd', label: t('Unlearned'), color: '--unlearned', points: true, values: column((point) => point.forget.jsd) }],
          targets: floor == null ? [] : [{ value: floor, color: '--original', label: t('Floor: two Retrains') }],
        };
      }
      return {
        x, xMax, mark,
        lines: [{ id: 'loss', label: t('Forget set'), color: '--forget', points: true, values: column((point) => point.forget.logloss) }],
        targets: goal == null ? [] : [{ value: goal, color: '--retain', label: estimated ? t('Expected (cross-fitted)') : t('People never seen (proxy)') }],
      };
    }, [evals, n, report, xMax, mark, withRetrain, floor, goal, estimated, language()]);
    const what = withRetrain
      ? t('Jensen–Shannon divergence on the forget set, full vocabulary.')
      : estimated
        ? t('No Retrain for this choice: forget-set loss. The dashed line is an estimate, {EXPECTED}.', { EXPECTED: t(EXPECTED) })
        : t('No Retrain for this choice: forget-set loss, which should rise to that of people never seen (a proxy).{more}', { more: why ? t(' What is {EXPECTED} is not known here: {why}.', { EXPECTED: t(EXPECTED), why: said(why) }) : '' });
    const read = () => ({ head: [t('Step'), 'JSD', t('sym. KL'), 'L2', t('Forget loss')], rows: points.map(({ step, forget }) => [count(step), figure(forget.jsd), figure(forget.sym_kl), figure(forget.l2), fixed(forget.logloss, 4)]) });
    return h(
      Card,
      { title: withRetrain ? t('Distance from Retrain') : t('Proxy for Retrain'), what },
      h(Chart, { label: t('Distance from Retrain, or a proxy, over the steps'), axis: 'step', format: figure, least: 0.001, floor: 0, content, ...rest }),
      h(DataTable, { what: t('Distance from Retrain over the steps'), read }),
    );
  },
);

/** What the student is pulled by. */
const LossChart = memo(
  /** @param {{losses: State['run']['losses'], n: number, smooth: boolean, onSmooth: (smooth: boolean) => void, xMax: number, mark: number | null, onStep: OnStep, wanted: boolean, scheme: number}} props */
  ({ losses, n, smooth, onSmooth, xMax, mark, onStep, wanted, scheme }) => {
    const content = useMemo(() => {
      const { steps, terms } = lossColumns(n === 0 ? [] : losses, { smooth });
      return { x: steps, xMax, mark, lines: terms.map((term) => ({ id: term.id, label: term.label, color: COLORS[term.id], dash: term.id === 'total', values: term.values })) };
    }, [losses, n, smooth, xMax, mark, language()]);
    const read = () => {
      const { steps, terms } = lossColumns(losses, { smooth, limit: 200 });
      return { head: [t('Step'), ...terms.map((term) => t(term.label))], rows: steps.map((step, idx) => [count(step), ...terms.map((term) => fixed(term.values[idx], 4))]) };
    };
    const aside = h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: smooth, onChange: (/** @type {Event} */ event) => onSmooth(/** @type {HTMLInputElement} */ (event.currentTarget).checked) }), t('Smooth'));
    return h(
      Card,
      { title: t('Loss terms'), what: t('What the student is pulled by, step by step: KL divergence from its teachers, cross entropy with the right answers.'), aside, wide: true },
      h(Chart, { label: t('Loss terms over the steps'), axis: 'step', empty: WAITING, format: figure, least: 0.001, content, onStep, wanted, scheme }),
      h(DataTable, { what: t('Loss terms over the steps'), read }),
    );
  },
);

/** @param {{state: State, onSmooth: (smooth: boolean) => void, onStep: OnStep}} props */
function Live({ state, onSmooth, onStep }) {
  const { run, view } = state;
  const { memory, quality } = scalesInView(state);
  const planned = run.phase === 'student' ? run.total : state.selection.value?.steps ?? 0;
  const unlearning = run.status === 'running' && run.kind === 'run';
  const xMax = unlearning ? planned : run.losses.at(-1)?.step ?? 0;
  const goal = goalInView(state);
  const baseline = baselineInView(state);
  const shared = { evals: run.evals, n: run.evals.length, report: reportInView(state), xMax, mark: markedStep(state), onStep, wanted: run.status !== 'idle', scheme: view.scheme, empty: unlearning && run.every === 0 ? SILENT : WAITING };
  return [
    h(SubjectLine, { subject: subjectOf(state, wordsFor(state.loaded).items) }),
    h(MemoryGauge, memory),
    h(QualityGauge, { ...quality, baseline }),
    h(AucChart, { ...shared, goal: retrainInView(state)?.forget.auc ?? null, baseline }),
    h(DistanceChart, { ...shared, withRetrain: canCompare(state), floor: floorInView(state), goal: goal.to, estimated: goal.estimated, why: goal.why }),
    h(LossChart, { losses: run.losses, n: run.losses.length, smooth: view.smooth, onSmooth, xMax, mark: shared.mark, onStep, wanted: shared.wanted, scheme: view.scheme }),
  ];
}

/** @param {HTMLElement} host @param {import('../../app/actions.js').Actions} actions @returns {(state: State) => void} */
export function mountLive(host, actions) {
  const onSmooth = (/** @type {boolean} */ smooth) => actions.view({ smooth });
  const onStep = actions.lookAtStep;
  return (state) => {
    render(h(Live, { state, onSmooth, onStep }), host);
    host.classList.toggle('stale', Boolean(subjectOf(state)?.stale));
    host.hidden = state.boot.status === 'error';
  };
}
