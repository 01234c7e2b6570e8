// @ts-check
// The data sets that can be shipped with the page: folder names, words, terms. What is really there, assets.json says.

import { FILE_ENDINGS, FILE_NAMES, RATINGS_NAMES } from '../tables/formats.js';
import { msg } from '../ui/words.js';

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
  { key: 'ml-latest-small', model: 'nano-ml-latest-small', files: /^(ratings|movies)\.csv$/, label: msg('Films'), licence: msg('MovieLens ml-latest-small by GroupLens, for research, under its own terms') },
  { key: 'goodbooks-10k', model: 'nano-goodbooks-10k', files: /^(ratings|books)\.csv$/, label: msg('Books'), licence: msg('goodbooks-10k by Zygmunt Zając, CC BY-SA 4.0') },
];

/** The data set of the person who looks at the page. */
export const OWN = 'own';

/** Ends of names of files that are no tables, though they may be text; core looks at the rest. */
const NO_TABLES = /\.(md|html?|xml|css|m?js|ts|py|r|rs|sh|sql|toml|ya?ml|ipynb|pdf|png|jpe?g|gif|svg|webp|tar|tgz|7z|rar|lock|log|safetensors|gguf|exe|docx?|xlsx?)$/;
/** Most files without known names that are read. */
const MOST_FILES = 50;

/** @param {string} name */
const isHidden = (name) => /(^|\/)(\.|__MACOSX)/.test(name);
/** @param {string} name */
const baseOf = (name) => name.slice(name.lastIndexOf('/') + 1).toLowerCase();

/** A file's name as the tables have it: without what programs put behind it or in place of its end. `Ratings (1).TSV` is `ratings.csv`. @param {string} base in small letters */
function plainName(base) {
  let name = base;
  for (const end of ['.gz', '.txt']) if (name.endsWith(end) && name.slice(0, -end.length).includes('.')) name = name.slice(0, -end.length);
  return name.replace(/ \(\d+\)(?=\.[^.]*$)/, '').replace(/\.(tsv|tab|txt|psv)$/, '.csv');
}

/** Whether a file can be part of a data set in a known format. @param {string} name */
export function isWanted(name) {
  const base = baseOf(name);
  const known = FILE_NAMES.includes(plainName(base)) || ['.zip', ...FILE_ENDINGS].some((ending) => base.endsWith(ending));
  return known && !isHidden(name);
}

/** Whether a file has the ratings of a known format, or may have them inside. @param {string} name */
const hasRatings = (name) => isWanted(name) && (RATINGS_NAMES.some((known) => plainName(baseOf(name)).endsWith(known)) || /\.(zip|json|jsonl)(\.gz)?$/i.test(name));

/**
 * Of chosen files, those that core is to look at: the ones of a known format if its ratings are there, otherwise all that may be tables.
 * @template {{name: string, webkitRelativePath?: string}} T
 * @param {T[]} files
 * @returns {T[]}
 */
export function filesOfInterest(files) {
  const pathOf = (/** @type {T} */ file) => file.webkitRelativePath || file.name;
  const known = files.filter((file) => isWanted(pathOf(file)));
  if (known.some((file) => hasRatings(pathOf(file)))) return known;
  return files.filter((file) => !isHidden(pathOf(file)) && !NO_TABLES.test(baseOf(pathOf(file)).replace(/\.gz$/, '')) && !/^(readme|licen[cs]e|copying|changelog)\b/.test(baseOf(pathOf(file)))).slice(0, MOST_FILES);
}

/** Core's name for data of a table in no known format. */
const TABLE = 'table';

/**
 * What the things are called that people rated: data without genres is about books, and that of a person's own table about anything.
 * @param {{genres: unknown[], dataset?: string} | null | undefined} loaded
 */
export function wordsFor(loaded) {
  if (loaded?.dataset === TABLE) return { item: msg('item'), items: msg('items'), tags: msg('genres') };
  return loaded && loaded.genres.length === 0 ? { item: msg('book'), items: msg('books'), tags: msg('authors') } : { item: msg('film'), items: msg('films'), tags: msg('genres') };
}
