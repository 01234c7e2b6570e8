// @ts-check
// The one policy by which a script's address may reach the browser: four names, nothing else. The page's policy refuses any other.

import { note } from './request-log.js';
import { addressOf, placedSite } from './site.js';

/** @typedef {'worker' | 'package-worker' | 'probe-worker'} WorkerScript */

/** @type {Map<WorkerScript, string>} */
const openings = new Map();

/**
 * The address of a worker. It begins at a blob, since such a worker has the policy of the page that made it; one that begins at a file has what the
 * host's headers say, and many hosts let nobody set those.
 * @param {WorkerScript} script
 */
function openingOf(script) {
  const known = openings.get(script);
  if (known) return known;
  // In the package a worker's script has its set-up in it (js/embed).
  const scripts = placedSite() ? [script] : ['worker-setup', script];
  const text = scripts.map((name) => `import ${JSON.stringify(addressOf(`${name}.js`))};\n`).join('');
  // What stands behind # is for people who look at the list of workers.
  const address = `${URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))}#/${script}.js`;
  openings.set(script, address);
  return address;
}

/** @param {string} name */
function scriptAddress(name) {
  if (name === 'sw') return addressOf('sw.js');
  if (name === 'worker' || name === 'package-worker' || name === 'probe-worker') return openingOf(name);
  throw new TypeError(`${name} is no script of this page`);
}

const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('unlearn-lab', { createScriptURL: scriptAddress });

/** What a worker or the service worker is started with. @param {WorkerScript | 'sw'} name @returns {string} */
export const scriptUrl = (name) => policy?.createScriptURL(name) ?? scriptAddress(name);

/**
 * Starts a worker under the page's policy; its requests go to the page's list. Where the files are not beside the page, it is told first.
 * @param {WorkerScript} script
 * @param {string} name what the worker calls itself
 */
export function openWorker(script, name) {
  const worker = new Worker(scriptUrl(script), { type: 'module', name });
  worker.addEventListener('message', (event) => {
    if (!event.data?.requests) return;
    event.stopImmediatePropagation();
    note(event.data.requests);
  });
  const site = placedSite();
  if (site) worker.postMessage({ site });
  return worker;
}
