// @ts-check
// The result in plain words, and the two scales that the page draws from it. Pure; says also what did not work.

import { outcomeOf, rowOf } from '../../engine/report.js';
import { count, duration, fixed, percent, plural, signed } from '../../ui/format.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Report} Report */

/** Test AUC may move by so much before the page calls it a loss. */
export const QUALITY_BAND = 0.01;
/** The largest scale that calibration gives an adapter. */
const MOST_SCALE = 2;
/** Distances from Retrain may rise by so much, as a factor, before the page says that the model moved away from it. */
const DISTANCE_BAND = 1.1;
/** Gaps below this are too small to speak of forgetting. */
const LEAST_GAP = 0.01;

/** What a model that never saw the rows is expected to answer, by models that did not: the words of page, command line, report and record. */
export const EXPECTED = msg('expected of a model that never saw them (cross-fitted)');

/** @typedef {import('../../types.d.ts').Finding} Finding */

/** `doubtful`: forgotten by the first measure, and not by another. @typedef {'forgotten' | 'doubtful' | 'partly' | 'not' | 'over' | 'little' | 'unclear'} Verdict */

/** Share of the gap above which the model has forgotten more than one that never saw the data. */
export const OVER = 1.25;

/**
 * @param {number | null} closed share of the gap that was closed
 * @param {number} gap its size
 * @param {'retrain' | 'expected' | 'unseen'} [by] where the goal comes from
 * @param {number} [past] how far the model went beyond both the start and the goal
 * @returns {Verdict} `unclear` where the proxy says nothing: the model did worse here than on strangers to begin with
 */
export function verdictOf(closed, gap, by = 'retrain', past = 0) {
  if (by === 'unseen' && !(gap >= LEAST_GAP)) return 'unclear';
  if (!(gap >= LEAST_GAP)) return past >= LEAST_GAP ? 'over' : 'little';
  if (closed == null) return 'little';
  if (closed > OVER) return 'over';
  if (closed >= 0.8) return 'forgotten';
  return closed >= 0.3 ? 'partly' : 'not';
}

/**
 * How far forgetting has come on the way from "remembers" to "never saw it": by forget-set AUC against Retrain where there is one,
 * else by forget-set log loss, on its way to what is expected of a model that never saw them (cross-fitted), or to the loss on strangers (the proxy).
 * @param {{from: number | null | undefined, to: number | null | undefined, now: number | null | undefined}} scale
 * @returns {number | null} 0 before, 1 at the goal, more when over-forgotten
 */
export function closedShare({ from, to, now }) {
  if (from == null || to == null || now == null || Math.abs(to - from) < 1e-9) return null;
  return (now - from) / (to - from) + 0; // + 0 turns −0 into 0
}

/**
 * What is used in place of Retrain's loss on a forget set that has none: the expected loss (cross-fitted); where nothing is expected, the proxy, the loss on
 * people never seen. Never a figure of a Retrain of other rows.
 * @param {object} known
 * @param {number | null | undefined} [known.expected]
 * @param {number | null | undefined} [known.unseen]
 * @returns {{to: number | null, estimated: boolean}} `estimated`: cross-fitted
 */
export function goalWithoutRetrain({ expected, unseen }) {
  if (expected != null) return { to: expected, estimated: true };
  return { to: unseen != null && unseen > 0 ? unseen : null, estimated: false };
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
  const goal = goalWithoutRetrain(report.proxy);
  const memory = byAuc
    ? { measure: /** @type {const} */ ('auc'), estimated: false, from: original?.forget.auc ?? null, to: retrain?.forget.auc ?? null, now: after?.forget.auc ?? null }
    : { measure: /** @type {const} */ ('loss'), estimated: goal.estimated, from: report.proxy.forget_before, to: goal.to, now: after ? report.proxy.forget_after : null };
  const gap = memory.from == null || memory.to == null ? 0 : memory.measure === 'auc' ? memory.from - memory.to : memory.to - memory.from;
  const { from, to, now } = memory;
  const past = from == null || to == null || now == null ? 0 : memory.measure === 'auc' ? Math.min(from, to) - now : now - Math.max(from, to);
  const quality = { from: original?.test.auc ?? null, now: after?.test.auc ?? null };
  const distance = { from: original?.forget.jsd ?? null, now: after?.forget.jsd ?? null, floor: report.floor?.jsd ?? null };
  return { memory, gap, past, closed: gap > 0 ? closedShare(memory) : null, quality, distance };
}

/**
 * The one verdict on a run, from everything that was measured: the gap that was closed, the distance from Retrain beside its floor, quality elsewhere, and
 * the attacks that were run.
 * @param {Report} report
 * @param {Finding[]} [findings] of attacks on this run
 * @returns {{verdict: Verdict, doubts: string[]}} `doubts`: what speaks against a verdict of “forgotten”
 */
