// @ts-check
// The list of every request since the page was loaded, and what each was for. Shown by the dialog “Privacy”.

/** @typedef {import('./request-observer.js').SeenRequest} SeenRequest */

/** More than a session makes; the oldest go first. */
const MOST = 2000;

/** What a file is for, by its path on this site; the first that fits. @type {[RegExp, string][]} */
const PURPOSES = [
  [/^(index\.html|conformance(\.html)?)?$/, 'The page'],
  [/\.css$/, 'Its looks'],
  [/^(icons\/|manifest\.webmanifest)/, 'Icon and name'],
  [/^sw\.js$/, 'Offline copy'],
  [/^integrity\.json$/, 'Hashes of all files'],
  [/^wasm\/cpu\//, 'Engine for the CPU'],
  [/^wasm\/gpu\//, 'Engine for the GPU'],
  [/^wasm\//, 'Engine for language models'],
  [/^models\//, 'Model'],
  [/^game\//, 'Record of the game'],
  [/^data\//, 'Ratings and titles'],
  [/^reference\/conformance/, 'Numbers to compare with'],
  [/^reference\//, 'Shipped comparison'],
  [/^(assets|models)\.json$/, 'List of what this site has'],
  [/\.js$/, 'Code of the page'],
];

/** @type {SeenRequest[]} */
let list = [];
/** @type {(() => void) | null} */
let changed = null;

/** @param {SeenRequest[]} requests */
export function note(requests) {
  list = [...list, ...requests].slice(-MOST);
  changed?.();
}

/** @param {() => void} listener called when the list grew */
export const onRequests = (listener) => (changed = listener);

/** Every request since the page was loaded, oldest first. */
export const requests = () => list.toSorted((a, b) => a.at - b.at);

/** A path on this site; null for another one's. @param {string} url @param {string} base address of the page's folder */
export function pathOf(url, base) {
  const folder = new URL('./', base).href;
  return url.startsWith(folder) ? url.slice(folder.length).split(/[?#]/)[0] : null;
}

/** @param {string} url @param {string} base */
export function purposeOf(url, base) {
  const path = pathOf(url, base);
  return path == null ? 'Not a part of this page' : (PURPOSES.find(([pattern]) => pattern.test(path))?.[1] ?? 'Not a part of this page');
}

/**
 * @param {SeenRequest[]} all
 * @param {string} base
 * @returns {{own: number, foreign: number, blocked: number, bytes: number}} requests to this site and to others, what was blocked, bytes from the network
 */
export function tally(all, base) {
  const { origin } = new URL(base);
  const of = (/** @type {SeenRequest} */ { url }) => URL.canParse(url) && new URL(url).origin === origin;
  const made = all.filter(({ from }) => from !== 'blocked');
  return { own: made.filter(of).length, foreign: made.filter((one) => !of(one)).length, blocked: all.length - made.length, bytes: made.reduce((sum, one) => sum + one.bytes, 0) };
}
