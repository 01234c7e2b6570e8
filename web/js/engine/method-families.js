// @ts-check
// The methods of the table in groups, for lists that are too long to be read at once. Pure.

import { msg } from '../ui/words.js';

/** @typedef {import('../types.d.ts').MethodEntry} MethodEntry */

/** @type {Record<MethodEntry['family'], string>} */
const FAMILIES = {
  paper: msg('In the E2URec paper'),
  ascent: msg('Push answers away'),
  teacher: msg('Follow a teacher'),
  inner: msg('Change weights or states'),
  exact: msg('Retrain parts, fairly'),
};

/**
 * What is in view when one family is looked at: its methods' lines, beside Original and Retrain, which every method is read against.
 * @template {{id: string}} Line
 * @param {Line[]} lines
 * @param {MethodEntry['family'] | null} family null: all lines
 * @param {MethodEntry[]} methods
 */
export function linesOfFamily(lines, family, methods) {
  if (!family) return lines;
  const ids = new Set(['original', 'retrain', ...methods.filter((method) => method.family === family).map((method) => method.id)]);
  return lines.filter((line) => ids.has(line.id));
}

/** Methods by family, in the table's order. @param {MethodEntry[]} methods */
export function familiesOf(methods) {
  const ids = [...new Set(methods.map((method) => method.family))];
  return ids.map((id) => ({ id, label: FAMILIES[id] ?? id, methods: methods.filter((method) => method.family === id) }));
}
