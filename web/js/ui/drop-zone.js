// @ts-check
// Where files and folders may be dropped, or chosen.

import { useRef, useState } from 'preact/hooks';
import { h } from './h.js';
import { Button } from './widgets.js';
import { t } from './words.js';

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
 * @param {{onFiles: (files: File[]) => void, disabled: boolean, about: string, accept?: string, children?: import('./types.d.ts').Child, after?: import('./types.d.ts').Child}} props
 *   `about`: whose files, for the labels of the two inputs; `children` above the buttons, `after` below them
 */
export function DropZone({ onFiles, disabled, about, accept, children, after }) {
  const [over, setOver] = useState(false);
  const files = useRef(/** @type {HTMLInputElement | null} */ (null));
  const folder = useRef(/** @type {HTMLInputElement | null} */ (null));
  const hold = (/** @type {boolean} */ on) => (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    setOver(on);
  };
  const chosen = (/** @type {Event} */ event) => onFiles([...(/** @type {HTMLInputElement} */ (event.currentTarget).files ?? [])]);
  return h(
    'div',
    {
      class: `drop${over ? ' over' : ''}`,
      onDragover: hold(true),
      onDragleave: hold(false),
      async onDrop(/** @type {DragEvent} */ event) {
        hold(false)(event);
        const found = event.dataTransfer ? await dropped(event.dataTransfer.items) : [];
        if (!disabled) onFiles(found);
      },
    },
    children,
    h(
      'div',
      { class: 'buttons' },
      h(Button, { label: t('Choose files'), kind: 'slim', disabled, onClick: () => files.current?.click() }),
      h(Button, { label: t('Choose a folder'), kind: 'slim', disabled, onClick: () => folder.current?.click() }),
      h('input', { ref: files, type: 'file', multiple: true, accept, class: 'unseen', tabindex: '-1', 'aria-label': t('Files of {about}', { about }), onChange: chosen }),
      h('input', { ref: folder, type: 'file', webkitdirectory: true, class: 'unseen', tabindex: '-1', 'aria-label': t('Folder of {about}', { about }), onChange: chosen }),
    ),
    after,
  );
}
