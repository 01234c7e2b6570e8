// @ts-check
// Where files and folders may be dropped.

/** Every file of what was dropped, folders opened. @param {DataTransferItemList} items @returns {Promise<File[]>} */
async function dropped(items) {
  /** @param {any} entry @returns {Promise<File[]>} */
  const walk = async (entry) => {
    if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
    const reader = entry.createReader();
    const found = [];
    // A folder is told in pieces, until an empty one.
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return found;
      for (const inner of some) found.push(...(await walk(inner)));
    }
  };
  const entries = [...items].filter((item) => item.kind === 'file').map((item) => item.webkitGetAsEntry());
  return (await Promise.all(entries.filter(Boolean).map(walk))).flat();
}

/**
 * @param {HTMLElement} zone lights up (`over`) while something is held above it
 * @param {(files: File[]) => void} take
 */
export function dropZone(zone, take) {
  const over = (/** @type {boolean} */ on) => (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    zone.classList.toggle('over', on);
  };
  zone.addEventListener('dragover', over(true));
  zone.addEventListener('dragleave', over(false));
  zone.addEventListener('drop', async (event) => {
    over(false)(event);
    if (event.dataTransfer) take(await dropped(event.dataTransfer.items));
  });
}
