// @ts-check
// What the titles of a file were matched to: what is doubtful to be decided, what the data lack, and what is beyond doubt.

import { useState } from 'preact/hooks';
import { plural } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Button, Stars } from '../../ui/widgets.js';
import { langOf, sentence, t, tn } from '../../ui/words.js';
import { nameOf, rowsOf } from './choices.js';
import { TitleSearch } from './import-view.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').YouState} YouState */
/** @typedef {import('./choices.js').Row} Row */

/** Rows of a list that are shown at first. */
const SHOWN = 12;

/** What a doubtful or missing title is taken for. @param {{row: Row, titles: YouState['titles'], disabled: boolean, actions: Actions}} props */
function Decision({ row, titles, disabled, actions }) {
  const [searching, setSearching] = useState(false);
  const { at, entry, match, item } = row;
  const name = nameOf(entry);
  const proposed = [match.item, ...match.others].flatMap((one) => (one == null ? [] : [one]));
  // One that was found by search stands among them.
  const options = item === null || proposed.includes(item) ? proposed : [item, ...proposed];
  const value = row.undecided ? 'open' : item === null ? 'none' : String(item);
  return h(
    'li',
    { class: row.undecided ? 'review open' : 'review', 'data-line': entry.line },
    h('div', { class: 'theirs' }, h('span', null, name), h(Stars, { rating: entry.stars }), match.why && h('span', { class: 'small muted', lang: langOf(match.why) }, sentence(match.why))),
    h(
      'div',
      { class: 'ours' },
      h(
        'select',
        {
          class: 'select', 'aria-label': t('What {name} is', { name }), value, disabled,
          onChange(/** @type {Event} */ event) {
            const chosen = /** @type {HTMLSelectElement} */ (event.currentTarget).value;
            if (chosen === 'search') setSearching(true);
            else if (chosen !== 'open') actions.decide(at, chosen === 'none' ? null : Number(chosen));
          },
        },
        row.undecided && h('option', { value: 'open' }, t('Is it one of these?')),
        options.map((one) => h('option', { key: one, value: String(one) }, titles[one] ?? t('item {one}', { one }))),
        h('option', { value: 'none' }, match.verdict === 'missing' ? t('Not in the data: left out') : t('None: leave it out')),
        h('option', { value: 'search' }, t('Another: search…')),
      ),
      row.undecided && match.item != null && h(Button, { label: t('Take it'), kind: 'slim', disabled, onClick: () => actions.decide(at, match.item ?? null), about: { 'aria-label': t('Take it: {title} for {name}', { title: titles[match.item] ?? '', name }) } }),
    ),
    searching && h(TitleSearch, {
      label: t('Search what {name} is', { name }), placeholder: t('Search the data’s titles'), disabled, actions,
      children: (found) => h('button', { type: 'button', class: 'link', onClick() {
        actions.decide(at, found.item, found.title);
        setSearching(false);
      } }, found.title),
    }),
  );
}

/** Rows, the first of them at first. @param {{rows: Row[], make: (row: Row) => import('../../ui/types.d.ts').Child, label: string}} props */
function Some({ rows, make, label }) {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, SHOWN);
  return [
    h('ul', { key: 'rows', class: 'reviews', 'aria-label': label }, shown.map(make)),
    rows.length > shown.length && h('div', { key: 'more', class: 'buttons' }, h(Button, { label: t('Show all {length}', { length: rows.length }), kind: 'slim', onClick: () => setAll(true) })),
  ];
}

/** @param {{you: YouState, disabled: boolean, actions: Actions}} props */
export function Review({ you, disabled, actions }) {
  const rows = rowsOf(you);
  const of = (/** @type {string} */ verdict) => rows.filter(({ match }) => match.verdict === verdict);
  const [doubtful, missing, sure] = [of('doubtful'), of('missing'), of('sure')];
  const open = doubtful.filter(({ undecided }) => undecided).length;
  const decision = (/** @type {Row} */ row) => h(Decision, { key: row.at, row, titles: you.titles, disabled, actions });
  return [
    h('p', { key: 'sum', role: 'status' }, tn('{matched}, {doubtful} doubtful, {missing} not in the data.{more}', { matched: h('b', null, t('{titles} matched', { titles: plural(sure.length, 'title') })), doubtful: doubtful.length, missing: missing.length, more: open > 0 ? t(' {ones} to decide: what is not decided is left out.', { ones: plural(open, 'doubtful one') }) : '' })),
    doubtful.length > 0 && h('div', { key: 'doubtful' },
      h('div', { class: 'review-head' }, h('h3', null, t('Doubtful')), open > 1 && h('div', { class: 'buttons' }, h(Button, { label: t('Take all {open}', { open }), kind: 'slim', disabled, onClick: actions.takeProposals }), h(Button, { label: t('Leave all out'), kind: 'slim', disabled, onClick: actions.leaveProposals }))),
      h(Some, { rows: doubtful, make: decision, label: t('Doubtful titles') })),
    missing.length > 0 && h('div', { key: 'missing' }, h('h3', null, t('Not in the data')), h(Some, { rows: missing, make: decision, label: t('Titles that the data lack') })),
    sure.length > 0 && h('details', { key: 'sure', class: 'data' }, h('summary', null, t('Matched ({n})', { n: sure.length })),
      h(Some, { rows: sure, label: t('Matched titles'), make: (row) => h('li', { key: row.at, class: 'review sure' }, h('div', { class: 'theirs' }, h('span', null, nameOf(row.entry)), h(Stars, { rating: row.entry.stars })), h('div', { class: 'ours' },
        h('span', { class: row.item === null ? 'muted struck' : '' }, `→ ${you.titles[row.match.item ?? -1] ?? ''}`),
        h(Button, { label: row.item === null ? t('Take it') : t('Leave out'), kind: 'slim', disabled, onClick: () => actions.decide(row.at, row.item === null ? row.match.item ?? null : null), about: { 'aria-label': row.item === null ? t('Take it: {name}', { name: nameOf(row.entry) }) : t('Leave out: {name}', { name: nameOf(row.entry) }) } }))) })),
  ];
}
