// @ts-check
// What models say of pairs of things that somebody rated: which of two each puts first. Pure.

import { learnedFrom, liked } from '../../engine/person-pairs.js';

/** @typedef {import('../../types.d.ts').GameItem} GameItem */
/** @typedef {import('../../types.d.ts').GameRound} GameRound */
/** @typedef {import('../../types.d.ts').UserRow} UserRow */
/** @typedef {import('../../engine/person-pairs.js').When} When */

/** Two probabilities that are nearer than this are no guess in a round: the model cannot tell. In shares only equal ones are. */
export const CLOSE = 0.05;

/** Of the same pairs, the share that two models put in the same order. @param {UserRow[]} rows @param {When} one @param {When} other @returns {number | null} */
export function sameOrderOf(rows, one, other) {
  const learned = learnedFrom(rows).filter((row) => row[one] != null && row[other] != null);
  const [likes, others] = [learned.filter(liked), learned.filter((row) => !liked(row))];
  if (likes.length * others.length === 0) return null;
  const order = (/** @type {UserRow} */ a, /** @type {UserRow} */ b, /** @type {When} */ when) => Math.sign(Number(a[when]) - Number(b[when]));
  const same = likes.flatMap((like) => others.filter((row) => order(like, row, one) === order(like, row, other))).length;
  return same / (likes.length * others.length);
}

/** Which of the two the person rated higher. @param {GameRound} round @returns {0 | 1} */
export const truthOf = ([first, second]) => (first.rating > second.rating ? 0 : 1);

/** Which of the two a model takes for the one they loved; null where it cannot tell, or was not asked. @param {GameRound} round @param {When} when @returns {0 | 1 | null} */
export function guessOf([first, second], when) {
  const [one, other] = [first[when], second[when]];
  if (one == null || other == null || Math.abs(one - other) < CLOSE) return null;
  return one > other ? 0 : 1;
}

/** In how many rounds a model is right. @param {GameRound[]} rounds @param {When} when */
export const rightOf = (rounds, when) => rounds.filter((round) => guessOf(round, when) === truthOf(round)).length;
