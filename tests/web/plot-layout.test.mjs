// Where the comparison's points stand and their names find room, how the map is zoomed and walked through, by hand.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEIGHT, layoutOf, PAD, placer, ticksOf } from '../../web/js/features/compare/plot-layout.js';
import { bringing, nearestPoint, nextPoint, panned, WHOLE, zoomed } from '../../web/js/features/compare/map-view.js';
import { part } from './helpers.mjs';

const line = (id, test, forget, preset = '') => part({ key: `${id}/${preset}`, id, label: id, preset, origin: 'this device', figures: { test_auc: { mean: test, half: null, n: 1 }, forget_auc: { mean: forget, half: null, n: 1 } } });

test('ticks are round and within the range', () => {
  assert.deepEqual(ticksOf([0.71, 0.86], 4).map((tick) => tick.toFixed(2)), ['0.75', '0.80', '0.85']);
  assert.deepEqual(ticksOf([0, 10], 5), [0, 2, 4, 6, 8, 10]);
});

test('a point stands where its figures are: right is more test AUC, up is more forget AUC', () => {
  const { points, px, py } = layoutOf([line('a', 0.8, 0.7), line('b', 0.82, 0.8)], { width: 500 });
  const [a, b] = points;
  assert.ok(a.cx < b.cx && a.cy > b.cy);
  assert.deepEqual([a.cx, b.cy], [px(0.8), py(0.8)]);
  for (const { cx, cy } of points) assert.ok(cx > PAD.left && cx < 500 - PAD.right && cy > PAD.top && cy < HEIGHT - PAD.bottom);
});

test('names stand right beside their points and cover neither points nor each other; where there is no room a name waits', () => {
  const taken = [{ x: 192, y: 92, w: 16, h: 16 }];
  const place = placer(taken, 400);
  const first = place('first', 200, 100, 11);
  assert.deepEqual([first.x, first.y, first.crowded], [211, 104, false], 'beside its point');
  const second = place('other', 200, 100, 11);
  assert.equal(second.crowded, false);
  assert.ok(second.x + 5 * 6.7 <= first.x || second.x >= first.x + 5 * 6.7 || Math.abs(second.y - first.y) >= 16);
  const full = placer([{ x: 0, y: 0, w: 400, h: HEIGHT }], 400);
  assert.equal(full('none', 200, 100, 11).crowded, true);
  const edge = full('a long name at the edge', 390, 100, 11);
  assert.ok(edge.x + edge.text.length * 6.7 <= 400, 'it can be read when it comes');
});

test('only points of a method with several settings have the setting’s name', () => {
  const { points } = layoutOf([line('a', 0.8, 0.7, 'tuned'), line('a', 0.81, 0.75, 'published'), line('b', 0.82, 0.8, 'tuned')], { width: 600 });
  assert.deepEqual(points.map(({ label }) => label.text), ['a, tuned', 'a, published', 'b']);
});

test('a family out of view leaves the axes where they are', () => {
  const lines = [line('a', 0.8, 0.7), line('b', 0.9, 0.8), line('c', 0.85, 0.75)];
  const whole = layoutOf(lines, { width: 500 });
  const some = layoutOf(lines, { width: 500, isShown: ({ id }) => id === 'c' });
  assert.deepEqual([some.spanX, some.spanY], [whole.spanX, whole.spanY]);
  assert.deepEqual(some.points.map(({ line: { id }, cx }) => [id, cx]), [['c', whole.points[2].cx]]);
});

test('a zoomed map has the same points further apart; what is beyond its edges is known to be so', () => {
  const lines = [line('a', 0.8, 0.7), line('b', 0.9, 0.8)];
  const whole = layoutOf(lines, { width: 500 }).points;
  const { points } = layoutOf(lines, { width: 500, view: zoomed(WHOLE, 2, { x: 0, y: 0 }) });
  assert.ok(Math.abs(points[1].cx - points[0].cx - 2 * (whole[1].cx - whole[0].cx)) < 1e-6);
  assert.deepEqual(points.map(({ isIn, label }) => [isIn, label !== null]), [[true, true], [false, false]]);
});

test('zoom keeps the place that it is about, and never leaves the whole', () => {
  const at = { x: 0.25, y: 0.75 };
  const near = zoomed(WHOLE, 4, at);
  assert.deepEqual(near, { x: 0.1875, y: 0.5625, zoom: 4 });
  // The place is a quarter from the left of the view still: 0.1875 + 0.25 / 4 = 0.25.
  assert.equal(near.x + at.x / near.zoom, 0.25);
  assert.deepEqual(zoomed(near, 0.01), WHOLE);
  assert.equal(zoomed(WHOLE, 1e9).zoom, 32);
  assert.deepEqual(panned(near, -99, 99), { x: 0, y: 0.75, zoom: 4 });
  assert.equal(bringing(near, { x: 0.5, y: 0.5 }).x, near.x, 'what is in view moves nothing');
  const moved = bringing(near, { x: 1.4, y: 0.5 });
  // 0.1875 + (1.4 − 0.8) / 4: the point then stands at four fifths.
  assert.ok(Math.abs(moved.x - 0.3375) < 1e-12 && moved.y === near.y);
});

test('arrow keys reach every point: left and right by test AUC, up and down by forget AUC', () => {
  const points = [{ cx: 30, cy: 10 }, { cx: 10, cy: 30 }, { cx: 20, cy: 20 }].map((point) => ({ ...point, isIn: true }));
  const walk = (key, from) => {
    const seen = [];
    for (let at = nextPoint(points, from, key); at; at = nextPoint(points, at, key)) seen.push(points.indexOf(at));
    return seen;
  };
  assert.deepEqual(walk('ArrowRight', points[1]), [2, 0]);
  assert.deepEqual(walk('ArrowUp', points[1]), [2, 0]);
  assert.deepEqual(walk('ArrowDown', points[0]), [2, 1]);
  assert.deepEqual([nextPoint(points, points[2], 'Home'), nextPoint(points, points[2], 'End'), nextPoint(points, points[2], 'a')], [points[1], points[0], null]);
  assert.deepEqual([nearestPoint(points, 22, 21), nearestPoint(points, 90, 90)], [points[2], null]);
  assert.equal(nearestPoint([{ cx: 20, cy: 20, isIn: false }], 20, 20), null, 'what is out of view cannot be pressed');
});
