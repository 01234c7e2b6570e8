// Own files that are kept on a device come back as they were, or not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteOwn, findOwn, keepOwn, readOwn } from '../../web/js/platform/own-files.js';

/** A directory handle in memory, as far as the store uses one. @returns {any} */
function directory() {
  const entries = new Map();
  const missing = () => Promise.reject(new DOMException('not found', 'NotFoundError'));
  return {
    entries,
    async getDirectoryHandle(/** @type {string} */ key, { create = false } = {}) {
      if (!entries.has(key) && !create) return missing();
      if (!entries.has(key)) entries.set(key, directory());
      return entries.get(key);
    },
    async getFileHandle(/** @type {string} */ key, { create = false } = {}) {
      if (!entries.has(key) && !create) return missing();
      const held = entries.get(key) ?? { content: '' };
      entries.set(key, held);
      const createWritable = async () => ({ write: async (/** @type {any} */ content) => (held.content = content), close: async () => {}, abort: async () => {} });
      return { createWritable, getFile: async () => new File([held.content], key) };
    },
    removeEntry: async (/** @type {string} */ key) => (entries.delete(key) ? undefined : missing()),
  };
}
const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text);
const about = { at: 5, seconds: 3, settings: { read: {}, seed: 2, epochs: 1, folds: 0, device: /** @type {const} */ ('cpu') } };

test('files of any name come back with how a model was trained on them', async () => {
  const root = directory();
  assert.equal(await findOwn(root), null, 'an empty device');
  await keepOwn(root, [{ name: 'mine/ratings.csv', bytes: bytesOf('1,2,3') }, { name: 'movies.csv', bytes: bytesOf('2,Heat') }], about);
  const read = await readOwn(root);
  assert.deepEqual(read?.files.map(({ name, bytes }) => [name, new TextDecoder().decode(bytes)]), [['mine/ratings.csv', '1,2,3'], ['movies.csv', '2,Heat']]);
  assert.deepEqual([read?.kept.settings, read?.kept.at], [about.settings, 5]);
});

test('other files take their place, and what is deleted is gone', async () => {
  const root = directory();
  await keepOwn(root, [{ name: 'a', bytes: bytesOf('aaaa') }, { name: 'b', bytes: bytesOf('bb') }], about);
  await keepOwn(root, [{ name: 'c', bytes: bytesOf('ccc') }], about);
  assert.deepEqual((await readOwn(root))?.files.map(({ name }) => name), ['c']);
  assert.equal(await deleteOwn(root), 3);
  assert.deepEqual([await findOwn(root), root.entries.size], [null, 0]);
});

test('a file that was changed is not learned from, nor is a half kept set', async () => {
  const root = directory();
  await keepOwn(root, [{ name: 'a', bytes: bytesOf('aaaa') }], about);
  (await root.getDirectoryHandle('own')).entries.get('file-0').content = 'aaab';
  assert.equal(await readOwn(root), null);
  assert.equal(root.entries.size, 0, 'what is left of it goes');
  await assert.rejects(keepOwn(root, [{ name: 'a', bytes: bytesOf('a') }, { name: 'b', bytes: /** @type {any} */ (null) }], about));
  assert.equal(await findOwn(root), null);
});

test('what cannot be read for now is not deleted', async () => {
  const root = directory();
  await keepOwn(root, [{ name: 'a', bytes: bytesOf('aaaa') }], about);
  const folder = await root.getDirectoryHandle('own');
  const { getFileHandle } = folder;
  folder.getFileHandle = async (/** @type {string} */ key) => (key === 'file-0' ? { getFile: () => Promise.reject(new DOMException('in use', 'NotReadableError')) } : getFileHandle(key));
  assert.equal(await readOwn(root), null);
  folder.getFileHandle = getFileHandle;
  assert.deepEqual((await readOwn(root))?.files.map(({ name }) => name), ['a']);
});
