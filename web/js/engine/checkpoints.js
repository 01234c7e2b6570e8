// @ts-check
// Runs that can go on: the last checkpoint of a run, in memory for an engine that stops and in the browser's private file system (OPFS) for a tab that
// closes. A run's folder has two places for the student's file, written in turn; `run.json` names the one that counts, with its hash, and is replaced as a
// whole after the other files. So whatever is cut off in the middle, the last checkpoint before it is whole.

import { sha256 } from '../platform/sha256.js';
import { privateFolder } from '../platform/site.js';
import { fileOf, whyNotStored, writeFile } from '../platform/stored-file.js';

/** @typedef {import('../types.d.ts').NamedBytes} NamedBytes */
/** @typedef {import('../types.d.ts').InterruptedRun} InterruptedRun */
/** What a run needs to go on, beside its files. @typedef {{request: import('../types.d.ts').RunRequest, device: import('../types.d.ts').DeviceWish, dataset: string, model: string}} About */
/** @typedef {import('../types.d.ts').SeenOfRun} SeenOfRun */
/** @typedef {{version: 1, about: About, at: number, step: number, seen: SeenOfRun, files: {name: string, stored: string, bytes: number, sha256: string}[]}} Written */

const FOLDER = 'runs';
const INDEX = 'run.json';

/** The lock that the tab of a run in progress holds. @param {string} id */
const lockOf = (id) => `unlearn-lab:run:${id}`;

/** @param {Uint8Array} bytes @returns {Uint8Array<ArrayBuffer>} */
const own = (bytes) => /** @type {Uint8Array<ArrayBuffer>} */ (bytes);

/** @param {boolean} create @returns {Promise<FileSystemDirectoryHandle>} */
const runsFolder = async (create) => (await privateFolder()).getDirectoryHandle(FOLDER, { create });

/** @param {FileSystemDirectoryHandle} folder @returns {Promise<Written | null>} */
async function readIndex(folder) {
  try {
    const value = JSON.parse(await (await fileOf(folder, INDEX)).text());
    const whole = value?.version === 1 && Array.isArray(value.files) && value.about?.request?.method && Number.isInteger(value.step) && value.seen;
    return whole ? value : null;
  } catch {
    return null;
  }
}

/** Deletes what is kept of a run. @param {string} id */
export async function discard(id) {
  const runs = await runsFolder(false).catch(() => null);
  await runs?.removeEntry(id, { recursive: true }).catch(() => {});
}

/** Runs that ended in the middle and are not at work in another tab, newest first; folders without a checkpoint are cleared away. @returns {Promise<InterruptedRun[]>} */
export async function interrupted() {
  const runs = await runsFolder(false).catch(() => null);
  if (!runs) return [];
  const held = new Set(((await navigator.locks?.query())?.held ?? []).map((lock) => lock.name));
  /** @type {InterruptedRun[]} */
  const found = [];
  for await (const [id, folder] of /** @type {any} */ (runs).entries()) {
    if (held.has(lockOf(id))) continue;
    const index = folder.kind === 'directory' ? await readIndex(folder) : null;
    if (index) found.push({ id, ...index.about, at: index.at, step: index.step, total: index.seen.total });
    else await discard(id);
  }
  return found.toSorted((a, b) => b.at - a.at);
}

/**
 * The files of a run's checkpoint, each with the hash that was noted.
 * @param {string} id
 * @returns {Promise<{written: Written, files: NamedBytes[]} | null>} null where it is damaged; it is then deleted
 */
export async function readRun(id) {
  try {
    const folder = await (await runsFolder(false)).getDirectoryHandle(id);
    const written = await readIndex(folder);
    if (!written) throw new Error(`no ${INDEX}`);
    const files = await Promise.all(
      written.files.map(async ({ name, stored, sha256: hash }) => {
        const bytes = new Uint8Array(await (await fileOf(folder, stored)).arrayBuffer());
        if ((await sha256(bytes)) !== hash) throw new Error(`${name} has another hash`);
        return { name, bytes };
      }),
    );
    return { written, files };
  } catch {
    await discard(id);
    return null;
  }
}

