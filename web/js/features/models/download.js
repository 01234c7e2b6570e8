// @ts-check
// A package's files from this site into a store: in parts, resumed where they stopped, and taken only if their hash is the manifest's. Pure but
// for `fetch`, so that it is tested without a browser.

import { LabError } from '../../platform/errors.js';
import { sha256 } from '../../platform/sha256.js';

/**
 * Where the bytes of one file go.
 * @typedef {object} Sink
 * @property {() => number} size
 * @property {(bytes: Uint8Array<ArrayBuffer>, at: number) => void} write
 * @property {(size: number) => void} truncate
 * @property {() => void} flush makes what was written outlive the tab
 * @property {() => Uint8Array<ArrayBuffer>} read
 * @property {() => void} close
 */
/** @typedef {{name: string, url: string, bytes: number, sha256: string}} Wanted */

/** Bytes between two flushes: what a closed tab may lose. */
const FLUSH_BYTES = 4 << 20;
const KEPT = 'What was downloaded before is kept, and goes on from there.';

/** @param {string} code @param {string} message @param {string} kept @param {string} todo */
const failure = (code, message, kept, todo) => new LabError({ code, message, kept, todo });

/**
 * Where to go on, by what is there already.
 * @param {number} have bytes in the store
 * @param {number} size bytes of the whole file
 * @returns {{from: number, whole: boolean}} the next byte, and whether the file is there
 */
export function resumeAt(have, size) {
  // More than there should be is another file's: from the beginning.
  const from = have > size ? 0 : have;
  return { from, whole: from === size };
}

/**
 * The first byte of an answer: that of its `Content-Range`, or 0 where the server sent the whole file.
 * @param {{status: number, headers: {get: (name: string) => string | null}}} response
 * @returns {number | null} null where the answer cannot be used
 */
export function startOf({ status, headers }) {
  if (status === 200) return 0;
  const range = status === 206 ? /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') : null;
  return range ? Number(range[1]) : null;
}

/**
 * Fetches what is missing of one file.
 * @param {Wanted} file
 * @param {Sink} sink
 * @param {object} rest
 * @param {AbortSignal} rest.signal
 * @param {(have: number) => void} rest.onProgress
 * @param {typeof fetch} [rest.get]
 */
export async function fetchInto(file, sink, { signal, onProgress, get = fetch }) {
  const { from, whole } = resumeAt(sink.size(), file.bytes);
  if (from === 0) sink.truncate(0);
  onProgress(from);
  if (whole) return;
  /** @type {Response} */
  let response;
  try {
    response = await get(file.url, { signal, headers: from > 0 ? { Range: `bytes=${from}-` } : {} });
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure('assets', `${file.name} could not be fetched`, KEPT, 'Check the connection to this site, then resume.');
  }
  const start = startOf(response);
  if (start == null || (start !== 0 && start !== from)) {
    await response.body?.cancel();
    if (response.status === 416) sink.truncate(0);
    throw failure('assets', `${file.name} is not served as it should be (status ${response.status})`, KEPT, 'Resume; if that does not help, cancel and download it again.');
  }
  // A server without ranges sends it all again.
  if (start === 0) sink.truncate(0);
  let at = start;
  let unsaved = 0;
  try {
    const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (response.body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (at + value.length > file.bytes) {
        sink.truncate(0);
        throw failure('package', `${file.name} must be ${file.bytes} bytes, more were sent`, 'Nothing of this file is kept.', 'Download it again.');
      }
      sink.write(value, at);
      at += value.length;
      unsaved += value.length;
      if (unsaved >= FLUSH_BYTES) {
        sink.flush();
        unsaved = 0;
      }
      onProgress(at);
    }
  } catch (error) {
    if (error instanceof LabError || signal.aborted || /** @type {any} */ (error)?.name === 'QuotaExceededError') throw error;
  } finally {
    sink.flush();
  }
  if (at < file.bytes) throw failure('assets', `the download of ${file.name} stopped after ${at} of ${file.bytes} bytes`, KEPT, 'Check the connection to this site, then resume.');
}

/**
 * Checks a file that is whole; a wrong one is deleted.
 * @param {Wanted} file
 * @param {Sink} sink
 */
export async function verify(file, sink) {
  const found = await sha256(sink.read());
  if (found === file.sha256) return;
  sink.truncate(0);
  throw failure('package', `${file.name}: sha256 must be ${file.sha256}, got ${found}: the file is damaged or was changed`, 'The damaged file was deleted; the others are kept.', 'Download it again.');
}

/**
 * The files of a package that a manifest answers for, with their hashes.
 * @param {{name: string, url: string, bytes: number}[]} listed what the site has
 * @param {Record<string, string>} hashes the manifest's
 * @returns {Wanted[]}
 */
export function wantedOf(listed, hashes) {
  return listed.flatMap(({ name, url, bytes }) => {
    const hash = hashes[name];
    return hash && !/\.(md|txt)$/.test(name) ? [{ name, url, bytes, sha256: hash }] : [];
  });
}
