// @ts-check
// The words that stand in a page's own markup, in the language that is spoken. An element with `data-t` has one text, in which `{1}`, `{2}` stand for the
// elements in it; those stay the elements they are, with whatever listens to them. Names that are only read aloud, and what stands in `content`, follow too.

import { addressWith } from './language.js';
import { language, t } from './words.js';

const SPOKEN = ['aria-label', 'content', 'title'];

/** What an element says in English, from when it was first looked at. @type {WeakMap<Element, {key: string, inner: Element[], names: [string, string][]}>} */
const english = new WeakMap();

/** @param {Element} element */
export function englishOf(element) {
  const known = english.get(element);
  if (known) return known;
  const inner = [...element.children];
  const text = [...element.childNodes].map((node) => (node.nodeType === 1 ? `{${inner.indexOf(/** @type {Element} */ (node)) + 1}}` : node.nodeType === 3 ? node.nodeValue : '')).join('');
  const names = SPOKEN.flatMap((name) => /** @type {[string, string][]} */ (element.hasAttribute(name) ? [[name, element.getAttribute(name)]] : []));
  const own = { key: text.replace(/\s+/g, ' ').trim(), inner, names };
  english.set(element, own);
  return own;
}

/** @param {Element} element */
function translate(element) {
  const { key, inner, names } = englishOf(element);
  for (const [name, text] of names) element.setAttribute(name, t(text));
  if (!/\p{L}/u.test(key.replace(/\{\d+\}/g, ''))) return;
  element.replaceChildren(...t(key).split(/\{(\d+)\}/).flatMap((part, idx) => (idx % 2 === 1 ? inner[Number(part) - 1] ?? [] : part === '' ? [] : part)));
}

/** Puts the page's own words into the language that is spoken. */
export function translatePage() {
  const root = document.documentElement;
  root.lang = language().locale;
  for (const element of document.querySelectorAll('[data-t]')) translate(element);
  // From one page of the site to the other the language goes along.
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('a[href^="./conformance.html"], a.brand'))) link.href = addressWith(link.href, language());
  delete root.dataset.words;
}
