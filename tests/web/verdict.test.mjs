// The page must say the truth in words: forgotten, in part, not at all, too much, little to forget, cannot tell.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../web/js/engine/report.js';
import { closedShare, goalWithoutRetrain, judge, scalesOf, timeText, verdictOf, verdictText } from '../../web/js/features/forget/verdict.js';
import { part, report, row } from './helpers.mjs';

const withRetrain = (forgetAfter, testAfter = 0.82) => report([row('original', 0.82, 0.84), row('retrain', 0.82, 0.74), row('e2urec', testAfter, forgetAfter)]);

test('the share of the way from remembering to never having seen', () => {
  assert.equal(closedShare({ from: 0.84, to: 0.74, now: 0.84 }), 0);
  assert.ok(Math.abs(closedShare({ from: 0.84, to: 0.74, now: 0.75 }) - 0.9) < 1e-9);
  assert.equal(closedShare({ from: 0.8, to: 0.8, now: 0.7 }), null);
  assert.equal(closedShare({ from: null, to: 0.8, now: 0.7 }), null);
});

test('verdicts by AUC against Retrain', () => {
  const cases = [[0.75, 'forgotten'], [0.79, 'partly'], [0.83, 'not'], [0.7, 'over']];
  for (const [after, verdict] of cases) assert.equal(verdictText(withRetrain(after), 'it').verdict, verdict, `forget AUC ${after}`);
  assert.equal(verdictOf(1, 0.001), 'little');
});

test('the sentence names the figures and whom they are compared with', () => {
  const { headline, lines } = verdictText(withRetrain(0.75), 'user 7’s ratings');
  assert.match(headline, /user 7’s ratings/);
  assert.match(lines[0], /^90 % of the way to Retrain: its AUC on the 120 forgotten ratings went from 0\.840 to 0\.750; .* has 0\.740/);
  assert.match(lines[1], /as good as before: test AUC 0\.820 → 0\.820 \(±0\.000\)/);
});

test('what stays of other people’s recommendations is told, beside Retrain’s', () => {
  const { methods } = withRetrain(0.75);
  const told = (/** @type {(number | undefined)[]} */ kept) => verdictText(report(methods.map((one, k) => ({ ...one, lists_kept: kept[k] }))), 'it').lines.join(' ');
  assert.match(told([undefined, 0.27, 0.9]), /recommended to each of up to 20 other people, 90 % stay; with Retrain 27 %\./);
  assert.doesNotMatch(told([undefined, undefined, undefined]), /stay/);
});

test('a loss of quality is not kept quiet', () => {
  assert.match(verdictText(withRetrain(0.75, 0.79), 'it').lines[1], /paid with quality elsewhere: test AUC 0\.820 → 0\.790 \(−0\.030\)/);
});

test('a verdict does not contradict the figures beside it', () => {
  const { methods } = withRetrain(0.75);
  const at = (before, after) => [{ ...methods[0], forget: { ...methods[0].forget, jsd: before } }, methods[1], { ...methods[2], forget: { ...methods[2].forget, jsd: after } }];
  const nearer = report(at(0.0058, 0.0052));
  assert.deepEqual(judge(nearer), { verdict: 'forgotten', doubts: [] });
  const farther = report(at(0.0058, 0.0088));
  assert.equal(judge(farther).verdict, 'doubtful');
  assert.match(verdictText(farther, 'it').headline, /^By its AUC on them the model treats it as if it had never seen them, but its answers to them lie farther from Retrain’s than before \(JSD 0\.0058 → 0\.0088\)\.$/);
  assert.equal(judge({ ...farther, floor: { jsd: 0.009, sym_kl: 0, l2: 0 } }).verdict, 'forgotten', 'two Retrains differ by more');
  const findings = part([{ id: 'relearn', label: 'Relearning', verdict: 'broken' }, { id: 'loss', label: 'Loss attack', verdict: 'held' }]);
  assert.match(verdictText(nearer, 'it', findings).headline, /an attack can still tell \(Relearning\)/);
  assert.equal(judge(withRetrain(0.75, 0.79)).verdict, 'doubtful', 'quality that was lost');
  assert.equal(judge(withRetrain(0.83), findings).verdict, 'not', 'what was not forgotten stays that');
});

