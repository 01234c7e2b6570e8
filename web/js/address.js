// @ts-check
// What the page's address says, and how it changes. Pure: whatever somebody wrote there, something comes of it or nothing does.

/** @typedef {import('./types.d.ts').State['tab']} Tab */

/** @type {Map<string, Tab>} */
const TABS = new Map([['', 'forget'], ['#what', 'forget'], ['#compare', 'compare'], ['#attacks', 'attacks'], ['#models', 'models']]);

/**
 * @param {string} href
 * @returns {{data: string | null, model: string | null, tab: Tab | null}} wishes: whether there is such a data set or model, the lists say
 */
export function wishesOf(href) {
  const { searchParams, hash } = new URL(href);
  return { data: searchParams.get('data'), model: searchParams.get('model') || null, tab: TABS.get(hash) ?? null };
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

/** The address of a tab: the whole, since a path that begins with two slashes would name another host. @param {string} href @param {Tab} tab */
export function addressOfTab(href, tab) {
  const url = new URL(href);
  url.hash = tab === 'forget' ? '' : tab;
  return url.href;
}

/** What a file is called within a folder: the rest of its address, as text where it is one. @param {string} href @param {string} folder */
export function nameWithin(href, folder) {
  const name = href.startsWith(folder) ? href.slice(folder.length) : href;
  try {
    return decodeURI(name);
  } catch {
    return name;
  }
}