export function judge(report, findings = []) {
  const { memory, gap, past, closed, quality, distance } = scalesOf(report);
  const verdict = verdictOf(closed, gap, goalOf(memory), past);
  const doubts = [];
  const { from, now, floor } = distance;
  if (from != null && now != null && now > from * DISTANCE_BAND && now > (floor ?? 0)) doubts.push(t('its answers to them lie farther from Retrain’s than before (JSD {from} → {now}{more})', { from: fixed(from, 4), now: fixed(now, 4), more: floor == null ? '' : t('; two Retrains differ by {floor}', { floor: fixed(floor, 4) }) }));
  const broken = findings.filter((finding) => finding.verdict === 'broken').map((finding) => said(finding.label));
  if (broken.length > 0) doubts.push(t('{more} can still tell ({broken})', { more: broken.length === 1 ? t('an attack') : t('{length} attacks', { length: count(broken.length) }), broken: broken.join(', ') }));
  if (quality.from != null && quality.now != null && quality.now - quality.from < -QUALITY_BAND) doubts.push(t('everything else got worse'));
  return { verdict: verdict === 'forgotten' && doubts.length > 0 ? 'doubtful' : verdict, doubts };
}

/** Where the goal of forgetting comes from. @param {ReturnType<typeof scalesOf>['memory']} memory @returns {'retrain' | 'expected' | 'unseen'} */
const goalOf = (memory) => (memory.measure === 'auc' ? 'retrain' : memory.estimated ? 'expected' : 'unseen');

/**
 * @param {Report} report
 * @param {string} what e.g. "user 42’s ratings"
 * @param {Finding[]} [findings] of attacks on this run
 * @returns {{verdict: Verdict, headline: string, lines: string[]}}
 */
export function verdictText(report, what, findings = []) {
  const { memory, closed, quality } = scalesOf(report);
  const by = goalOf(memory);
  const { verdict, doubts } = judge(report, findings);
  const share = percent(closed);
  const headline = {
    forgotten: by === 'expected' ? t('As far as an estimate can tell, the model now treats {what} much as if it had never seen them.', { what }) : t('The model now treats {what} much as if it had never seen them.', { what }),
    doubtful: t('By its {measure} on them the model treats {what} as if it had never seen them, but {doubts}.', { measure: memory.measure === 'auc' ? 'AUC' : t('loss'), what, doubts: doubts.join(t('; and ')) }),
    partly: t('The model has forgotten {what} in part.', { what }),
    not: t('The model still remembers {what}.', { what }),
    over: by === 'retrain' ? t('The model forgot more of {what} than Retrain would: too much.', { what }) : t('By {by} the model forgot more of {what} than a model that never saw them would: too much.', { by: by === 'expected' ? t('the estimate') : t('the proxy'), what }),
    little: by === 'expected' ? t('By the estimate the model had hardly memorised {what}: there was little to forget.', { what }) : t('The model had hardly memorised {what}: there was little to forget.', { what }),
    unclear: memory.now != null && memory.from != null && memory.now > memory.from ? t('The model now knows {what} less well than before.', { what }) : t('The model knows {what} as well as before.', { what }),
  }[verdict];
  const lines = [memoryLine(report, memory, verdict, share), qualityLine(quality, report.baseline?.auc ?? null), listsLine(report), expectedLine(report), calibrationLine(report)];
  if (verdict === 'over') lines.push(t('This is more than never having seen it; this can itself give the person away. Try fewer steps or a weaker forgetting weight.'));
  if (verdict === 'not') lines.push(t('Try the tuned preset, more steps, or a stronger forgetting weight.'));
  return { verdict, headline, lines: lines.filter((line) => line !== '') };
}

/**
 * @param {Report} report
 * @param {ReturnType<typeof scalesOf>['memory']} memory
 * @param {Verdict} verdict
 * @param {string} share
 */