test('over-forgetting is said plainly, failing to forget carries a hint', () => {
  const over = verdictText(withRetrain(0.7), 'it');
  assert.match(over.headline, /forgot more of it than Retrain would/);
  assert.match(over.lines.at(-1), /more than never having seen it; this can itself give the person away/);
  assert.doesNotMatch(over.lines[0], /of the way/);
  assert.match(verdictText(withRetrain(0.83), 'it').lines.at(-1), /tuned preset/);
});

test('with nothing expected the proxy is used and named, and it is said why', () => {
  const own = { ...report([row('original', 0.82, 0.84), row('e2urec', 0.82, 0.8)], { forget_before: 0.5, forget_after: 0.59, unseen: 0.6 }), expected: null, expected_missing: 'the model has no cross-fitted answers', calibration: { scale: 1, matched: '' } };
  const told = verdictText(own, 'it');
  assert.equal(told.verdict, 'forgotten');
  assert.match(told.lines[0], /^By the proxy 90 % of the way: .* on ratings of people it never saw it is 0\.600/);
  assert.equal(told.lines[2], 'What is expected of a model that never saw them (cross-fitted) is not known here: the model has no cross-fitted answers.');
  assert.match(told.lines[3], /could not calibrate itself/);
  assert.doesNotMatch(told.lines.join(' '), /estimate|calibrated/);
});

const estimated = (after, patch = {}) => ({ ...report([row('original', 0.82, 0.84), row('e2urec', 0.82, 0.8)], { forget_before: 0.5, forget_after: after, unseen: 0.45, expected: 0.6 }), expected: { logloss: 0.6, auc: 0.75, error: 0.0141 }, ...patch });

test('the goal is what is expected, and the page says that it is an estimate', () => {
  const { memory, closed } = scalesOf(estimated(0.56));
  assert.deepEqual([memory.to, memory.estimated], [0.6, true]);
  assert.ok(Math.abs(closed - 0.6) < 1e-9);
  const part = verdictText(estimated(0.56), 'it');
  assert.match(part.lines[0], /^About 60 % of what is expected: .* about 0\.600 is expected of a model that never saw them \(cross-fitted\), an estimate/);
  assert.equal(part.lines[2], 'An estimate of what is expected of a model that never saw them (cross-fitted): loss 0.600 ± 0.014, AUC 0.750.');
  assert.match(verdictText(estimated(0.6), 'it').headline, /^As far as an estimate can tell/);
  assert.doesNotMatch(JSON.stringify(part), /shipped Retrain/);
  const over = verdictText(estimated(0.65), 'it');
  assert.equal(over.verdict, 'over');
  assert.match(over.headline, /By the estimate the model forgot more of it than a model that never saw them would/);
  assert.match(over.lines.at(-1), /more than never having seen it; this can itself give the person away/);
});

test('where little was to be forgotten, an estimate can say so, and strangers cannot', () => {
  const flat = (proxy) => verdictText(report([row('original', 0.82, 0.84), row('e2urec', 0.82, 0.8)], { forget_before: 0.5, forget_after: 0.5, ...proxy }), 'it');
  assert.equal(flat({ expected: 0.495 }).verdict, 'little');
  assert.match(flat({ expected: 0.495 }).headline, /^By the estimate/);
  assert.equal(flat({ expected: 0.495, forget_after: 0.56 }).verdict, 'over');
  assert.equal(flat({ unseen: 0.495 }).verdict, 'unclear');
});

