// @ts-check
// The files that the page needs before its first use: fetched once, kept, so that a restarted engine needs no network.

import { LabError } from './errors.js';

/** @typedef {{name: string, url: string, bytes: number}} AssetFile */
/** @typedef {{model: {name: string, files: AssetFile[]}, data: {name: string, files: AssetFile[]}, late: {retrain: AssetFile | null}}} AssetList */
/** @typedef {{name: string, bytes: Uint8Array<ArrayBuffer>}} Named */

/** @param {string} url */
async function get(url) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(new URL(url, document.baseURI));
  } catch {
    throw missing(`${url} could not be fetched`, 'Check the connection to this site and reload the page.');
  }
  if (!response.ok) throw missing(`${url} is missing on this site (status ${response.status})`, 'Build the page again with `cargo xtask demo`, then reload.');
  return response;
}

/** @param {string} message @param {string} todo */
const missing = (message, todo) => new LabError({ code: 'assets', message, kept: 'Nothing was lost: no run had begun.', todo });

/** @returns {Promise<AssetList>} */
const assetList = async () => (await get('./assets.json')).json();

/** The shipped Retrain, which is only needed for comparing; null where the package has none. @returns {Promise<Uint8Array<ArrayBuffer> | null>} */
export async function fetchRetrain() {
  const { late } = await assetList();
  return late.retrain ? new Uint8Array(await (await get(late.retrain.url)).arrayBuffer()) : null;
}

/**
 * @param {(done: number, total: number) => void} onProgress bytes so far
 * @returns {Promise<{model: Named[], data: Named[]}>}
 */
export async function fetchAssets(onProgress) {
  const list = await assetList();
  const all = [...list.model.files, ...list.data.files];
  const total = all.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  /** @param {AssetFile} file @returns {Promise<Named>} */
  const load = async (file) => {
    const bytes = new Uint8Array(await (await get(file.url)).arrayBuffer());
    done += file.bytes;
    onProgress(done, total);
    return { name: file.name, bytes };
  };
  const [model, data] = await Promise.all([Promise.all(list.model.files.map(load)), Promise.all(list.data.files.map(load))]);
  return { model, data };
}
