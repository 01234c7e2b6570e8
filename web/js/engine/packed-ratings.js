// @ts-check
// MovieLens' ratings.csv in columns and gzip: 0.3 MB in place of 2.5 (0.5 with brotli, which not every host offers). Unpacked they are the file's very bytes,
// so that hashes of the data stay what they are. Written by web/pack-ratings.mjs.
//
// Columns, one after another, of 32-bit numbers that differ little from the one before, as differences with the sign in the lowest bit, lowest bytes of all
// first: [users, items, ratings], ids of users, their numbers of ratings, ids of items; then for every rating in time order of its user the item's place
// in that list, the time, and half stars. In the file they stand by user and item.

const HEAD = 'userId,movieId,rating,timestamp\r\n';
/** Letters that are put together in one turn. */
const TURN = 200_000;

/** Numbers as differences, in four planes of bytes. @param {number[]} values @returns {Uint8Array<ArrayBuffer>} */
export function packColumn(values) {
  const bytes = new Uint8Array(4 * values.length);
  let before = 0;
  values.forEach((value, k) => {
    const step = value - before;
    const folded = step < 0 ? -2 * step - 1 : 2 * step;
    for (let plane = 0; plane < 4; plane++) bytes[plane * values.length + k] = Math.floor(folded / 256 ** plane) % 256;
    before = value;
  });
  return bytes;
}

/** @param {Uint8Array} bytes @param {number} at @param {number} n */
function column(bytes, at, n) {
  if (at + 4 * n > bytes.length) throw new Error('the packed ratings end too early');
  const values = new Float64Array(n);
  let before = 0;
  for (let k = 0; k < n; k++) {
    let folded = 0;
    for (let plane = 3; plane >= 0; plane--) folded = folded * 256 + /** @type {number} */ (bytes[at + plane * n + k]);
    before += folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
    values[k] = before;
  }
  return values;
}

/**
 * The bytes of ratings.csv. It takes a tenth of a second in all, in turns of some milliseconds.
 * @param {Uint8Array<ArrayBuffer>} packed
 * @param {() => Promise<unknown>} [turn] lets others have the thread
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function unpackRatings(packed, turn = () => new Promise((resolve) => setTimeout(resolve))) {
  const bytes = new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
  let at = 0;
  const next = async (/** @type {number} */ n) => {
    const values = column(bytes, at, n);
    at += 4 * n;
    await turn();
    return values;
  };
  const [nUsers = 0, nItems = 0, n = 0] = await next(3);
  const [users, counts, ids, places, times, stars] = [await next(nUsers), await next(nUsers), await next(nItems), await next(n), await next(n), await next(n)];
  const encoder = new TextEncoder();
  const parts = [encoder.encode(HEAD)];
  let lines = '';
  let row = 0;
  for (let u = 0; u < nUsers; u++) {
    const end = row + Number(counts[u]);
    // In the file they stand by item.
    for (const k of Array.from({ length: end - row }, (_, k) => row + k).sort((a, b) => Number(places[a]) - Number(places[b]))) {
      const half = Number(stars[k]);
      lines += `${users[u]},${ids[Number(places[k])]},${half >> 1}.${half % 2 ? 5 : 0},${times[k]}\r\n`;
    }
    row = end;
    if (lines.length > TURN || u === nUsers - 1) {
      parts.push(encoder.encode(lines));
      lines = '';
      await turn();
    }
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
