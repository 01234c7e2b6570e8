// @ts-check
// Who the game is about, and which pairs are played: by a rule, from the model's own answers, so that nobody picked a title by hand. Pure.

import { learnedFrom, liked, shareOf } from '../../engine/person-pairs.js';
import { CLOSE, sameOrderOf } from './pairs.js';

/** @typedef {import('../../types.d.ts').GameItem} GameItem */
/** @typedef {import('../../types.d.ts').GameRound} GameRound */
/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('../../types.d.ts').UserRow} UserRow */
/** @typedef {{user: number, rows: UserRow[]}} Person */
/** Somebody with three pairs to play. @typedef {Person & {pairs: [UserRow, UserRow][]}} Viewer */

export const ROUNDS = 3;
/** People that the rule draws, and asks the model about. */
export const DRAWN = 24;
const SEED = 42;
/** Ratings of theirs that the model learned from: enough for pairs, few enough to be forgotten in seconds. */
const [LEAST, MOST] = [40, 200];
/** A stranger guesses better than a coin about them: their taste is not an odd one. */
const USUAL = 0.55;
/** So many of the drawn people rated a title that many know. */
const KNOWN_TO = 3;
/** Stars of what they loved, and of what they did not. */
const [LOVED, NOT_LOVED] = [4, 2.5];
const SHELF = 6;

