// The page without its locks: without the guard (so that the policy stands alone), and without both.

/** What a host sends in the place of a file. @typedef {(path: string, bytes: Buffer) => Buffer} Edit */

/** @type {{guard: Edit, all: Edit}} */
export const without = {
  guard: (path, bytes) => {
    if (path === 'guard.js') return Buffer.from("Object.defineProperty(globalThis, 'guardHolds', { value: true });");
    // The guard is a part of what workers begin with: its list of names is made to fit nothing.
    return path === 'worker-setup.js' ? Buffer.from(String(bytes).replace(/\/\^\(webkit\|moz\)\?RTC.*?\$\//, '/^$/')) : bytes;
  },
  all: (path, bytes) => (path === 'index.html' ? Buffer.from(String(bytes).replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, '')) : without.guard(path, bytes)),
};
