// @ts-check
// A native dialog that is open as long as the state says so. Escape, its button and a click beside it close it.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { h } from './h.js';
import { t } from './words.js';

/**
 * @param {{open: boolean, onClose: () => void, class: string, titleId: string, header: import('./types.d.ts').Child, children?: import('./types.d.ts').Child}} props
 */
export function Dialog({ open, onClose, class: kind, titleId, header, children }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (open) dialog.showModal();
    else dialog.close();
  }, [open]);
  const close = () => ref.current?.close();
  return h(
    'dialog',
    { ref, class: kind, 'aria-labelledby': titleId, onClose, onClick: (/** @type {MouseEvent} */ event) => event.target === ref.current && close() },
    h('header', null, header, h('button', { type: 'button', class: 'btn slim', onClick: close }, t('Close'))),
    children,
  );
}
