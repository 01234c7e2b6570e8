// @ts-check
// A word of the field as a small button: it opens a sentence about it, its formula and its paper. A native popover, so that it lies above everything, and
// Escape or a tap beside it closes it.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formulaOf } from './formula.js';
import { useFreshId } from './fresh-id.js';
import { ENTRIES, IDS_BY_WORD } from './glossary.js';
import { h, render } from './h.js';
import { language, ownWords, said, t } from './words.js';

/** @typedef {import('./glossary.js').Entry} Entry */
/** @typedef {import('./glossary.js').TermId} TermId */
/** @typedef {import('./types.d.ts').Child} Child */

/** Between the window's edge and what opens, in pixels. */
const EDGE = 12;
/** Between the word and what opens. */
const GAP = 6;

/** Browsers before 2024 have no popovers: there it opens and closes by its button alone. */
const hasPopovers = typeof HTMLElement !== 'undefined' && 'showPopover' in HTMLElement.prototype;

/** Puts what opens below its word, or above it where there is more room. @param {HTMLElement} pop @param {HTMLElement} word */
function place(pop, word) {
  const at = word.getBoundingClientRect();
  const { width, height } = pop.getBoundingClientRect();
  // The page's own width: room that is kept for a scroll bar is not in it.
  const { clientWidth } = document.body;
  const { clientHeight } = document.documentElement;
  const below = at.bottom + GAP;
  const top = below + height + EDGE <= clientHeight ? below : Math.max(EDGE, Math.min(at.top - GAP - height, clientHeight - height - EDGE));
  pop.style.left = `${Math.max(EDGE, Math.min(at.left, clientWidth - width - EDGE))}px`;
  pop.style.top = `${top}px`;
}

/** What is said before the page is left, and the way out. There is no link to another site before it is asked for. @param {{arxiv: string, id?: string}} props */
const WayOut = ({ arxiv, id }) =>
  h(
    'span',
    { class: 'way-out' },
    h('span', { id, role: 'status' }, t('This leaves the page; nothing of your data goes with it.')),
    h('a', { class: 'btn slim', href: `https://arxiv.org/abs/${arxiv}`, target: '_blank', rel: 'noopener noreferrer' }, t('Open arxiv.org in a new tab')),
  );

/** @param {{paper: import('./glossary.js').Paper}} props */
function PaperLine({ paper: { by, venue, year, arxiv } }) {
  const [leaving, setLeaving] = useState(false);
  return h(
    'span',
    { class: 'paper' },
    `${by}, ${venue}, ${year}${arxiv ? ', ' : '.'}`,
    arxiv && (leaving ? `arXiv ${arxiv}.` : h('button', { type: 'button', class: 'link', onClick: () => setLeaving(true) }, `arXiv ${arxiv}`)),
    arxiv && leaving && h(WayOut, { arxiv }),
  );
}

/**
 * The button and what it opens. Only spans inside: it may stand in a paragraph, or in the head of a column.
 * @param {{name: string, children?: Child, body: (id: string) => Child}} props `name`: of what opens; `body` is drawn when it does, with its sentence under that id
 */
function Chip({ name, children, body }) {
  const id = useFreshId('term');
  const word = useRef(/** @type {HTMLElement | null} */ (null));
  const pop = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (!open || !pop.current || !word.current) return undefined;
    const again = () => pop.current && word.current && place(pop.current, word.current);
    again();
    // What it holds can grow, and what it stands beside can be scrolled.
    const observer = new ResizeObserver(again);
    observer.observe(pop.current);
    for (const event of ['scroll', 'resize']) addEventListener(event, again, { capture: true, passive: true });
    return () => {
      observer.disconnect();
      for (const event of ['scroll', 'resize']) removeEventListener(event, again, { capture: true });
    };
  }, [open]);
  const onFocusout = (/** @type {FocusEvent} */ event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (to && hasPopovers && !pop.current?.contains(to) && to !== word.current) pop.current?.hidePopover();
  };
  const onKeydown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && !hasPopovers) setOpen(false);
  };
  return [
    h('button', { key: 'word', ref: word, type: 'button', class: 'term', popovertarget: id, 'aria-expanded': String(open), onClick: hasPopovers ? undefined : () => setOpen(!open), onKeydown }, children),
    h(
      'span',
      {
        key: 'pop', ref: pop, id, class: open ? 'term-pop open' : 'term-pop', popover: 'auto', tabindex: '-1', autofocus: true, 'aria-live': 'off', onFocusout, onKeydown,
        onbeforetoggle: (/** @type {ToggleEvent} */ event) => setOpen(event.newState === 'open'),
        ...(open ? { role: 'dialog', 'aria-label': name, 'aria-describedby': `${id}-says` } : {}),
      },
      open && body(`${id}-says`),
    ),
  ];
}

/** An entry of the glossary in the language that is spoken. @param {TermId} id @returns {Entry} */
export const entryOf = (id) => ({ ...ENTRIES[id], ...ownWords(id) });

