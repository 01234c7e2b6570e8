// Numbers made ready for charts, and numbers in words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, duration, figure, fixed, percent, plural, signed } from '../../web/js/ui/format.js';
import { lossColumns, range, shares, smooth, spread } from '../../web/js/ui/series.js';

test('smoothing starts at the first value, keeps a constant, passes over gaps', () => {
  assert.deepEqual(smooth([2, 2, 2]).map((value) => Number(value.toFixed(9))), [2, 2, 2]);
  assert.deepEqual(smooth([null, 4, null]), [null, 4, null]);
  // keep 0.5: (0.5·0.5·0 + 0.5·4) / 0.75 = 8/3
  assert.ok(Math.abs(smooth([0, 4], 0.5)[1] - 8 / 3) < 1e-12);
});

test('thinning keeps both ends and the order', () => {
  assert.deepEqual(spread(3, 10), [0, 1, 2]);
  const idxs = spread(1000, 7);
  assert.equal(idxs.length, 7);
  assert.equal(idxs[0], 0);
  assert.equal(idxs.at(-1), 999);
  assert.deepEqual(idxs, idxs.toSorted((a, b) => a - b));
});

test('only terms that occur become columns', () => {
  const losses = [{ step: 1, total: 1, kl_forget: 0.5, kl_retain: null, ce_retain: null, ce_forget: null }];
  const { steps, terms } = lossColumns(losses, { smooth: false });
  assert.deepEqual(steps, [1]);
  assert.deepEqual(terms.map((term) => [term.id, term.values]), [['kl_forget', [0.5]], ['total', [1]]]);
});

test('histograms become shares', () => {
  const histogram = { liked: [1, 0], disliked: [1, 2] };
  assert.deepEqual(shares(histogram, 'all'), [0.5, 0.5]);
  assert.deepEqual(shares(histogram, 'disliked'), [1 / 3, 2 / 3]);
  assert.deepEqual(shares({ liked: [0, 0], disliked: [0, 0] }, 'all'), [0, 0]);
});

test('a range never collapses and keeps its floor', () => {
  assert.deepEqual(range([]), [0, 1]);
  const [low, high] = range([0.5, 0.5], { least: 0.02 });
  assert.ok(high - low >= 0.02 && low < 0.5 && high > 0.5);
  assert.equal(range([0, 1], { floor: 0 })[0], 0);
});

test('numbers read well', () => {
  assert.deepEqual([0.4, 3.24, 48.2, 95, 119, 600].map(duration), ['0.4 s', '3.2 s', '48 s', '1 min 35 s', '2 min', '10 min']);
  assert.equal(signed(-0.0031), '−0.003');
  assert.equal(signed(0.0001), '±0.000');
  assert.equal(fixed(null), '–');
  assert.equal(percent(0.938), '94 %');
  assert.equal(figure(0.0062), '0.0062');
  assert.equal(bytes(62_324_736), '62 MB');
  assert.equal(plural(1, 'person', 'people'), '1 person');
});
