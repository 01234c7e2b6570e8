// @ts-check
// What is to be forgotten: from what is chosen on the page to the engine's forget spec and back, its key and its name. Pure.

import { plural } from '../ui/format.js';
import { inEnglish, t } from '../ui/words.js';
import { personName } from './person-name.js';

/** @typedef {import('../types.d.ts').Choice} Choice */
/** @typedef {import('../types.d.ts').ForgetSpec} ForgetSpec */

/**
 * @param {Choice} choice
 * @returns {ForgetSpec | null} null while nothing is chosen
 */
export function forgetOf(choice) {
  if (choice.kind === 'standard') return { standard: true };
  if (choice.kind === 'person') return choice.user == null ? null : { users: [choice.user] };
  if (choice.kind === 'genre') return choice.genre == null ? null : { genre: choice.genre };
  if (choice.kind === 'requests') return choice.combined.length > 1 ? { any: choice.combined } : choice.combined[0] ?? null;
  /** @type {[number, number][]} */
  const interactions = [];
  for (const [user, items] of Object.entries(choice.picked)) for (const item of items) interactions.push([Number(user), item]);
  return interactions.length === 0 ? null : { interactions };
}

/**
 * What the page would have to choose for a forget set; null where it cannot.
 * @param {ForgetSpec} forget
 * @returns {Partial<Choice> | null}
 */
export function choiceOf(forget) {
  if (forget.users) return forget.users.length === 1 ? { kind: 'person', user: forget.users[0] } : null;
  if (forget.any) return { kind: 'requests', combined: forget.any };
  if (forget.genre != null) return { kind: 'genre', genre: forget.genre };
  if (forget.interactions) return { kind: 'ratings', picked: grouped(forget.interactions) };
  return forget.items || forget.interest || forget.words || [forget.percent, forget.core, forget.edge].some((share) => share != null) ? null : { kind: 'standard' };
}

/** @param {[number, number][]} interactions */
function grouped(interactions) {
  /** @type {Record<number, number[]>} */
  const picked = {};
  for (const [user, item] of interactions) (picked[user] ??= []).push(item);
  return picked;
}

/**
 * One string for one forget set, whatever the order in which it was chosen.
 * @param {ForgetSpec | null | undefined} forget
 * @returns {string}
 */
export function keyOf(forget) {
  if (!forget) return '';
  if (forget.any) return `any:${forget.any.map(keyOf).sort().join('|')}`;
  if (forget.users) return `users:${[...forget.users].sort((a, b) => a - b).join(',')}`;
  if (forget.items) return `items:${[...forget.items].sort((a, b) => a - b).join(',')}`;
  if (forget.genre != null) return `genre:${forget.genre}`;
  if (forget.interest) return `interest:${forget.interest.join('/')}`;
  if (forget.words) return `words:${[...forget.words].sort().join(',')}`;
  if (forget.interactions) return `interactions:${forget.interactions.map(([user, item]) => `${user}/${item}`).sort().join(',')}`;
  if (forget.percent != null) return `percent:${forget.percent}:${forget.shuffle ?? 42}`;
  for (const end of /** @type {const} */ (['core', 'edge'])) if (forget[end] != null) return `${end}:${forget[end]}`;
  return 'standard';
}

/**
 * What a forget set is called in a sentence, without its article: "user 42's ratings".
 * @param {ForgetSpec | null | undefined} forget
 * @param {string} [items] what people rated
 * @param {import('./person-name.js').People | null} [loaded] what calls people
 */
export function nameOf(forget, items = 'films', loaded = null) {
  if (!forget) return t('nothing yet');
  if (forget.any) return t('{requests} at once', { requests: plural(forget.any.length, 'request') });
  if (forget.users) return forget.users.length === 1 ? t('{person}’s ratings', { person: personName(loaded, Number(forget.users[0])) }) : t('the ratings of {users}', { users: plural(forget.users.length, 'user') });
  if (forget.items) return t('the ratings of {things}', { things: plural(forget.items.length, items.replace(/s$/, '')) });
  if (forget.genre != null) return t('every rating of “{genre}”', { genre: forget.genre });
  if (forget.interest) return t('{person}’s ratings of “{interest}”', { person: personName(loaded, forget.interest[0]), interest: forget.interest[1] });
  if (forget.words) return t('the ratings of {items} with {words}', { items: t(items), words: forget.words.map((word) => `“${word}”`).join(t(' or ')) });
  if (forget.interactions) return plural(forget.interactions.length, 'single rating');
  if (forget.core != null) return t('the ratings of the {core} % of users who rated most', { core: forget.core });
  if (forget.edge != null) return t('the ratings of the {edge} % of users who rated least', { edge: forget.edge });
  if (forget.percent != null) return t('the ratings of {percent} % of users{more}', { percent: forget.percent, more: forget.shuffle == null ? '' : t(' (draw {shuffle})', { shuffle: forget.shuffle }) });
  return t('the paper’s 20 % of users');
}

/**
 * What a kept run’s forget set is called in the language that is spoken: it is kept in English, with the noun and the name that its data had.
 * @param {{label: string, request: {forget: ForgetSpec}}} run
 */
export function nameOfKept({ label, request: { forget } }) {
  const user = Number(forget?.users?.[0] ?? forget?.interest?.[0]);
  const [, name] = /^(.+)’s ratings/.exec(label) ?? [];
  const people = [null, ...(name === undefined ? [] : [{ users: [{ user, name }], never_learned: [] }])];
  const ways = people.flatMap((loaded) => ['films', 'books', 'items'].map((items) => () => nameOf(forget, items, loaded)));
  const isSo = (/** @type {() => string} */ way) => {
    try {
      return inEnglish(way) === label;
    } catch {
      // It may come from anybody’s session file: what has no name keeps its label.
      return false;
    }
  };
  return ways.find(isSo)?.() ?? label;
}
