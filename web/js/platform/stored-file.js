// @ts-check
// Reading and writing one file of a folder in the browser's private file system (OPFS).

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
export const fileOf = async (folder, name) => (await folder.getFileHandle(name)).getFile();

/** Writes a file; what was written takes its place as a whole. @param {FileSystemDirectoryHandle} folder @param {string} name @param {string | Uint8Array} content */
export async function writeFile(folder, name, content) {
  const file = await folder.getFileHandle(name, { create: true });
  // Older Safaris let only workers write.
  if (!file.createWritable) throw new Error('this browser lets no page write into its storage');
  const stream = await file.createWritable();
  try {
    await stream.write(typeof content === 'string' ? content : /** @type {Uint8Array<ArrayBuffer>} */ (content));
  } catch (error) {
    await stream.abort().catch(() => {});
    throw error;
  }
  await stream.close();
}

/** Why the browser took no more, in words. @param {unknown} error */
export const whyNotStored = (error) => (error instanceof DOMException && error.name === 'QuotaExceededError' ? 'the storage of this site is full' : String(/** @type {any} */ (error)?.message ?? error));
