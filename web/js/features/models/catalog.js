// @ts-check
// The models that can be had: those of this site, and packages stored on this device. Downloads, imports, deletes. Loaded when first asked for.

import { LabError, shown } from '../../platform/errors.js';
import { bytes as inBytes } from '../../ui/format.js';
import { fetchJson } from '../../platform/integrity.js';
import { isName, listStored, nameFrom, readFiles, removeStored } from '../../platform/private-files.js';
import { addressOf, privateFolder } from '../../platform/site.js';
import { openWorker } from '../../platform/trusted-types.js';

/** @typedef {import('../../types.d.ts').ErrorInfo} ErrorInfo */
/** @typedef {import('../../types.d.ts').ModelEntry} ModelEntry */
/** @typedef {import('../../types.d.ts').ModelJob} ModelJob */
/** @typedef {import('../../types.d.ts').ModelsState} ModelsState */
/** A model of this site. @typedef {{name: string, set: string | null, facts: import('../../types.d.ts').ModelInfo, sha256: string, files: {name: string, url: string, bytes: number}[]}} Offered */
/** What an engine loads in the place of a data set's own model. @typedef {{name: string, kind: 'items' | 'text', dataset: string, bytes: number, read: () => Promise<import('../../engine/assets.js').Named[]>, retrain: () => Promise<Uint8Array<ArrayBuffer> | null>}} Source */
/** @typedef {import('../../api/types.d.ts').ImportOptions} ImportOptions */
/** @typedef {import('../../api/types.d.ts').Quantisation} Quantisation */

const RETRAIN = 'retrain.safetensors';
const QUANTISATIONS = ['keep', 'q8', 'q4', 'f32'];
const TEMPLATES = ['simple', 'compact'];
const KEPT = 'Everything on this page is kept.';

/** @param {string} code @param {string} message @param {string} todo @param {string} [kept] */
const failure = (code, message, todo, kept = KEPT) => new LabError({ code, message, kept, todo });

/** The page's private folder. */
async function rootFolder() {
  try {
    return await privateFolder();
  } catch {
    throw failure('storage', 'this browser gives the page no storage', 'Leave private browsing, or open the page by https or from localhost.');
  }
}

/**
 * Merges what the site offers with what is stored.
 * @param {Offered[]} offered
 * @param {import('../../platform/private-files.js').StoredPackage[]} stored
 * @returns {ModelEntry[]} the nanos, this site's language models, the person's own
 */
export function entriesOf(offered, stored) {
  const site = offered.map(({ name, set, facts, files }) => {
    const here = stored.find((one) => one.name === name);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const state = set ? 'built-in' : here?.complete ? 'stored' : here ? 'partial' : 'absent';
    return { name, source: /** @type {const} */ ('site'), set, bytes, have: Math.min(here?.bytes ?? 0, bytes), state: /** @type {ModelEntry['state']} */ (state), ...facts };
  });
  const own = stored.flatMap(({ name, complete, bytes }) =>
    complete && !offered.some((one) => one.name === name) ? [{ name, source: complete.source, set: null, bytes, have: bytes, state: /** @type {const} */ ('stored'), ...complete.facts }] : [],
  );
  return [...site, ...own];
}

