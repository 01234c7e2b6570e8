// @ts-check
// What a column means: one sentence, the formula, which way is better, what to know before trusting it, and where it comes from.

import { Citation } from '../../ui/cite.js';
import { h } from '../../ui/h.js';

/** @typedef {import('../../types.d.ts').MetricEntry} MetricEntry */

/** @type {Record<MetricEntry['better'], string>} */
const DIRECTIONS = {
  higher: 'Higher is better.',
  lower: 'Lower is better.',
  near_retrain: 'Best near Retrain’s: neither more nor less.',
  near_zero: 'Best near 0, from either side.',
  near_half: 'Best near 0.5, a guess. The table shows the distance from 0.5, so lower is better there.',
  near_one: 'Best near 100 %: more means that more was forgotten than Retrain never knew.',
};

/** Texts of the table have no full stop of their own. @param {string} text */
const sentence = (text) => `${text}.`;

/** @param {{metric: MetricEntry}} props */
export const ColumnHelp = ({ metric }) => [
  h('b', null, metric.label),
  h('p', null, sentence(metric.help)),
  h('p', { class: 'formula' }, metric.formula),
  h('p', { class: 'direction' }, DIRECTIONS[metric.better]),
  metric.caveat && h('p', { class: 'caveat' }, sentence(metric.caveat)),
  metric.citation && h('p', { class: 'small muted' }, h(Citation, { text: metric.citation })),
];

