// @ts-check
// Where a person's own ratings come from: an export, a list with its columns, or stars given here.

import { useEffect, useRef, useState } from 'preact/hooks';
import { DropZone } from '../../ui/drop-zone.js';
import { plural } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Busy, Button, ErrorBox } from '../../ui/widgets.js';
import { langOf, msg, sentence, t, tn } from '../../ui/words.js';

/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').YouState} YouState */
/** @typedef {import('../../types.d.ts').Shelf} Shelf */
/** @typedef {import('../../types.d.ts').ShelfColumns} ShelfColumns */

/** Quiet time before a title is searched for, ms. */
const PAUSE = 180;
/** What a column can be. @type {[key: keyof ShelfColumns, label: string, needed: boolean][]} */
const ROLES = [['title', msg('Title'), true], ['rating', msg('Rating'), true], ['year', msg('Year'), false], ['date', msg('Date'), false], ['author', msg('Author'), false]];

/** Which column is which, to be said where it is not known or not right. @param {{shelf: Shelf, disabled: boolean, actions: Actions}} props */
function ColumnChooser({ shelf, disabled, actions }) {
  const [draft, setDraft] = useState(/** @type {Partial<ShelfColumns>} */ (shelf.spec.columns ?? {}));
  const choose = (/** @type {keyof ShelfColumns} */ role, /** @type {string} */ value) => {
    const next = { ...draft, [role]: value === '' ? undefined : Number(value) };
    setDraft(next);
    if (next.title !== undefined && next.rating !== undefined) void actions.readShelfAs({ ...shelf.spec, columns: /** @type {ShelfColumns} */ (next), highest: undefined });
  };
  return h(
    'div',
    { class: 'you-columns' },
    h('div', { class: 'readings' }, ROLES.map(([role, label, needed]) =>
      h('label', { key: role, class: 'reading' }, h('span', null, t(label)), h(
        'select',
        { class: 'select', 'aria-label': t('Column of the {label}', { label: t(label).toLowerCase() }), value: String(draft[role] ?? ''), disabled, onChange: (/** @type {Event} */ event) => choose(role, /** @type {HTMLSelectElement} */ (event.currentTarget).value) },
        h('option', { value: '' }, needed ? t('Choose…') : t('Not there')),
        shelf.columns.map((name, at) => h('option', { key: at, value: String(at) }, name)),
      )))),
    h('label', { class: 'small check' }, h('input', { type: 'checkbox', checked: shelf.spec.header ?? shelf.columns[0] !== 'column 1', disabled, onChange: (/** @type {Event} */ event) => void actions.readShelfAs({ header: /** @type {HTMLInputElement} */ (event.currentTarget).checked }) }), t(' The first line names the columns')),
    h(
      'div',
      { class: 'scroll preview', tabindex: '0', role: 'region', 'aria-label': t('The first rows of {file}', { file: shelf.file }) },
      h('table', null,
        h('thead', null, h('tr', null, shelf.columns.map((name, at) => h('th', { key: at, scope: 'col' }, name)))),
        h('tbody', null, shelf.rows.map((row, at) => h('tr', { key: at }, row.map((cell, column) => h('td', { key: column, class: Object.values(draft).includes(column) ? 'used' : '' }, cell))))),
      ),
    ),
  );
}

/**
 * Titles of the data, found by what is typed.
 * @param {{label: string, placeholder: string, disabled: boolean, actions: Actions, children: (found: {item: number, title: string}) => import('../../ui/types.d.ts').Child}} props
 */
export function TitleSearch({ label, placeholder, disabled, actions, children }) {
  const [found, setFound] = useState(/** @type {{query: string, items: {item: number, title: string}[]}} */ ({ query: '', items: [] }));
  const timer = useRef(0);
  const wanted = useRef('');
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const search = (/** @type {string} */ query) => {
    wanted.current = query;
    window.clearTimeout(timer.current);
    if (query.length < 2) {
      setFound({ query: '', items: [] });
      return;
    }
    timer.current = window.setTimeout(async () => {
      const items = await actions.searchTitles(query).catch(() => []);
      if (wanted.current === query) setFound({ query, items });
    }, PAUSE);
  };
  return h(
    'div',
    { class: 'title-search' },
    h('input', { class: 'input', type: 'search', 'aria-label': label, placeholder, autocomplete: 'off', disabled, onInput: (/** @type {Event} */ event) => search(/** @type {HTMLInputElement} */ (event.currentTarget).value.trim()) }),
    h('p', { class: 'unseen', role: 'status' }, found.query && t('{titles} found', { titles: plural(found.items.length, 'title') })),
    found.query && (found.items.length === 0 ? h('p', { class: 'none' }, t('The data have no such title.')) : h('ul', { class: 'found' }, found.items.map((one) => h('li', { key: one.item }, children(one))))),
  );
}

