// @ts-check
// The article's figures: of the run that was made here, else of the shipped ones, of which that is said. Pure.

import { keyOf } from '../../engine/forget-spec.js';
import { outcomeOf, rowLabel, rowOf } from '../../engine/report.js';
import { said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').State} State */
/**
 * What the article shows. Everything may be missing: then it says nothing of it. `goal` is Retrain's, or what is `expected` of a model that never saw them.
 * @typedef {object} ArticleFigures
 * @property {string} source whose figures these are, as a sentence
 * @property {boolean} mine whether they are of a run that was made here
 * @property {{before: number | null, now: number | null, goal: number | null, expected: boolean}} forget AUC on what was to be forgotten
 * @property {{before: number | null, now: number | null}} test AUC on the test set
 * @property {{run: number | null, retrain: number | null, estimated: boolean}} seconds
 * @property {{adapter: number | null, model: number | null}} numbers what was trained, of how many
 * @property {{alpha: number | null | undefined, scale: number | null | undefined}} found by calibration
 * @property {{label: string, verdict: import('../../types.d.ts').Finding['verdict']}[]} attacks
 */

/** @param {State} state @returns {ArticleFigures} */
export function articleFigures(state) {
  const { result, loaded, selection, attacks, choice } = state;
  const { report } = result;
  if (!report) return shippedFigures(state);
  const [original, outcome, retrain] = [rowOf(report, 'original'), outcomeOf(report), rowOf(report, 'retrain')];
  const goal = retrain?.forget.auc ?? report.expected?.auc ?? null;
  const chosen = choice.kind === 'person' && keyOf(report.request?.forget) === `users:${choice.user}` ? selection.value?.retrain_seconds ?? null : null;
  const method = rowLabel(report.request?.method ?? '', loaded?.methods ?? []);
  return {
    source: t('Figures of your last run: {label}, with {method}, on {device}.', { label: result.label, method: said(method), device: report.device }),
    mine: true,
    forget: { before: original?.forget.auc ?? null, now: outcome?.forget.auc ?? null, goal, expected: retrain?.forget.auc == null },
    test: { before: original?.test.auc ?? null, now: outcome?.test.auc ?? null },
    seconds: { run: outcome?.seconds ?? null, retrain: retrain?.seconds || chosen, estimated: !retrain?.seconds },
    numbers: { adapter: outcome?.trainable_params ?? null, model: loaded?.n_params ?? null },
    found: { alpha: report.calibration?.alpha, scale: report.calibration?.scale },
    attacks: Object.values(attacks.findings).filter(({ verdict }) => verdict !== 'skipped').map(({ label, verdict }) => ({ label, verdict })),
  };
}

/** Original and Retrain of the package, and E2URec of the shipped comparison, where it is there. @param {State} state @returns {ArticleFigures} */
function shippedFigures({ loaded, compare }) {
  const shipped = (/** @type {string} */ id) => loaded?.shipped.find((row) => row.id === id) ?? null;
  const [original, retrain] = [shipped('original'), shipped('retrain')];
  const reference = compare.reference.value?.methods.find(({ id, setting, seed }) => id === 'e2urec' && setting === 'tuned' && seed === 1) ?? null;
  const none = original === null && reference === null;
  return {
    source: none ? t('There are no figures of this model yet: they come with the first run.') : t('Shipped figures, until there is a run here: the paper’s 20 % of people{more}, measured when the package was made.', { more: reference ? t(', forgotten with E2URec (tuned, seed 1)') : '' }),
    mine: false,
    forget: { before: original?.forget.auc ?? null, now: reference?.forget.auc ?? null, goal: retrain?.forget.auc ?? null, expected: false },
    test: { before: original?.test.auc ?? null, now: reference?.test.auc ?? null },
    seconds: { run: reference?.seconds ?? null, retrain: retrain?.seconds ?? null, estimated: false },
    numbers: { adapter: reference?.trainable_params ?? null, model: loaded?.n_params ?? null },
    found: { alpha: null, scale: null },
    attacks: [],
  };
}
