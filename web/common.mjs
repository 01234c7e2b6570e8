// What building, sealing and packing share.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** The oldest browsers that scripts are written for. */
export const TARGET = ['es2023', 'chrome120', 'firefox121', 'safari17'];

/** @param {string | Uint8Array} bytes */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Paths of all files below a folder, with slashes, in order. @param {string} folder @returns {Promise<string[]>} */
export async function listFiles(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join('/')).sort();
}
