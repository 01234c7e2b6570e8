// @ts-check
// The data sets that can be shipped with the page: folder names, words, terms. What is really there, assets.json says.

import { FILE_ENDINGS, FILE_NAMES } from '../tables/formats.js';

/**
 * @typedef {object} DataSet
 * @property {string} key folder below `data/`, and the reference's name
 * @property {string} model folder below `models/`
 * @property {RegExp} files what the engine reads of the data folder
 * @property {string} label on the switch
 * @property {string} licence where it comes from, and under which terms
 */

/** @type {DataSet[]} */
export const DATASETS = [
  { key: 'ml-latest-small', model: 'nano-ml-latest-small', files: /^(ratings|movies)\.csv$/, label: 'Films', licence: 'MovieLens ml-latest-small by GroupLens, for research, under its own terms' },
  { key: 'goodbooks-10k', model: 'nano-goodbooks-10k', files: /^(ratings|books)\.csv$/, label: 'Books', licence: 'goodbooks-10k by Zygmunt Zając, CC BY-SA 4.0' },
];

/** The data set of the person who looks at the page. */
export const OWN = 'own';

/** Whether a file can be part of a data set. @param {string} name */
export function isWanted(name) {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  const known = FILE_NAMES.includes(base.replace(/\.gz$/, '')) || ['.zip', ...FILE_ENDINGS].some((ending) => base.endsWith(ending));
  return known && !/(^|\/)(\.|__MACOSX)/.test(name);
}

/**
 * What the things are called that people rated: data without genres is about books.
 * @param {{genres: unknown[]} | null | undefined} loaded
 */
export const wordsFor = (loaded) =>
  loaded && loaded.genres.length === 0 ? { item: 'book', items: 'books', tags: 'authors' } : { item: 'film', items: 'films', tags: 'genres' };
