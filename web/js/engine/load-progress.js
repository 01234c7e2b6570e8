// @ts-check
// How much of what the page waits for has come: parts that load side by side, as one bar. The whole is known when every part’s size is.

/**
 * @param {number} n_parts
 * @param {(done: number, total: number) => void} tell bytes so far and in all; 0 in all while that is unknown
 * @returns {((done: number, total: number) => void)[]} for each part, to be called with its own bytes
 */
export function loadProgress(n_parts, tell) {
  const parts = Array.from({ length: n_parts }, () => ({ done: 0, total: 0 }));
  const sum = (/** @type {'done' | 'total'} */ key) => parts.reduce((bytes, part) => bytes + part[key], 0);
  return parts.map((part) => (done, total) => {
    Object.assign(part, { done, total });
    tell(sum('done'), parts.every((one) => one.total > 0) ? sum('total') : 0);
  });
}
