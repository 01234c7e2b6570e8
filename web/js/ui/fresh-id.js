// @ts-check
// Ids that are unique in the page: Preact's own are so only below one root, and the page has several.

import { useState } from 'preact/hooks';

let counter = 0;

/** An id that stays with its component. @param {string} stem */
export function useFreshId(stem) {
  const [id] = useState(() => `${stem}-${(counter += 1)}`);
  return id;
}
