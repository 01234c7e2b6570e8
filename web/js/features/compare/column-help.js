// @ts-check
// What a column means: one sentence, the formula, which way is better, what to know before trusting it, and where it comes from.

import { Citation } from '../../ui/cite.js';
import { h } from '../../ui/h.js';
import { msg, said, sentence, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').MetricEntry} MetricEntry */

/** @type {Record<MetricEntry['better'], string>} */
const DIRECTIONS = {
  higher: msg('Higher is better.'),
  lower: msg('Lower is better.'),
  near_retrain: msg('Best near Retrain’s: neither more nor less.'),
  near_zero: msg('Best near 0, from either side.'),
  near_half: msg('Best near 0.5, a guess. The table shows the distance from 0.5, so lower is better there.'),
  near_one: msg('Best near 100 %: more means that more was forgotten than Retrain never knew.'),
};

/** @param {{metric: MetricEntry}} props */
export const ColumnHelp = ({ metric }) => [
  h('b', null, said(metric.label)),
  h('p', null, sentence(metric.help)),
  h('p', { class: 'formula' }, said(metric.formula)),
  h('p', { class: 'direction' }, t(DIRECTIONS[metric.better])),
  metric.caveat && h('p', { class: 'caveat' }, sentence(metric.caveat)),
  metric.citation && h('p', { class: 'small muted' }, h(Citation, { text: metric.citation })),
];

