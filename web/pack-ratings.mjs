// Packs MovieLens' ratings.csv as js/engine/packed-ratings.js unpacks it.

import { gzipSync } from 'node:zlib';
import { packColumn, unpackRatings } from './js/engine/packed-ratings.js';

/**
 * @param {Buffer} csv
 * @returns {Promise<Buffer | null>} null if it would not be the same file again: it is then shipped as it is
 */
export async function packRatings(csv) {
  const rows = csv
    .toString()
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.split(',').map(Number));
  const users = [...new Set(rows.map(([user]) => user))];
  const ids = [...new Set(rows.map(([, item]) => item))].sort((a, b) => a - b);
  const place = new Map(ids.map((id, k) => [id, k]));
  const ofUser = new Map(users.map((user) => [user, []]));
  for (const row of rows) ofUser.get(row[0]).push(row);
  for (const given of ofUser.values()) given.sort((a, b) => a[3] - b[3] || a[1] - b[1]);
  const ordered = [...ofUser.values()].flat();
  const columns = [
    [users.length, ids.length, rows.length],
    users,
    users.map((user) => ofUser.get(user).length),
    ids,
    ordered.map(([, item]) => place.get(item)),
    ordered.map(([, , , time]) => time),
    ordered.map(([, , rating]) => 2 * rating),
  ];
  const packed = gzipSync(Buffer.concat(columns.map(packColumn)), { level: 9 });
  const again = await unpackRatings(new Uint8Array(packed)).catch(() => new Uint8Array());
  return csv.equals(again) ? packed : null;
}
