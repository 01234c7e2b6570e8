// @ts-check
// The page's side of the offline copy: has it made once the page is usable, tells how far it is, and takes a new version into use when asked to.

import { integrity } from './integrity.js';
import { pathOf, requests } from './request-log.js';
import { scriptUrl } from './trusted-types.js';

/** @typedef {import('../types.d.ts').OfflineState} OfflineState */

/** How often a version that is not whole asks for the one that is. */
const ASK_MS = 10_000;

/**
 * @param {(patch: Partial<OfflineState>) => void} tell
 */
export async function startOffline(tell) {
  const container = navigator.serviceWorker;
  const { coming } = await integrity().catch(() => ({ coming: undefined }));
  if (coming) tell({ coming: true });
  // What is not whole is not kept; unless an earlier version's copy answers for this page: then its own must take that one's place.
  if (coming && !container?.controller) {
    tell({ status: 'none', why: 'this version is without WebGPU; the one with it, which is still being built, is kept' });
    return untilWhole(tell);
  }
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
  if (coming) void untilNext(registration);
  await container.ready;
  // What was in use before the copy began belongs to it too: the engine for the GPU, other data.
  const used = requests().flatMap(({ url }) => pathOf(url, document.baseURI) ?? []);
  await ask(registration, { keep: [...new Set(used)] }, tell);
}

const pause = () => new Promise((resolve) => setTimeout(resolve, ASK_MS));

/** Waits for the version with WebGPU; or, where that cannot be built, for one that no longer promises it. @param {(patch: Partial<OfflineState>) => void} tell */
async function untilWhole(tell) {
  for (;;) {
    await pause();
    const list = await fetch('./integrity.json', { cache: 'no-store' }).then((response) => response.json(), () => null);
    if (list && !list.coming) return tell({ coming: false, update: true });
  }
}

/** The same where a copy answers for the page: the browser looks for another version when it is told to. @param {ServiceWorkerRegistration} registration */
async function untilNext(registration) {
  while (!registration.waiting && !registration.installing) {
    await pause();
    await registration.update().catch(() => {});
  }
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
  // A version that is not whole has no copy, unless an earlier one had.
  if (!navigator.serviceWorker?.controller) return location.reload();
  const registration = await navigator.serviceWorker.ready;
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  // Another tab may have done it already.
  if (registration.waiting) registration.waiting.postMessage({ use: true });
  else location.reload();
}
