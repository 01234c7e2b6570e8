// @ts-check
// What moved between two top-k lists. Pure.

import { t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').Recommendation} Recommendation */

/**
 * @param {Recommendation} entry
 * @param {'before' | 'after'} list the list that the entry is in
 * @param {number} k length of both lists
 * @returns {{kind: 'same' | 'up' | 'down' | 'new' | 'out' | 'unknown', by: number, text: string}}
 */
export function movementOf(entry, list, k) {
  const other = entry.other_rank;
  if (other == null) return { kind: 'unknown', by: 0, text: '' };
  if (other > k) {
    return list === 'after' ? { kind: 'new', by: other - entry.rank, text: t('new, was {other}', { other }) } : { kind: 'out', by: other - entry.rank, text: t('out, now {other}', { other }) };
  }
  const by = list === 'after' ? other - entry.rank : entry.rank - other;
  if (by === 0) return { kind: 'same', by: 0, text: t('same rank') };
  return { kind: by > 0 ? 'up' : 'down', by: Math.abs(by), text: by > 0 ? t('up {n}', { n: by }) : t('down {n}', { n: -by }) };
}

/**
 * How much of a list stayed.
 * @param {Recommendation[]} before
 * @param {Recommendation[]} after
 */
export function overlapOf(before, after) {
  const kept = new Set(before.map((entry) => entry.item));
  return after.filter((entry) => kept.has(entry.item)).length;
}
