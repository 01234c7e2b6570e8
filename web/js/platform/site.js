// @ts-check
// Where the files of this version are, and which part of the browser's private storage is ours. On the page: beside it, and all. In another site's page
// (js/embed): wherever that site has put them, and one folder.

import { LabError } from './errors.js';

/**
 * `urls`: the address of each file by its name in integrity.json; `lists`: what integrity.json and the other lists say, by name; `folder`: of the storage.
 * @typedef {{urls: Record<string, string>, lists: Record<string, unknown>, folder: string}} Site
 */

/** @type {Site | null} */
let site = null;

/** Says where the files are that are not beside the page. @param {Site} given */
export const placeSite = (given) => void (site = given);

/** What was said; null on the page. */
export const placedSite = () => site;

/** A file's name, as the lists have it. @param {string} file */
export const nameOf = (file) => file.replace(/^\.\//, '');

/** Folder of the page: a worker is a file in it. */
const base = () => new URL('./', globalThis.document?.baseURI ?? import.meta.url);

/** The address of a file of this version. @param {string} file its name */
export function addressOf(file) {
  if (!site) return new URL(file, base()).href;
  const name = nameOf(file);
  if (Object.hasOwn(site.urls, name)) return /** @type {string} */ (site.urls[name]);
  throw new LabError({ code: 'assets', message: `${name} is no file of this package`, kept: 'What was loaded before is kept.', todo: 'See the package’s README for what it has.' });
}

/** Our folder of the browser's private file system (OPFS); rejects where the browser gives none. */
export async function privateFolder() {
  const root = await navigator.storage.getDirectory();
  return site ? root.getDirectoryHandle(site.folder, { create: true }) : root;
}
