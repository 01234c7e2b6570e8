// The page must say the truth in words: forgotten, in part, not at all, too much, little to forget, cannot tell.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedShare, outcomeOf, scalesOf, tell, verdictOf } from '../../web/js/sentence.js';
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

test('over-forgetting carries a warning, failing to forget a hint', () => {
  assert.match(tell(withRetrain(0.7), 'it').lines.at(-1), /give the forgotten data away/);
  assert.match(tell(withRetrain(0.83), 'it').lines.at(-1), /tuned preset/);
});

test('without Retrain the stand-in is used and named', () => {
  const told = tell(report([row('original', 0.82, 0.84), row('e2urec', 0.82, 0.8)], { forget_before: 0.5, forget_after: 0.59, unseen: 0.6 }), 'it');
  assert.equal(told.verdict, 'forgotten');
  assert.match(told.lines[0], /^By the stand-in measure 90 %/);
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
