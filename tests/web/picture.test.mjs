// The README's animation: frames of a browser in one file, in order, each with the checksum that readers check.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { animate, chunksOf } from '../../docs/apng.mjs';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const four = (/** @type {number} */ value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const chunk = (/** @type {string} */ type, /** @type {Uint8Array} */ data) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([Buffer.from(four(data.length)), body, Buffer.from(four(crc32(body)))]);
};
/** A PNG of grey pixels, its data in two chunks. @param {number} grey @param {number} [width] */
function png(grey, width = 2) {
  const data = deflateSync(Buffer.from([0, ...Array(width).fill(grey)]));
  return Buffer.concat([Buffer.from(SIGNATURE), chunk('IHDR', Buffer.from([...four(width), ...four(1), 8, 0, 0, 0, 0])), chunk('IDAT', data.subarray(0, 3)), chunk('IDAT', data.subarray(3)), chunk('IEND', Buffer.alloc(0))]);
}

test('frames stand in one file', () => {
  const made = animate([png(10), png(200)], [450, 2200]);
  const chunks = chunksOf(made);
  assert.deepEqual(chunks.map(({ type }) => type), ['IHDR', 'acTL', 'fcTL', 'IDAT', 'IDAT', 'fcTL', 'fdAT', 'fdAT', 'IEND']);
  assert.deepEqual([...(chunks[1]?.data ?? [])], [0, 0, 0, 2, 0, 0, 0, 0], 'two frames, for ever');
  // Controls and later data are numbered through.
  assert.deepEqual([chunks[2], chunks[5], chunks[6], chunks[7]].map((one) => one?.data.readUInt32BE(0)), [0, 1, 2, 3]);
  assert.deepEqual([chunks[2], chunks[5]].map((one) => [one?.data.readUInt16BE(20), one?.data.readUInt16BE(22)]), [[450, 1000], [2200, 1000]]);
  const second = Buffer.concat([chunks[6], chunks[7]].map((one) => one?.data.subarray(4) ?? Buffer.alloc(0)));
  assert.deepEqual([...inflateSync(second)], [0, 200, 200]);
  for (let at = 8, idx = 0; at < made.length; idx += 1) {
    const length = made.readUInt32BE(at);
    assert.equal(made.readUInt32BE(at + 8 + length), crc32(made.subarray(at + 4, at + 8 + length)), `the checksum of chunk ${idx}`);
    at += 12 + length;
  }
});

test('frames of different sizes, and what is no PNG, are refused', () => {
  assert.throws(() => animate([png(1), png(1, 3)], [1, 1]), /frame 1 has another size or kind of pixels than the first/);
  assert.throws(() => animate([Buffer.from('GIF89a..')], [1]), /a frame is no PNG/);
});
