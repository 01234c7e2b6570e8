// @ts-check
// Two scales: how far forgetting has come, and what that did to everything else.

import { fixed, percent, signed } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { marker } from '../../ui/term.js';
import { msg, said, t } from '../../ui/words.js';
import { EXPECTED, OVER, QUALITY_BAND } from './verdict.js';

/** The goal lies at this share of the rail, so that over-forgetting has a place to be seen. */
const GOAL_AT = 0.8;
/** Half the width of the quality scale, in AUC. */
const QUALITY_HALF = 0.03;

/** What the scale of forgetting is measured by. */
const BY_RETRAIN = msg('Measured by the AUC on the forget set, against Retrain, a model that never saw it.');
const byEstimate = () => t('An estimate, as there is no Retrain for this choice: the loss on the forget set against what is {expected}.', { expected: t(EXPECTED) });
const BY_UNSEEN = msg('A proxy, as there is no Retrain for this choice and nothing else to expect: the loss on the forget set against that on people the model never saw.');
const SILENT = msg('The proxy says nothing for this choice: the loss was above its goal from the start. Only a Retrain can tell.');
const LITTLE = msg('An estimate: a model that never saw them is expected to do as well (cross-fitted), so there is little to forget. Only a Retrain can tell for sure.');

/** @param {number} value */
const clamp01 = (value) => Math.min(1, Math.max(0, value));
const at = (/** @type {number} */ share) => `${share * 100}%`;

/**
 * The scale of forgetting, from "remembers" to "never saw it".
 * @param {{share: number | null, from: number | null, to: number | null, now: number | null, measure: 'auc' | 'loss', estimated: boolean, idle: boolean}} props
 */
export function MemoryGauge({ share, from, to, now, measure, estimated, idle }) {
  const unit = measure === 'auc' ? 'AUC' : t('loss');
  const place = at(clamp01((share ?? 0) * GOAL_AT));
  const silent = measure === 'loss' && from != null && to != null && to <= from;
  const measured = silent ? (estimated ? LITTLE : SILENT) : measure === 'auc' ? BY_RETRAIN : estimated ? byEstimate() : BY_UNSEEN;
  return h(
    'div',
    { class: 'card gauge' },
    h(
      'div',
      { class: 'head' },
      h('h3', null, t('Memory of what must go')),
      h(
        'p',
        { class: 'value' },
        share == null ? '–' : `${measure === 'auc' ? '' : t('about ')}${percent(Math.max(share, 0))}`,
        h('small', null, share == null ? '' : share > OVER ? t('too much') : measure === 'auc' ? t('of the way to Retrain') : estimated ? t('of what is expected') : t('by the proxy')),
      ),
    ),
    h(
      'div',
      { class: 'rail', 'aria-hidden': 'true' },
      h('div', { class: 'over', style: { width: at(1 - GOAL_AT) } }), h('div', { class: 'fill', style: { width: place } }), h('div', { class: 'goal', style: { left: at(GOAL_AT) } }), h('div', { class: 'knob', hidden: share == null, style: { left: place } }),
    ),
    h(
      'div',
      { class: 'ends' },
      h('span', null, h('b', null, t('remembers')), h('span', null, from == null ? `${unit} –` : `${unit} ${fixed(from)}`)),
      h('span', { class: 'goal-end' }, h('b', null, t('never saw it')), h('span', null, `${unit} ${fixed(to)}${estimated && to != null ? t(', expected') : ''}`)),
    ),
    h('p', { class: 'note' }, marker()(`${said(measured)}${now != null && !idle ? t(' Now {unit} {now}.', { unit, now: fixed(now) }) : ''}`)),
  );
}

/** The scale of quality: test AUC against that of the original. @param {{from: number | null, now: number | null, shipped: boolean, baseline: number | null}} props */
export function QualityGauge({ from, now, shipped, baseline }) {
  const change = from == null || now == null ? null : now - from;
  const band = `${50 - (QUALITY_BAND / QUALITY_HALF) * 50}%`;
  return h(
    'div',
    { class: 'card gauge' },
    h('div', { class: 'head' }, h('h3', null, t('Quality for everything else')), h('p', { class: 'value' }, now == null ? fixed(from) : fixed(now), h('small', null, change == null ? 'AUC' : `${signed(change)} AUC`))),
    h(
      'div',
      { class: 'rail', 'aria-hidden': 'true' },
      h('div', { class: 'band', style: { left: band, right: band } }), h('div', { class: 'zero' }), h('div', { class: 'knob', hidden: change == null, style: { left: at(clamp01(0.5 + (change ?? 0) / (2 * QUALITY_HALF))) } }),
    ),
    h(
      'div',
      { class: 'ends' },
      h('span', null, h('b', null, t('worse'))), h('span', { class: 'mid' }, h('b', null, t('as before')), h('span', null, from == null ? 'AUC –' : t('AUC {from}{more}', { from: fixed(from), more: shipped ? t(', shipped figure') : '' }))), h('span', null, h('b', null, t('better'))),
    ),
    h('p', { class: 'note' }, marker()(t('Measured by the AUC on the test set. The green band is ±{QUALITY_BAND}: as good as before.{more}', { QUALITY_BAND, more: baseline == null ? '' : t(' A logistic regression on a handful of averages has {baseline}.', { baseline: fixed(baseline) }) }))),
  );
}
