// @ts-check
// The files of the shipped data sets: fetched once for the set in use, kept, so that a restarted engine needs no network.

import { LabError } from '../platform/errors.js';
import { fetchBytes, fetchJson } from '../platform/integrity.js';
import { unpackRatings } from './packed-ratings.js';

/** `packed`: ratings.csv as packed-ratings.js unpacks it. @typedef {{name: string, url: string, bytes: number, packed?: true}} AssetFile */
/** @typedef {{name: string, files: AssetFile[]}} Folder */
/** `retrain`, `crossfit`, `terms` and `reference` are null where there are none. @typedef {{key: string, model: Folder, data: Folder, retrain: AssetFile | null, crossfit: AssetFile | null, terms: string | null, reference: string | null}} AssetSet */
/** @typedef {{name: string, bytes: Uint8Array<ArrayBuffer>}} Named */
/** @typedef {{set: AssetSet, model: Named[], data: Named[]}} Assets */

/** @param {string} message @param {string} todo */
const missing = (message, todo) => new LabError({ code: 'assets', message, kept: 'What was loaded before is kept.', todo });

/** @type {Promise<AssetSet[]> | null} */
let listed = null;

/** The data sets that this site has. */
export function assetSets() {
  listed ??= fetchJson('./assets.json').then(({ sets }) => sets);
  listed.catch(() => (listed = null));
  return listed;
}

/** The shipped Retrain, which is only needed for comparing; null where the package has none. @param {AssetSet} set @returns {Promise<Uint8Array<ArrayBuffer> | null>} */
export const fetchRetrain = async (set) => (set.retrain ? fetchBytes(set.retrain.url) : null);

/** The shipped cross-fitted answers, which only a run needs; null where the package has none. @param {AssetSet} set @returns {Promise<Uint8Array<ArrayBuffer> | null>} */
export const fetchCrossFit = async (set) => (set.crossfit ? fetchBytes(set.crossfit.url) : null);

/** The shipped comparison of all methods; null where there is none. @param {AssetSet} set @returns {Promise<unknown>} */
export const fetchReference = async (set) => (set.reference ? fetchJson(set.reference) : null);

/**
 * @param {string | null} key the data set; the first one if there is none of that key
 * @param {(done: number, total: number) => void} [onProgress] bytes so far
 * @returns {Promise<Assets>}
 */
export async function fetchAssets(key, onProgress = () => {}) {
  const sets = await assetSets();
  const set = sets.find((one) => one.key === key) ?? sets[0];
  if (!set) throw missing('this site has no data set', 'Build the page again with `cargo xtask demo`, then reload.');
  const all = [...set.model.files, ...set.data.files];
  const total = all.reduce((sum, file) => sum + file.bytes, 0);
  /** Bytes so far, file by file. @type {Map<AssetFile, number>} */
  const done = new Map(all.map((file) => [file, 0]));
  /** @param {AssetFile} file @returns {Promise<Named>} */
  const load = async (file) => {
    const came = (/** @type {number} */ bytes) => {
      done.set(file, bytes);
      onProgress([...done.values()].reduce((sum, one) => sum + one, 0), total);
    };
    const bytes = await fetchBytes(file.url, came);
    return { name: file.name, bytes: file.packed ? await unpackRatings(bytes) : bytes };
  };
  onProgress(0, total);
  const [model, data] = await Promise.all([Promise.all(set.model.files.map(load)), Promise.all(set.data.files.map(load))]);
  return { set, model, data };
}
