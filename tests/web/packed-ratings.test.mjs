// The shipped ratings travel packed, and come out as the very file: hashes of the data stay what they are.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unpackRatings } from '../../web/js/engine/packed-ratings.js';
import { packRatings } from '../../web/pack-ratings.mjs';

const csv = (/** @type {string[]} */ lines) => Buffer.from(['userId,movieId,rating,timestamp', ...lines, ''].join('\r\n'));
const packed = async (/** @type {string[]} */ lines) => new Uint8Array((await packRatings(csv(lines))) ?? []);

test('the shipped ratings come out byte by byte, from less than an eighth', async () => {
  const file = readFileSync(new URL('../../public/data/ml-latest-small/ratings.csv', import.meta.url));
  const small = new Uint8Array((await packRatings(file)) ?? []);
  assert.ok(small.length > 0 && small.length < file.length / 7, `${small.length} of ${file.length} bytes`);
  assert.ok(file.equals(await unpackRatings(small)));
});

test('times out of order, half stars and one user alone', async () => {
  const lines = ['1,5,0.5,300', '1,7,4.0,100', '9,5,3.5,100', '4000000,193609,5.0,2000000000'];
  assert.equal(Buffer.from(await unpackRatings(await packed(lines))).toString(), csv(lines).toString());
});

test('what would not be the same file again is not packed', async () => {
  for (const lines of [['1,7,4.0,100', '1,5,3.0,200'], ['1,5,3,200'], ['2,5,3.0,1', '1,5,3.0,1', '2,6,3.0,1'], ['1,5,3.0,1,x']]) assert.equal(await packRatings(csv(lines)), null, lines.join(' '));
  assert.equal(await packRatings(Buffer.from('user_id,book_id,rating\n1,2,3\n')), null);
});

test('a file that was cut off is an error', async () => {
  const whole = await packed(['1,5,0.5,300', '1,7,4.0,100']);
  await assert.rejects(unpackRatings(whole.slice(0, -12)));
});
