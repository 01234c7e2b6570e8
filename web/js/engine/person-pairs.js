// @ts-check
// How well a model knows a person, in pairs of things they rated: in what share of all pairs it puts first the one that they liked. Pure.

/** @typedef {import('../types.d.ts').UserRow} UserRow */
/** Whose answer: the model's, the model's after it has forgotten, and what is expected of one that never saw the person. @typedef {'before' | 'after' | 'expected'} When */

/** More stars than this, and somebody liked it: the line that the model was trained on. */
export const LIKED_ABOVE = 3;

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
