// @ts-check
// The result in plain words, and the two scales that the page draws from it. Pure; says also what did not work.

import { count, fixed, percent, signed } from './format.js';

/** @typedef {import('./types.d.ts').Report} Report */
/** @typedef {import('./types.d.ts').MethodFigures} MethodFigures */

/** Test AUC may move by so much before the page calls it a loss. */
export const QUALITY_BAND = 0.01;
/** Gaps below this are too small to speak of forgetting. */
const LEAST_GAP = 0.01;

/** @typedef {'forgotten' | 'partly' | 'not' | 'over' | 'little' | 'unclear'} Verdict */

/**
 * @param {number | null} closed share of the gap that was closed
 * @param {number} gap its size
 * @param {'auc' | 'loss'} [measure]
 * @returns {Verdict} `unclear` where the stand-in says nothing: the model did worse here than on strangers to begin with
 */
export function verdictOf(closed, gap, measure = 'auc') {
  if (measure === 'loss' && !(gap >= LEAST_GAP)) return 'unclear';
  if (closed == null || !(gap >= LEAST_GAP)) return 'little';
  if (closed > 1.25) return 'over';
  if (closed >= 0.8) return 'forgotten';
  return closed >= 0.3 ? 'partly' : 'not';
}

/**
 * How far forgetting has come on the way from "remembers" to "never saw it": by forget-set AUC against Retrain where there is one,
 * else by the named proxy, forget-set log loss against that of unseen users.
 * @param {{from: number | null | undefined, to: number | null | undefined, now: number | null | undefined}} scale
 * @returns {number | null} 0 before, 1 at the goal, more when over-forgotten
 */
export function closedShare({ from, to, now }) {
  if (from == null || to == null || now == null || Math.abs(to - from) < 1e-9) return null;
  return (now - from) / (to - from) + 0; // + 0 turns −0 into 0
}

/** @param {Report} report @param {string} id @returns {MethodFigures | null} */
export const rowOf = (report, id) => report.methods.find((row) => row.id === id) ?? null;

/** The row of the method that was run. @param {Report} report @returns {MethodFigures | null} */
export function outcomeOf(report) {
  const reference = ['original', 'retrain', 'augmented'];
  const wanted = report.request?.method;
  return (wanted && rowOf(report, wanted)) || report.methods.filter((row) => !reference.includes(row.id)).at(-1) || null;
}

/**
 * What is compared with what in a report.
 * @param {Report} report
 */
export function scalesOf(report) {
  const original = rowOf(report, 'original');
  const retrain = rowOf(report, 'retrain');
  const after = outcomeOf(report);
  const byAuc = original?.forget.auc != null && retrain?.forget.auc != null && after?.forget.auc != null;
  const memory = byAuc
    ? { measure: /** @type {const} */ ('auc'), from: original?.forget.auc ?? null, to: retrain?.forget.auc ?? null, now: after?.forget.auc ?? null }
    : { measure: /** @type {const} */ ('loss'), from: report.proxy.forget_before, to: report.proxy.unseen, now: after ? report.proxy.forget_after : null };
  const gap = memory.from == null || memory.to == null ? 0 : memory.measure === 'auc' ? memory.from - memory.to : memory.to - memory.from;
  const quality = { from: original?.test.auc ?? null, now: after?.test.auc ?? null };
  return { memory, gap, closed: gap > 0 ? closedShare(memory) : null, quality };
}

/**
 * @param {Report} report
 * @param {string} what e.g. "user 42’s ratings"
 * @returns {{verdict: Verdict, headline: string, lines: string[]}}
 */
export function tell(report, what) {
  const { memory, gap, closed, quality } = scalesOf(report);
  const verdict = verdictOf(closed, gap, memory.measure);
  const share = percent(closed == null ? null : Math.min(closed, 1));
  const goal = memory.measure === 'auc' ? 'a model that never saw them' : 'ratings of people it never saw';
  const headline = {
    forgotten: `The model now treats ${what} much as if it had never seen them.`,
    partly: `The model has forgotten ${what} in part.`,
    not: `The model still remembers ${what}.`,
    over: `The model has forgotten too much: ${what} now stand out.`,
    little: `The model had hardly memorised ${what}: there was little to forget.`,
    unclear: memory.now != null && memory.from != null && memory.now > memory.from ? `The model now knows ${what} less well than before.` : `The model knows ${what} as well as before.`,
  }[verdict];
  const lines = [memoryLine(report, memory, verdict, share, goal), qualityLine(quality)];
  if (verdict === 'over') lines.push('Answers worse than those of a model that never saw the data can give the forgotten data away. Try fewer steps.');
  if (verdict === 'not') lines.push('Try the tuned preset, more steps, or a stronger forgetting weight.');
  return { verdict, headline, lines: lines.filter((line) => line !== '') };
}

/**
 * @param {Report} report
 * @param {ReturnType<typeof scalesOf>['memory']} memory
 * @param {Verdict} verdict
 * @param {string} share
 * @param {string} goal
 */
function memoryLine(report, memory, verdict, share, goal) {
  const rows = `${count(report.sizes.forget)} forgotten rating${report.sizes.forget === 1 ? '' : 's'}`;
  if (memory.measure === 'auc') {
    const figures = `its AUC on the ${rows} went from ${fixed(memory.from)} to ${fixed(memory.now)}; ${goal} has ${fixed(memory.to)}`;
    return verdict === 'little' || verdict === 'over' ? `${capital(figures)}.` : `${share} of the memory is gone: ${figures}.`;
  }
  if (verdict === 'unclear') {
    return `Its loss on the ${rows} went from ${fixed(memory.from)} to ${fixed(memory.now)}. On people it never saw the loss is ${fixed(memory.to)}, so these ratings were harder to guess than most from the start, and the stand-in cannot tell how much of the memory is gone. A Retrain can.`;
  }
  const figures = `its loss on the ${rows} went from ${fixed(memory.from)} to ${fixed(memory.now)}; on ${goal} it is ${fixed(memory.to)}`;
  return verdict === 'little' || verdict === 'over' ? `${capital(figures)} (a stand-in for Retrain).` : `By the stand-in measure ${share} of the memory is gone: ${figures}.`;
}

/** @param {{from: number | null, now: number | null}} quality */
function qualityLine({ from, now }) {
  if (from == null || now == null) return '';
  const change = now - from;
  const figures = `test AUC ${fixed(from)} → ${fixed(now)} (${signed(change)})`;
  if (Math.abs(change) <= QUALITY_BAND) return `For everything else it is as good as before: ${figures}.`;
  return change < 0 ? `It paid with quality elsewhere: ${figures}.` : `It became better elsewhere: ${figures}.`;
}

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** Reading names of the rows of a result table. @param {string} id @param {{id: string, label: string}[]} methods */
export function rowLabel(id, methods) {
  if (id === 'original') return 'Original';
  if (id === 'retrain') return 'Retrain';
  if (id === 'augmented') return 'Augmented';
  return methods.find((method) => method.id === id)?.label ?? id;
}
