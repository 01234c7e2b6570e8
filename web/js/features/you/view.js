// @ts-check
// The tab of one's own ratings: they are read and matched, taught to the model, seen in it, and forgotten. Loaded when first looked at.

import { whyNot } from '../../app/selectors.js';
import { OWN, wordsFor } from '../../engine/datasets.js';
import { duration, percent, plural } from '../../ui/format.js';
import { h, render } from '../../ui/h.js';
import { Bar, Button, progressbar, Reason } from '../../ui/widgets.js';
import { said, t } from '../../ui/words.js';
import { countOf, whyNotTaught } from './choices.js';
import { Import } from './import-view.js';
import { Memory } from './memory-view.js';
import { Review } from './review-view.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').State} State */

/** How far teaching is. @param {{state: State, actions: Actions}} props */
function Teaching({ state: { data }, actions }) {
  const share = data.total > 0 ? data.done / data.total : 0;
  return h('div', { class: 'data-load', role: 'status' },
    h('div', { class: 'line' }, h('span', null, data.total > 0 ? `${said(data.what)}: ${percent(share)}${data.left == null ? '' : t(', about {left} left', { left: duration(Math.max(data.left, 0.1)) })}` : `${said(data.what)}…`), h(Button, { label: t('Cancel'), kind: 'slim', glyph: 'stop', onClick: actions.cancel })),
    h(Bar, { share, about: progressbar(t('Teaching'), share) }));
}

/** @param {{state: State, actions: Actions}} props */
function You({ state, actions }) {
  const { you, loaded, data } = state;
  const { items } = wordsFor(loaded);
  const taught = loaded?.taught ?? null;
  const busy = data.status === 'busy' && data.next === OWN;
  const disabled = whyNot(state, 'data') !== '';
  const why = whyNot(state, 'teach') || whyNotTaught(you, items);
  const n = countOf(you);
  return [
    h('section', { key: 'hero', class: 'hero you-hero' }, h('h1', null, t('Teach it you. Then make it forget.')),
      h('p', null, t('Give the model what you rated. It learns you on this device, in seconds; you see what it then knows, and whether it can be made to forget. Nothing of it leaves this tab.'))),
    h('section', { key: 'ratings', class: 'card', 'aria-labelledby': 'you-ratings' }, h('h2', { id: 'you-ratings' }, h('span', { class: 'num', 'aria-hidden': 'true' }, '1'), t('Your ratings')),
      h(Import, { you, items, disabled, actions })),
    you.matches.length > 0 && h('section', { key: 'review', class: 'card', 'aria-labelledby': 'you-review' }, h('h2', { id: 'you-review' }, h('span', { class: 'num', 'aria-hidden': 'true' }, '2'), t('Are these your {items}?', { items: t(items) })),
      h(Review, { you, disabled, actions })),
    h('section', { key: 'teach', class: 'card', 'aria-labelledby': 'you-teach' }, h('h2', { id: 'you-teach' }, h('span', { class: 'num', 'aria-hidden': 'true' }, you.matches.length > 0 ? '3' : '2'), t('Teach the model my taste')),
      h('p', { class: 'small muted' }, n > 0 ? t('{ratings} will be taught. A small adapter is trained on them beside a sample of other people’s, and merged into the model that this tab holds.', { ratings: plural(n, 'rating') }) : t('What you rated is added to the data as one more person.')),
      busy ? h(Teaching, { state, actions }) : h('div', { class: 'buttons' }, h(Button, { label: taught ? t('Teach it anew') : t('Teach the model my taste'), kind: taught ? 'slim' : 'primary', glyph: 'play', why, reason: 'why-teach', onClick: () => void actions.teach() })),
      h(Reason, { id: 'why-teach', text: busy ? '' : why })),
    taught && !busy && h(Memory, { key: 'memory', state, actions }),
  ];
}

/** @param {HTMLElement} host @param {Actions} actions @returns {(state: State) => void} */
export function mountYou(host, actions) {
  return (state) => {
    if (state.tab === 'you') render(h('div', { class: 'you' }, h(You, { state, actions })), host);
  };
}
