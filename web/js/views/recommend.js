// @ts-check
// A person's ten best unseen items, before and after, and what moved.

import { fill, h, memo } from '../dom.js';
import { fixed } from '../format.js';
import { movementOf, overlapOf } from '../movement.js';
import { busy, promptButton, troubleBox } from '../ui.js';

/** @typedef {import('../types.d.ts').Recommendation} Recommendation */
/** @typedef {import('../types.d.ts').State} State */

const ARROWS = { same: '=', up: '↑', down: '↓', new: 'new', out: 'out', unknown: '' };

/** @param {Recommendation} entry @param {'before' | 'after'} list @param {number} k @param {boolean} moved @param {() => void} onPrompt */
function line(entry, list, k, moved, onPrompt) {
  const move = movementOf(entry, list, k);
  const shown = moved && move.kind !== 'unknown' && (list === 'after' || move.kind === 'out');
  const arrow = move.kind === 'up' || move.kind === 'down' ? `${ARROWS[move.kind]} ${move.by}` : ARROWS[move.kind];
  return h(
    'li',
    { class: moved ? move.kind : '' },
    h('span', { class: 'rank' }, entry.rank),
    h('div', { style: { 'min-width': '0' } }, h('div', { class: 'title', title: entry.title }, entry.title), h('div', { class: 'sub' }, h('span', {}, `${fixed(entry.p_yes, 2)} · ${entry.genres.slice(0, 3).join(', ')}`), promptButton(entry.title, onPrompt))),
    shown ? h('span', { class: `move ${move.kind}`, title: move.text }, h('span', { 'aria-hidden': 'true' }, arrow), h('span', { class: 'unseen' }, move.text)) : h('span'),
  );
}

/** @param {import('../actions.js').Actions} actions */
export function mountRecommend(actions) {
  const who = h('select', { class: 'select', 'aria-label': 'Whose recommendations', on: { change: () => void actions.recommend(Number(who.value)) } });
  const told = h('p', { class: 'small muted' });
  const body = h('div');
  const el = h('section', { class: 'card recs' }, h('div', { class: 'head' }, h('h3', {}, 'Top 10 recommendations'), h('label', { class: 'who' }, 'for', who)), told, body);

  const drawUsers = memo((/** @type {NonNullable<State['loaded']>} */ loaded) => fill(who, [...loaded.users, ...loaded.never_learned].sort((a, b) => a.user - b.user).map((user) => h('option', { value: user.user }, `User ${user.user}`))));
  const draw = memo((/** @type {State['recs']} */ recs) => {
    const { before, after } = recs;
    if (recs.status === 'error' && recs.error) return fill(body, troubleBox(recs.error));
    if (before.length === 0) {
      told.textContent = '';
      return fill(body, recs.status === 'busy' ? busy('Asking the model') : h('p', { class: 'none' }, 'Choose a person to see what the model recommends.'));
    }
    if (recs.status === 'busy') return undefined;
    const k = before.length;
    const [compared, candidates] = recs.compared;
    const among = compared < candidates ? ` Among the ${compared} most rated of ${candidates}: a model of this size answers slowly.` : '';
    told.textContent = `${after ? `${overlapOf(before, after)} of ${k} stayed in the list.` : 'After a run the list after it stands beside this one.'}${among}`;
    const column = (/** @type {string} */ kind, /** @type {string} */ title, /** @type {Recommendation[]} */ list) =>
      h('div', { class: kind, style: { 'min-width': '0' } }, h('h4', {}, title), h('ol', { class: 'top-k' }, list.map((entry) => line(entry, kind === 'after' ? 'after' : 'before', k, after != null, () => recs.user != null && void actions.prompt(recs.user, entry.item)))));
    return fill(body, h('div', { class: after ? 'lists' : 'lists single' }, after ? [column('before', 'Before', before), column('after', 'After', after)] : column('before', 'Now', before)));
  });
  return {
    el,
    /** @param {State} state */
    render(state) {
      if (state.loaded) drawUsers(state.loaded);
      if (state.recs.user != null && who.value !== String(state.recs.user)) who.value = String(state.recs.user);
      who.disabled = state.run.status === 'running' || !state.loaded;
      draw(state.recs);
    },
  };
}
