// @ts-check
// What of a person's own ratings is taken: what is matched beyond doubt, and what they decided themselves. Pure.

import { plural } from '../../ui/format.js';
import { t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').YouState} YouState */
/** @typedef {import('../../types.d.ts').ShelfEntry} ShelfEntry */
/** @typedef {import('../../types.d.ts').ShelfMatch} ShelfMatch */
/** One rating of the file: what it may be and what it is taken for; `undecided`: a person has still to look. @typedef {{at: number, entry: ShelfEntry, match: ShelfMatch, item: number | null, undecided: boolean}} Row */

/** Fewest ratings that can be taught: five come before the first that is asked about. */
export const FEWEST = 8;

/** @param {Pick<YouState, 'shelf' | 'matches' | 'choices'>} you @returns {Row[]} */
export function rowsOf({ shelf, matches, choices }) {
  return (shelf?.entries ?? []).flatMap((entry, at) => {
    const match = matches[at];
    if (!match) return [];
    const decided = choices[at];
    const item = decided === undefined ? (match.verdict === 'sure' ? match.item ?? null : null) : decided;
    return [{ at, entry, match, item, undecided: decided === undefined && match.verdict === 'doubtful' }];
  });
}

/** The ratings that are taught. @param {Pick<YouState, 'shelf' | 'matches' | 'choices' | 'list'>} you @returns {import('../../types.d.ts').Person} */
export function personOf(you) {
  const ofFile = rowsOf(you).flatMap(({ entry, item }) => (item === null ? [] : [{ item, rating: entry.stars, time: entry.time ?? undefined }]));
  return { ratings: [...ofFile, ...you.list.map(({ item, stars }) => ({ item, rating: stars, time: undefined }))] };
}

/** How many different items are taken: of two ratings of one the later counts. @param {Pick<YouState, 'shelf' | 'matches' | 'choices' | 'list'>} you */
export const countOf = (you) => new Set(personOf(you).ratings.map(({ item }) => item)).size;

/** A title with its year. @param {ShelfEntry} entry */
export const nameOf = ({ title, year }) => (year == null ? title : `${title} (${year})`);

/** Why it cannot be taught yet; empty if it can. @param {Pick<YouState, 'shelf' | 'matches' | 'choices' | 'list'>} you @param {string} items */
export function whyNotTaught(you, items) {
  const n = countOf(you);
  if (n === 0) return t('Choose a file, or give stars to {items} that you know.', { items: t(items) });
  if (n >= FEWEST) return '';
  const needed = plural(FEWEST, items.replace(/s$/, ''));
  return n === 1 ? t('At least {needed} are needed, and there is 1.', { needed }) : t('At least {needed} are needed, and there are {n}.', { needed, n });
}

/**
 * The rows by which it is seen best that the model knows them: where it says most of the truth that a stranger does not.
 * @template {{rating: number, before?: number | null, expected?: number | null}} T
 * @param {T[]} rows
 * @param {number} most
 * @returns {T[]}
 */
export function tellingRows(rows, most) {
  const gain = (/** @type {T} */ { rating, before, expected }) => (rating > 3 ? 1 : -1) * ((before ?? 0) - (expected ?? 0));
  return rows.filter((row) => row.before != null && row.expected != null).toSorted((a, b) => gain(b) - gain(a)).slice(0, most);
}