/** The names of all parts of a model that is split over files, as `name-00001-of-00003.gguf`; of any other name itself alone. @param {string} name */
function partsOf(name) {
  const [, stem, at, count] = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/.exec(name) ?? [];
  const n = Number(count);
  if (stem === undefined || !(Number(at) >= 1 && Number(at) <= n && n <= 64)) return [name];
  return Array.from({ length: n }, (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}.gguf`);
}

/**
 * Why files cannot be a model, if that can be seen by their names; the rest the importer tells.
 * @param {{name: string}[]} files
 */
export function refuseFiles(files) {
  const names = files.map((file) => (file.name.split('/').pop() ?? '').toLowerCase());
  const ggufs = names.filter((name) => name.endsWith('.gguf'));
  if (ggufs.length > 0) {
    const parts = partsOf(ggufs[0] ?? '');
    if (ggufs.some((name) => !parts.includes(name))) return `one .gguf at a time, or all parts of one, not ${ggufs.length}`;
    const missing = parts.filter((name) => !ggufs.includes(name));
    return missing.length === 0 ? null : `all ${parts.length} parts of the model; ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
  }
  const lacks = ['config.json', 'tokenizer.json'].filter((name) => !names.includes(name));
  if (!names.some((name) => name.endsWith('.safetensors'))) lacks.push('*.safetensors');
  return lacks.length === 0 ? null : `a .gguf, or config.json, tokenizer.json and every .safetensors file together; ${lacks.join(' and ')} ${lacks.length === 1 ? 'is' : 'are'} missing`;
}

/**
 * @param {object} hooks
 * @param {() => string} hooks.inUse name of the model in use
 * @param {(patch: Partial<ModelsState>) => void} hooks.onChange
 */
