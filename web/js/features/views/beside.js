// @ts-check
// Original, the model at this step, and one that never saw it, side by side: for a person, an item, a rating, or all.

import { count, fixed, percent } from '../../ui/format.js';
import { h, memo } from '../../ui/h.js';
import { Term } from '../../ui/term.js';
import { t } from '../../ui/words.js';
import { meansOf } from './sample.js';

/** @typedef {import('./sample.js').Answer} Answer */

/** Rows that are listed; the means are of all. */
const MOST_ROWS = 12;

/** An answer as a bar and a figure. @param {{value: number | null, color: string}} props */
const Bar = ({ value, color }) => h('span', { class: 'answer' }, h('i', { 'aria-hidden': 'true', hidden: value == null, style: { width: `${(value ?? 0) * 100}%`, background: `var(${color})` } }), h('b', null, percent(value)));

/** @param {{goal: 'retrain' | 'expected' | null}} props */
const Head = ({ goal }) =>
  h('thead', null, h('tr', null, h('th', { scope: 'col' }, t('Rating')), h('th', { scope: 'col' }, h(Term, { id: 'original' }, t('Original'))), h('th', { scope: 'col' }, t('This step')), h('th', { scope: 'col' }, goal === 'retrain' ? h(Term, { id: 'retrain' }, t('Retrain')) : goal === 'expected' ? t('Expected') : t('Never saw it'))));

/** @param {{goal: number | null, original: number | null, now: number | null, third: string}} props */
const Three = ({ original, now, goal, third }) => [h('td', { key: 'original' }, h(Bar, { value: original, color: '--original' })), h('td', { key: 'now' }, h(Bar, { value: now, color: '--unlearned' })), h('td', { key: 'goal' }, h(Bar, { value: goal, color: third }))];

export const Beside = memo(
  /** @param {{answers: Answer[], chosen: Answer[], title: string, goal: 'retrain' | 'expected' | null, lit: ReadonlySet<number>, nameOf: (user: number) => string, onAim: (row: number | null) => void}} props `chosen`: of whom it is */
  ({ chosen, title, goal, lit, nameOf, onAim }) => {
    // The forget set is what it is about; where all are looked at, what stays is summed up beside it.
    const parts = [{ what: t('to be forgotten'), some: chosen.filter((row) => row.forget) }, { what: t('that stay'), some: chosen.filter((row) => !row.forget) }];
    const rows = chosen.toSorted((a, b) => Number(b.forget) - Number(a.forget) || Math.abs(b.now - b.original) - Math.abs(a.now - a.original)).slice(0, MOST_ROWS);
    const rowOf = (/** @type {Event} */ event) => {
      const row = /** @type {HTMLElement} */ (event.target).closest('[data-row]')?.getAttribute('data-row');
      return row == null ? null : Number(row);
    };
    return h(
      'section',
      { class: 'card beside', 'aria-label': t('Side by side') },
      h('div', { class: 'head' }, h('h3', null, title), h('p', { class: 'small muted' }, t('p(Yes), the model’s belief that the person likes it. {goal}', { goal: goal === 'retrain' ? t('Retrain never saw what goes.') : goal === 'expected' ? t('Expected of a model that never saw it (cross-fitted), an estimate.') : t('There is no model here that never saw it.') }))),
      h(
        'div',
        { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('Answers side by side'), onMouseover: (/** @type {Event} */ event) => onAim(rowOf(event)), onMouseleave: () => onAim(null) },
        h(
          'table',
          null,
          h('caption', { class: 'unseen' }, t('Answers of Original, of this step, and of a model that never saw it')),
          h(Head, { goal }),
          h(
            'tbody',
            { class: 'means' },
            parts.flatMap(({ what, some }) => meansOf(some).flatMap(({ liked, n, original, now, goal: third }) => (n === 0 ? [] : [h('tr', { key: `${what} ${liked}` }, h('th', { scope: 'row' }, t('{n} {liked}, {what}', { n: count(n), liked: liked ? t('liked') : t('not liked'), what }), h('span', { class: 'sub' }, t('mean'))), h(Three, { original, now, goal: third, third: goal === 'expected' ? '--retain' : '--retrain' }))]))),
          ),
          h(
            'tbody',
            null,
            rows.map((row) => h('tr', { key: row.at, 'data-row': row.at, class: `${lit.has(row.at) ? 'lit ' : ''}${row.forget ? 'goes' : 'stays'}` }, h('th', { scope: 'row' }, h('span', { class: 'title', title: row.title }, row.title), h('span', { class: 'sub' }, t('{person}, {liked}{more}', { person: nameOf(row.user), liked: row.liked ? t('liked') : t('not liked'), more: row.forget ? '' : t(', stays') }))), h(Three, { original: row.original, now: row.now, goal: row.goal, third: goal === 'expected' ? '--retain' : '--retrain' }))),
          ),
        ),
      ),
      chosen.length > rows.length && h('p', { class: 'small muted' }, t('The {n} whose answers moved most, of {all} in the sample.', { n: rows.length, all: count(chosen.length) })),
    );
  },
);

/** How far the answers lie from Original’s. @param {Answer[]} answers */
export const meanChange = (answers) => (answers.length === 0 ? '–' : fixed(answers.reduce((sum, row) => sum + Math.abs(row.now - row.original), 0) / answers.length, 3));
