// @ts-check
// A person's ratings: to look at, or to choose single ones from.

import { useRef, useState } from 'preact/hooks';
import { count, fixed, percent } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { Explained } from '../../ui/term.js';
import { Busy, ErrorBox, PromptButton, Stars } from '../../ui/widgets.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('../../types.d.ts').UserEntry} UserEntry */
/** @typedef {import('../../types.d.ts').UserRow} UserRow */

const FIRST = 40;
/** What the list shows. @param {boolean} standard */
const aboutList = (standard) => ({
  term: t('This list'),
  says: t('What was learned from can be forgotten, the rest stays. The percentage beside a rating is the model’s probability that this person likes it, p(Yes).{more}', { more: standard ? t(' This person is one of the paper’s 20 %.') : '' }),
});
/** Why a rating stays. @type {Record<string, string>} */
const STAYS = { context: msg('too early to be learned from'), valid: msg('never trained on'), test: msg('never trained on') };

/** @param {{row: UserRow}} props */
const Side = ({ row }) =>
  h(
    'span',
    { class: 'side' },
    h(Stars, { rating: row.rating }), h('br'), row.before == null ? '' : row.after == null ? t('model: {before}', { before: percent(row.before) }) : `${fixed(row.before * 100, 0)} → ${percent(row.after)}`,
  );

/** @param {{row: UserRow, onPrompt?: () => void}} props without `onPrompt` no prompt is offered */
function Text({ row, onPrompt }) {
  const note = row.set === 'train' ? row.genres.map(said).join(', ') : t(STAYS[row.set] ?? '');
  return [
    h('span', { class: 'title', title: row.title }, row.title),
    // A rating without an answer was no question: there is no prompt of it.
    h('span', { class: 'sub' }, h('span', null, note), onPrompt && row.set !== 'context' && h(PromptButton, { title: row.title, onClick: onPrompt })),
  ];
}

/** Ratings to look at. */
const Shown = memo(
  /** @param {{user: number, rows: UserRow[], onPrompt: (user: number, item: number) => void}} props */
  ({ user, rows, onPrompt }) =>
    rows.map((row) =>
      h('li', { key: row.item, class: row.set === 'train' ? 'goes' : 'stays' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), h(Text, { row, onPrompt: () => onPrompt(user, row.item) }), h(Side, { row }))),
);

/** Ratings to tick. */
const Ticked = memo(
  /** @param {{user: number, rows: UserRow[], picked: number[] | undefined, disabled: boolean, onPick: (user: number, items: number[], on: boolean) => void}} props */
  ({ user, rows, picked = [], disabled, onPick }) => {
    const chosen = new Set(picked);
    return rows.map((row) =>
      h(
        'li',
        { key: row.item },
        h(
          'label',
          null,
          h('input', { type: 'checkbox', disabled, checked: chosen.has(row.item), onChange: (/** @type {Event} */ event) => onPick(user, [row.item], /** @type {HTMLInputElement} */ (event.currentTarget).checked) }),
          h(Text, { row }), h(Side, { row }),
        ),
      ),
    );
  },
);

/**
 * @param {{user: number | null, called: string, entry: UserEntry | undefined, picked?: number[], standard?: boolean, disabled: boolean, onPick?: (user: number, items: number[], on: boolean) => void, onPickMany?: (user: number, items: number[], on: boolean) => void, onPrompt?: (user: number, item: number) => void}} props
 *   `called`: what the person is called; `standard`: one of the paper's fifth of the people; `onPick` and `onPickMany` where single ratings may be ticked, `onPrompt` where a rating's prompt may be looked at
 */
export function RatingsList({ user, called, entry, picked, standard = false, disabled, onPick, onPickMany, onPrompt }) {
  const [allOf, setAllOf] = useState(/** @type {number | null} */ (null));
  /** What was shown last stays while the same person's ratings are asked for again. */
  const last = useRef(/** @type {{user: number | null, rows: UserRow[]}} */ ({ user: null, rows: [] }));
  if (entry?.status === 'ready') last.current = { user, rows: entry.rows };
  const roving = useRoving('input, button');
  const list = (/** @type {import('../../ui/types.d.ts').Child} */ content) => h('ul', { class: 'history', 'aria-label': t('Ratings'), ...roving }, content);
  if (user == null) return h('div', { class: 'panel' }, list(h('li', { class: 'none' }, t('Choose a person above.'))));
  if (entry?.status === 'error') return h('div', { class: 'panel' }, list(h('li', { class: 'none' }, h(ErrorBox, { error: entry.error }))));
  if (last.current.user !== user) return h('div', { class: 'panel' }, list(h('li', null, h(Busy, { text: t('Reading {called}’s ratings', { called }) }))));

  const { rows: known } = last.current;
  const trained = known.filter((row) => row.set === 'train');
  const rows = [...trained.toReversed(), ...(onPick ? [] : known.filter((row) => row.set !== 'train').toReversed())];
  const more = allOf === user;
  const shown = more ? rows : rows.slice(0, FIRST);
  const quick = (/** @type {string} */ label, /** @type {UserRow[]} */ which, /** @type {boolean} */ on) =>
    h('button', { type: 'button', class: 'btn slim', disabled, onClick: () => onPickMany?.(user, which.map((row) => row.item), on) }, label);
  return h(
    'div',
    { class: 'panel' },
    h('div', { class: 'history-head' }, h('h3', null, t('{called}’s ratings', { called: called.replace(/^user /, 'User ') })), h('span', { class: 'muted small' }, t('{n} of {all}', { n: count(trained.length), all: count(known.length) }), ' ', h(Explained, { about: aboutList(standard) }, t('were learned from')))),
    onPick && h('div', { class: 'quick' }, quick(t('All'), trained, true), quick(t('4 stars and up'), trained.filter((row) => row.rating >= 4), true), quick(t('Below 3'), trained.filter((row) => row.rating < 3), true), quick(t('None'), trained, false)),
    list([
      onPick ? h(Ticked, { user, rows: shown, picked, disabled, onPick }) : h(Shown, { user, rows: shown, onPrompt: onPrompt ?? (() => {}) }),
      rows.length === 0 && h('li', { class: 'none' }, t('No ratings that were learned from.')),
      !more && rows.length > FIRST && h('li', null, h('button', { type: 'button', class: 'link', onClick: () => setAllOf(user) }, t('Show all {length}', { length: count(rows.length) }))),
    ]),
  );
}
