// @ts-check
// Finished runs, kept in the browser's private file system (OPFS): one folder a run. `about.json` says what it is and names its files with their hashes; it is
// written last and deleted first, so a folder without it is half a run and goes. Works on any directory handle, so it is tested without a browser.

import { sha256 } from './sha256.js';
import { privateFolder } from './site.js';
import { fileOf, writeFile } from './stored-file.js';

/** @typedef {import('../types.d.ts').KeptRun} KeptRun */
/** @typedef {import('../types.d.ts').RunRecord} RunRecord */
/** @typedef {{name: string, bytes: Uint8Array}} Named */

const FOLDER = 'history';
const ABOUT = 'about.json';
const RECORD = 'run.json';
/** Runs that are kept: beyond them the oldest goes. */
export const MOST_RUNS = 100;

/** Whether a name is that of a kept run: names become folders. @param {unknown} id */
export const isRunId = (id) => typeof id === 'string' && /^[0-9]{10,16}-[a-f0-9]{8}$/.test(id);

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<KeptRun | null>} */
async function readAbout(folder) {
  try {
    const value = JSON.parse(await (await fileOf(folder, ABOUT)).text());
    return value?.version === 1 && isRunId(value.id) && Array.isArray(value.files) ? value : null;
  } catch {
    return null;
  }
}

/** @param {FileSystemDirectoryHandle} root @returns {Promise<KeptRun[]>} newest first */
export async function listRuns(root) {
  /** @type {FileSystemDirectoryHandle} */
  let folder;
  try {
    folder = await root.getDirectoryHandle(FOLDER);
  } catch {
    return [];
  }
  /** @type {KeptRun[]} */
  const found = [];
  for await (const handle of /** @type {any} */ (folder).values()) {
    const about = handle.kind === 'directory' ? await readAbout(handle) : null;
    if (about && about.id === handle.name) found.push(about);
  }
  return found.toSorted((a, b) => b.at - a.at);
}

/** @param {FileSystemDirectoryHandle} root @param {string} id */
export async function deleteRun(root, id) {
  const folder = await root.getDirectoryHandle(FOLDER, { create: true });
  const run = await folder.getDirectoryHandle(id).catch(() => null);
  await run?.removeEntry(ABOUT).catch(() => {});
  await folder.removeEntry(id, { recursive: true }).catch(() => {});
}

/** @param {FileSystemDirectoryHandle} root */
export const deleteRuns = (root) => root.removeEntry(FOLDER, { recursive: true }).catch(() => {});

/**
 * Keeps a run. What stood under its id is replaced.
 * @param {FileSystemDirectoryHandle} root
 * @param {Omit<KeptRun, 'files' | 'version'>} about
 * @param {RunRecord} record
 * @param {Named[]} adapter its files; none where there is no adapter
 * @returns {Promise<KeptRun>}
 */
export async function keepRun(root, about, record, adapter) {
  await deleteRun(root, about.id);
  const runs = await root.getDirectoryHandle(FOLDER, { create: true });
  const folder = await runs.getDirectoryHandle(about.id, { create: true });
  const contents = [{ name: RECORD, bytes: new TextEncoder().encode(JSON.stringify(record)) }, ...adapter];
  /** @type {KeptRun['files']} */
  const files = [];
  try {
    for (const { name, bytes } of contents) {
      await writeFile(folder, name, bytes);
      files.push({ name, bytes: bytes.length, sha256: await sha256(/** @type {Uint8Array<ArrayBuffer>} */ (bytes)) });
    }
    const kept = /** @type {KeptRun} */ ({ version: 1, ...about, files });
    await writeFile(folder, ABOUT, JSON.stringify(kept));
    return kept;
  } catch (error) {
    // Half a run would take room that the next needs.
    await deleteRun(root, about.id).catch(() => {});
    throw error;
  }
}

/** Deletes the oldest runs beyond those that are kept. @param {FileSystemDirectoryHandle} root @param {KeptRun[]} list newest first @returns {Promise<KeptRun[]>} what stays */
export async function trimRuns(root, list) {
  for (const { id } of list.slice(MOST_RUNS)) await deleteRun(root, id);
  return list.slice(0, MOST_RUNS);
}

/** The files of a kept run, each with the hash that was noted. @param {FileSystemDirectoryHandle} root @param {string} id */
async function filesOf(root, id) {
  const folder = await (await root.getDirectoryHandle(FOLDER)).getDirectoryHandle(id);
  const about = await readAbout(folder);
  if (!about) throw new Error('it is gone, or only half of it was written');
  const files = await Promise.all(
    about.files.map(async ({ name, sha256: wanted }) => {
      const bytes = new Uint8Array(await (await fileOf(folder, name)).arrayBuffer());
      const found = await sha256(bytes);
      if (found !== wanted) throw new Error(`${name} must have the sha256 ${wanted}, got ${found}`);
      return { name, bytes };
    }),
  );
  return { about, files };
}

/**
 * @param {FileSystemDirectoryHandle} root
 * @param {string} id
 * @returns {Promise<{about: KeptRun, record: RunRecord, adapter: Named[]}>} rejects with what is wrong, in words
 */
export async function readRun(root, id) {
  const { about, files } = await filesOf(root, id);
  const record = files.find(({ name }) => name === RECORD);
  if (!record) throw new Error(`${RECORD} is missing`);
  return { about, record: JSON.parse(new TextDecoder().decode(record.bytes)), adapter: files.filter((file) => file !== record) };
}

/** The adapter of a kept run, in PEFT's layout. @param {string} id @param {FileSystemDirectoryHandle} [root] */
export async function readAdapter(id, root) {
  const { adapter } = await readRun(root ?? (await privateFolder()), id);
  if (adapter.length === 0) throw new Error('no adapter was kept with this run');
  return adapter;
}
