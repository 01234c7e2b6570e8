// @ts-check
// The service worker: an offline copy of the page, one whole version at a time. Each file is kept under the hash that integrity.json names, and
// nothing of the page's goes to the network but the files of that list. Never takes over by itself while another version is in use.

import { nameWithin } from './file-name.js';
import { sha256 } from './sha256.js';
import { observeRequests } from './request-observer.js';

/** @typedef {import('./integrity.js').Integrity} Integrity */

const worker = /** @type {any} */ (self);
/** sha256 of this version's integrity.json, put in by the build: another version is another script, which is how browsers notice one. */
const SEAL = PAGE_SEAL;
const BASE = new URL('./', worker.location.href);
/** Caches belong to the whole host: the name says whose they are. */
const PREFIX = `unlearn-lab ${BASE.pathname} `;
const NAME = PREFIX + SEAL;

/** @param {(client: any) => void} what done for every open page and worker of this origin */
const each = async (what) => (await worker.clients.matchAll({ includeUncontrolled: true, type: 'window' })).forEach(what);
observeRequests('offline copy', (requests) => each((client) => client.postMessage({ requests })));

/** @param {string} path */
const addressOf = (path) => new URL(path, BASE).href;

/** @type {Promise<Integrity> | null} */
let listed = null;
/** What belongs to this version; out of its cache once that is made. @returns {Promise<Integrity>} */
function integrity() {
  listed ??= (async () => {
    const address = addressOf('integrity.json');
    const cache = await caches.open(NAME);
    const response = (await cache.match(address)) ?? (await fetch(address, { cache: 'no-store' }));
    const bytes = new Uint8Array(await response.clone().arrayBuffer());
    // In the middle of an upload the host has files of two versions; the browser tries again later.
    if ((await sha256(bytes)) !== SEAL) throw new Error('integrity.json is not of this version');
    if (!(await cache.match(address))) await cache.put(address, response);
    return JSON.parse(new TextDecoder().decode(bytes));
  })();
  listed.catch(() => (listed = null));
  return listed;
}

/** Keeps a file whose hash is right: from an earlier version's copy, the browser's cache or the network. @param {string} path @returns {Promise<boolean>} */
async function keep(path) {
  const { files } = await integrity();
  const cache = await caches.open(NAME);
  const address = addressOf(path);
  if (await cache.match(address)) return true;
  const before = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  const sources = [
    ...before.map((name) => async () => (await caches.open(name)).match(address)),
    () => fetch(address),
    () => fetch(address, { cache: 'reload' }),
  ];
  for (const source of sources) {
    const response = await source();
    if (response?.status !== 200) continue;
    if ((await sha256(new Uint8Array(await response.clone().arrayBuffer()))) !== files[path]?.sha256) continue;
    await cache.put(address, response);
    return true;
  }
  return false;
}

worker.addEventListener('install', (/** @type {any} */ event) =>
  event.waitUntil(
    (async () => {
      const { files } = await integrity();
      for (const path of Object.keys(files).filter((path) => files[path]?.keep === 'now')) {
        if (!(await keep(path))) throw new Error(`${path} is not of this version`);
      }
    })(),
  ),
);

worker.addEventListener('activate', (/** @type {any} */ event) =>
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
      const windows = await worker.clients.matchAll({ includeUncontrolled: true, type: 'window' });
      // Another tab may still show the version before and ask for its parts.
      if (windows.length <= 1) await Promise.all(old.map((name) => caches.delete(name)));
      // The first version takes the page that brought it, so that it works offline at once.
      if (old.length === 0) await worker.clients.claim();
    })(),
  ),
);

