// @ts-check
// Forget sets by the names that `unlearn compare` gives them, and by the page's own keys. Pure.

import { keyOf } from '../../engine/forget-spec.js';

/** @typedef {import('../../types.d.ts').ForgetSpec} ForgetSpec */

/** @param {string | undefined} text */
const ids = (text) => (text ?? '').split(', ').map(Number);

/** What each name says. A list that is cut short (“and 4 more”) says too little, so none of these matches it. @type {[RegExp, (found: string[]) => ForgetSpec][]} */
const NAMES = [
  [/^standard$/, () => ({ standard: true })],
  [/^users? (\d+(?:, \d+)*)$/, ([, users]) => ({ users: ids(users) })],
  [/^items? (\d+(?:, \d+)*)$/, ([, items]) => ({ items: ids(items) })],
  [/^genre (.+)$/, ([, genre]) => ({ genre })],
  [/^(.+) of user (\d+)$/, ([, genre = '', user]) => ({ interest: [Number(user), genre] })],
  [/^words (.+)$/, ([, words = '']) => ({ words: words.split(', ') })],
  [/^(\d+) % of users(?:, draw (\d+))?$/, ([, percent, shuffle]) => ({ percent: Number(percent), ...(shuffle ? { shuffle: Number(shuffle) } : {}) })],
  [/^(\d+) % most active users$/, ([, core]) => ({ core: Number(core) })],
  [/^(\d+) % least active users$/, ([, edge]) => ({ edge: Number(edge) })],
];

/** Begins of the page's own keys. */
const OWN_KEY = /^(users|items|genre|interest|words|interactions|percent|core|edge|any):/;

/**
 * The page's key of a forget set that a file names.
 * @param {string} name
 * @returns {string | null} null for a name that does not say what was forgotten
 */
export function keyOfName(name) {
  if (OWN_KEY.test(name)) return name;
  for (const [pattern, specOf] of NAMES) {
    const found = pattern.exec(name);
    if (found) return keyOf(specOf([...found]));
  }
  return null;
}
