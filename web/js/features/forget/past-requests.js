// @ts-check
// The requests of this session: each can be made again, bit for bit, and several can be forgotten at once.

import { keyOf } from '../../engine/forget-spec.js';
import { fixed } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { marker } from '../../ui/term.js';
import { Button } from '../../ui/widgets.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').PastRequest} PastRequest */

/** What is told of an attempt to make a request again. @type {Record<NonNullable<PastRequest['again']>, string>} */
const AGAIN = { same: msg('made again: the same result, bit for bit'), other: msg('made again: another result'), busy: msg('being made again…') };

/**
 * @param {{past: PastRequest[], combined: import('../../types.d.ts').ForgetSpec[], methods: import('../../types.d.ts').MethodEntry[], disabled: boolean, actions: import('../../app/actions.js').Actions}} props
 */
export function PastRequestList({ past, combined, methods, disabled, actions }) {
  const ticked = new Set(combined.map((forget) => keyOf(forget)));
  const label = (/** @type {string} */ id) => methods.find((method) => method.id === id)?.label ?? id;
  return h(
    'div',
    { class: 'panel' },
    h(
      'ol',
      { class: 'asked', 'aria-label': t('Requests so far') },
      past.map((one, idx) =>
        h(
          'li',
          { key: idx },
          h(
            'label',
            { class: 'check' },
            h('input', { type: 'checkbox', disabled: disabled || Boolean(one.forget.any), checked: ticked.has(keyOf(one.forget)), 'aria-label': t('Forget {label}', { label: one.label }), onChange: (/** @type {Event} */ event) => actions.combine(one.forget, /** @type {HTMLInputElement} */ (event.currentTarget).checked) }),
            h('span', null, h('b', null, one.label), h('span', { class: 'sub' }, t('{method}, seed {seed}; forget AUC {before} → {after}', { method: said(label(one.method)), seed: one.seed, before: fixed(one.before, 3), after: fixed(one.after, 3) }))),
          ),
          h('span', { class: 'side' }, h(Button, { label: t('Make it again'), kind: 'slim', glyph: 'play', disabled, onClick: () => void actions.replay(one) })),
          one.again && h('span', { class: `sub ${one.again}`, role: 'status' }, AGAIN[one.again]),
        ),
      ),
    ),
    h('p', { class: 'small muted' }, marker()(past.length === 0
      ? t('Every request of this session is listed here once its run has ended. It can then be made again, and several can be forgotten at once.')
      : t('Tick those that are to be forgotten at once. EUL fuses an adapter each; the other methods forget them as one set. “Make it again” takes the same method, settings and seed, and compares the adapters’ hashes.'))),
  );
}
