// @ts-check
// A report as a file that shows whether it was changed: a hash of its canonical text, signed with a key that this browser made and does not hand out. That
// tells which browser profile a file comes from and that it is as it was; it does not tell who a person is, nor that the page was not altered before.

import { sha256 } from '../../platform/sha256.js';
import { canCheck } from '../../platform/integrity.js';

/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('./types.d.ts').SignedReport} SignedReport */

const CANONICAL = 'the JSON of `report` with the keys of every object in the order of their UTF-16 units, without white space, in UTF-8';
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/** @param {unknown} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @returns {Promise<CryptoKeyPair>} */
const freshKey = () => crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);

/** The key of this browser profile; one for this report alone where nothing can be kept. @returns {Promise<{pair: CryptoKeyPair, kept: boolean}>} */
async function key() {
  try {
    const opening = indexedDB.open('unlearn-lab conformance', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    const database = await settled(opening);
    try {
      const store = (/** @type {IDBTransactionMode} */ mode) => database.transaction('keys', mode).objectStore('keys');
      /** @type {CryptoKeyPair | undefined} */
      let pair = await settled(store('readonly').get('report'));
      if (!pair) {
        pair = await freshKey();
        await settled(store('readwrite').put(pair, 'report'));
      }
      return { pair, kept: true };
    } finally {
      database.close();
    }
  } catch {
    return { pair: await freshKey(), kept: false };
  }
}

/** @param {ArrayBuffer} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));

/** @param {ConformanceReport} report @returns {Promise<SignedReport>} */
export async function sign(report) {
  if (!canCheck()) return { report, seal: null };
  const bytes = new TextEncoder().encode(canonical(report));
  const { pair, kept } = await key();
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const value = base64(await crypto.subtle.sign(SIGNING, pair.privateKey, bytes));
  const signature = { algorithm: 'ECDSA P-256 with SHA-256, r and s in base64', public_key: { kty, crv, x, y }, value, key_kept: kept };
  return { report, seal: { canonical: CANONICAL, sha256: await sha256(bytes), signature } };
}

/** Whether a file is as it was when it was made. @param {SignedReport} file */
export async function isWhole({ report, seal }) {
  if (!seal) return false;
  const bytes = new TextEncoder().encode(canonical(report));
  if ((await sha256(bytes)) !== seal.sha256) return false;
  const publicKey = await crypto.subtle.importKey('jwk', seal.signature.public_key, ALGORITHM, true, ['verify']);
  const value = Uint8Array.from(atob(seal.signature.value), (unit) => unit.charCodeAt(0));
  return crypto.subtle.verify(SIGNING, publicKey, value, bytes);
}