/** Random numbers of a seed, the same everywhere (mulberry32). @param {number} seed */
function randomOf(seed) {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The people who are asked about: drawn with a fixed seed from those of middling history, whatever the order of the list.
 * @param {{user: number, n_train: number}[]} users
 * @returns {number[]}
 */
export function drawPeople(users) {
  const pool = users.filter(({ n_train: n }) => n >= LEAST && n <= MOST).map(({ user }) => user).sort((a, b) => a - b);
  const random = randomOf(SEED);
  const drawn = [];
  while (drawn.length < DRAWN && pool.length > 0) drawn.push(...pool.splice(Math.floor(random() * pool.length), 1));
  return drawn;
}

/**
 * Pairs in which the model's memory shows: it is right, and a model that never saw the person is not expected to be. Titles that many know first, then where
 * it shows most; no title twice.
 * @param {UserRow[]} rows
 * @param {(row: UserRow) => boolean} [known] whether many know a title
 * @returns {[UserRow, UserRow][]} the loved one first
 */
export function memoryPairs(rows, known = () => true) {
  const learned = learnedFrom(rows).filter((row) => row.expected != null);
  const leadOf = (/** @type {UserRow} */ one, /** @type {UserRow} */ other, /** @type {'before' | 'expected'} */ when) => Number(one[when]) - Number(other[when]);
  const lovers = learned.filter(({ rating }) => rating >= LOVED);
  const found = lovers.flatMap((loved) =>
    learned
      .filter((other) => other.rating <= NOT_LOVED && leadOf(loved, other, 'before') >= CLOSE && leadOf(loved, other, 'expected') < CLOSE)
      .map((other) => ({ pair: /** @type {[UserRow, UserRow]} */ ([loved, other]), known: Number(known(loved) && known(other)), shows: leadOf(loved, other, 'before') - leadOf(loved, other, 'expected') })),
  );
  found.sort((a, b) => b.known - a.known || b.shows - a.shows || a.pair[0].item - b.pair[0].item || a.pair[1].item - b.pair[1].item);
  /** @type {Set<number>} */
  const used = new Set();
  /** @type {[UserRow, UserRow][]} */
  const pairs = [];
  for (const { pair } of found) {
    if (pairs.length === ROUNDS || pair.some(({ item }) => used.has(item))) continue;
    for (const { item } of pair) used.add(item);
    pairs.push(pair);
  }
  return pairs;
}

/**
 * Who can be played, where the memory shows most first: by how much more often the model is right about them than one that never saw them is expected to be.
 * @param {Person[]} people in the order in which they were drawn
 * @returns {Viewer[]}
 */
export function rankViewers(people) {
  /** @type {Map<number, number>} */
  const raters = new Map();
  for (const { item } of people.flatMap(({ rows }) => rows)) raters.set(item, (raters.get(item) ?? 0) + 1);
  const known = (/** @type {UserRow} */ { item }) => (raters.get(item) ?? 0) >= KNOWN_TO;
  const found = people.flatMap((person) => {
    const [before, expected] = [shareOf(person.rows, 'before'), shareOf(person.rows, 'expected')];
    const pairs = expected && expected.share >= USUAL ? memoryPairs(person.rows, known) : [];
    return before && expected && pairs.length === ROUNDS ? [{ viewer: { ...person, pairs }, shows: before.share - expected.share }] : [];
  });
  return found.sort((a, b) => b.shows - a.shows).map(({ viewer }) => viewer);
}

/** @param {UserRow} row @returns {GameItem} */
const gameItem = ({ item, title, genres, rating, before, after, expected }) => ({ item, title, genres: genres.slice(0, 3), rating, before: before ?? null, after: after ?? null, expected: expected ?? null });

/** What else of theirs is shown: what they liked and what they did not, half of each, in the order in which they rated it. @param {UserRow[]} rows @param {[UserRow, UserRow][]} pairs */
function shelfOf(rows, pairs) {
  const played = new Set(pairs.flat().map(({ item }) => item));
  const rest = learnedFrom(rows).filter(({ item }) => !played.has(item));
  const best = rest.toSorted((a, b) => b.rating - a.rating || b.time - a.time || a.item - b.item);
  const half = SHELF / 2;
  const shown = new Set([...best.filter(liked).slice(0, half), ...best.filter((row) => !liked(row)).slice(-half)]);
  for (const row of best) if (shown.size < SHELF) shown.add(row);
  return rest.filter((row) => shown.has(row)).map(({ title, rating }) => ({ title, rating }));
}

/** Before, after and expected share of all pairs. @param {UserRow[]} rows */
function sharesOf(rows) {
  const before = shareOf(rows, 'before');
  return { pairs: before?.pairs ?? 0, before: before?.share ?? 0, after: shareOf(rows, 'after')?.share ?? null, expected: shareOf(rows, 'expected')?.share ?? null };
}

/** The pairs of several people, each person's with their own. @param {Person[]} people @returns {GameScene['others']} */
export function othersOf(people) {
  const each = people.map(({ rows }) => ({ ...sharesOf(rows), same: sameOrderOf(rows, 'before', 'after') })).filter(({ pairs }) => pairs > 0);
  const pairs = each.reduce((sum, one) => sum + one.pairs, 0);
  const mean = (/** @type {(one: typeof each[number]) => number | null} */ of) => (pairs === 0 || each.some((one) => of(one) == null) ? null : each.reduce((sum, one) => sum + Number(of(one)) * one.pairs, 0) / pairs);
  return { users: people.map(({ user }) => user), pairs, before: mean(({ before }) => before) ?? 0, after: mean(({ after }) => after), same: mean(({ same }) => same) };
}

/**
 * What is played about somebody.
 * @param {Viewer} viewer
 * @param {Person[]} others people whom nobody asks to forget
 * @param {{dataset: string, item: 'film' | 'book', people: number, drawn: number}} about
 * @returns {GameScene}
 */
export function sceneOf(viewer, others, about) {
  const { pairs } = viewer;
  // Left or right follows from the titles: no pattern that a reader could learn.
  const rounds = pairs.map(([loved, lost], idx) => /** @type {GameRound} */ (((loved.item ^ lost.item) + idx) % 2 === 0 ? [gameItem(loved), gameItem(lost)] : [gameItem(lost), gameItem(loved)]));
  return { ...about, user: viewer.user, ratings: learnedFrom(viewer.rows).length, shelf: shelfOf(viewer.rows, pairs), rounds, shares: sharesOf(viewer.rows), others: othersOf(others) };
}

/**
 * The same, with the answers of the model that has forgotten.
 * @param {GameScene} scene
 * @param {UserRow[]} rows the viewer's
 * @returns {GameScene}
 */
export function sceneAfter(scene, rows) {
  const after = new Map(rows.map((row) => [row.item, row.after ?? null]));
  const rounds = scene.rounds.map((round) => /** @type {GameRound} */ (round.map((one) => ({ ...one, after: after.get(one.item) ?? null }))));
  return { ...scene, rounds, shares: { ...scene.shares, after: shareOf(rows, 'after')?.share ?? null } };
}

/** Whether two scenes play the same pairs of the same person, so that what was guessed still holds. @param {GameScene} one @param {GameScene} other */
export const samePlay = (one, other) => one.user === other.user && JSON.stringify(one.rounds.map((round) => round.map(({ item }) => item))) === JSON.stringify(other.rounds.map((round) => round.map(({ item }) => item)));
