// @ts-check
// What the page says, in the language that was chosen. A text is written in English where it is shown, and that sentence is its key: `t('{n} of {all} left',
// { n, all })`. The catalogue of another language comes later, from `language.js`; where it has no such key the English stays. What follows a `#` at the
// end of a key tells two meanings of one English word apart and is never shown.

import { asSentence } from '../platform/errors.js';

/** @typedef {import('./types.d.ts').Child} Child */
/** Words of the page by key, and sentences of the engine, with slots for what it puts into them. @typedef {{texts: Record<string, string>, engine: Record<string, string>, glossary: Record<string, {term: string, says: string, formula?: string, words?: string[]}>}} Catalogue */
/** `id` stands in the address, `short` where there is little room, `locale` in `lang` and for numbers and dates. @typedef {{id: 'en' | 'zh', locale: string, name: string, short: string}} Language */

/** @type {Language[]} */
export const LANGUAGES = [
  { id: 'en', locale: 'en', name: 'English', short: 'EN' },
  { id: 'zh', locale: 'zh-Hans', name: '简体中文', short: '中文' },
];

/** @type {{language: Language, catalogue: Catalogue | null, texts: Map<string, string>, patterns: {looks: RegExp, names: string[], to: string}[] | null, said: Map<string, string | null>}} */
const now = { language: /** @type {Language} */ (LANGUAGES[0]), catalogue: null, texts: new Map(), patterns: null, said: new Map() };

/** Has the page speak another language from here on. @param {Language} language @param {Catalogue | null} catalogue null for English */
export function speak(language, catalogue) {
  Object.assign(now, { language, catalogue, texts: new Map(Object.entries({ ...catalogue?.engine, ...catalogue?.texts })), patterns: null, said: new Map() });
}

const NO_TEXTS = new Map();

/** What is made while the page speaks English, whatever it speaks: for what is stored or written to a file. @template T @param {() => T} make @returns {T} */
export function inEnglish(make) {
  const spoken = { ...now };
  Object.assign(now, { language: LANGUAGES[0], catalogue: null, texts: NO_TEXTS, patterns: null, said: new Map() });
  try {
    return make();
  } finally {
    Object.assign(now, spoken);
  }
}

/** The language that is spoken. */
export const language = () => now.language;
/** For `Intl`. */
export const locale = () => now.language.locale;
/** What a word of the glossary is called and means, where the language has words of its own. @param {string} id */
export const ownWords = (id) => now.catalogue?.glossary[id];

const SLOT = /\{(\w+)\}/g;
/** @param {string} key */
const wordsOf = (key) => now.texts.get(key) ?? key.replace(/#\w+$/, '');

/** Puts values into a text’s slots. @param {string} text @param {Record<string, unknown>} slots */
const filled = (text, slots) => text.replace(SLOT, (whole, name) => (name in slots ? String(slots[name]) : whole));

/**
 * A text in the language that is spoken.
 * @param {string} key the English text
 * @param {Record<string, unknown>} [slots] what stands in its slots
 */
export const t = (key, slots) => (slots ? filled(wordsOf(key), slots) : wordsOf(key));

/** Marks a text that is put into the language later, where it is shown: a table is made before the language is known. @param {string} key */
export const msg = (key) => key;

/** A text with elements in its slots. @param {string} key @param {Record<string, Child>} nodes @returns {Child[]} */
export const tn = (key, nodes) => wordsOf(key).split(SLOT).map((part, idx) => (idx % 2 === 0 ? part : nodes[part]));

/** Which form English takes for a number; no other language here has two. */
const rules = new Intl.PluralRules('en');

/** A number with its noun. @param {number} n @param {string} digits how the number is written @param {string} one @param {string} many */
export const counted = (n, digits, one, many) => t(rules.select(n) === 'one' && !now.texts.has(`{n} ${many}`) ? `{n} ${one}` : `{n} ${many}`, { n: digits });

/** @param {string} key */
const escaped = (key) => key.replace(/[.*+?^$()|[\]\\]/g, '\\$&');

/** The engine's sentences with slots as patterns; those that say most first. */
function patternsOf() {
  const keys = Object.keys(now.catalogue?.engine ?? {}).filter((key) => /\{\w+\}/.test(key)).toSorted((a, b) => b.replace(SLOT, '').length - a.replace(SLOT, '').length);
  return keys.map((key) => ({
    looks: new RegExp(`^${key.split(SLOT).map((part, idx) => (idx % 2 === 0 ? escaped(part).replace(/[{}]/g, '\\$&') : '(.+?)')).join('')}$`, 's'),
    names: [...key.matchAll(SLOT)].map(([, name]) => name ?? ''),
    to: now.catalogue?.engine[key] ?? key,
  }));
}

/** @param {string} text @returns {string | null} */
function find(text) {
  const exact = now.texts.get(text);
  if (exact !== undefined) return exact;
  now.patterns ??= patternsOf();
  for (const { looks, names, to } of now.patterns) {
    const found = looks.exec(text);
    if (found) return filled(to, Object.fromEntries(names.map((name, idx) => [name, say(found[idx + 1] ?? '') ?? found[idx + 1]])));
  }
  return null;
}

/** A finished English text, as the engine or an error has it, in the language that is spoken. @param {string} text @returns {string | null} null where the language has no words for it */
export function say(text) {
  if (!now.catalogue || text === '' || /\p{Script=Han}/u.test(text)) return text;
  const known = now.said.get(text);
  if (known !== undefined) return known;
  const plain = text.replace(/\.$/, '');
  const said = find(text) ?? (plain === text ? find(`${text}.`) : find(plain)) ?? allOf(text);
  // Texts with figures are ever new ones.
  if (now.said.size > 2000) now.said.clear();
  now.said.set(text, said);
  return said;
}

/** Several sentences, each by itself. @param {string} text */
function allOf(text) {
  const parts = text.match(/.+?[.!?](?=\s+\p{Lu}|$)|.+$/gsu) ?? [];
  if (parts.length < 2) return null;
  const said = parts.map((part) => say(part.trim()));
  return said.includes(null) ? null : said.join('');
}

/** The same; English where there are no words for it. @param {string} text */
export const said = (text) => say(text) ?? text;

/** As a sentence with its full stop. @param {string} text */
export function sentence(text) {
  const found = now.catalogue && say(text);
  if (!found) return asSentence(text);
  return /[。！？.!?]$/.test(found) ? found : `${found}。`;
}

/** The language of what `said` gives, for the element's `lang`: told where it is not the page’s. @param {string | null | undefined} text */
export const langOf = (text) => (now.catalogue && text && say(text) === null ? 'en' : undefined);
