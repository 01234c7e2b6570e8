// @ts-check
// A module worker for one piece of work with a model package: downloading it, or making it of a published model or of a package and an adapter; it ends with
// the work, and the memory with it. In: {download} | {make} | {merge} | {abort}. Out: {progress} | {done} | {error}.

import { fetchInto, verify, wantedOf } from './download.js';
import { sha256 } from '../../platform/sha256.js';
import { LabError, errorInfo } from '../../platform/errors.js';
import { modelInfo } from './model-info.js';
import { openModule } from '../../platform/integrity.js';
import { COMPLETE, folderOf } from '../../platform/private-files.js';
import { privateFolder } from '../../platform/site.js';

/** @typedef {import('./download.js').Sink} Sink */
/** @typedef {{name: string, files: {name: string, url: string, bytes: number}[], sha256: string}} DownloadOrder */
/** @typedef {{name: string, files: (File | {name: string, bytes: Uint8Array})[], quantisation: 'keep' | 'q8' | 'q4' | 'f32', template: 'simple' | 'compact'}} ImportOrder */
/** @typedef {import('../../platform/private-files.js').StoredFile} StoredFile */
/** @typedef {{name: string, base: StoredFile[], adapter: {name: string, bytes: Uint8Array}[], quantisation: 'keep' | 'q8' | 'q4' | 'f32'}} MergeOrder */

const MANIFEST = 'manifest.json';
const aborter = new AbortController();
const { signal } = aborter;

/** @param {string} what @param {number} done @param {number} total */
const tell = (what, done, total) => self.postMessage({ progress: { what, done, total } });

/** A file of the folder, open for writing in place. @param {FileSystemDirectoryHandle} folder @param {string} name @returns {Promise<Sink>} */
async function sinkOf(folder, name) {
  const handle = /** @type {any} */ (await folder.getFileHandle(name, { create: true }));
  const access = await handle.createSyncAccessHandle();
  return {
    size: () => access.getSize(),
    write(bytes, at) {
      if (access.write(bytes, { at }) !== bytes.length) throw new DOMException('the storage is full', 'QuotaExceededError');
    },
    truncate: (size) => access.truncate(size),
    flush: () => access.flush(),
    read() {
      const bytes = new Uint8Array(access.getSize());
      access.read(bytes, { at: 0 });
      return bytes;
    },
    close: () => access.close(),
  };
}

/** @template T @param {FileSystemDirectoryHandle} folder @param {string} name @param {(sink: Sink) => T | Promise<T>} work */
async function withSink(folder, name, work) {
  const sink = await sinkOf(folder, name);
  try {
    return await work(sink);
  } finally {
    sink.close();
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name @param {Uint8Array<ArrayBuffer>} bytes */
const write = (folder, name, bytes) =>
  withSink(folder, name, (sink) => {
    sink.truncate(0);
    sink.write(bytes, 0);
    sink.flush();
  });

/** @param {FileSystemDirectoryHandle} folder @param {'site' | 'own'} source @param {any} manifest @param {{name: string, bytes: number}[]} files */
const finish = (folder, source, manifest, files) =>
  write(folder, COMPLETE, new TextEncoder().encode(JSON.stringify({ version: 1, source, facts: modelInfo(manifest), files: files.map(({ name, bytes }) => ({ name, bytes })) })));

/** @param {DownloadOrder} order */
async function download({ name, files, sha256: manifestHash }) {
  const root = await privateFolder();
  const folder = await folderOf(root, name, true);
  const listed = files.find((file) => file.name === MANIFEST);
  if (!listed) throw new Error(`${name} has no ${MANIFEST}`);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const fresh = { ...listed, sha256: manifestHash };
  const bytes = await withSink(folder, MANIFEST, async (sink) => {
    if (sink.size() !== listed.bytes || (await sha256(sink.read())) !== manifestHash) {
      // The site has another version than the one that was begun with: every file is another one.
      for (const { name: other } of files) if (other !== MANIFEST) await folder.removeEntry(other).catch(() => {});
      sink.truncate(0);
      await fetchInto(fresh, sink, { signal, onProgress: () => {} });
      await verify(fresh, sink);
    }
    return sink.read();
  });
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  const wanted = wantedOf(files.filter((file) => file !== listed), manifest.files ?? {});
  let before = listed.bytes;
  for (const file of wanted) {
    await withSink(folder, file.name, async (sink) => {
      await fetchInto(file, sink, { signal, onProgress: (have) => tell('Downloading', before + have, total) });
      tell(`Checking ${file.name}`, before + file.bytes, total);
      await verify(file, sink);
    });
    before += file.bytes;
  }
  await finish(folder, 'site', manifest, [listed, ...wanted]);
}

/** @param {ImportOrder} order */
async function make({ name, files, quantisation, template }) {
  tell('Reading the files', 0, 0);
  let read = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: file instanceof File ? new Uint8Array(await file.arrayBuffer()) : file.bytes })));
  const { importPackage } = await openModule('text');
  tell('Making a package of it', 0, 0);
  const made = importPackage(read, { name, quantisation, template });
  read = [];
  await keep(name, made);
}

/** @param {MergeOrder} order */
async function merge({ name, base, adapter, quantisation }) {
  const { mergePackage } = await openModule('text');
  tell('Merging the adapter', 0, 0);
  await keep(name, await mergePackage(base, adapter, { name, quantisation }));
}

/** Stores a package that was made here. @param {string} name @param {StoredFile[]} made */
async function keep(name, made) {
  const root = await privateFolder();
  const manifest = JSON.parse(new TextDecoder().decode(made.find((file) => file.name === MANIFEST)?.bytes));
  const folder = await folderOf(root, name, true);
  await folder.removeEntry(COMPLETE).catch(() => {});
  const total = made.reduce((sum, file) => sum + file.bytes.length, 0);
  let done = 0;
  for (const file of made) {
    tell('Storing it on this device', done, total);
    await write(folder, file.name, file.bytes);
    done += file.bytes.length;
  }
  await finish(folder, 'own', manifest, made.map((file) => ({ name: file.name, bytes: file.bytes.length })));
}

/** @param {any} error */
function describe(error) {
  if (signal.aborted) return { code: 'cancelled', message: 'it was paused', kept: 'What was downloaded is kept.', todo: 'Resume it when you like.' };
  if (error?.name === 'QuotaExceededError') return { code: 'quota', message: 'this device gives the page no more room', kept: 'What was stored before is kept.', todo: 'Delete a model that you do not need, then try again.' };
  if (error?.name === 'NoModificationAllowedError') return { code: 'busy', message: 'another tab of this page is working on this model', kept: 'It goes on there.', todo: 'Wait for it, or close that tab.' };
  if (error instanceof LabError) return errorInfo(error);
  const kept = 'Nothing was stored; everything else on this page is kept.';
  if (error instanceof WebAssembly.RuntimeError) return { code: 'crash', message: `the work on the model stopped: ${error.message}`, kept, todo: 'The model may be too large for the memory of this tab: take a smaller one.' };
  return { code: error?.code ?? 'internal', message: error?.message ?? String(error), kept, todo: error?.code === 'package' ? 'Choose a model that the message allows.' : 'Try again.' };
}

self.addEventListener('message', async ({ data }) => {
  if (data.abort) return aborter.abort();
  try {
    await (data.download ? download(data.download) : data.make ? make(data.make) : merge(data.merge));
    self.postMessage({ done: true });
  } catch (error) {
    self.postMessage({ error: describe(error) });
  }
});