/**
 * Takes a run for this tab until it is released, or the tab closes.
 * @param {string} id
 * @returns {Promise<(() => void) | null>} null where another tab has it
 */
export function claim(id) {
  if (!globalThis.navigator?.locks) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    const held = (/** @type {Lock | null} */ lock) => (lock ? new Promise((release) => resolve(() => release(undefined))) : resolve(null));
    navigator.locks.request(lockOf(id), { ifAvailable: true }, held).catch(reject);
  });
}

/** One run's checkpoints. */
export class CheckpointWriter {
  /**
   * @param {string} id
   * @param {About} about
   * @param {{files: NamedBytes[], written: Written} | null} from a checkpoint to begin with
   * @param {boolean} stored whether to write to the disk
   * @param {(why: string) => void} onTrouble the disk takes no more of them; told once
   */
  constructor(id, about, from, stored, onTrouble) {
    this.id = id;
    this.about = about;
    this.step = from?.written.step ?? 0;
    this.onTrouble = onTrouble;
    /** @type {Map<string, Uint8Array>} */
    this.files = new Map(from?.files.map((file) => [file.name, file.bytes]));
    /** Names of what must be written. @type {Set<string>} */
    this.changed = new Set();
    this.written = from?.written.files ?? [];
    this.stored = stored;
    /** Which of its two places was written last. */
    this.turn = Number(this.written.find((file) => file.stored.endsWith('.1') && file.name.startsWith('student')) != null);
    /** The writing in progress. @type {Promise<void> | null} */
    this.writing = null;
    /** What to write next: a checkpoint that comes while one is written waits, and a later one takes its place. @type {SeenOfRun | null} */
    this.next = null;
  }

  /** The checkpoint as the engine takes it. @returns {NamedBytes[]} */
  latest() {
    return [...this.files].map(([name, bytes]) => ({ name, bytes }));
  }

  /** @param {number} step @param {NamedBytes[]} files those that are new @param {SeenOfRun} seen */
  keep(step, files, seen) {
    this.step = step;
    for (const { name, bytes } of files) {
      this.files.set(name, bytes);
      this.changed.add(name);
    }
    if (!this.stored) return;
    this.next = seen;
    this.writing ??= this.writeAll().finally(() => (this.writing = null));
  }

  async writeAll() {
    try {
      while (this.next && this.stored) {
        const seen = this.next;
        this.next = null;
        await this.write(seen);
      }
    } catch (error) {
      // The run is worth more than its net. What was written before stays.
      this.stored = false;
      this.onTrouble(whyNotStored(error));
    }
  }

  /** @param {SeenOfRun} seen */
  async write(seen) {
    // Taken together, before anything is waited for: the next checkpoint may come meanwhile.
    const step = this.step;
    const taken = [...this.changed].map((name) => ({ name, bytes: own(/** @type {Uint8Array} */ (this.files.get(name))) }));
    this.changed.clear();
    const folder = await (await runsFolder(true)).getDirectoryHandle(this.id, { create: true });
    this.turn = 1 - this.turn;
    const fresh = await Promise.all(
      taken.map(async ({ name, bytes }) => {
        const stored = `${name}.${this.turn}`;
        const [hash] = await Promise.all([sha256(bytes), writeFile(folder, stored, bytes)]);
        return { name, stored, bytes: bytes.length, sha256: hash };
      }),
    );
    this.written = [...this.written.filter((file) => !taken.some(({ name }) => name === file.name)), ...fresh];
    /** @type {Written} */
    const index = { version: 1, about: this.about, at: Date.now(), step, seen, files: this.written };
    await writeFile(folder, INDEX, JSON.stringify(index));
  }

  /** The run is over; what is kept of it goes, unless it is to go on later. @param {boolean} keep */
  async end(keep) {
    this.next = null;
    await this.writing;
    if (!keep) await discard(this.id);
  }
}
