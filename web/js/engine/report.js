// @ts-check
// Rows of a report: by id, the outcome's, and what they are called. Pure.

import { t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').Report} Report */
/** @typedef {import('../types.d.ts').MethodFigures} MethodFigures */

/** @param {Report} report @param {string} id @returns {MethodFigures | null} */
export const rowOf = (report, id) => report.methods.find((row) => row.id === id) ?? null;

/** The row of the method that was run. @param {Report} report @returns {MethodFigures | null} */
export function outcomeOf(report) {
  const reference = ['original', 'retrain', 'augmented'];
  const wanted = report.request?.method;
  return (wanted && rowOf(report, wanted)) || report.methods.filter((row) => !reference.includes(row.id)).at(-1) || null;
}

/** Reading names of the rows of a result table. @param {string} id @param {{id: string, label: string}[]} methods */
export function rowLabel(id, methods) {
  if (id === 'original') return t('Original');
  if (id === 'retrain') return t('Retrain');
  if (id === 'augmented') return t('Augmented');
  return methods.find((method) => method.id === id)?.label ?? id;
}
