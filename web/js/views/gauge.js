// @ts-check
// Two scales: how far forgetting has come, and what that did to everything else.

import { h, setText, show } from '../dom.js';
import { fixed, percent, signed } from '../format.js';
import { EXPECTED, OVER, QUALITY_BAND } from '../sentence.js';

/** The goal lies at this share of the rail, so that over-forgetting has a place to be seen. */
const GOAL_AT = 0.8;
/** Half the width of the quality scale, in AUC. */
const QUALITY_HALF = 0.03;

/** What the scale of forgetting is measured by. */
const BY_RETRAIN = 'Measured by the AUC on the forget set, against Retrain, a model that never saw it.';
const BY_ESTIMATE = `An estimate, as there is no Retrain for this choice: the loss on the forget set against what is ${EXPECTED}.`;
const BY_STRANGERS = 'The old proxy, as there is no Retrain for this choice and nothing else to expect: the loss on the forget set against that on people the model never saw.';
const SILENT = 'The old proxy says nothing for this choice: the loss was above its goal from the start. Only a Retrain can tell.';
const LITTLE = 'An estimate: a model that never saw them is expected to do as well (cross-fitted), so there is little to forget. Only a Retrain can tell for sure.';

/** @param {number} value */
const clamp01 = (value) => Math.min(1, Math.max(0, value));

/** The scale of forgetting, from "remembers" to "never saw it". */
export function memoryGauge() {
  const value = h('p', { class: 'value' });
  const fillBar = h('div', { class: 'fill' });
  const knob = h('div', { class: 'knob', style: { left: '0%' } });
  const goal = h('div', { class: 'goal', style: { left: `${GOAL_AT * 100}%` } });
  const over = h('div', { class: 'over', style: { width: `${(1 - GOAL_AT) * 100}%` }, title: 'More than forgotten' });
  const from = h('span');
  const to = h('span');
  const note = h('p', { class: 'note' });
  const el = h(
    'div',
    { class: 'card gauge' },
    h('div', { class: 'head' }, h('h3', {}, 'Memory of what must go'), value),
    h('div', { class: 'rail', 'aria-hidden': 'true' }, over, fillBar, goal, knob),
    h('div', { class: 'ends' }, h('span', {}, h('b', {}, 'remembers'), from), h('span', { class: 'goal-end' }, h('b', {}, 'never saw it'), to)),
    note,
  );
  return {
    el,
    /** @param {{share: number | null, from: number | null, to: number | null, now: number | null, measure: 'auc' | 'loss', estimated: boolean, idle: boolean}} scale */
    set({ share, from: start, to: end, now, measure, estimated, idle }) {
      const unit = measure === 'auc' ? 'AUC' : 'loss';
      const at = clamp01((share ?? 0) * GOAL_AT);
      fillBar.style.width = `${at * 100}%`;
      knob.style.left = `${at * 100}%`;
      show(knob, share != null);
      value.replaceChildren(share == null ? '–' : `${measure === 'auc' ? '' : 'about '}${percent(Math.max(share, 0))}`, h('small', {}, share == null ? '' : share > OVER ? 'too much' : measure === 'auc' ? 'of the way to Retrain' : estimated ? 'of what is expected' : 'by the old proxy'));
      setText(from, start == null ? `${unit} –` : `${unit} ${fixed(start)}`);
      setText(to, `${unit} ${fixed(end)}${estimated && end != null ? ', expected' : ''}`);
      const silent = measure === 'loss' && start != null && end != null && end <= start;
      const measured = silent ? (estimated ? LITTLE : SILENT) : measure === 'auc' ? BY_RETRAIN : estimated ? BY_ESTIMATE : BY_STRANGERS;
      setText(note, `${measured}${now != null && !idle ? ` Now ${unit} ${fixed(now)}.` : ''}`);
    },
  };
}

/** The scale of quality: test AUC against that of the original. */
export function qualityGauge() {
  const value = h('p', { class: 'value' });
  const knob = h('div', { class: 'knob', style: { left: '50%' } });
  const band = (QUALITY_BAND / QUALITY_HALF) * 50;
  const mid = h('span');
  const note = h('p', { class: 'note' });
  const el = h(
    'div',
    { class: 'card gauge' },
    h('div', { class: 'head' }, h('h3', {}, 'Quality for everything else'), value),
    h('div', { class: 'rail', 'aria-hidden': 'true' }, h('div', { class: 'band', style: { left: `${50 - band}%`, right: `${50 - band}%` } }), h('div', { class: 'zero' }), knob),
    h('div', { class: 'ends' }, h('span', {}, h('b', {}, 'worse')), h('span', { class: 'mid' }, h('b', {}, 'as before'), mid), h('span', {}, h('b', {}, 'better'))),
    note,
  );
  return {
    el,
    /** @param {{from: number | null, now: number | null, shipped: boolean, baseline: number | null}} scale */
    set({ from, now, shipped, baseline }) {
      const change = from == null || now == null ? null : now - from;
      show(knob, change != null);
      knob.style.left = `${clamp01(0.5 + (change ?? 0) / (2 * QUALITY_HALF)) * 100}%`;
      value.replaceChildren(now == null ? fixed(from) : fixed(now), h('small', {}, change == null ? 'AUC' : `${signed(change)} AUC`));
      setText(note, `Measured by the AUC on the test set. The green band is ±${QUALITY_BAND}: as good as before.${baseline == null ? '' : ` A logistic regression on a handful of averages has ${fixed(baseline)}.`}`);
      setText(mid, from == null ? 'AUC –' : `AUC ${fixed(from)}${shipped ? ', shipped figure' : ''}`);
    },
  };
}
