// Closes a build: lists every file of the page with its hash in integrity.json, and makes the service worker of that list. Run when everything else is
// in its place: by build.mjs, or by Trunk after it has written the page (its post_build hook).

import { build } from 'esbuild';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, sha256, TARGET } from './common.mjs';
import { coming, minify, out, web } from './target.mjs';

/** Files that no page asks for, or that depend on the list. */
const APART = /(^|\/)\.|\.map$|\.d\.ts$|^(sw\.js|integrity\.json|_headers)$/;

const { sets } = JSON.parse(await readFile(join(out, 'assets.json'), 'utf8'));
const folders = (some) => some.flatMap(({ model, key }) => [`models/${model.name}/`, `data/${key}/`, `reference/${key}.json`]);
const [first, every] = [folders(sets.slice(0, 1)), folders(sets)];
const under = (path, names) => names.some((name) => path.startsWith(name));

/**
 * When the offline copy takes a file: `now`, with the page; `use`, once it was used; `never`: a model that the page stores itself.
 * @param {string} path
 */
function keep(path) {
  if (/^(conformance\.|probe-worker\.js|reference\/conformance)/.test(path)) return 'use';
  if (/README|LICEN[CS]E/.test(path)) return 'use';
  if (path.startsWith('models/') && !under(path, every)) return 'never';
  if (/^(models|data|reference)\//.test(path)) return under(path, first) ? 'now' : 'use';
  return path.startsWith('wasm/') && !path.startsWith('wasm/cpu/') ? 'use' : 'now';
}

const files = {};
for (const path of (await listFiles(out)).filter((path) => !APART.test(path))) {
  const bytes = await readFile(join(out, path));
  files[path] = { bytes: bytes.length, sha256: sha256(bytes), keep: keep(path) };
}
const { version } = JSON.parse(await readFile(join(web, 'package.json'), 'utf8'));
// Undefined leaves no trace: a whole build has no such entry.
const list = `${JSON.stringify({ version, files, coming: coming.length > 0 ? coming : undefined })}\n`;
await writeFile(join(out, 'integrity.json'), list);

const headers = (await readFile(join(out, '_headers'), 'utf8')).split('\n').filter((line) => line.startsWith('  ')).map((line) => line.trim().split(/: (.*)/s).slice(0, 2));
// Isolation needs a host that plays along in every answer; what a page alone can carry is the rest.
const pageHeaders = headers.filter(([name]) => !name.startsWith('Cross-Origin-'));
await build({
  entryPoints: [join(web, 'js/platform/service-worker.js')], outfile: join(out, 'sw.js'), bundle: true, format: 'iife', target: TARGET, minify, legalComments: 'none', logLevel: 'warning',
  define: { PAGE_SEAL: JSON.stringify(sha256(list)), PAGE_HEADERS: JSON.stringify(pageHeaders) },
});
const size = (when) => (Object.values(files).filter((file) => when === file.keep).reduce((sum, file) => sum + file.bytes, 0) / 1e6).toFixed(1);
console.error(`seal.mjs: ${Object.keys(files).length} files, sealed as ${sha256(list)}; offline copy ${size('now')} MB at once, ${size('use')} MB when used`);
