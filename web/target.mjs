// Where a build goes, and which of the engine's modules it is without: `--into FOLDER` (dist), `--minify`, `--coming NAME` for a module that is still
// being built, `--without NAME` for one that is not. Trunk says the first two in its own way.

import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

export const web = dirname(fileURLToPath(import.meta.url));
export const root = dirname(web);

const { values } = parseArgs({
  options: {
    into: { type: 'string' },
    minify: { type: 'boolean', default: false },
    coming: { type: 'string', multiple: true, default: [] },
    without: { type: 'string', multiple: true, default: [] },
  },
});

/** The folder that is written. */
export const out = resolve(process.env.TRUNK_STAGING_DIR ?? values.into ?? join(root, 'dist'));
export const minify = values.minify || process.env.TRUNK_PROFILE === 'release';
/** Modules that another version of the page will have. @type {string[]} */
export const coming = values.coming;
/** Modules that this version has. */
export const modules = ['cpu', 'text', 'gpu'].filter((module) => ![...coming, ...values.without].includes(module));
