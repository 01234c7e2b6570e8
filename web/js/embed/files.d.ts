/** What web/pack.mjs writes beside the package's script, as `files.js`: where each file is, in a form that bundlers understand, and the lists of them. */
export const urls: Record<string, string>;
export const lists: Record<'integrity.json' | 'assets.json' | 'models.json', unknown>;
