// Which texts the page's sources put into words: a lexer of JavaScript that knows strings, templates, comments and regular expressions apart, and what it finds
// in calls of `t`, `tn`, `msg` and `plural`; texts of errors by the names of their properties; the marked elements of a page; and strings of the engine's tables.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** `parts` of a string or template: what stands between its expressions. @typedef {{kind: 'word' | 'mark' | 'text', text: string, parts?: string[], line: number}} Token */

const ESCAPES = { n: '\n', t: '\t', r: '\r', 0: '\0' };
/** After these an expression begins, and so a slash a regular expression. */
const BEFORE_EXPRESSION = /^(?:[({[,;=:?!&|+\-*%<>~^]|=>|return|typeof|case|of|in|new|await|yield|void|else|do)$/;

/** @param {string} source @returns {Token[]} */
export function tokensOf(source) {
  /** @type {Token[]} */
  const tokens = [];
  let at = 0;
  let line = 1;
  const push = (/** @type {Token['kind']} */ kind, /** @type {string} */ text, /** @type {string[] | undefined} */ parts = undefined) => tokens.push({ kind, text, parts, line });
  const escaped = () => {
    at += 1;
    const letter = source[at] ?? '';
    at += 1;
    if (letter === 'u' || letter === 'x') {
      const [whole = '', code = '', plain = ''] = /^(?:\{([0-9a-f]+)\}|([0-9a-f]{4}|[0-9a-f]{2}))/i.exec(source.slice(at)) ?? [];
      at += whole.length;
      return String.fromCodePoint(Number.parseInt(code || plain, 16));
    }
    return letter === '\n' ? '' : ESCAPES[/** @type {keyof typeof ESCAPES} */ (letter)] ?? letter;
  };
  const template = () => {
    const parts = [''];
    /** @type {Token[]} */
    const inner = [];
    const begun = tokens.length;
    at += 1;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') parts[parts.length - 1] += escaped();
      else if (source.startsWith('${', at)) {
        at += 2;
        read('}');
        at += 1;
        parts.push('');
      } else {
        if (source[at] === '\n') line += 1;
        parts[parts.length - 1] += source[at];
        at += 1;
      }
    }
    at += 1;
    inner.push(...tokens.splice(begun));
    push('text', parts.join(''), parts);
    // What stands in the expressions follows, as if beside it.
    push('mark', '${');
    tokens.push(...inner);
    push('mark', '}$');
  };
  const read = (/** @type {string} */ end) => {
    let depth = 0;
    while (at < source.length) {
      const letter = source[at] ?? '';
      if (letter === end && depth === 0) return;
      if (letter === '\n') line += 1;
      if (/\s/.test(letter)) at += 1;
      else if (source.startsWith('//', at)) at = source.indexOf('\n', at) < 0 ? source.length : source.indexOf('\n', at);
      else if (source.startsWith('/*', at)) {
        const stop = source.indexOf('*/', at) + 2;
        line += source.slice(at, stop).split('\n').length - 1;
        at = stop;
      } else if (letter === "'" || letter === '"') {
        let text = '';
        at += 1;
        while (source[at] !== letter) text += source[at] === '\\' ? escaped() : source[at++];
        at += 1;
        push('text', text, [text]);
      } else if (letter === '`') template();
      else if (letter === '/' && (tokens.length === 0 || BEFORE_EXPRESSION.test(tokens.at(-1)?.text ?? '') && tokens.at(-1)?.kind !== 'text')) {
        let inClass = false;
        at += 1;
        while (inClass || source[at] !== '/') {
          if (source[at] === '\\') at += 1;
          else if (source[at] === '[') inClass = true;
          else if (source[at] === ']') inClass = false;
          at += 1;
        }
        at += 1;
        while (/[a-z]/.test(source[at] ?? '')) at += 1;
        push('mark', '/regular/');
      } else if (/[\p{L}_$]/u.test(letter)) {
        const [word = ''] = /^[\p{L}\p{N}_$]+/u.exec(source.slice(at)) ?? [];
        at += word.length;
        push('word', word);
      } else if (/\d/.test(letter)) {
        const [number = ''] = /^[\d._a-z]+/i.exec(source.slice(at)) ?? [];
        at += number.length;
        push('word', number);
      } else {
        if ('({['.includes(letter)) depth += 1;
        if (')}]'.includes(letter)) depth -= 1;
        const mark = source.startsWith('=>', at) ? '=>' : letter;
        at += mark.length;
        push('mark', mark);
      }
    }
  };
  read('');
  return tokens;
}

/** A text with its expressions as slots that have no names yet. @param {Token} token */
const slotted = ({ parts = [] }) => parts.reduce((text, part, idx) => (idx === 0 ? part : `${text}{${idx}}${part}`), '');

/** Where a text is used. @typedef {{key: string, where: string}} Use */

/** Keys that a source puts into words. @param {string} source @param {string} path @returns {{uses: Use[], loose: string[]}} `loose`: calls whose key is a template, which nobody could look up */
export function keysOf(source, path) {
  const tokens = tokensOf(source);
  /** @type {Use[]} */
  const uses = [];
  const loose = [];
  for (const [idx, token] of tokens.entries()) {
    if (token.kind !== 'word' || tokens[idx + 1]?.text !== '(' || tokens[idx + 1]?.kind !== 'mark' || tokens[idx - 1]?.text === '.') continue;
    const where = `${path}:${token.line}`;
    const first = tokens[idx + 2];
    if (['t', 'tn', 'msg'].includes(token.text) && first?.kind === 'text') {
      if ((first.parts?.length ?? 1) > 1) loose.push(where);
      else uses.push({ key: first.text, where });
    }
    if (token.text === 'plural') uses.push(...pluralOf(tokens.slice(idx + 2)).map((key) => ({ key, where })));
  }
  return { uses, loose };
}

/** The noun of a call of `plural`, as its key. @param {Token[]} tokens from its first argument on */
function pluralOf(tokens) {
  let depth = 0;
  const nouns = [];
  for (const [idx, { kind, text }] of tokens.entries()) {
    if (kind === 'mark' && '({['.includes(text)) depth += 1;
    if (kind === 'mark' && ')}]'.includes(text)) depth -= 1;
    if (depth < 0) break;
    if (depth === 0 && kind === 'text' && tokens[idx - 1]?.text === ',') nouns.push(text);
  }
  return nouns.length === 0 ? [] : [`{n} ${nouns[1] ?? `${nouns[0]}s`}`];
}

/** What errors say, by the names of their properties, and whatever is given as one. @param {string} source @returns {string[]} */
export function errorTextsOf(source) {
  const tokens = tokensOf(source);
  const found = [];
  for (const [idx, token] of tokens.entries()) {
    if (token.kind !== 'text' || !/\p{L}{2}.*\s/u.test(token.text)) continue;
    const before = tokens.slice(Math.max(0, idx - 8), idx).map(({ text }) => text).join(' ');
    if (/(?:^| )(?:message|kept|todo|why|what) :(?: [^,{}]*)?$/.test(before) || /(?:missing|refusal|invalidOption|LabError|Error|trouble|failure|broken|refused|problem) \((?: [^{}]*)?$/.test(before)) found.push(slotted(token));
  }
  return found;
}

/** Files below a folder of web/js, by path. @param {string} folder */
export const scriptsOf = (folder) =>
  readdirSync(join(root, 'web/js', folder), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js') && !/^(?:generated|words)\//.test(path.replaceAll('\\', '/'))).sort().map((path) => ({ path: join(folder, path).replaceAll('\\', '/'), source: readFileSync(join(root, 'web/js', folder, path), 'utf8') }));

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' };
const VOID = /^(?:meta|link|input|br|img|source|col)$/;
const plain = (/** @type {string} */ text) => text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => ENTITIES[/** @type {keyof typeof ENTITIES} */ (entity)]);

/** Keys of a page's own markup, as page-words.js and term.js make them. @param {string} html @returns {string[]} */
export function markupKeys(html) {
  const keys = [];
  /** @type {{tag: string, attributes: string, text: string, inner: number}[]} */
  const open = [];
  const end = (/** @type {typeof open[number]} */ { attributes, text }) => {
    const isMarked = /\sdata-t(?:\s|=|$)/.test(` ${attributes} `);
    if (isMarked) for (const [, , name] of attributes.matchAll(/\s(aria-label|content|title)="([^"]*)"/g)) keys.push(plain(name ?? ''));
    const key = plain(text).replace(/\s+/g, ' ').trim();
    if ((isMarked || /\sdata-term=/.test(attributes)) && /\p{L}/u.test(key.replace(/\{\d+\}/g, ''))) keys.push(key);
  };
  for (const [, comment, closing, tag = '', attributes = '', text] of html.matchAll(/(<!--[\s\S]*?-->|<!doctype[^>]*>)|<(\/?)([a-z0-9]+)((?:[^>"]|"[^"]*")*)>|([^<]+)/gi)) {
    if (comment) continue;
    const parent = open.at(-1);
    if (text !== undefined) {
      if (parent) parent.text += text;
    } else if (closing) {
      const one = open.pop();
      if (one) end(one);
    } else {
      if (parent) parent.text += `{${(parent.inner += 1)}}`;
      const one = { tag, attributes, text: '', inner: 0 };
      if (VOID.test(tag) || attributes.endsWith('/')) end(one);
      else open.push(one);
    }
  }
  return keys;
}

/** Strings of a Rust source that are no test: each with what stands before it. @param {string} source @returns {{text: string, before: string}[]} */
export function rustStrings(source) {
  const [code = ''] = source.split('#[cfg(test)]');
  const found = [];
  let before = '';
  for (const [whole, comment, text] of code.matchAll(/(\/\/[^\n]*)|"((?:[^"\\]|\\[\s\S])*)"|[^"/]+|\//g)) {
    if (comment) continue;
    if (text === undefined) before = (before + whole).slice(-200);
    else {
      found.push({ text: text.replace(/\\\n\s*/g, '').replace(/\\"/g, '"').replace(/\\\\/g, '\\'), before });
      before = `${before.slice(-150)}"…"`;
    }
  }
  return found;
}

/** Text of a page's body that no script could put into words: not marked, no code, no name. @param {string} html @returns {string[]} */
export function looseTexts(html) {
  const found = [];
  /** @type {{tag: string, isFree: boolean, isMarked: boolean}[]} */
  const open = [];
  for (const [, comment, closing, tag = '', attributes = '', text] of html.slice(html.indexOf('<body')).matchAll(/(<!--[\s\S]*?-->)|<(\/?)([a-z0-9]+)((?:[^>"]|"[^"]*")*)>|([^<]+)/gi)) {
    if (comment) continue;
    const parent = open.at(-1);
    if (text !== undefined) {
      if (/\p{L}{2}/u.test(text) && parent && !parent.isFree && !parent.isMarked) found.push(text.trim());
    } else if (closing) open.pop();
    else {
      // Code and titles stay as they are, the name too; what has both languages in it, one below the other, needs no mark.
      const isFree = Boolean(parent?.isFree) || /^(?:code|cite|i|noscript|svg)$/.test(tag) || /data-lang=|class="brand"|id="(?:version|items|verdict-title|verdict-says)"/.test(attributes);
      if (!VOID.test(tag) && !attributes.endsWith('/')) open.push({ tag, isFree, isMarked: /\sdata-t(?:\s|=|$)/.test(` ${attributes} `) || /data-term=/.test(attributes) });
    }
  }
  return found;
}
