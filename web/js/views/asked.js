// @ts-check
// The requests of this session: each can be made again, bit for bit, and several can be forgotten at once.

import { fill, h, memo } from '../dom.js';
import { fixed } from '../format.js';
import { keyOf } from '../request.js';
import { button } from '../ui.js';

/** @typedef {import('../actions.js').Actions} Actions */
/** @typedef {import('../types.d.ts').Asked} Asked */
/** @typedef {import('../types.d.ts').ForgetSpec} ForgetSpec */
/** @typedef {import('../types.d.ts').MethodEntry} MethodEntry */

/** What is told of an attempt to make a request again. @type {Record<NonNullable<Asked['again']>, string>} */
const AGAIN = { same: 'made again: the same result, bit for bit', other: 'made again: another result', busy: 'being made again…' };

/** @param {Actions} actions */
export function askedList(actions) {
  const list = h('ol', { class: 'asked', 'aria-label': 'Requests so far' });
  const hint = h('p', { class: 'small muted' });
  const el = h('div', { class: 'panel' }, list, hint);

  const draw = memo((/** @type {Asked[]} */ asked, /** @type {ForgetSpec[]} */ together, /** @type {MethodEntry[]} */ methods, /** @type {boolean} */ locked) => {
    const ticked = new Set(together.map((forget) => keyOf(forget)));
    const label = (/** @type {string} */ id) => methods.find((method) => method.id === id)?.label ?? id;
    fill(
      list,
      asked.map((one) => {
        const box = h('input', { type: 'checkbox', disabled: locked || Boolean(one.forget.any), 'aria-label': `Forget ${one.label}`, on: { change: () => actions.together(one.forget, box.checked) } });
        box.checked = ticked.has(keyOf(one.forget));
        const again = button('Make it again', { kind: 'slim', glyph: 'play', title: 'The same method, settings and seed; then the adapters’ hashes are compared', onClick: () => void actions.replay(one) });
        again.disabled = locked;
        return h(
          'li',
          {},
          h('label', { class: 'check' }, box, h('span', {}, h('b', {}, one.label), h('span', { class: 'sub' }, `${label(one.method)}, seed ${one.seed}; forget AUC ${fixed(one.before, 3)} → ${fixed(one.after, 3)}`))),
          h('span', { class: 'side' }, again),
          one.again && h('span', { class: `sub ${one.again}`, role: 'status' }, AGAIN[one.again]),
        );
      }),
    );
    hint.textContent = asked.length === 0
      ? 'Every request of this session is listed here once its run has ended. It can then be made again, and several can be forgotten at once.'
      : 'Tick those that are to be forgotten at once. EUL fuses an adapter each; the other methods forget them as one set.';
  });
  return { el, set: draw };
}