test('a run that calibrated itself is told as that, and that it cannot judge its own yardstick', () => {
  const line = (calibration, patch) => verdictText(estimated(0.6, { calibration, ...patch }), 'it').lines[3];
  const both = line({ alpha: 1.234, scale: 0.4567, matched: 'loss' });
  assert.match(both, /α 1\.23 and the adapter × 0\.46, so that the loss on the forgotten ratings comes near it\. How good the estimate is, only a Retrain can tell\./);
  assert.match(line({ scale: 1.1, matched: 'auc' }), /estimate, the adapter × 1\.10, so that the AUC/);
  assert.match(line({ scale: 2, matched: 'loss' }), /less may be forgotten than expected/);
  assert.match(line({ scale: 0, matched: 'loss' }), /scaled to nothing: no answer changed/);
  assert.match(line({ alpha: 0.5, scale: 1, matched: '' }), /calibrated its teacher by that estimate: α 0\.50\./);
  assert.equal(line(null), undefined);
  const { methods } = withRetrain(0.75);
  assert.doesNotMatch(line({ scale: 1.1, matched: 'auc' }, { methods }), /only a Retrain can tell/);
});

test('the goal is the expected loss, else that of people never seen: never a shipped Retrain’s', () => {
  assert.deepEqual(goalWithoutRetrain({ expected: 0.46, unseen: 0.7 }), { to: 0.46, estimated: true });
  assert.deepEqual(goalWithoutRetrain({ unseen: 0.7 }), { to: 0.7, estimated: false });
  assert.deepEqual(goalWithoutRetrain(part({ before: 0.4, shipped: withRetrain(0.75).methods, unseen: 0.7 })), { to: 0.7, estimated: false });
  assert.deepEqual(goalWithoutRetrain({ expected: null, unseen: 0 }), { to: null, estimated: false });
});

test('going far past a goal that lay near the start is over-forgetting too', () => {
  assert.equal(verdictOf(1.5, 0.001, 'retrain', 0.0005), 'little');
  assert.equal(verdictOf(40, 0.001, 'retrain', 0.05), 'over');
  const higher = (after) => verdictText(report([row('original', 0.82, 0.8), row('retrain', 0.82, 0.83), row('e2urec', 0.82, after)]), 'it').verdict;
  assert.deepEqual([higher(0.8), higher(0.7)], ['little', 'over']);
});

test('where the proxy says nothing, the page says so', () => {
  const told = verdictText(report([row('original', 0.82, 0.77), row('e2urec', 0.82, 0.72)], { forget_before: 0.588, forget_after: 0.645, unseen: 0.474 }), 'it');
  assert.equal(told.verdict, 'unclear');
  assert.match(told.lines[0], /cannot tell how much/);
  assert.doesNotMatch(told.headline, /forgotten/);
});

test('a forget set with one class has no AUC: the loss takes over', () => {
  const both = report([row('original', 0.82, null), row('retrain', 0.82, null), row('e2urec', 0.82, null)], { forget_after: 0.56 });
  assert.equal(scalesOf(both).memory.measure, 'loss');
  assert.equal(verdictText(both, 'it').verdict, 'partly');
});

test('the outcome is the row of the method, never a reference', () => {
  assert.equal(outcomeOf(withRetrain(0.75)).id, 'e2urec');
  assert.equal(outcomeOf(report([row('original', 0.8, 0.8), row('retrain', 0.8, 0.7)])), null);
});

test('both times of a run are told: the training, as in the tables, and the wait from Start', () => {
  const done = report([row('original', 0.8, 0.8), row('e2urec', 0.8, 0.75)]);
  const outcome = outcomeOf(done);
  assert.ok(outcome);
  Object.assign(outcome, { seconds: 6, steps: 100 });
  assert.match(timeText(done, 27), /^Unlearning took 6(\.0)? s and 100 steps on .*\. From Start to this result, with measuring before and after, it was 27 s\.$/);
  assert.doesNotMatch(timeText(done, 0), /From Start/, 'a result that was not waited for here');
});
