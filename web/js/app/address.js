// @ts-check
// What the page's address says, and how it changes. Data and model stand in the query, since they decide which files are fetched. What is chosen stands in the
// fragment, which browsers send to nobody. Pure but for `rememberInAddress`: whatever somebody wrote there, something comes of it or nothing does.

/** @typedef {import('../types.d.ts').State['tab']} Tab */
/**
 * What is chosen, as far as an address says it; null: as the page begins. `forget` is `standard` for the paper's set, which a table of all methods is of. `line`, `sort` (a minus before it: the highest first) and `family` are of the tab
 * Compare: the line whose card is open, the column that the table is ordered by, the methods in view. `set` (`alpha:2,rank:8`) and `steps` are values of one's own, where no preset has
 * them. `tour` is the step of the tour, from 1, and `lesson` the lesson that is open.
 * @typedef {{method: string | null, preset: string | null, set: string | null, steps: number | null, seed: number | null, user: number | null, forget: string | null, line: string | null, sort: string | null, family: string | null, tour: number | null, lesson: string | null}} Place
 */

/** @type {Map<string, Tab>} */
const TABS = new Map([['', 'forget'], ['forget', 'forget'], ['what', 'forget'], ['run', 'forget'], ['compare', 'compare'], ['attacks', 'attacks'], ['models', 'models'], ['runs', 'runs'], ['you', 'you']]);
/** Parts of the page that a link leads to: such an address says nothing of what is chosen. */
const PLACES_IN_PAGE = ['what', 'run'];

/** A fragment is the tab's name, then what is chosen: `#forget&method=e2urec&seed=3`. @param {URL} url */
function fragmentOf({ hash }) {
  const [name = '', ...rest] = hash.slice(1).split('&');
  return { name, params: new URLSearchParams(rest.join('&')) };
}

/** Values of parameters, as an address has them. @param {string | null} text @returns {Record<string, number>} */
export const valuesOf = (text) => Object.fromEntries((text ?? '').split(',').flatMap((pair) => {
  const [id = '', value] = pair.split(':');
  return id !== '' && value !== undefined && value !== '' && Number.isFinite(Number(value)) ? [[id, Number(value)]] : [];
}));

/** @param {string | null} text */
const wholeNumber = (text) => (text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null);

/**
 * @param {string} href
 * @returns {{data: string | null, model: string | null, tab: Tab | null} & Place} wishes: whether there is such a data set, method or person, the lists say
 */
export function wishesOf(href) {
  const url = new URL(href);
  const { name, params } = fragmentOf(url);
  const text = (/** @type {string} */ key) => params.get(key) || null;
  return {
    data: url.searchParams.get('data'), model: url.searchParams.get('model') || null, tab: TABS.get(name) ?? null,
    method: text('method'), preset: text('preset'), set: text('set'), steps: wholeNumber(params.get('steps')), seed: wholeNumber(params.get('seed')), user: wholeNumber(params.get('user')), forget: text('forget'), line: text('line'), sort: text('sort'), family: text('family'),
    tour: wholeNumber(params.get('tour')), lesson: text('lesson'),
  };
}

/** Whether an address names what is chosen, be it nothing; one that leads to a part of the page does not. @param {string} href */
export function namesPlace(href) {
  const { name } = fragmentOf(new URL(href));
  return TABS.has(name) && !PLACES_IN_PAGE.includes(name);
}

/** The address with other data or another model; null takes one out. @param {string} href @param {Record<string, string | null>} what */
export function addressWith(href, what) {
  const url = new URL(href);
  for (const [key, value] of Object.entries(what)) {
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  return url.href;
}

/** @param {URL} url @param {string} name @param {Place} place */
function withFragment(url, name, place) {
  const params = new URLSearchParams();
  for (const key of /** @type {const} */ (['method', 'preset', 'set', 'steps', 'seed', 'user', 'forget', 'line', 'sort', 'family', 'tour', 'lesson'])) if (place[key] !== null) params.set(key, String(place[key]));
  const text = params.toString();
  url.hash = text === '' ? name : `${name}&${text}`;
  return url.href;
}

/** The address of a tab: the whole, since a path that begins with two slashes would name another host. @param {string} href @param {Tab} tab */
export const addressOfTab = (href, tab) => withFragment(new URL(href), tab, wishesOf(href));

/** The address with what is chosen now. @param {string} href @param {Tab} tab @param {Place} place */
export const addressOfPlace = (href, tab, place) => withFragment(new URL(href), tab === 'forget' && Object.values(place).every((value) => value === null) ? '' : tab, place);

/** Puts data and model into the page's address, so that a reload finds them. @param {Record<'data' | 'model', string | null>} what */
export function rememberInAddress(what) {
  history.replaceState(null, '', addressWith(location.href, what));
}
