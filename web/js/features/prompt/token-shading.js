// @ts-check
// Tokens for people: their share of attention, and their text with what cannot be seen made visible. Pure.

/** @typedef {import('../../types.d.ts').Explanation} Explanation */

/** @param {Explanation} explanation @param {number} head index, or -1 for the mean over heads @returns {number[]} shares that sum to one */
export const weightsOf = ({ tokens }, head) => tokens.map((token) => (head < 0 ? token.attention : token.heads[head] ?? 0));

/**
 * Share of colour, %: by the square root, so that a model that looks at one token alone does not leave all others blank; at most so much that its text
 * can still be read, in the light and in the dark.
 * @param {number} share @param {number} most
 */
export const shadeOf = (share, most) => (most > 0 ? Math.round(Math.sqrt(share / most) * 60) : 0);

/** Spaces and line ends made visible where they would not be seen: alone, or at the end. @param {string} text */
export function visible(text) {
  const shown = text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll('\u{fffd}', '▯');
  if (/^ +$/.test(shown)) return '␣'.repeat(shown.length);
  return shown.replace(/ +$/, (end) => '␣'.repeat(end.length));
}
