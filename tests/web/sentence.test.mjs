// The page must say the truth in words: forgotten, in part, not at all, too much, little to forget, cannot tell.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedShare, outcomeOf, scalesOf, standInGoal, tell, verdictOf } from '../../web/js/sentence.js';
import { report, row } from './helpers.mjs';

const withRetrain = (forgetAfter, testAfter = 0.82) => report([row('original', 0.82, 0.84), row('retrain', 0.82, 0.74), row('e2urec', testAfter, forgetAfter)]);

test('the share of the way from remembering to never having seen', () => {
  assert.equal(closedShare({ from: 0.84, to: 0.74, now: 0.84 }), 0);
  assert.ok(Math.abs(closedShare({ from: 0.84, to: 0.74, now: 0.75 }) - 0.9) < 1e-9);
  assert.equal(closedShare({ from: 0.8, to: 0.8, now: 0.7 }), null);
  assert.equal(closedShare({ from: null, to: 0.8, now: 0.7 }), null);
});

test('verdicts by AUC against Retrain', () => {
  const cases = [[0.75, 'forgotten'], [0.79, 'partly'], [0.83, 'not'], [0.7, 'over']];
  for (const [after, verdict] of cases) assert.equal(tell(withRetrain(after), 'it').verdict, verdict, `forget AUC ${after}`);
  assert.equal(verdictOf(1, 0.001), 'little');
});

test('the sentence names the figures and whom they are compared with', () => {
  const { headline, lines } = tell(withRetrain(0.75), 'user 7’s ratings');
  assert.match(headline, /user 7’s ratings/);
  assert.match(lines[0], /90 % of the memory is gone: its AUC on the 120 forgotten ratings went from 0\.840 to 0\.750; .* has 0\.740/);
  assert.match(lines[1], /as good as before: test AUC 0\.820 → 0\.820 \(±0\.000\)/);
});

test('a loss of quality is not kept quiet', () => {
  assert.match(tell(withRetrain(0.75, 0.79), 'it').lines[1], /paid with quality elsewhere: test AUC 0\.820 → 0\.790 \(−0\.030\)/);
});

test('over-forgetting is said plainly, failing to forget carries a hint', () => {
  const over = tell(withRetrain(0.7), 'it');
  assert.match(over.headline, /forgot more of it than Retrain would/);
  assert.match(over.lines.at(-1), /more than never having seen it; this can itself give the person away/);
  assert.doesNotMatch(over.lines[0], /is gone/);
  assert.match(tell(withRetrain(0.83), 'it').lines.at(-1), /tuned preset/);
});

test('without Retrain the stand-in is used and named', () => {
  const told = tell(report([row('original', 0.82, 0.84), row('e2urec', 0.82, 0.8)], { forget_before: 0.5, forget_after: 0.59, unseen: 0.6 }), 'it');
  assert.equal(told.verdict, 'forgotten');
  assert.match(told.lines[0], /^By the stand-in measure 90 %/);
});

test('the stand-in aims at what is expected, and says that it is an estimate', () => {
  const run = (after) => report([row('original', 0.82, 0.84), row('e2urec', 0.82, 0.8)], { forget_before: 0.5, forget_after: after, unseen: 0.45, expected: 0.6 });
  const { memory, closed } = scalesOf(run(0.56));
  assert.deepEqual([memory.to, memory.estimated], [0.6, true]);
  assert.ok(Math.abs(closed - 0.6) < 1e-9);
  assert.match(tell(run(0.56), 'it').lines[0], /^By the stand-in measure 60 % .* about 0\.600 is expected, an estimate from the shipped Retrain on other people/);
  const over = tell(run(0.65), 'it');
  assert.equal(over.verdict, 'over');
  assert.match(over.headline, /By the stand-in measure the model forgot more of it than Retrain would/);
  assert.match(over.lines.at(-1), /more than never having seen it; this can itself give the person away/);
});

test('before a report the goal comes from the first figure and the shipped rise, else from people never seen', () => {
  const shipped = [row('original', 0.82, 0.84, 0.5), row('retrain', 0.82, 0.74, 0.56)];
  assert.ok(Math.abs(standInGoal({ before: 0.4, shipped, unseen: 0.7 }).to - 0.46) < 1e-9);
  assert.deepEqual(standInGoal({ before: null, shipped, unseen: 0.7 }), { to: null, estimated: true });
  assert.deepEqual(standInGoal({ before: 0.4, unseen: 0.7 }), { to: 0.7, estimated: false });
  assert.deepEqual(standInGoal({ expected: null, unseen: 0 }), { to: null, estimated: false });
});

test('going far past a goal that lay near the start is over-forgetting too', () => {
  assert.equal(verdictOf(1.5, 0.001, 'auc', 0.0005), 'little');
  assert.equal(verdictOf(40, 0.001, 'auc', 0.05), 'over');
  const higher = (after) => tell(report([row('original', 0.82, 0.8), row('retrain', 0.82, 0.83), row('e2urec', 0.82, after)]), 'it').verdict;
  assert.deepEqual([higher(0.8), higher(0.7)], ['little', 'over']);
});

test('where the stand-in says nothing, the page says so', () => {
  const told = tell(report([row('original', 0.82, 0.77), row('e2urec', 0.82, 0.72)], { forget_before: 0.588, forget_after: 0.645, unseen: 0.474 }), 'it');
  assert.equal(told.verdict, 'unclear');
  assert.match(told.lines[0], /cannot tell how much/);
  assert.doesNotMatch(told.headline, /forgotten/);
});

test('a forget set with one class has no AUC: the stand-in takes over', () => {
  const both = report([row('original', 0.82, null), row('retrain', 0.82, null), row('e2urec', 0.82, null)], { forget_after: 0.56 });
  assert.equal(scalesOf(both).memory.measure, 'loss');
  assert.equal(tell(both, 'it').verdict, 'partly');
});

test('the outcome is the row of the method, never a reference', () => {
  assert.equal(outcomeOf(withRetrain(0.75)).id, 'e2urec');
  assert.equal(outcomeOf(report([row('original', 0.8, 0.8), row('retrain', 0.8, 0.7)])), null);
});
