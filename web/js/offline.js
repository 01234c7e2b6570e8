// @ts-check
// The page's side of the offline copy: has it made once the page is usable, tells how far it is, and takes a new version into use when asked to.

import { pathOf, requests } from './requests.js';
import { scriptUrl } from './trusted.js';

/** @typedef {import('./types.d.ts').OfflineState} OfflineState */

/**
 * @param {(patch: Partial<OfflineState>) => void} tell
 */
export async function startOffline(tell) {
  const container = navigator.serviceWorker;
  if (!container) return tell({ status: 'none', why: globalThis.isSecureContext ? 'this browser, or a private window, has no service workers' : 'browsers keep offline copies of pages on https or localhost only' });
  tell({ status: 'making' });
  /** @type {ServiceWorkerRegistration} */
  let registration;
  try {
    registration = await container.register(scriptUrl('sw'), { scope: './', updateViaCache: 'none' });
  } catch (error) {
    return tell({ status: 'none', why: error instanceof Error ? error.message : String(error) });
  }
  /** A new version waits as long as this one is in use. */
  const look = () => registration.waiting && container.controller && tell({ update: true });
  const follow = (/** @type {ServiceWorker | null} */ next) =>
    next?.addEventListener('statechange', () => {
      look();
      if (next.state === 'redundant' && !registration.active) tell({ status: 'none', why: 'not every file of this version could be kept' });
    });
  follow(registration.installing);
  registration.addEventListener('updatefound', () => follow(registration.installing));
  look();
  await container.ready;
  // What was in use before the copy began belongs to it too: the engine for the GPU, other data.
  const used = requests().flatMap(({ url }) => pathOf(url, document.baseURI) ?? []);
  await ask(registration, { keep: [...new Set(used)] }, tell);
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @param {unknown} message
 * @param {(patch: Partial<OfflineState>) => void} tell
 * @returns {Promise<void>}
 */
function ask(registration, message, tell) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => {
      const { kept, total, failed, done } = data;
      tell({ kept, total, failed, status: done ? 'ready' : 'making' });
      if (!done) return;
      port1.close();
      resolve();
    };
    registration.active?.postMessage(message, [port2]);
  });
}

/** Keeps everything of this version but stored models, which have a place of their own. @param {(patch: Partial<OfflineState>) => void} tell */
export const keepAll = async (tell) => ask(await navigator.serviceWorker.ready, { keep: 'all' }, tell);

/** Takes the new version into use, in this tab by loading the page again. */
export async function useUpdate() {
  const registration = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  // Another tab may have done it already.
  if (registration.waiting) registration.waiting.postMessage({ use: true });
  else location.reload();
}
