// What the engines of several workers exchange: every part reaches every other, turn by turn, and who waits for one that has ended hears of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTeam } from '../../web/js/engine/team.js';
import { suitedThreads } from '../../web/js/engine/threads.js';

/** @type {MessagePort[]} */
const opened = [];

/** @param {number} n */
function team(n) {
  /** @type {any[][]} */
  const ports = Array.from({ length: n }, () => Array(n).fill(null));
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const { port1, port2 } = new MessageChannel();
      [ports[a][b], ports[b][a]] = [port1, port2];
      opened.push(port1, port2);
    }
  }
  return ports.map((of, rank) => createTeam(rank, of));
}

const part = (/** @type {number[]} */ ...values) => Float32Array.from(values);
const values = (/** @type {Float32Array[]} */ parts) => parts.map((of) => [...of]);

test.after(() => opened.forEach((port) => port.close()));

test('each gets the parts of all, in the order of their numbers', async () => {
  const members = team(3);
  for (const round of [1, 2]) {
    const all = await Promise.all([...members].reverse().map((member) => member.exchange(1, part(member.rank, round))));
    for (const parts of all) assert.deepEqual(values(parts), [[0, round], [1, round], [2, round]]);
  }
});

test('one may be a whole exchange ahead, and parts of different lengths are kept apart', async () => {
  const [first, second] = team(2);
  const one = first.exchange(5, part(1));
  assert.deepEqual(values(await second.exchange(5, part(2, 2))), [[1], [2, 2]]);
  const ahead = second.exchange(5, part(3));
  assert.deepEqual(values(await one), [[1], [2, 2]]);
  assert.deepEqual(values(await first.exchange(5, part(4, 4, 4))), [[4, 4, 4], [3]]);
  assert.deepEqual(values(await ahead), [[4, 4, 4], [3]]);
});

test('who waits for one that has ended hears of it, and the next turn begins clean', async () => {
  const [first, second] = team(2);
  const left = assert.rejects(second.exchange(1, part(1)), /ended before/);
  first.end(1);
  await left;
  await assert.rejects(second.exchange(1, part(1)), /ended before/);
  second.end(1);
  const next = first.exchange(2, part(7));
  assert.deepEqual(values(await second.exchange(2, part(8))), [[7], [8]]);
  assert.deepEqual(values(await next), [[7], [8]]);
});

test('what was given before the end still counts', async () => {
  const [first, second] = team(2);
  const last = first.exchange(1, part(1));
  const other = second.exchange(1, part(2));
  await last;
  first.end(1);
  assert.deepEqual(values(await other), [[1], [2]]);
});

test('one thread less than there are processors, and as memory allows', () => {
  const roomy = { budget: 3.6e9, modelBytes: 8e5 };
  assert.deepEqual([1, 2, 3, 4, 5].map((cores) => suitedThreads({ ...roomy, cores })), [1, 1, 2, 2, 4]);
  assert.equal(suitedThreads({ ...roomy, cores: 16 }), 4);
  assert.equal(suitedThreads({ ...roomy, cores: undefined }), 1);
  assert.equal(suitedThreads({ cores: 8, budget: 1e9, modelBytes: 1.4e8 }), 1);
  assert.equal(suitedThreads({ cores: 8, budget: 2.4e9, modelBytes: 1.4e8 }), 4);
});
