// @ts-check
// A person's own files and how a model was trained on them, kept in the browser's private file system (OPFS), so that neither is lost with the tab. The seed
// decides a model, so the same files and settings make it again, to the same numbers. There is one set of files at a time: `own.json` names them with their
// hashes, is written last and deleted first. Works on any directory handle, so it is tested without a browser.

import { sha256 } from './sha256.js';
import { privateFolder } from './site.js';
import { fileOf, writeFile } from './stored-file.js';

export { whyNotStored } from './stored-file.js';

/** @typedef {import('../types.d.ts').KeptOwn} KeptOwn */
/** @typedef {{name: string, bytes: Uint8Array}} Named */

const FOLDER = 'own';
const INDEX = 'own.json';
/** Names may be of folders too: files are stored by their number. @param {number} idx */
const storedAs = (idx) => `file-${idx}`;

/** The page's private folder; rejects where the browser gives none. */
export async function privateRoot() {
  try {
    return await privateFolder();
  } catch {
    throw new Error('this browser gives the page no storage');
  }
}

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<KeptOwn | null>} */
async function readIndex(folder) {
  try {
    const value = JSON.parse(await (await fileOf(folder, INDEX)).text());
    return value?.version === 1 && Array.isArray(value.files) && value.settings ? value : null;
  } catch {
    return null;
  }
}

/** @param {FileSystemDirectoryHandle} root @returns {Promise<KeptOwn | null>} what is kept, if anything is */
export async function findOwn(root) {
  try {
    return await readIndex(await root.getDirectoryHandle(FOLDER));
  } catch {
    return null;
  }
}

/** @param {FileSystemDirectoryHandle} root @returns {Promise<number>} bytes that became free */
export async function deleteOwn(root) {
  const kept = await findOwn(root);
  if (kept) await (await root.getDirectoryHandle(FOLDER)).removeEntry(INDEX);
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => {});
  return kept?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
}

/**
 * Keeps files in the place of those that were kept before.
 * @param {FileSystemDirectoryHandle} root
 * @param {Named[]} files
 * @param {Pick<KeptOwn, 'at' | 'seconds' | 'settings'>} about
 * @returns {Promise<KeptOwn>}
 */
export async function keepOwn(root, files, about) {
  await deleteOwn(root);
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  /** @type {KeptOwn['files']} */
  const listed = [];
  for (const [idx, { name, bytes }] of files.entries()) {
    await writeFile(folder, storedAs(idx), bytes);
    listed.push({ name, bytes: bytes.length, sha256: await sha256(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)) });
  }
  /** @type {KeptOwn} */
  const kept = { version: 1, ...about, files: listed };
  await writeFile(folder, INDEX, JSON.stringify(kept));
  return kept;
}

/**
 * The files that are kept, each with the hash that was noted.
 * @param {FileSystemDirectoryHandle} root
 * @returns {Promise<{kept: KeptOwn, files: Named[]} | null>} null where a file is gone or another one, and what is left is then deleted; or where the browser cannot read it
 */
export async function readOwn(root) {
  try {
    const folder = await root.getDirectoryHandle(FOLDER);
    const kept = await readIndex(folder);
    if (!kept) return null;
    const files = await Promise.all(
      kept.files.map(async ({ name, sha256: hash }, idx) => {
        const bytes = new Uint8Array(await (await fileOf(folder, storedAs(idx))).arrayBuffer());
        if ((await sha256(bytes)) !== hash) throw new Error(`${name} has another hash`);
        return { name, bytes };
      }),
    );
    return { kept, files };
  } catch (error) {
    // What cannot be read now may be there the next time.
    if (!(error instanceof DOMException) || error.name === 'NotFoundError') await deleteOwn(root).catch(() => 0);
    return null;
  }
}
