// @ts-check
// What is kept of a finished run: a line for the list, and the record that opens it again. Pure.

import { optionsOf } from '../../app/selectors.js';
import { OWN, wordsFor } from '../../engine/datasets.js';
import { nameOf } from '../../engine/forget-spec.js';
import { outcomeOf, rowOf } from '../../engine/report.js';
import { inEnglish, msg } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').KeptRun} KeptRun */
/** @typedef {import('../../types.d.ts').Report} Report */
/** @typedef {import('../../types.d.ts').RunInfo} RunInfo */
/** @typedef {import('../../types.d.ts').RunRecord} RunRecord */
/** @typedef {import('../../types.d.ts').State} State */

/** Digits of answers and places: a pixel is wider. */
const DIGITS = 4;
/** @param {number} value */
const short = (value) => Number(value.toFixed(DIGITS));

/** @param {State['run']['moments']} moments @returns {State['run']['moments']} with fewer digits */
const shortened = ({ rows, list }) => ({
  rows,
  list: list.map((moment) => ({ ...moment, p_yes: moment.p_yes.map(short), places: moment.places.map(([x, y]) => [short(x), short(y)]), moved: moment.moved.map((weight) => ({ ...weight, norm: Number(weight.norm.toPrecision(DIGITS)), rms: Number(weight.rms.toPrecision(DIGITS)), heads: weight.heads.map((head) => Number(head.toPrecision(DIGITS))) })) })),
});

/** The preset that was run, in its own word; else that values were set. @param {State} state @param {RunInfo} run */
function settingOf({ loaded, setup }, { request }) {
  const method = loaded?.methods.find((entry) => entry.id === request.method);
  const same = (/** @type {Record<string, number>} */ params) => method?.params.every(({ id, default: usual }) => (params[id] ?? usual) === (request.params[id] ?? usual));
  const preset = method?.presets.find((entry) => entry.id === setup.preset && same(setup.params)) ?? method?.presets.find((entry) => same(Object.fromEntries(entry.params)));
  return preset?.label ?? msg('own values');
}

/**
 * The line of a run, as the list shows it. Of one's own data it holds what the files call people.
 * @param {State} state just after the run has ended
 * @param {RunInfo} run
 * @param {Report} report
 * @param {{id: string, at: number}} made
 * @returns {Omit<KeptRun, 'files' | 'version'>}
 */
export function aboutRun(state, run, report, { id, at }) {
  const { request, device } = run;
  const [original, outcome] = [rowOf(report, 'original'), outcomeOf(report)];
  const figures = (/** @type {import('../../types.d.ts').MethodFigures | null} */ row) => ({ test: row?.test.auc ?? null, forget: row?.forget.auc ?? null, loss: row?.forget.logloss ?? null });
  return {
    id, at, device, request,
    label: inEnglish(() => nameOf(request.forget, wordsFor(state.loaded).items, state.loaded)),
    method: state.loaded?.methods.find((entry) => entry.id === request.method)?.label ?? request.method,
    setting: settingOf(state, run),
    dataset: state.data.key || report.dataset,
    model: report.model,
    data: report.data ?? null,
    own: state.data.key === OWN,
    sizes: { forget: report.sizes.forget, retain: report.sizes.retain },
    before: figures(original),
    after: figures(outcome),
    seconds: outcome?.seconds ?? null,
    elapsed: state.result.elapsed,
    adapter_sha256: report.adapter_sha256 ?? null,
  };
}

/** @param {State} state @param {Report} report @returns {RunRecord} */
export const recordOf = ({ run }, report) => ({ report, losses: run.losses, evals: run.evals, moments: shortened(run.moments) });

/** Settings of the page, as a session file has them: nothing of what is chosen in one's own data. @param {State} state @returns {import('../../types.d.ts').SessionSettings} */
export function settingsOf(state) {
  const { setup, data, models, view } = state;
  const own = data.key === OWN;
  return {
    data: data.key, model: own ? '' : models.using, method: setup.method, preset: setup.preset, params: setup.params, steps: setup.steps, seed: setup.seed,
    forget: own ? null : optionsOf(state)?.forget ?? null,
    smooth: view.smooth, histogram: view.histogram,
  };
}