/** @param {{about: Pick<Entry, 'term' | 'says' | 'formula' | 'paper'>, id: string}} props */
const About = ({ about: { term, says, formula, paper }, id }) => [h('b', null, said(term)), h('span', { id }, said(says)), formula && h('span', { class: 'formula' }, formulaOf(formula)), paper && h(PaperLine, { paper })];

/** A word that says what it means: of the glossary, or `about` something of its own. @param {{about: Pick<Entry, 'term' | 'says' | 'formula' | 'paper'>, children?: Child}} props */
export const Explained = ({ about, children }) => h(Chip, { name: said(about.term), body: (id) => h(About, { about, id }) }, children ?? said(about.term));

/** A word of the glossary. @param {{id: TermId, children?: Child}} props */
export const Term = ({ id, children }) => h(Explained, { about: entryOf(id) }, children);

const escaped = (/** @type {string} */ word) => word.replace(/[.()/]/g, '\\$&');
/** What stands open before a word, where none is set apart by a space. */
const OPENING = /[（“‘《「]*$/;

/** Letters that a word ends at: Chinese sets none of its own apart. @param {boolean} isChinese */
const around = (isChinese) => (isChinese ? '[A-Za-z0-9_-]' : '[\\p{L}\\p{N}_-]');
/** Finds words; longer ones first: “forgetting teacher” before “teacher”. @param {ReadonlyMap<string, TermId>} ids @param {boolean} isChinese */
const finderOf = (ids, isChinese) => new RegExp(`(?<!${around(isChinese)})(?:${[...ids.keys()].toSorted((a, b) => b.length - a.length).map(escaped).join('|')})(?!${around(isChinese)})`, 'giu');

/** Words of the language that is spoken, once they are needed. @type {{of: unknown, ids: ReadonlyMap<string, TermId>, finder: RegExp, isChinese: boolean} | null} */
let spoken = null;
function wordsNow() {
  if (spoken?.of === language()) return spoken;
  const isChinese = language().id === 'zh';
  const ids = isChinese ? new Map(Object.keys(ENTRIES).flatMap((id) => (ownWords(id)?.words ?? []).map((word) => /** @type {[string, TermId]} */ ([word, id])))) : IDS_BY_WORD;
  return (spoken = { of: language(), ids, finder: finderOf(ids, isChinese), isChinese });
}

/**
 * Finds the glossary's words in texts of one card, which it puts into the language that is spoken: each is explained where it stands first.
 * @param {TermId[]} [known] those that are explained elsewhere in the card
 * @returns {(text: string) => Child[]}
 */
export function marker(known = []) {
  const seen = new Set(known);
  const { ids, finder, isChinese } = wordsNow();
  return (english) => {
    const text = said(english);
    /** @type {Child[]} */
    const parts = [];
    let at = 0;
    for (const match of text.matchAll(finder)) {
      const id = ids.get(match[0].toLowerCase());
      if (!id || seen.has(id)) continue;
      seen.add(id);
      // No line ends between a word and the brackets or stops beside it.
      const before = (isChinese ? OPENING : /\S*$/).exec(text.slice(at, match.index))?.[0] ?? '';
      const after = /^(?:['’]s|[^\s\p{L}\p{N}])*/u.exec(text.slice(match.index + match[0].length))?.[0] ?? '';
      const word = h(Term, { key: id, id }, match[0]);
      parts.push(text.slice(at, match.index - before.length), before + after === '' ? word : h('span', { key: id, class: 'term-whole' }, before, word, after));
      at = match.index + match[0].length + after.length;
    }
    return [...parts, text.slice(at)];
  };
}

/** A citation as the engine gives it: each arXiv number in it leads there, after a word about leaving. @param {{text: string}} props */
export const Citation = ({ text }) =>
  text.split(/(arXiv \d{4}\.\d{4,5})/).map((part) => (part.startsWith('arXiv ') ? h(Chip, { key: part, name: part, body: (id) => h(WayOut, { arxiv: part.slice(6), id }) }, part) : part));

/** Words that stand in the page's own markup: what is in an element with `data-term` becomes a button. */
export function mountTerms() {
  for (const place of document.querySelectorAll('[data-term]')) {
    const text = markup.get(place) ?? place.textContent ?? '';
    if (!markup.has(place)) place.replaceChildren();
    markup.set(place, text);
    render(h(Term, { id: /** @type {TermId} */ (place.getAttribute('data-term')) }, t(text)), place);
  }
}

/** What those elements say in English. @type {WeakMap<Element, string>} */
const markup = new WeakMap();

/** The ids of the words that stand in a text. @param {string} text @returns {TermId[]} */
export function termsIn(text) {
  const { ids, finder } = wordsNow();
  return [...said(text).matchAll(finder)].flatMap(([word]) => ids.get(word.toLowerCase()) ?? []);
}
