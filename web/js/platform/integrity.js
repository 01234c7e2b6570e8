// @ts-check
// No file is used before it has the hash that integrity.json names for it. Runs in the page and in workers; the browser hashes beside either.

import { sha256 } from './sha256.js';
import { addressOf, nameOf, placedSite } from './site.js';
import { LabError } from './errors.js';

/**
 * `coming` names modules that this version is without, and that another version, which is being built, has.
 * @typedef {{version: string, files: Record<string, {bytes: number, sha256: string, keep: 'now' | 'use' | 'never'}>, coming?: string[]}} Integrity
 */

const KEPT = 'What was loaded before is kept.';
/** @param {string} message @param {string} todo */
const failure = (message, todo) => new LabError({ code: 'assets', message, kept: KEPT, todo });

/** Browsers hash only on https and localhost. */
export const canCheck = () => globalThis.crypto?.subtle !== undefined;

/** What to do about files that are not there. */
const missing = () => (placedSite() ? 'Put the package’s folder `lab` where the option `assets` says, or beside its script.' : 'Build the page again with `cargo xtask demo`, then reload.');

/** @param {string} name @param {RequestCache} cache */
async function get(name, cache) {
  const url = addressOf(name);
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, { cache });
  } catch {
    throw failure(`${name} could not be fetched`, 'Check the connection to this site and reload the page.');
  }
  if (!response.ok) throw failure(`${name} is missing on this site (status ${response.status})`, missing());
  return response;
}

/** @type {Promise<Integrity> | null} */
let listed = null;

/** What belongs to this version of the page. @returns {Promise<Integrity>} */
export function integrity() {
  const told = placedSite()?.lists['integrity.json'];
  if (told) return Promise.resolve(/** @type {Integrity} */ (told));
  listed ??= get('integrity.json', 'no-cache').then((response) => response.json());
  listed.catch(() => (listed = null));
  return listed;
}

/** Why this version has no engine for the GPU; null if it has one. @param {Integrity} list */
export function whyNoGpu({ files, coming }) {
  if (Object.hasOwn(files, moduleFile('gpu'))) return null;
  return coming?.includes('gpu') ? 'the engine for the GPU is still being built' : 'this build of the page has no engine for the GPU';
}

/** What is wrong with the bytes of a file; null if nothing is. @param {string} name @param {Uint8Array<ArrayBuffer>} bytes */
async function wrong(name, bytes) {
  if (!canCheck()) return null;
  const wanted = (await integrity()).files[name]?.sha256;
  const found = await sha256(bytes);
  return found === wanted ? null : `${name}: sha256 must be ${wanted ?? 'in integrity.json'}, got ${found}`;
}

/** @template T @typedef {{bytes: Promise<Uint8Array<ArrayBuffer>>, made: Promise<T>}} Reading */

/**
 * Fetches a file, has `read` make something of it while it comes, and hands that out if the hash is right. A wrong one is fetched once more, past the
 * browser's cache, which may hold it from an earlier version.
 * @template T
 * @param {string} file
 * @param {(response: Response) => Reading<T>} read
 * @returns {Promise<T>}
 */
async function checked(file, read) {
  const name = nameOf(file);
  // The list comes meanwhile; its failure counts where it is asked.
  void integrity().catch(() => {});
  let problem = null;
  for (const cache of /** @type {const} */ (['default', 'reload'])) {
    const { bytes, made } = read(await get(name, cache));
    // What fails with broken bytes is told as such: by the hash.
    made.catch(() => {});
    const whole = await bytes.catch(() => {
      throw failure(`${name} could not be fetched to its end`, 'Check the connection to this site and reload the page.');
    });
    problem = await wrong(name, whole);
    if (!problem) return made;
  }
  throw failure(`${problem}: the file is damaged, or this site has a newer version of the page`, 'Use the new version if the page offers one, else reload the page; if that does not help, build it again with `cargo xtask demo`.');
}

/** @param {Response} response @param {(bytes: number) => void} [onBytes] told how many have come so far */
async function whole(response, onBytes) {
  if (!onBytes || !response.body) return new Uint8Array(await response.arrayBuffer());
  let length = 0;
  const counted = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      length += chunk.length;
      onBytes(length);
      controller.enqueue(chunk);
    },
  });
  return new Uint8Array(await new Response(response.body.pipeThrough(counted)).arrayBuffer());
}

/** The bytes of a file of this site. @param {string} file @param {(bytes: number) => void} [onBytes] told how many have come so far */
export const fetchBytes = (file, onBytes) =>
  checked(file, (response) => {
    const bytes = whole(response, onBytes);
    return { bytes, made: bytes };
  });

/** The value in a JSON file of this site. @param {string} file @returns {Promise<any>} */
export const fetchJson = async (file) => placedSite()?.lists[nameOf(file)] ?? JSON.parse(new TextDecoder().decode(await fetchBytes(file)));

/** Path of a module's code. @param {string} name its folder below `wasm/` */
export const moduleFile = (name) => `wasm/${name}/unlearn_web_bg.wasm`;

/** A module of this site, compiled while it comes, not started. @param {string} file @param {(bytes: number) => void} [onBytes] */
const fetchModule = (file, onBytes) =>
  checked(file, (response) => {
    const streams = /^application\/wasm\b/.test(response.headers.get('content-type') ?? '');
    const bytes = whole(streams ? response.clone() : response, onBytes);
    // A host that does not know WebAssembly's type costs the overlap, no more.
    return { bytes, made: streams ? WebAssembly.compileStreaming(response) : bytes.then((all) => WebAssembly.compile(all)) };
  });

/** The script that a module speaks through. @param {string} name @returns {Promise<any>} */
async function bindingsOf(name) {
  const file = `wasm/${name}/unlearn_web.js`;
  try {
    return await import(addressOf(file));
  } catch (error) {
    // Browsers do not say whether it was missing, blocked or broken.
    throw failure(`${file} could not be used: ${error instanceof Error ? error.message : error}`, 'Check the connection to this site and reload the page; if that does not help, build it again with `cargo xtask demo`.');
  }
}

/**
 * Starts one of the wasm modules; for workers.
 * @param {string} name its folder below `wasm/`
 * @param {(bytes: number) => void} [onBytes] told how many bytes of it have come so far
 * @returns {Promise<any>} what it exports
 */
export async function openModule(name, onBytes) {
  const [bindings, module] = await Promise.all([bindingsOf(name), fetchModule(moduleFile(name), onBytes)]);
  await bindings.default({ module_or_path: module });
  return bindings;
}
