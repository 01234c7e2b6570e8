// @ts-check
// Which language the page speaks: the one that the address names, else the one that was chosen before, else the browser's. Its catalogue is fetched then, and
// never for English.

import { LANGUAGES, speak } from './words.js';

/** @typedef {import('./words.js').Language} Language */

/** theme.js reads it too, before the first paint. */
const KEPT = 'unlearn-lab.language';

/** @param {string | null | undefined} id @returns {Language | undefined} */
const known = (id) => LANGUAGES.find((one) => one.id === id);

/**
 * @param {string} href
 * @param {string | null} kept what was chosen before
 * @param {readonly string[]} wanted the browser's languages, the dearest first
 * @returns {Language}
 */
export function languageFor(href, kept, wanted) {
  const own = wanted.map((tag) => known(tag.toLowerCase().split('-')[0])).find(Boolean);
  return known(new URL(href).searchParams.get('lang')) ?? known(kept) ?? own ?? /** @type {Language} */ (LANGUAGES[0]);
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** The address with a language: it stands there once somebody has chosen it. @param {string} href @param {Language} language */
export function addressWith(href, { id }) {
  const url = new URL(href);
  url.searchParams.set('lang', id);
  return url.href;
}

/** Notes a choice. @param {Language} language */
export function keepLanguage(language) {
  try {
    localStorage.setItem(KEPT, language.id);
  } catch {
    // Storage may be forbidden: the address has it all the same.
  }
  history.replaceState(history.state, '', addressWith(location.href, language));
}

/** The language that the page begins with. */
export const firstLanguage = () => languageFor(location.href, kept(), navigator.languages ?? [navigator.language]);

/**
 * Takes a language into use; English where its words do not come.
 * @param {Language} language
 * @returns {Promise<boolean>} whether they came
 */
export async function useLanguage(language) {
  let came = true;
  try {
    speak(language, language.id === 'zh' ? (await import('../words/zh/index.js')).CATALOGUE : null);
  } catch (error) {
    console.warn(`no words of ${language.name}: ${error instanceof Error ? error.message : error}`);
    came = false;
  }
  return came;
}
