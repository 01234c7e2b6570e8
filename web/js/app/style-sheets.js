// @ts-check
// Style sheets that the first view does without.

import { errorInfo } from '../platform/errors.js';
import { fetchBytes } from '../platform/integrity.js';

/** @type {Map<string, Promise<void>>} */
const adding = new Map();

/** Takes a style sheet of this site into use, once. @param {string} href */
export function addStyleSheet(href) {
  const known = adding.get(href) ?? add(href);
  adding.set(href, known);
  return known;
}

/** Without it the part is plain, and works. @param {string} href */
async function add(href) {
  try {
    const sheet = new CSSStyleSheet();
    await sheet.replace(new TextDecoder().decode(await fetchBytes(href)));
    document.adoptedStyleSheets.push(sheet);
  } catch (error) {
    console.warn(`${href}: ${errorInfo(error).message}`);
  }
}
