// @ts-check
// Citations whose arXiv numbers lead there: in a new tab, and, the first time, after one notice. Until somebody has read it no address of another site
// stands in the page, so that no browser can look one up or connect ahead. The page lets no script open a window: the link itself is pressed.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useFreshId } from './fresh-id.js';
import { h, render } from './h.js';
import { said, t } from './words.js';

const NUMBER = /arXiv[ :](\d{4}\.\d{4,5})/g;

/**
 * A citation in pieces: what stands there, and where it leads.
 * @param {string} text
 * @returns {{text: string, href: string | null}[]}
 */
export function citationParts(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(NUMBER)) {
    if (found.index > at) parts.push({ text: text.slice(at, found.index), href: null });
    parts.push({ text: found[0], href: `https://arxiv.org/abs/${found[1]}` });
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), href: null });
  return parts;
}

/** Whether the notice was read, until the page is loaded anew. */
let isRead = false;
/** Citations in view, which become links when it was. @type {Set<() => void>} */
const citations = new Set();

/** Attributes of a link that tells the other site nothing of this page. @param {string} href */
const outward = (href) => ({ href, target: '_blank', rel: 'noopener noreferrer', referrerpolicy: 'no-referrer' });

/** @param {{href: string, onClosed: () => void}} props */
function Notice({ href, onClosed }) {
  const ref = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useFreshId('leave');
  useLayoutEffect(() => ref.current?.showModal(), []);
  const close = () => ref.current?.close();
  const leave = () => {
    isRead = true;
    // After the link has been followed.
    setTimeout(close);
  };
  return h(
    'dialog',
    { ref, class: 'leave', 'aria-labelledby': id, 'aria-describedby': `${id}-text`, onClose: onClosed },
    h('header', null, h('h2', { id }, t('This leaves the page.'))),
    h(
      'div',
      { class: 'leave-body' },
      h('p', { id: `${id}-text` }, t('Nothing of your data goes with it. arxiv.org opens in a new tab; like any site, it then sees your network address.')),
      h('div', { class: 'buttons' }, h('button', { type: 'button', class: 'btn', autofocus: true, onClick: close }, t('Stay here')), h('a', { class: 'btn primary', ...outward(href), onClick: leave }, t('Open arxiv.org'))),
    ),
  );
}

/** @type {HTMLElement | null} */
let host = null;
/** Where the notice is drawn, outside every popover, which it closes. */
function hostOfNotice() {
  if (host) return host;
  const fragment = new DocumentFragment();
  render(h('div', { class: 'leave-host' }), fragment);
  host = /** @type {HTMLElement} */ (fragment.firstChild);
  document.body.append(host);
  return host;
}

/** Shows the notice; then the focus is where it was. @param {string} href @param {HTMLElement} from */
function ask(href, from) {
  const popover = from.closest('[popover]');
  const citation = from.parentElement;
  const { at } = from.dataset;
  const onClosed = () => {
    render(null, hostOfNotice());
    for (const draw of citations) draw();
    if (popover instanceof HTMLElement && popover.isConnected && !popover.matches(':popover-open')) popover.showPopover();
    // What was pressed is a link by now.
    setTimeout(() => /** @type {HTMLElement | null | undefined} */ (citation?.querySelector(`[data-at="${at}"]`))?.focus());
  };
  render(h(Notice, { href, onClosed }), hostOfNotice());
}

/** @param {{text: string}} props */
export function Citation({ text }) {
  const [, draw] = useState(0);
  useLayoutEffect(() => {
    const again = () => draw((n) => n + 1);
    citations.add(again);
    return () => void citations.delete(again);
  }, []);
  return h(
    'cite',
    { class: 'citation' },
    citationParts(said(text)).map(({ text: part, href }, idx) => {
      if (!href) return part;
      const about = { key: `${idx}${isRead}`, 'data-at': idx };
      return isRead ? h('a', { ...about, ...outward(href) }, part) : h('button', { ...about, type: 'button', class: 'link', 'aria-haspopup': 'dialog', onClick: (/** @type {Event} */ event) => ask(href, /** @type {HTMLElement} */ (event.currentTarget)) }, part);
    }),
  );
}
