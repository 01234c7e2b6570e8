// @ts-check
// Two runs over one another: their settings and figures side by side, and curves on common steps. Pure.

import { nameOfKept } from '../../engine/forget-spec.js';
import { outcomeOf } from '../../engine/report.js';
import { METRICS } from '../../tables/metrics.js';
import { measured } from '../../ui/metrics.js';
import { lossColumns } from '../../ui/series.js';
import { said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').KeptRun} KeptRun */
/** @typedef {import('../../types.d.ts').MetricEntry} MetricEntry */
/** @typedef {import('../../types.d.ts').RunRecord} RunRecord */
/** @typedef {{about: KeptRun, record: RunRecord}} Whole */

/** Smaller differences are rounding. */
const SAME = 1e-9;

/**
 * Curves on the steps of all of them: null where one has no value.
 * @param {{steps: number[], values: (number | null)[]}[]} curves
 */
export function onCommonSteps(curves) {
  const x = [...new Set(curves.flatMap(({ steps }) => steps))].toSorted((a, b) => a - b);
  const columns = curves.map(({ steps, values }) => {
    const at = new Map(steps.map((step, idx) => [step, values[idx] ?? null]));
    return x.map((step) => at.get(step) ?? null);
  });
  return { x, columns };
}

/** Both runs' total loss, smoothed. @param {Whole[]} pair */
export function lossCurves(pair) {
  return onCommonSteps(pair.map(({ record }) => {
    const { steps, terms } = lossColumns(record.losses, { smooth: true, limit: 400 });
    return { steps, values: terms.find(({ id }) => id === 'total')?.values ?? [] };
  }));
}

/** AUC on the forget and on the test set, of each run in turn. @param {Whole[]} pair */
export const aucCurves = (pair) => onCommonSteps(pair.flatMap(({ record: { evals } }) => {
  const steps = evals.map(({ step }) => step);
  return [{ steps, values: evals.map(({ forget }) => forget.auc ?? null) }, { steps, values: evals.map(({ test }) => test.auc ?? null) }];
}));

/**
 * What the second run has more of a figure than the first, and whether that is better; `null` where no direction is.
 * @param {MetricEntry} metric @param {number | null} first @param {number | null} second
 * @returns {{by: number | null, sign: 'better' | 'worse' | 'same' | null}}
 */
export function differenceOf(metric, first, second) {
  if (first == null || second == null) return { by: null, sign: null };
  const by = second - first;
  // What is written as no difference is none.
  const written = metric.format === 'fixed' ? Number(Math.abs(by).toFixed(metric.digits)) : Math.abs(by);
  if (written < SAME) return { by: 0, sign: 'same' };
  if (metric.better === 'higher' || metric.better === 'lower') return { by, sign: by > 0 === (metric.better === 'higher') ? 'better' : 'worse' };
  const goal = { near_retrain: null, near_zero: 0, near_half: 0.5, near_one: 1 }[metric.better];
  return { by, sign: goal == null ? null : Math.abs(second - goal) < Math.abs(first - goal) ? 'better' : 'worse' };
}

/** Every figure that one of them has. @param {Whole[]} pair */
export function figuresOf(pair) {
  const rows = pair.map(({ record }) => outcomeOf(record.report));
  return METRICS.flatMap((metric) => {
    const [first, second] = rows.map((row) => (row ? measured(row, metric) : null));
    if (first == null && second == null) return [];
    return [{ metric, first: first ?? null, second: second ?? null, ...differenceOf(metric, first ?? null, second ?? null) }];
  });
}

/** What differs between two runs in what was asked, each with both values; the forget set by its name. @param {Whole[]} pair @returns {{what: string, values: string[], same: boolean}[]} */
export function settingsBeside(pair) {
  const line = (/** @type {string} */ what, /** @type {(about: KeptRun) => string} */ read) => {
    const values = pair.map(({ about }) => read(about));
    return { what, values, same: values[0] === values[1] };
  };
  const ids = [...new Set(pair.flatMap(({ about }) => Object.keys(about.request.params)))].toSorted();
  return [
    line(t('Forgets'), nameOfKept),
    line(t('Data'), (about) => about.dataset),
    line(t('Model'), (about) => about.model),
    line(t('Method'), (about) => t('{method}, {setting}', { method: said(about.method), setting: said(about.setting) })),
    ...ids.map((id) => line(id, ({ request }) => (request.params[id] === undefined ? t('default') : String(request.params[id])))),
    line(t('Steps'), ({ request }) => (request.steps == null ? t('default') : String(request.steps))),
    line(t('Seed'), ({ request }) => String(request.seed)),
    line(t('Device'), ({ device }) => device.toUpperCase()),
  ];
}

/** Whether the figures of two runs can be held against each other: of one forget set, on the same data. @param {Whole[]} pair @param {(forget: any) => string} keyOf */
export function whyNotComparable([a, b], keyOf) {
  if (!a || !b) return '';
  if (a.about.dataset !== b.about.dataset || (a.about.data && b.about.data && (a.about.data.ratings !== b.about.data.ratings || a.about.data.metadata !== b.about.data.metadata))) return t('They were made on different data, so their figures do not compare.');
  if (keyOf(a.about.request.forget) !== keyOf(b.about.request.forget)) return t('They forgot different rows: figures on the forget set do not compare, those on the test set do.');
  return a.about.model === b.about.model ? '' : t('They began with different models.');
}