export function createCatalog({ inUse, onChange }) {
  /** @type {Promise<Offered[]> | null} */
  let offered = null;
  /** Work in progress, by name; `end` settles its promise. @type {Map<string, {job: ModelJob, worker: Worker | null, end: (error: ErrorInfo | null) => void}>} */
  const jobs = new Map();
  const jobsChanged = () => onChange({ jobs: Object.fromEntries([...jobs].map(([name, { job }]) => [name, job])) });

  const site = () => {
    offered ??= fetchJson('./models.json').then(({ models }) => models);
    offered.catch(() => (offered = null));
    return offered;
  };

  async function list() {
    const [known, stored] = await Promise.all([site(), rootFolder().then(listStored, () => [])]);
    return entriesOf(known, stored);
  }

  /** Reads the list anew, and what room there is. */
  async function refresh() {
    const [entries, storage] = await Promise.all([list(), navigator.storage?.estimate?.().catch(() => null)]);
    onChange({ status: 'ready', using: inUse(), list: entries, storage: storage ? { usage: storage.usage ?? 0, quota: storage.quota ?? 0 } : null });
    return entries;
  }

  /** @param {string} name */
  async function entryOf(name) {
    const entries = await list();
    const entry = entries.find((one) => one.name === name);
    if (!entry) throw failure('setting', `model must be one of ${entries.map((one) => one.name).join(', ')}, got \`${shown(name)}\``, 'See `await unlearnLab.models()` for what there is.');
    return entry;
  }

  /**
   * Has a worker of its own do one piece of work.
   * @param {string} name
   * @param {{download: import('./package-worker.js').DownloadOrder} | {make: import('./package-worker.js').ImportOrder} | {merge: import('./package-worker.js').MergeOrder}} order
   * @param {(job: ModelJob) => void} [onProgress]
   * @returns {Promise<void>}
   */
  function work(name, order, onProgress) {
    if (jobs.get(name)?.worker) return Promise.reject(failure('busy', `\`${name}\` is being worked on`, 'Wait for it, or cancel it first.', 'It goes on.'));
    const worker = openWorker('package-worker', 'package-worker');
    const kind = 'download' in order ? /** @type {const} */ ('download') : /** @type {const} */ ('import');
    return new Promise((resolve, reject) => {
      const end = (/** @type {ErrorInfo | null} */ error) => {
        worker.terminate();
        mine.worker = null;
        if (error) mine.job = { ...mine.job, error };
        if (!error || error.code === 'cancelled' || jobs.get(name) !== mine) jobs.delete(name);
        jobsChanged();
        void refresh().catch(() => {});
        if (error) reject(new LabError(error));
        else resolve();
      };
      const mine = { job: /** @type {ModelJob} */ ({ kind, what: 'Starting', done: 0, total: 0, error: null }), worker: /** @type {Worker | null} */ (worker), end };
      jobs.set(name, mine);
      jobsChanged();
      worker.addEventListener('message', ({ data }) => {
        if (data.progress) {
          mine.job = { ...mine.job, ...data.progress };
          onProgress?.(mine.job);
          jobsChanged();
        } else end(data.error ?? null);
      });
      worker.addEventListener('error', (event) => end({ code: 'crash', message: `the work on \`${name}\` stopped: ${event.message || 'its worker could not be started'}`, kept: KEPT, todo: 'Try again; a very large model may not fit into the memory of this tab.' }));
      try {
        worker.postMessage(order);
      } catch (error) {
        end({ code: 'setting', message: `a value cannot be sent to the importer: ${shown(error)}`, kept: KEPT, todo: 'See API.md for what may be given.' });
      }
    });
  }

  /** What is in the way of so many bytes more, if the browser tells. @param {number} bytes @param {string} name */
  async function makeRoom(bytes, name) {
    // Without this the browser may delete what was stored when room gets scarce; it may say no.
    await navigator.storage?.persist?.().catch(() => false);
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? /** @type {StorageEstimate} */ ({});
    if (quota === 0 || quota - usage >= bytes) return;
    const others = (await list()).filter((one) => one.have > 0 && one.name !== name && one.state !== 'built-in').map((one) => `${one.name} (${inBytes(one.have)})`);
    throw failure('quota', `\`${name}\` needs ${inBytes(bytes)}, the browser gives this page ${inBytes(Math.max(0, quota - usage))} more`, others.length > 0 ? `Delete one of ${others.join(', ')}.` : 'Make room on this device.');
  }

  /** @param {string} name @param {(job: ModelJob) => void} [onProgress] */
  async function download(name, onProgress) {
    const entry = await entryOf(name);
    const offer = (await site()).find((one) => one.name === name);
    if (entry.state === 'built-in' || entry.state === 'stored' || !offer) return;
    await rootFolder();
    await makeRoom(entry.bytes - entry.have, name);
    const files = offer.files.map((file) => ({ ...file, url: addressOf(file.url) }));
    await work(name, { download: { name, files, sha256: offer.sha256 } }, onProgress);
  }

  /** The name, or with the first number that makes it new. @param {string} name */
  async function freeName(name) {
    const taken = new Set((await list()).map((one) => one.name));
    const stem = name.slice(0, 60);
    for (let number = 2; ; number += 1) {
      if (!taken.has(name)) return name;
      name = `${stem}-${number}`;
    }
  }

  /** Sees that a package of so many bytes can be stored under a name. @param {string} name @param {number} bytes */
  async function claim(name, bytes) {
    if (!isName(name)) throw failure('setting', `name must be letters, digits, dots, dashes and underscores, at most 64, got \`${shown(name)}\``, 'Choose another name.');
    const [entries, known] = [await list(), await site()];
    if (known.some((one) => one.name === name)) throw failure('setting', `name must not be that of a model of this site, got \`${shown(name)}\``, 'Choose another name.');
    if (name === inUse()) throw failure('busy', `\`${name}\` is in use`, 'Use another model first, or choose another name.', 'It stays.');
    await rootFolder();
    await makeRoom(bytes - (entries.find((one) => one.name === name)?.have ?? 0), name);
  }

  return {
    list,
    refresh,
    download,
    /** Stops a download; what is there stays. @param {string} name */
    pause: (name) => jobs.get(name)?.worker?.postMessage({ abort: true }),
    /** Ends a piece of work, and deletes what there is of it. @param {string} name */
    async cancel(name) {
      const found = jobs.get(name);
      jobs.delete(name);
      if (found?.worker) found.end({ code: 'cancelled', message: `the work on \`${name}\` was cancelled`, kept: KEPT, todo: 'Begin again when you like.' });
      jobsChanged();
      // An import that had not come to writing leaves what was stored under its name before.
      if ((await list()).some((one) => one.name === name && one.state === 'stored')) return;
      // The lock of a file goes with its worker, a moment later.
      for (let tries = 0; tries < 10; tries += 1) {
        const gone = await rootFolder().then((root) => removeStored(root, name)).then(() => true, () => false);
        if (gone) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await refresh();
    },
    /** @param {string} name @returns {Promise<number>} bytes that became free */
    async remove(name) {
      const entry = await entryOf(name);
      if (entry.state === 'built-in') throw failure('setting', `\`${name}\` is part of this page`, 'Only stored models can be deleted.');
      if (name === inUse()) throw failure('busy', `\`${name}\` is in use`, 'Use another model first.', 'It stays.');
      if (jobs.get(name)?.worker) throw failure('busy', `\`${name}\` is being worked on`, 'Wait for it, or cancel it first.', 'It goes on.');
      const freed = await removeStored(await rootFolder(), name).catch(() => 0);
      jobs.delete(name);
      jobsChanged();
      await refresh();
      return freed;
    },
    /**
     * Makes a package of a published model and stores it.
     * @param {(File | {name: string, bytes: Uint8Array})[]} files
     * @param {ImportOptions} options
     * @param {(name: string) => void} [onName] told under which name it is made, before it is
     * @returns {Promise<ModelEntry>}
     */
    async make(files, { name, quantisation = 'keep', template = 'simple', onProgress } = {}, onName = () => {}) {
      if (!QUANTISATIONS.includes(quantisation)) throw failure('setting', `quantisation must be one of ${QUANTISATIONS.join(', ')}, got \`${shown(quantisation)}\``, 'See API.md for what may be given.');
      if (!TEMPLATES.includes(template)) throw failure('setting', `template must be one of ${TEMPLATES.join(', ')}, got \`${shown(template)}\``, 'See API.md for what may be given.');
      const refused = refuseFiles(files);
      if (refused) throw failure('setting', `files must be ${refused}`, 'Choose the files again.');
      const gguf = files.find((file) => /\.gguf$/i.test(file.name));
      const named = name ?? nameFrom(gguf?.name ?? /** @type {any} */ (files[0]).webkitRelativePath?.split('/')[0] ?? '');
      await claim(named, files.reduce((sum, file) => sum + (file instanceof Blob ? file.size : file.bytes.length), 0));
      onName(named);
      await work(named, { make: { name: named, files, quantisation, template } }, onProgress);
      return entryOf(named);
    },
    /**
     * Stores a package of a base with an adapter in its weights.
     * @param {{base: import('../../platform/private-files.js').StoredFile[], adapter: {name: string, bytes: Uint8Array}[], name?: string, quantisation?: Quantisation}} what
     * @returns {Promise<ModelEntry>}
     */
    async merge({ base, adapter, name, quantisation = 'q8' }) {
      if (!QUANTISATIONS.includes(quantisation)) throw failure('setting', `quantisation must be one of ${QUANTISATIONS.join(', ')}, got \`${shown(quantisation)}\``, 'See API.md for what may be given.');
      const named = name ?? (await freeName(`${inUse()}-merged`));
      await claim(named, base.reduce((sum, file) => sum + file.bytes.length, 0));
      await work(named, { merge: { name: named, base, adapter, quantisation } });
      return entryOf(named);
    },
    /**
     * What an engine loads; null for a data set's own model. Downloaded first if need be.
     * @param {string} name
     * @param {(job: ModelJob) => void} [onProgress]
     * @returns {Promise<{set: string, source: null} | {set: string | null, source: Source}>}
     */
    async source(name, onProgress) {
      const entry = await entryOf(name);
      if (entry.set) return { set: entry.set, source: null };
      if (entry.state !== 'stored') await download(name, onProgress);
      const root = await rootFolder();
      const read = () => readFiles(root, name, (file) => file !== RETRAIN);
      const retrain = async () => (await readFiles(root, name, (file) => file === RETRAIN))[0]?.bytes ?? null;
      return { set: entry.dataset || null, source: { name, kind: entry.kind, dataset: entry.dataset, bytes: entry.bytes, read, retrain } };
    },
  };
}

/** @typedef {ReturnType<typeof createCatalog>} Catalog */
