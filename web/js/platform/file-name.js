// @ts-check
// Names of the page's files, as integrity.json has them.

/** What a file is called within a folder: the rest of its address, as text where it is one. @param {string} href @param {string} folder */
export function nameWithin(href, folder) {
  const name = href.startsWith(folder) ? href.slice(folder.length) : href;
  try {
    return decodeURI(name);
  } catch {
    return name;
  }
}