/** Five stars to be given, in halves. @param {{title: string, stars: number, disabled: boolean, onRate: (stars: number) => void}} props */
const StarSelect = ({ title, stars, disabled, onRate }) =>
  h(
    'select',
    { class: 'select stars-select', 'aria-label': t('Your stars for {title}', { title }), value: String(stars), disabled, onChange: (/** @type {Event} */ event) => onRate(Number(/** @type {HTMLSelectElement} */ (event.currentTarget).value)) },
    h('option', { value: '0' }, '–'),
    Array.from({ length: 10 }, (_, at) => (10 - at) / 2).map((value) => h('option', { key: value, value: String(value) }, `${'★'.repeat(Math.floor(value))}${value % 1 ? '½' : ''}`)),
  );

/** A list that is made here. @param {{you: YouState, items: string, disabled: boolean, actions: Actions}} props */
function OwnList({ you, items, disabled, actions }) {
  const starsOf = (/** @type {number} */ item) => you.list.find((one) => one.item === item)?.stars ?? 0;
  return h(
    'div',
    { class: 'own-list' },
    h('h3', null, t('Or make a list')),
    h(TitleSearch, {
      label: t('Search for {items} that you know', { items: t(items) }), placeholder: t('Search for {items} that you know', { items: t(items) }), disabled, actions,
      children: ({ item, title }) => [h('span', { key: 'title' }, title), h(StarSelect, { key: 'stars', title, stars: starsOf(item), disabled, onRate: (stars) => actions.rate(item, title, stars) })],
    }),
    you.list.length > 0 && h('h3', null, t('Your list')),
    you.list.length > 0 && h('ul', { class: 'found chosen', 'aria-label': t('Your list') }, you.list.map(({ item, title, stars }) =>
      h('li', { key: item }, h('span', null, title), h(StarSelect, { title, stars, disabled, onRate: (next) => actions.rate(item, title, next) })))),
  );
}

/** What was read, and where. @param {{shelf: Shelf}} props */
const Read = ({ shelf }) => h('b', null, t('{ratings} read from {file}', { ratings: plural(shelf.entries.length, 'rating'), file: shelf.file }));

/** @param {{you: YouState, items: string, disabled: boolean, actions: Actions}} props */
export function Import({ you, items, disabled, actions }) {
  const { shelf } = you;
  const isList = shelf?.source === 'list';
  const some = shelf !== null || you.list.length > 0;
  return [
    h(
      DropZone,
      { key: 'drop', onFiles: (files) => void actions.openShelf(files), disabled, about: t('your ratings') },
      h('p', null, h('b', null, t('Drop what you rated.')), t(' It is read in this tab, and goes nowhere.')),
      h('p', { class: 'small muted' }, t('The export of {services}, as you download it from your account; or any list with titles and ratings, as CSV, TSV or JSON.', { services: items === 'books' ? t('Goodreads or StoryGraph') : t('Letterboxd (the zip), IMDb or Trakt') })),
    ),
    you.status === 'busy' && h(Busy, { key: 'busy', text: t('Reading and matching') }),
    h(ErrorBox, { key: 'error', error: you.error }),
    shelf && h('div', { key: 'read', class: 'you-read', role: 'status' },
      h('p', null, isList ? tn('{read}.', { read: h(Read, { shelf }) }) : tn('{read}, an export of {source}.', { read: h(Read, { shelf }), source: shelf.source })),
      shelf.notes.map((note) => h('p', { key: note, class: 'small muted', lang: langOf(note) }, sentence(note))),
    ),
    shelf?.problem && h('p', { key: 'problem', class: 'note', role: 'alert' }, t('Say which column has the title, and which the rating.')),
    shelf && isList && h('details', { key: `columns ${shelf.file}`, class: 'data', open: shelf.problem != null }, h('summary', null, t('Columns')), h(ColumnChooser, { key: shelf.columns.join(), shelf, disabled, actions })),
    h(OwnList, { key: 'list', you, items, disabled, actions }),
    some && h('div', { key: 'clear', class: 'buttons' }, h(Button, { label: t('Clear all of it'), kind: 'slim', disabled, onClick: actions.clearShelf })),
  ];
}
