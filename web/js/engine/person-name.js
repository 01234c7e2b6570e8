// @ts-check
// What a person of the data is called: by the data's own word, such as an e-mail address, or by number.

import { t } from '../ui/words.js';

/** @typedef {{users: {user: number, name?: string | null}[], never_learned: {user: number, name?: string | null}[]}} People */

/** @type {WeakMap<People, Map<number, string>>} */
const known = new WeakMap();

/** @param {People | null | undefined} loaded @returns {Map<number, string>} */
function namesOf(loaded) {
  if (!loaded) return new Map();
  let names = known.get(loaded);
  if (!names) {
    names = new Map([...(loaded.users ?? []), ...(loaded.never_learned ?? [])].flatMap(({ user, name }) => (name == null ? [] : [[user, name]])));
    known.set(loaded, names);
  }
  return names;
}

/** Inside a sentence: `user 7`. @param {People | null | undefined} loaded @param {number} user */
export const personName = (loaded, user) => namesOf(loaded).get(user) ?? t('user {user}', { user });

/** At the beginning of a line: `User 7`. @param {People | null | undefined} loaded @param {number} user */
export const personLabel = (loaded, user) => namesOf(loaded).get(user) ?? t('User {user}', { user });

/** Whether people are called by words. @param {People | null | undefined} loaded */
export const areNamed = (loaded) => namesOf(loaded).size > 0;