/** A page of ours: others on this host are none of our business. @param {string} id */
async function isOurs(id) {
  const url = (await worker.clients.get(id))?.url ?? '';
  return url.startsWith('blob:') || [BASE.href, ...['index.html', 'conformance.html', 'conformance'].map(addressOf)].includes(url.split(/[?#]/)[0] ?? '');
}

/** The page itself, with the policy as headers too: many hosts let nobody set those. @param {Response} page */
function underPolicy(page) {
  const headers = new Headers(page.headers);
  for (const [name, value] of PAGE_HEADERS) headers.set(name, value);
  return new Response(page.body, { status: page.status, headers });
}

/** @param {Request} request @param {string} path @param {string} clientId */
async function answer(request, path, clientId) {
  const files = await integrity().then((list) => list.files, () => null);
  // The browser threw the copy away, and the host has another version by now: the page must work until this one is replaced.
  if (!files) return fetch(request);
  const known = path === 'sw.js' || path === 'integrity.json' || Object.hasOwn(files, path);
  if (request.mode === 'navigate') {
    const kept = known && (await (await caches.open(NAME)).match(addressOf(path)));
    if (kept) return path.endsWith('.html') ? underPolicy(kept) : kept;
    const response = await fetch(request);
    if (response.ok && files[path]?.keep === 'use') void keepCopy(path, response.clone());
    return response;
  }
  if (request.method === 'GET' && known) {
    const kept = await (await caches.open(NAME)).match(addressOf(path));
    if (kept) return kept;
    // An import of a model is a download that goes on where it stopped: the page stores it itself.
    const range = request.headers.get('range');
    if (range || files[path]?.keep !== 'use') return fetch(addressOf(path), { headers: range ? { range } : {}, cache: request.cache, signal: request.signal });
    // Only the address of the file goes out, whatever was asked for beside it.
    const response = await fetch(addressOf(path), { cache: request.cache });
    if (response.ok) void keepCopy(path, response.clone());
    return response;
  }
  // A part of the version before, for a tab that still shows it.
  const earlier = request.method === 'GET' && (await caches.match(addressOf(path), { ignoreSearch: true }));
  if (earlier) return earlier;
  if (!(await isOurs(clientId))) return fetch(request);
  await each((client) => client.postMessage({ requests: [{ url: request.url, at: Date.now(), bytes: 0, size: 0, from: 'blocked', by: 'offline copy' }] }));
  return Response.error();
}

/** @param {string} path @param {Response} response */
async function keepCopy(path, response) {
  const { files } = await integrity();
  const cache = await caches.open(NAME);
  if ((await sha256(new Uint8Array(await response.clone().arrayBuffer()))) === files[path]?.sha256) await cache.put(addressOf(path), response);
}

worker.addEventListener('fetch', (/** @type {any} */ event) => {
  const url = new URL(event.request.url);
  // Other sites are the policy's business, which has refused them before they come here.
  if (url.origin !== BASE.origin) return;
  const inside = url.pathname.startsWith(BASE.pathname);
  const named = inside ? nameWithin(url.pathname, BASE.pathname) : '';
  // Hosts give the page of that name for either address.
  const path = named === 'conformance' ? 'conformance.html' : named || (inside ? 'index.html' : '');
  event.respondWith(answer(event.request, path, event.clientId));
});

/** How much of this version is kept. */
async function status() {
  const { files } = await integrity();
  const cache = await caches.open(NAME);
  const all = Object.entries(files).filter(([, { keep }]) => keep !== 'never');
  const here = new Set((await cache.keys()).map(({ url }) => url));
  const sum = (/** @type {typeof all} */ some) => some.reduce((bytes, [, file]) => bytes + file.bytes, 0);
  return { kept: sum(all.filter(([path]) => here.has(addressOf(path)))), total: sum(all) };
}

// In: {keep: paths | 'all'} | {use}. Out, on the message's port: {kept, total, failed}.
worker.addEventListener('message', (/** @type {any} */ event) => {
  const { data, ports } = event;
  if (data.use) return worker.skipWaiting();
  return event.waitUntil(
    (async () => {
      const { files } = await integrity();
      // What every page needs is there already, unless the browser threw it away.
      const wanted = Object.keys(files).filter((path) => files[path]?.keep === 'now' || (files[path]?.keep === 'use' && (data.keep === 'all' || data.keep?.includes(path))));
      let failed = 0;
      for (const path of wanted) {
        if (!(await keep(path).catch(() => false))) failed += 1;
        if (data.keep === 'all') ports[0]?.postMessage({ ...(await status()), failed, done: false });
      }
      ports[0]?.postMessage({ ...(await status()), failed, done: true });
    })(),
  );
});
