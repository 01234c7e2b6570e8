// @ts-check
// People and items of the sample, those whose answers moved most first. What is pointed at lights up everywhere; a press holds it.

import { useMemo } from 'preact/hooks';
import { fixed, plural } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { t } from '../../ui/words.js';
import { groupsOf } from './sample.js';

/** @typedef {import('./sample.js').Aim} Aim */
/** @typedef {import('./sample.js').Answer} Answer */

const SHOWN = 40;

export const GroupList = memo(
  /** @param {{answers: Answer[], by: 'user' | 'item', title: string, labelOf: (row: Answer) => string, lit: ReadonlySet<number>, held: number | null, onAim: (aim: Aim | null) => void, onHold: (aim: Aim) => void}} props */
  ({ answers, by, title, labelOf, lit, held, onAim, onHold }) => {
    const groups = useMemo(() => groupsOf(answers, by, labelOf).slice(0, SHOWN), [answers, by, labelOf]);
    const most = Math.max(...groups.map(({ change }) => change), 0.05);
    const roving = useRoving('button');
    const aimOf = (/** @type {Event} */ event) => {
      const id = /** @type {HTMLElement} */ (event.target).closest('[data-id]')?.getAttribute('data-id');
      return id == null ? null : { kind: by, id: Number(id) };
    };
    return h(
      'section',
      { class: 'card groups', 'aria-label': title },
      h('h3', null, title),
      h(
        'ul',
        {
          ...roving, 'aria-label': t('{title}, by how far their answers moved', { title }), onMouseover: (/** @type {Event} */ event) => onAim(aimOf(event)), onMouseleave: () => onAim(null), onFocusout: () => onAim(null),
          onFocusin(/** @type {FocusEvent} */ event) {
            roving.onFocusin(event);
            onAim(aimOf(event));
          },
        },
        groups.map(({ id, label, n, forget, change }) =>
          h(
            'li',
            { key: id, class: lit.has(id) ? 'lit' : '' },
            h(
              'button',
              { type: 'button', 'data-id': id, 'aria-pressed': String(held === id), onClick: () => onHold({ kind: by, id }) },
              h('span', { class: 'title', title: label }, label), h('span', { class: forget > 0 ? 'mark goes' : 'mark stays' }, forget === n ? t('goes') : forget > 0 ? t('{forget} of {n} go', { forget, n }) : t('stays')),
              h('span', { class: 'moved' }, h('i', { 'aria-hidden': 'true', style: { transform: `scaleX(${(change / most).toFixed(3)})` } })), h('span', { class: 'v' }, h('span', { class: 'unseen' }, t('{ratings}, moved by ', { ratings: plural(n, 'rating') })), fixed(change, 2)),
            ),
          ),
        ),
      ),
    );
  },
);
