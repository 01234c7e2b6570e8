// Where the comparison's points stand and their names find room, by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEIGHT, layoutOf, PAD, placer, ticksOf } from '../../web/js/features/compare/plot-layout.js';
import { part } from './helpers.mjs';

const line = (id, test, forget, preset = '') => part({ key: `${id}/${preset}`, id, label: id, preset, origin: 'this device', figures: { test_auc: { mean: test, half: null, n: 1 }, forget_auc: { mean: forget, half: null, n: 1 } } });

test('ticks are round and within the range', () => {
  assert.deepEqual(ticksOf([0.71, 0.86], 4).map((tick) => tick.toFixed(2)), ['0.75', '0.80', '0.85']);
  assert.deepEqual(ticksOf([0, 10], 5), [0, 2, 4, 6, 8, 10]);
});

test('a point stands where its figures are: right is more test AUC, up is more forget AUC', () => {
  const { points, px, py } = layoutOf([line('a', 0.8, 0.7), line('b', 0.82, 0.8), line('none', null, null)].slice(0, 2), null, null, 500);
  const [a, b] = points;
  assert.ok(a.cx < b.cx && a.cy > b.cy);
  assert.deepEqual([a.cx, b.cy], [px(0.8), py(0.8)]);
  for (const { cx, cy } of points) assert.ok(cx > PAD.left && cx < 500 - PAD.right && cy > PAD.top && cy < HEIGHT - PAD.bottom);
});

test('names cover neither points nor each other; where there is no room a name waits', () => {
  const taken = [{ x: 192, y: 92, w: 16, h: 16 }];
  const place = placer(taken, 400);
  const first = place('first', 200, 100, 11);
  assert.deepEqual([first.x, first.y, first.crowded, first.lead], [211, 104, false, null], 'beside its point');
  const second = place('other', 200, 100, 11);
  assert.equal(second.crowded, false);
  assert.ok(second.x + 5 * 6.7 <= first.x || second.x >= first.x + 5 * 6.7 || Math.abs(second.y - first.y) >= 16);
  const full = placer([{ x: 0, y: 0, w: 400, h: HEIGHT }], 400);
  assert.equal(full('none', 200, 100, 11).crowded, true);
});

test('only points of a method with several settings have the setting’s name', () => {
  const { points } = layoutOf([line('a', 0.8, 0.7, 'tuned'), line('a', 0.81, 0.75, 'published'), line('b', 0.82, 0.8, 'tuned')], null, null, 600);
  assert.deepEqual(points.map(({ label }) => label.text), ['a, tuned', 'a, published', 'b']);
});
