// @ts-check
// A person's ratings: to look at, or to choose single ones from.

import { fill, h, memo } from '../dom.js';
import { count, fixed, percent } from '../format.js';
import { busy, promptButton, stars, troubleBox } from '../ui.js';

/** @typedef {import('../types.d.ts').UserEntry} UserEntry */
/** @typedef {import('../types.d.ts').UserRow} UserRow */

const FIRST = 40;
const STAYS = { context: 'too early to be learned from', valid: 'never trained on', test: 'never trained on' };

/** @param {UserRow} row */
function side(row) {
  const chance = row.before == null ? '' : row.after == null ? `model: ${percent(row.before)}` : `${fixed(row.before * 100, 0)} → ${percent(row.after)}`;
  const title = 'The model’s probability that this person likes it, before and after';
  return h('span', { class: 'side', title }, stars(row.rating), h('br'), chance);
}

/**
 * @param {object} hooks
 * @param {(user: number, items: number[], on: boolean) => void} [hooks.onPick] where single ratings may be ticked
 * @param {(user: number, item: number) => void} [hooks.onPrompt] where a rating's prompt may be looked at
 */
export function historyList({ onPick, onPrompt }) {
  const pick = onPick ? { onPick } : null;
  let all = false;
  let shownUser = -1;
  const head = h('div', { class: 'history-head' });
  const quick = h('div', { class: 'quick' });
  const list = h('ul', { class: 'history', tabindex: '0', 'aria-label': 'Ratings' });
  const el = h('div', { class: 'panel' }, head, pick ? quick : null, list);

  const draw = memo((/** @type {number | null} */ user, /** @type {UserEntry | undefined} */ entry, /** @type {number[]} */ picked, /** @type {boolean} */ disabled, /** @type {boolean} */ more) => {
    if (user == null) return fill(list, h('li', { class: 'none' }, 'Choose a person above.'));
    if (!entry || entry.status === 'busy') return list.childElementCount === 0 || user !== shownUser ? fill(list, busy(`Reading user ${user}’s ratings`)) : undefined;
    if (entry.status === 'error') return entry.error ? fill(list, troubleBox(entry.error)) : undefined;
    const again = shownUser === user;
    shownUser = user;
    const trained = entry.rows.filter((row) => row.set === 'train');
    fill(head, h('h3', {}, `User ${user}’s ratings`), h('span', { class: 'muted small' }, `${count(trained.length)} of ${count(entry.rows.length)} were learned from`));
    const others = entry.rows.filter((row) => row.set !== 'train');
    const rows = [...trained.toReversed(), ...(pick ? [] : others.toReversed())];
    const chosen = new Set(picked);
    if (pick) {
      const act = (/** @type {string} */ label, /** @type {UserRow[]} */ which, /** @type {boolean} */ on) =>
        h('button', { type: 'button', class: 'btn slim', disabled, on: { click: () => pick.onPick(user, which.map((row) => row.item), on) } }, label);
      fill(quick, act('All', trained, true), act('4 stars and up', trained.filter((row) => row.rating >= 4), true), act('Below 3', trained.filter((row) => row.rating < 3), true), act('None', trained, false));
    }
    const scroll = again ? list.scrollTop : 0;
    fill(
      list,
      rows.slice(0, more ? rows.length : FIRST).map((row) => line(row, pick ? { on: chosen.has(row.item), disabled, set: (on) => pick.onPick(user, [row.item], on) } : null, () => onPrompt?.(user, row.item))),
      rows.length === 0 && h('li', { class: 'none' }, 'No ratings that were learned from.'),
      !more && rows.length > FIRST && h('li', {}, h('button', { type: 'button', class: 'link', on: { click: () => redraw(true) } }, `Show all ${count(rows.length)}`)),
    );
    if (again) list.scrollTop = scroll;
    return undefined;
  });

  /** @type {[number | null, UserEntry | undefined, number[], boolean]} */
  let last = [null, undefined, [], false];
  /** @param {boolean} more */
  const redraw = (more) => {
    all = more;
    draw(...last, all);
  };
  const NOTHING = /** @type {number[]} */ ([]);
  return {
    el,
    /** @param {number | null} user @param {UserEntry | undefined} entry @param {number[] | undefined} picked @param {boolean} disabled */
    set(user, entry, picked, disabled) {
      if (user !== last[0]) all = false;
      last = [user, entry, picked ?? NOTHING, disabled];
      draw(...last, all);
    },
  };
}

/**
 * @param {UserRow} row
 * @param {{on: boolean, disabled: boolean, set: (on: boolean) => void} | null} tick
 * @param {() => void} onPrompt
 */
function line(row, tick, onPrompt) {
  const goes = row.set === 'train';
  const note = goes ? row.genres.join(', ') : STAYS[/** @type {keyof typeof STAYS} */ (row.set)] ?? '';
  const title = h('span', { class: 'title', title: row.title }, row.title);
  // A rating without an answer was no question: there is no prompt of it.
  const sub = h('span', { class: 'sub' }, h('span', {}, note), !tick && row.set !== 'context' && promptButton(row.title, onPrompt));
  if (!tick) return h('li', { class: goes ? 'goes' : 'stays' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), title, sub, side(row));
  const box = h('input', { type: 'checkbox', disabled: tick.disabled, on: { change: () => tick.set(box.checked) } });
  box.checked = tick.on;
  return h('li', {}, h('label', {}, box, title, sub, side(row)));
}
