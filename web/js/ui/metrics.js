// @ts-check
// A metric of the table in a line of a report: its value, and how it is written.

import { bytes, count, duration, figure, fixed, percent } from './format.js';
import { ENTRIES, IDS_BY_WORD } from './glossary.js';
import { language, ownWords, said, sentence } from './words.js';

/** @typedef {import('../types.d.ts').MetricEntry} MetricEntry */
/** @typedef {number | null | undefined} Maybe */

const rounded = (/** @type {Maybe} */ value) => (value == null ? null : Math.round(value));

/** @type {Record<MetricEntry['format'], (value: Maybe, digits: number) => string>} */
const WRITTEN = {
  fixed,
  figure,
  p_value: figure,
  percent,
  seconds: duration,
  times: (value) => (value == null ? '–' : `${figure(value)}×`),
  count: (value) => count(rounded(value)),
  bytes: (value) => bytes(rounded(value)),
};

/** @param {MetricEntry} metric @param {Maybe} value */
export const written = (metric, value) => WRITTEN[metric.format](value, metric.digits);

/**
 * A number by its path in a line of a report; null where it is not there.
 * @param {object} line
 * @param {string} path `forget.jsd`
 * @returns {number | null}
 */
export function valueAt(line, path) {
  /** @type {any} */
  let found = line;
  for (const part of path.split('.')) found = found?.[part];
  return typeof found === 'number' ? found : null;
}

/** Between two sentences. */
const space = () => (language().id === 'zh' ? '' : ' ');

/** What is told of a metric by name: of the field's word in it, then of this figure. @param {MetricEntry} metric @returns {import('./glossary.js').Entry} */
export function aboutMetric(metric) {
  const id = metric.label.toLowerCase().split(' ').map((word) => IDS_BY_WORD.get(word)).find((found) => found !== undefined);
  const help = sentence(metric.help) + (metric.caveat ? space() + sentence(metric.caveat) : '');
  if (!id) return { term: said(metric.label), says: help };
  const { says, formula, paper } = { ...ENTRIES[id], ...ownWords(id) };
  return { term: said(metric.label), says: `${says}${space()}${help}`, formula, paper };
}

/** A metric of a line. A time of zero is one that nobody measured. @param {object} line @param {MetricEntry} metric */
export function measured(line, metric) {
  const value = valueAt(line, metric.path);
  return metric.format === 'seconds' && value === 0 ? null : value;
}
