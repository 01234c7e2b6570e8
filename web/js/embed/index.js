// @ts-check
// The entry of the package `unlearn-lab`: the engine and the script interface without the page, for another site. What the page's guard takes away from the
// page is not taken from that site: it holds in the workers alone.

import { createApi } from '../api/api.js';
import { DEVICES, invalidOption, requireObject } from '../api/validate.js';
import { createEngine } from '../engine/host.js';
import { LabError, shown } from '../platform/errors.js';
import { fetchBytes } from '../platform/integrity.js';
import { note } from '../platform/request-log.js';
import { observeRequests } from '../platform/request-observer.js';
import { placedSite, placeSite } from '../platform/site.js';
import { lists, urls } from './files.js';

export { LabError };

/** @typedef {import('./types.d.ts').OpenOptions} OpenOptions */
/** @typedef {import('./types.d.ts').UnlearnLab} UnlearnLab */

const OPTIONS = ['assets', 'data', 'device', 'onProgress'];
/** Our folder in the browser's private storage, which is the whole site's. */
const FOLDER = 'unlearn-lab';

/** @param {OpenOptions} options @returns {Required<Pick<OpenOptions, 'device'>> & OpenOptions} */
function checkedOptions(options) {
  for (const key of Object.keys(requireObject(options))) if (!OPTIONS.includes(key)) throw invalidOption(`unknown option \`${shown(key)}\`; known are ${OPTIONS.join(', ')}`);
  const { assets, data, device = 'cpu', onProgress } = options;
  if (assets !== undefined && !URL.canParse(assets, document.baseURI)) throw invalidOption(`assets must be the address of a folder, got \`${shown(assets)}\``);
  const { sets } = /** @type {{sets: {key: string}[]}} */ (lists['assets.json']);
  const keys = sets.map((set) => set.key);
  if (data !== undefined && !keys.includes(data)) throw invalidOption(`data must be one of ${keys.join(', ')}, got \`${shown(data)}\``);
  if (!DEVICES.includes(device)) throw invalidOption(`device must be one of ${DEVICES.join(', ')}, got \`${shown(device)}\``);
  if (onProgress !== undefined && typeof onProgress !== 'function') throw invalidOption(`onProgress must be a function, got \`${shown(onProgress)}\``);
  return { ...options, device };
}

/** The address of each file, if they lie in a folder. @param {string | URL} folder */
function addressesIn(folder) {
  const base = new URL(folder, document.baseURI);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return Object.fromEntries(Object.keys(urls).map((name) => [name, new URL(name, base).href]));
}

/** Says where the files are: the same for all labs of a page. @param {OpenOptions['assets']} assets */
function place(assets) {
  const wanted = assets === undefined ? urls : addressesIn(assets);
  const placed = placedSite()?.urls;
  if (placed && Object.entries(wanted).some(([name, url]) => placed[name] !== url)) throw invalidOption('assets must be the same for every lab of a page');
  if (placed) return;
  placeSite({ urls: wanted, lists, folder: FOLDER });
  const ours = new Set(Object.values(wanted));
  // Of all that the site's page asks for, only what is ours.
  observeRequests('page', (seen) => note(seen.filter(({ url }) => ours.has(url))));
}

/** A worker that does not start does not say why: most often its script is not where it should be. @param {unknown} error @returns {Promise<unknown>} */
const whyNotOpened = async (error) => (error instanceof LabError && error.code === 'crash' ? fetchBytes('worker.js').then(() => error, (missing) => missing) : error);

/**
 * Starts the engine in a worker, and loads the shipped model with its data.
 * @param {OpenOptions} [options]
 * @returns {Promise<UnlearnLab>} the script interface, when it can be used; rejects with a `LabError`
 */
export async function openUnlearnLab(options = {}) {
  const { assets, data = null, device, onProgress } = checkedOptions(options);
  place(assets);
  // What comes after the end, or after a failure, is nobody's to wait for.
  let opening = true;
  const engine = createEngine((event) => {
    if (opening && event.type === 'engine.loading') onProgress?.(event.done, event.total);
  }, data);
  const ready = engine.start();
  const lab = Object.freeze({ ...createApi(engine, ready, () => {}), close: () => engine.close() });
  try {
    await ready;
    // The module of the GPU is the largest of all files: nobody gets it who did not ask.
    if (device === 'webgpu') await engine.openFor('webgpu');
    if (device === 'auto') void engine.offerGpu();
    return lab;
  } catch (error) {
    engine.close();
    throw await whyNotOpened(error);
  } finally {
    opening = false;
  }
}
