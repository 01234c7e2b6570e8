// @ts-check
// The adapter: how far each weight has moved, by layer, matrix and head, and how that grew over the run.

import { useMemo } from 'preact/hooks';
import { count, figure } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { marker } from '../../ui/term.js';
import { DataTable } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { heatOf, mostMoved } from './sample.js';

/** @typedef {import('../../types.d.ts').Moment} Moment */
/** @typedef {import('../../types.d.ts').MovedWeight} MovedWeight */

/** A share of the fullest colour; square roots, so that small ones are seen. @param {number} value @param {number} most */
const depth = (value, most) => (most > 0 ? Math.sqrt(value / most) : 0);
/** @param {number} share */
const tint = (share) => `color-mix(in srgb, var(--unlearned) ${Math.round(share * 100)}%, var(--sunk))`;

/** A weight’s way over the run, as a small line. @param {{list: Moment[], n: number, name: string, idx: number}} props */
const Way = ({ list, n, name, idx }) => {
  const values = list.slice(0, n).map(({ moved }) => moved.find((weight) => weight.name === name)?.rms ?? 0);
  const most = Math.max(...values, 1e-12);
  const point = (/** @type {number} */ value, /** @type {number} */ at) => `${((at / Math.max(1, n - 1)) * 200).toFixed(1)},${(38 - (value / most) * 34).toFixed(1)}`;
  return h('svg', { class: 'way', viewBox: '-3 -1 206 42', 'aria-hidden': 'true' }, h('polyline', { points: values.map(point).join(' ') }), h('circle', { cx: point(values[idx] ?? 0, idx).split(',')[0], cy: point(values[idx] ?? 0, idx).split(',')[1], r: 3.5 }));
};

/** @param {MovedWeight} weight */
const weightText = (weight) => t('{name}: |ΔW| {norm}, {rms} a number{more}', { name: weight.name, norm: figure(weight.norm), rms: figure(weight.rms), more: weight.heads.length > 1 ? t('; by head {heads}', { heads: weight.heads.map((head) => figure(head)).join(', ') }) : '' });

/** A weight of the grid, with a stripe for each head. */
const Cell = memo(
  /** @param {{weight: MovedWeight, most: number, lit: boolean}} props */
  ({ weight, most, lit }) => {
    const parts = weight.heads.length > 1 ? weight.heads : [weight.rms];
    return h('td', null, h('button', { type: 'button', class: lit ? 'heat lit' : 'heat', 'data-weight': weight.name, 'aria-label': weightText(weight), title: weightText(weight) }, parts.map((part) => h('i', { style: { background: tint(depth(part, most)) } }))));
  },
);

export const HeatMap = memo(
  /** @param {{list: Moment[], n: number, idx: number, moment: Moment, weight: string | null, onWeight: (name: string | null) => void}} props */
  ({ list, n, idx, moment, weight, onWeight }) => {
    const most = useMemo(() => mostMoved(list), [list, n]);
    // Before the first step there is no adapter: its grid stands empty, so that nothing jumps.
    const shape = list.find(({ moved }) => moved.length > 0)?.moved ?? [];
    const moved = moment.moved.length > 0 ? moment.moved : shape.map((one) => ({ ...one, norm: 0, rms: 0, heads: one.heads.map(() => 0) }));
    const { kinds, lines } = heatOf(moved);
    const roving = useRoving('.heat');
    const aimed = moved.find(({ name }) => name === weight) ?? null;
    const weightOf = (/** @type {Event} */ event) => /** @type {HTMLElement} */ (event.target).closest('[data-weight]')?.getAttribute('data-weight') ?? null;
    const read = () => ({ head: [t('Weight'), '|ΔW|', t('a number'), t('by head')], rows: moved.map((one) => [one.name, figure(one.norm), figure(one.rms), one.heads.map((head) => figure(head)).join(', ') || '–']) });
    return h(
      'figure',
      { class: 'card chart adapter' },
      h('figcaption', { class: 'head' }, h('div', null, h('h3', null, t('What moved in the model')), h('p', null, marker()(t('Size of the adapter’s ΔW by layer and matrix, root mean square; a stripe for each head. A fuller colour is more; the fullest is the most of this run.'))))),
      shape.length === 0
        ? h('p', { class: 'none' }, t('Drawn from the first step on. A method that trains whole models has no adapter.'))
        : h(
            'div',
            { class: 'scroll', onMouseover: (/** @type {Event} */ event) => onWeight(weightOf(event)), onMouseleave: () => onWeight(null), onFocusout: () => onWeight(null) },
            h(
              'table',
              {
                ...roving,
                onFocusin(/** @type {FocusEvent} */ event) {
                  roving.onFocusin(event);
                  onWeight(weightOf(event));
                },
              },
              h('caption', { class: 'unseen' }, t('How far each weight has moved')),
              h('thead', null, h('tr', null, h('td'), kinds.map((kind) => h('th', { scope: 'col', lang: kind === 'tokens' ? undefined : 'en' }, kind === 'tokens' ? t('tokens') : kind)))),
              h('tbody', null, lines.map(({ row, cells }) => h('tr', { key: row }, h('th', { scope: 'row' }, row), kinds.map((kind) => { const one = cells.get(kind); return one ? h(Cell, { key: kind, weight: one, most, lit: one.name === weight }) : h('td', { key: kind }); })))),
            ),
          ),
      h('div', { class: 'weight-line' }, aimed ? [h('p', { key: 'text', class: 'small' }, weightText(aimed)), h(Way, { key: 'way', list, n, name: aimed.name, idx })] : h('p', { class: 'small muted' }, shape.length === 0 ? '' : t('{n} matrices. Point at one to see its way over the run.', { n: count(moved.length) }))),
      h(DataTable, { what: t('How far each weight has moved'), read }),
    );
  },
);
