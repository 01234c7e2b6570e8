// An animated PNG of frames that are PNGs of one size, as a browser writes them: their compressed data are taken over as they are (APNG, in the third edition of
// the PNG specification).

import { crc32 } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param {Buffer} png @returns {{type: string, data: Buffer}[]} */
export function chunksOf(png) {
  if (!png.subarray(0, 8).equals(SIGNATURE)) throw new Error('a frame is no PNG');
  const chunks = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** @param {number[]} numbers four bytes each */
const words = (numbers) => {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((value, idx) => bytes.writeUInt32BE(value, 4 * idx));
  return bytes;
};

/**
 * @param {Buffer[]} frames
 * @param {number[]} delays milliseconds that each is shown
 * @returns {Buffer} plays for ever
 */
export function animate(frames, delays) {
  const parsed = frames.map(chunksOf);
  const header = (/** @type {{type: string, data: Buffer}[]} */ chunks) => chunks.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(0);
  const first = header(parsed[0] ?? []);
  const odd = parsed.findIndex((chunks) => !header(chunks).equals(first));
  if (odd >= 0) throw new Error(`frame ${odd} has another size or kind of pixels than the first`);
  const [width, height] = [first.readUInt32BE(0), first.readUInt32BE(4)];
  let sequence = 0;
  const parts = parsed.flatMap((chunks, idx) => {
    const control = Buffer.alloc(26);
    words([sequence++, width, height, 0, 0]).copy(control);
    control.writeUInt16BE(delays[idx] ?? 500, 20);
    control.writeUInt16BE(1000, 22);
    const data = chunks.filter(({ type }) => type === 'IDAT').map((one) => (idx === 0 ? chunk('IDAT', one.data) : chunk('fdAT', Buffer.concat([words([sequence++]), one.data]))));
    return [chunk('fcTL', control), ...data];
  });
  return Buffer.concat([SIGNATURE, chunk('IHDR', first), chunk('acTL', words([frames.length, 0])), ...parts, chunk('IEND', Buffer.alloc(0))]);
}
