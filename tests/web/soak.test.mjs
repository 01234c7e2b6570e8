// The soak's judgement: what grows is told apart from what only swings.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, slopeOf } from '../../bench/soak/line.mjs';

test('a slope and its interval, by hand', () => {
  // Least squares of (0, 1), (1, 3), (2, 2), (3, 4): slope 0.8, residuals −0.3, 0.9, −0.9, 0.3, their squares' sum 1.8, Σ(x − x̄)² 5, t of 2 degrees 4.303.
  const { slope, half } = slopeOf([0, 1, 2, 3], [1, 3, 2, 4]);
  assert.ok(Math.abs(slope - 0.8) < 1e-12);
  assert.ok(Math.abs(half - 4.303 * Math.sqrt(1.8 / 2 / 5)) < 1e-9, `${half}`);
  assert.throws(() => slopeOf([1, 2], [1, 2]), /three points/);
  assert.throws(() => slopeOf([1, 1, 1], [1, 2, 3]), /more than one place/);
});

test('only the later half counts, and noise is not growth', () => {
  const of = (values) => judge(values.map((bytes, at) => ({ at, bytes })), 'bytes', 10).judgement;
  assert.equal(of([0, 500, 900, 1000, 1000, 1000, 1000, 1000]), 'flat', 'it grew at first');
  assert.equal(of([0, 100, 200, 300, 400, 500, 600, 700]), 'grows');
  assert.equal(of([0, 0, 0, 0, 100, 0, 90, 20]), 'within noise');
});
