// @ts-check
// The map: a dot for each rating of the sample, where its state lies along Original's two principal components. It stands still while dots move. Round dots go,
// square ones stay; filled ones are of items that the person likes. One stop for Tab; arrows go from dot to dot.

import { useMemo } from 'preact/hooks';
import { fixed, percent } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { useRoving } from '../../ui/roving.js';
import { marker } from '../../ui/term.js';
import { DataTable } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { extentOf, shareOf } from './sample.js';

/** @typedef {import('./sample.js').Answer} Answer */
/** @typedef {import('../../types.d.ts').Moment} Moment */

/** The drawing's own units. */
const [WIDTH, HEIGHT, EDGE] = [640, 400, 16];

/** @param {Answer} row @param {(user: number) => string} nameOf */
export const rowText = (row, nameOf) => t('{person}, {title}: {liked}, {set}; p(Yes) {original} → {now}', { person: nameOf(row.user), title: row.title, liked: row.liked ? t('liked') : t('not liked'), set: row.forget ? t('to be forgotten') : t('stays'), original: percent(row.original), now: percent(row.now) });

/** A dot. */
const Dot = memo(
  /** @param {{at: number, x: number, y: number, forget: boolean, liked: boolean, lit: boolean, dim: boolean, label: string}} props */
  ({ at, x, y, forget, liked, lit, dim, label }) => {
    const kind = `dot ${forget ? 'goes' : 'stays'} ${liked ? 'liked' : 'disliked'}${lit ? ' lit' : ''}${dim ? ' dim' : ''}`;
    const about = { class: kind, 'data-row': at, role: 'img', tabindex: '-1', 'aria-label': label, style: { transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` } };
    return forget ? h('circle', { ...about, r: lit ? 7 : 5 }) : h('rect', { ...about, x: lit ? -5 : -3.5, y: lit ? -5 : -3.5, width: lit ? 10 : 7, height: lit ? 10 : 7, rx: 1 });
  },
);

export const SampleMap = memo(
  /** @param {{answers: Answer[], list: Moment[], n: number, moment: Moment, lit: ReadonlySet<number>, nameOf: (user: number) => string, onAim: (row: number | null) => void, onHold: (row: number) => void}} props */
  ({ answers, list, n, moment, lit, nameOf, onAim, onHold }) => {
    const extent = useMemo(() => extentOf(list), [list, n]);
    const roving = useRoving('.dot');
    // Those that are lit, and those that go, are drawn over the others.
    const order = useMemo(() => answers.toSorted((a, b) => Number(lit.has(a.at)) - Number(lit.has(b.at)) || Number(a.forget) - Number(b.forget)), [answers, lit]);
    const rowOf = (/** @type {Event} */ event) => {
      const { row } = /** @type {SVGElement} */ (event.target).dataset;
      return row === undefined ? null : Number(row);
    };
    const press = (/** @type {Event} */ event) => {
      const row = rowOf(event);
      if (row !== null) onHold(row);
    };
    const read = () => ({
      head: [t('Rating'), t('Person#who'), t('Set'), t('Liked#head'), 'x', 'y', t('Original'), t('Now'), t('Never saw it')],
      rows: answers.map((row) => [row.title, nameOf(row.user), row.forget ? t('forget') : t('retain'), row.liked ? t('yes') : t('no'), fixed(moment.places[row.at]?.[0], 2), fixed(moment.places[row.at]?.[1], 2), percent(row.original), percent(row.now), percent(row.goal)]),
    });
    return h(
      'figure',
      { class: 'card chart map' },
      h('figcaption', { class: 'head' }, h('div', null, h('h3', null, t('Map of the ratings')), h('p', null, marker()(t('Each dot is a rating: ratings that the model sees alike lie close together. Two principal components of its state before the answer, fitted on Original.'))))),
      h('p', { class: 'map-key' }, h('span', null, h('i', { class: 'key goes' }), t('to be forgotten')), h('span', null, h('i', { class: 'key stays' }), t('stays')), h('span', null, h('i', { class: 'key liked' }), t('liked')), h('span', null, h('i', { class: 'key disliked' }), t('not liked'))),
      h(
        'svg',
        {
          ...roving, class: 'places', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'group', 'aria-label': t('Map of {n} ratings', { n: answers.length }),
          onMouseover: (/** @type {Event} */ event) => onAim(rowOf(event)), onMouseleave: () => onAim(null), onFocusout: () => onAim(null), onClick: press,
          onFocusin(/** @type {FocusEvent} */ event) {
            roving.onFocusin(event);
            onAim(rowOf(event));
          },
          onKeydown(/** @type {KeyboardEvent} */ event) {
            roving.onKeydown(event);
            if (event.key !== 'Enter' && event.key !== ' ') return;
            event.preventDefault();
            press(event);
          },
        },
        order.map((row) => {
          const [x, y] = shareOf(moment.places[row.at] ?? [0, 0], extent);
          return h(Dot, { key: row.at, at: row.at, x: EDGE + x * (WIDTH - 2 * EDGE), y: EDGE + y * (HEIGHT - 2 * EDGE), forget: row.forget, liked: row.liked, lit: lit.has(row.at), dim: lit.size > 0 && !lit.has(row.at), label: rowText(row, nameOf) });
        }),
      ),
      h(DataTable, { what: t('Places and answers of the ratings on the map'), read }),
    );
  },
);
