// @ts-check
// Model packages on this device: one folder each in the browser's private file system (OPFS). A package is there when `complete.json` is, which is
// written last and deleted first; a folder without it is a half download. Works on any directory handle, so it is tested without a browser.

import { fileOf } from './stored-file.js';

/** @typedef {import('../types.d.ts').ModelInfo} ModelInfo */
/** @typedef {{name: string, bytes: Uint8Array<ArrayBuffer>}} StoredFile */
/** What `complete.json` says. @typedef {{version: 1, source: 'site' | 'own', facts: ModelInfo, files: {name: string, bytes: number}[]}} Complete */
/** @typedef {{name: string, complete: Complete | null, bytes: number}} StoredPackage */

const FOLDER = 'models';
export const COMPLETE = 'complete.json';

/** Whether a name can be a folder's and stands in an address. @param {string} name */
export const isName = (name) => typeof name === 'string' && /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name);

/** A name like that of a file, its ending left out. @param {string} text */
export function nameFrom(text) {
  const stem = (text.split(/[/\\]/).pop() ?? '').replace(/\.(gguf|safetensors|json)$/i, '');
  const name = stem.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '').slice(0, 64);
  return name || 'own-model';
}

/**
 * @param {FileSystemDirectoryHandle} root
 * @param {string} name
 * @param {boolean} create
 */
export async function folderOf(root, name, create) {
  const models = await root.getDirectoryHandle(FOLDER, { create });
  return models.getDirectoryHandle(name, { create });
}

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<Complete | null>} */
async function readComplete(folder) {
  try {
    const value = JSON.parse(await (await fileOf(folder, COMPLETE)).text());
    return value?.version === 1 && Array.isArray(value.files) ? value : null;
  } catch {
    return null;
  }
}

/** @param {FileSystemDirectoryHandle} root @returns {Promise<StoredPackage[]>} by name */
export async function listStored(root) {
  /** @type {FileSystemDirectoryHandle} */
  let models;
  try {
    models = await root.getDirectoryHandle(FOLDER);
  } catch {
    return [];
  }
  /** @type {StoredPackage[]} */
  const found = [];
  for await (const handle of /** @type {any} */ (models).values()) {
    if (handle.kind !== 'directory') continue;
    let bytes = 0;
    for await (const file of handle.values()) if (file.kind === 'file') bytes += (await file.getFile()).size;
    const complete = await readComplete(handle);
    // A file that lost bytes since makes the package half a download again.
    const sizes = complete && (await Promise.all(complete.files.map(({ name }) => fileOf(handle, name).then((file) => file.size, () => -1))));
    found.push({ name: handle.name, complete: sizes?.every((size, idx) => size === complete?.files[idx]?.bytes) ? complete : null, bytes });
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The bytes of a package's files; null for one that is not there.
 * @param {FileSystemDirectoryHandle} root
 * @param {string} name
 * @param {(file: string) => boolean} wanted
 */
export async function readFiles(root, name, wanted) {
  const folder = await folderOf(root, name, false);
  const complete = await readComplete(folder);
  const files = (complete?.files ?? []).filter((file) => wanted(file.name));
  return Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await (await fileOf(folder, file.name)).arrayBuffer()) })));
}

/** Deletes a package, whole or half. @param {FileSystemDirectoryHandle} root @param {string} name @returns {Promise<number>} bytes that became free */
export async function removeStored(root, name) {
  const bytes = (await listStored(root)).find((one) => one.name === name)?.bytes ?? 0;
  const models = await root.getDirectoryHandle(FOLDER, { create: true });
  // Without the mark first: a deletion that stops in the middle leaves a half package, never a broken whole one.
  await (await folderOf(root, name, true)).removeEntry(COMPLETE).catch(() => {});
  await models.removeEntry(name, { recursive: true });
  return bytes;
}