function memoryLine(report, memory, verdict, share) {
  const rows = plural(report.sizes.forget, 'forgotten rating');
  if (memory.measure === 'auc') {
    const figures = t('its AUC on the {rows} went from {from} to {now}; a model that never saw them has {to}', { rows, from: fixed(memory.from), now: fixed(memory.now), to: fixed(memory.to) });
    return verdict === 'little' || verdict === 'over' ? t('{figures}.', { figures: capital(figures) }) : t('{share} of the way to Retrain: {figures}.', { share, figures });
  }
  if (verdict === 'unclear') {
    return t('Its loss on the {rows} went from {from} to {now}. On people it never saw the loss is {to}, so these ratings were harder to guess than most from the start, and the proxy cannot tell how much of the memory is gone. A Retrain can.', { rows, from: fixed(memory.from), now: fixed(memory.now), to: fixed(memory.to) });
  }
  const figures = t('its loss on the {rows} went from {from} to {now}; {more}', { rows, from: fixed(memory.from), now: fixed(memory.now), more: memory.estimated ? t('about {to} is {EXPECTED}, an estimate', { to: fixed(memory.to), EXPECTED: t(EXPECTED) }) : t('on ratings of people it never saw it is {to}', { to: fixed(memory.to) }) });
  if (verdict === 'little' || verdict === 'over') return t('{figures}.', { figures: `${capital(figures)}${memory.estimated ? '' : t(' (the proxy for Retrain)')}` });
  return memory.estimated ? t('About {share} of what is expected: {figures}.', { share, figures }) : t('By the proxy {share} of the way: {figures}.', { share, figures });
}

/** What is expected of a model that never saw the rows, or why that is not known. @param {Report} report */
function expectedLine({ expected, expected_missing: missing }) {
  if (expected) {
    const auc = expected.auc == null ? '' : t(', AUC {auc}', { auc: fixed(expected.auc) });
    return t('An estimate of what is {EXPECTED}: loss {logloss}{more}{auc}.', { EXPECTED: t(EXPECTED), logloss: fixed(expected.logloss), more: expected.error == null ? '' : ` ± ${fixed(expected.error)}`, auc });
  }
  return missing ? t('What is {EXPECTED} is not known here: {missing}.', { EXPECTED: t(EXPECTED), missing: said(missing) }) : '';
}

/** How the run was calibrated, and what that cannot show. @param {Report} report */
function calibrationLine(report) {
  const { calibration, expected } = report;
  if (!calibration) return '';
  if (!expected) return t('So the run could not calibrate itself: it forgot as much as its settings have it.');
  const { alpha, scale, matched } = calibration;
  if (matched && scale <= 0) return t('The model already answered these ratings no better than expected, so the adapter was scaled to nothing: no answer changed.');
  const found = [...(alpha == null ? [] : [`α ${fixed(alpha, 2)}`]), ...(matched ? [t('the adapter × {scale}', { scale: fixed(scale, 2) })] : [])].join(t(' and '));
  if (!matched) return t('The run calibrated its teacher by that estimate: {found}.', { found });
  const most = scale >= MOST_SCALE ? t(' That is the strongest it may be: less may be forgotten than expected.') : '';
  const check = rowOf(report, 'retrain') ? '' : t(' How good the estimate is, only a Retrain can tell.');
  return t('The run calibrated itself by that estimate, {found}, so that the {matched} on the forgotten ratings comes near it.{most}{check}', { found, matched: matched === 'auc' ? 'AUC' : t('loss'), most, check });
}

/** @param {{from: number | null, now: number | null}} quality @param {number | null} baseline */
function qualityLine({ from, now }, baseline) {
  if (from == null || now == null) return '';
  const change = now - from;
  const figures = t('test AUC {from} → {now} ({change}{more})', { from: fixed(from), now: fixed(now), change: signed(change), more: baseline == null ? '' : t('; a logistic regression has {baseline}', { baseline: fixed(baseline) }) });
  if (Math.abs(change) <= QUALITY_BAND) return t('For everything else it is as good as before: {figures}.', { figures });
  return change < 0 ? t('It paid with quality elsewhere: {figures}.', { figures }) : t('It became better elsewhere: {figures}.', { figures });
}

/** What stays of other people's recommendations, beside a Retrain, which is another model and changes most of them. @param {Report} report */
function listsLine(report) {
  const kept = outcomeOf(report)?.lists_kept;
  if (kept == null) return '';
  const ofRetrain = rowOf(report, 'retrain')?.lists_kept;
  return t('Of the ten items recommended to each of up to 20 other people, {kept} stay{more}.', { kept: percent(kept), more: ofRetrain == null ? '' : t('; with Retrain {ofRetrain}', { ofRetrain: percent(ofRetrain) }) });
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * What a run took: the training alone, as tables and reports have it, and all that the person at the page waited for.
 * @param {Report} report
 * @param {number} elapsed seconds from Start to the report
 */
export function timeText(report, elapsed) {
  const outcome = outcomeOf(report);
  if (!outcome) return '';
  const whole = elapsed > outcome.seconds ? t(' From Start to this result, with measuring before and after, it was {elapsed}.', { elapsed: duration(elapsed) }) : '';
  return t('Unlearning took {seconds} and {steps} on {device}.{whole}', { seconds: duration(outcome.seconds), steps: plural(outcome.steps, 'step'), device: report.device, whole });
}
