// @ts-check
// A formula in one line of text: `_` and `^` lower and raise the letters after them, or what stands in braces.

import { h } from './h.js';

/** A letter's index or power, or a group of them, which may hold an index of its own. */
const SHIFTED = /([_^])(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(.))/u;

/** @param {string} text @returns {import('./types.d.ts').Child[]} */
export function formulaOf(text) {
  const found = SHIFTED.exec(text);
  if (!found) return text === '' ? [] : [text];
  const [whole, mark, group, letter = ''] = found;
  const before = text.slice(0, found.index);
  return [...(before === '' ? [] : [before]), h(mark === '_' ? 'sub' : 'sup', null, formulaOf(group ?? letter)), ...formulaOf(text.slice(found.index + whole.length))];
}
