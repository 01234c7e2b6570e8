// @ts-check
// How well a model knows a person, in pairs of things they rated: which of two it puts first, and in what share of all pairs that is the one they liked. Pure.

/** @typedef {import('../../types.d.ts').GameItem} GameItem */
/** @typedef {import('../../types.d.ts').GameRound} GameRound */
/** @typedef {import('../../types.d.ts').UserRow} UserRow */
/** Whose answer: the model's, the model's after it has forgotten, and what is expected of one that never saw the person. @typedef {'before' | 'after' | 'expected'} When */

/** More stars than this, and somebody liked it: the line that the model was trained on. */
export const LIKED_ABOVE = 3;
/** Two probabilities that are nearer than this are no guess in a round: the model cannot tell. In shares only equal ones are. */
export const CLOSE = 0.05;

/** The ratings that the model learned from, and was asked about. @param {UserRow[]} rows */
export const learnedFrom = (rows) => rows.filter((row) => row.set === 'train' && row.before != null);

/** @param {{rating: number}} row */
export const liked = ({ rating }) => rating > LIKED_ABOVE;

/**
 * Of all pairs of one thing the person liked and one they did not, the share in which the liked one has the larger probability; ties count half.
 * @param {UserRow[]} rows
 * @param {When} when
 * @returns {{pairs: number, share: number} | null} null where there is no pair, or an answer is missing
 */
export function shareOf(rows, when) {
  const learned = learnedFrom(rows);
  if (learned.some((row) => row[when] == null)) return null;
  const [likes, others] = [learned.filter(liked), learned.filter((row) => !liked(row))];
  const pairs = likes.length * others.length;
  if (pairs === 0) return null;
  let right = 0;
  for (const like of likes) for (const other of others) right += (Math.sign(Number(like[when]) - Number(other[when])) + 1) / 2;
  return { pairs, share: right / pairs };
}

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
