// @ts-check
// The card of the chosen method: what it does, its main figures beside Original and Retrain, where they were measured, and the people one by one. It comes
// into view when a line or a point is chosen, and gives the focus back when it is closed.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { Citation } from '../../ui/cite.js';
import { h } from '../../ui/h.js';
import { Button, ErrorBox } from '../../ui/widgets.js';
import { said, sentence, t } from '../../ui/words.js';
import { familyOf, FamilyMark } from './family-mark.js';
import { People } from './people.js';
import { fullName } from './plot-layout.js';
import { cellText, COLUMNS, sourceText, standardOf } from './table-data.js';

/** @typedef {import('./table-data.js').Line} Line */
/** @typedef {import('../../app/actions.js').Actions} Actions */
/** @typedef {import('../../types.d.ts').State} State */

/** What the card tells of a line's figures: what a narrow table shows first. */
const SHOWN = COLUMNS.filter((column) => column.main);
/** The id that the row's button points to. */
export const CARD_ID = 'compare-card';

/** Brings an element into view, and the focus to it. @param {HTMLElement} card @param {HTMLElement} title */
function bringIntoView(card, title) {
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  title.focus({ preventScroll: true });
  card.scrollIntoView({ block: 'start', behavior: isStill ? 'auto' : 'smooth' });
}

/** The main figures of a line, beside those that it is read against. @param {{line: Line, lines: Line[]}} props */
function Figures({ line, lines }) {
  const beside = [line, standardOf(lines, 'original', line.from) ?? standardOf(lines, 'original'), standardOf(lines, 'retrain', line.from)].filter((one) => one !== undefined);
  return h(
    'div',
    { class: 'scroll wide-table', tabindex: '0', role: 'region', 'aria-label': t('Main figures of {line}', { line: fullName(line) }) },
    h(
      'table',
      null,
      h('thead', null, h('tr', null, h('td'), SHOWN.map(({ id, label }) => h('th', { key: id, scope: 'col' }, label)))),
      h('tbody', null, beside.map((one) => h('tr', { key: one.key }, h('th', { scope: 'row' }, one === line ? t('This method') : said(one.label), one.origin !== line.origin && h('small', null, t(one.origin ?? ''))), SHOWN.map((column) => {
        const { value, spread } = cellText(column, one.figures[column.id]);
        return h('td', { key: column.id }, value, spread && h('small', null, spread));
      })))),
    ),
  );
}

/**
 * @param {{line: Line | null, lines: Line[], state: State, loaded: import('../../types.d.ts').Loaded, forgetKey: string, running: boolean, actions: Actions}} props
 *   `lines`: every line, to read this one beside
 */
export function MethodCard({ line, lines, state, loaded, forgetKey, running, actions }) {
  const card = useRef(/** @type {HTMLElement | null} */ (null));
  const title = useRef(/** @type {HTMLElement | null} */ (null));
  const opener = useRef(/** @type {Element | null} */ (null));
  const key = line?.key ?? null;
  useLayoutEffect(() => {
    if (key === null || !card.current || !title.current) return;
    if (!card.current.contains(document.activeElement)) opener.current = document.activeElement;
    bringIntoView(card.current, title.current);
  }, [key]);
  if (!line) return null;
  const entry = loaded.methods.find((method) => method.id === line.id);
  const preset = entry?.presets.find((one) => line.setting === one.id || line.setting.startsWith(`${one.id}, `));
  const close = () => {
    const from = /** @type {HTMLElement | null} */ (opener.current);
    const row = /** @type {HTMLElement | null} */ (document.querySelector(`tr[data-key="${CSS.escape(line.key)}"] button.name`));
    actions.openLine(null);
    // Where one was; the row's own name, where that is gone.
    (from?.isConnected && from !== document.body ? from : row)?.focus();
  };
  return h(
    'section',
    { ref: card, id: CARD_ID, class: 'card table-card people-card', 'aria-labelledby': 'compare-card-title' },
    h(
      'div',
      { class: 'head' },
      h('h2', { ref: title, id: 'compare-card-title', tabindex: '-1' }, h(FamilyMark, { family: familyOf(line.id, loaded.methods) }), ` ${fullName(line)}`),
      h(Button, { label: t('Close'), kind: 'slim', onClick: close }),
    ),
    h(
      'div',
      { class: 'panel' },
      entry && h('p', { class: 'summary' }, said(entry.summary)),
      h('p', { class: 'small muted' }, t('Measured: {line}.', { line: sourceText(line) }), entry && [t(' After: '), h(Citation, { text: entry.citation }), '.'], preset?.note && ` ${said(preset.label)}: ${sentence(preset.note)}`),
      h(ErrorBox, { error: state.compare.failed[line.key] ?? null }),
      line.origin && h(Figures, { line, lines }),
      h(People, { line, last: state.last, loaded, choice: state.choice, forgetKey, running, actions }),
    ),
  );
}
