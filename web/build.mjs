// Bundles the page, as target.mjs says; run by `cargo xtask build`, by Trunk's build hook, or by hand.
// The wasm modules must lie in <out>/wasm/{cpu,text,gpu} already; their declarations are copied to js/generated for tsc.

import { build } from 'esbuild';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listFiles, sha256, TARGET } from './common.mjs';
import { DATASETS } from './js/engine/datasets.js';
import { modelInfo } from './js/features/models/model-info.js';
import { packRatings } from './pack-ratings.mjs';
import { minify, modules, out, root, web } from './target.mjs';

/** Files of a package that are fetched when the page is usable already: what results are compared with, and what runs calibrate themselves by. */
const LATER = { retrain: 'retrain.safetensors', crossfit: 'crossfit.safetensors' };
/** Files of a package that the page never reads. */
const SKIP = /(^|\/)(reference\/|\.|README|LICEN[CS]E)|\.(md|py|txt)$/;

const exists = (path) => stat(path).then(() => true, () => false);

/** Copies a folder, and lists what of it the page fetches. */
async function assets(name, from, to, fetched) {
  const files = [];
  for (const file of await listFiles(from)) {
    const needed = fetched(file);
    if (!needed && !/README|LICEN[CS]E/.test(file)) continue;
    await mkdir(dirname(join(out, to, file)), { recursive: true });
    await cp(join(from, file), join(out, to, file));
    if (needed) files.push({ name: file, url: `./${to}/${file}`, bytes: (await stat(join(from, file))).size });
  }
  return { name, files };
}

/** Ships ratings packed where they can be, which is a tenth of the first download. */
async function packed(data, from) {
  const ratings = data.files.find(({ name }) => name === 'ratings.csv');
  const bytes = ratings && (await packRatings(await readFile(join(from, ratings.name))));
  if (!bytes) return;
  await rm(join(out, ratings.url));
  Object.assign(ratings, { url: ratings.url.replace(/csv$/, 'bin'), bytes: bytes.length, packed: true });
  await writeFile(join(out, ratings.url), bytes);
}

const problems = [];
await mkdir(out, { recursive: true });

for (const kind of modules) {
  const declarations = join(out, 'wasm', kind, 'unlearn_web.d.ts');
  if (!(await exists(declarations))) problems.push(`wasm/${kind} is missing in ${out}`);
  else if (kind === 'text') {
    await mkdir(join(web, 'js/generated'), { recursive: true });
    await cp(declarations, join(web, 'js/generated/unlearn_web.d.ts'));
  }
}

const { version } = JSON.parse(await readFile(join(web, 'package.json'), 'utf8'));
/** @type {import('esbuild').BuildOptions} */
const common = {
  // Hashes in names are of paths too: those must not depend on where this is started.
  absWorkingDir: web,
  outdir: out,
  bundle: true,
  format: 'esm',
  target: TARGET,
  // Scripts of a page in UTF-8 are read as that; escaped, Chinese would take twice the bytes.
  charset: 'utf8',
  define: { PAGE_VERSION: JSON.stringify(version) },
  minify,
  sourcemap: !minify,
  legalComments: 'none',
  logLevel: 'warning',
};
// What the first view does without is split off and comes when it is asked for.
await rm(join(out, 'part'), { recursive: true, force: true });
await build({ ...common, entryPoints: { main: join(web, 'js/app/main.js') }, splitting: true, chunkNames: 'part/[name]-[hash]' });
await build({
  ...common,
  entryPoints: Object.fromEntries([
    ['worker-setup', join(web, 'js/platform/worker-setup.js')],
    ['worker', join(web, 'js/engine/worker.js')],
    ['package-worker', join(web, 'js/features/models/package-worker.js')],
    ['probe-worker', join(web, 'js/features/conformance/probe-worker.js')],
    // A page of its own: it shares no parts with the first one, whose download so stays as it is.
    ['conformance', join(web, 'js/features/conformance/main.js')],
  ]),
});
await build({ ...common, entryPoints: Object.fromEntries(['style', 'compare', 'attacks', 'models', 'runs', 'you', 'prompt', 'privacy', 'game', 'tour', 'article', 'conformance'].map((name) => [name, join(web, `css/${name}.css`)])) });
await cp(join(web, 'conformance.html'), join(out, 'conformance.html'));
// Plain scripts share one scope: what is in them must not be seen outside.
await build({ ...common, format: 'iife', entryPoints: { guard: join(web, 'js/platform/guard.js'), theme: join(web, 'js/app/theme.js'), 'start-watch': join(web, 'js/app/start-watch.js') } });

for (const entry of await readdir(join(root, 'public'))) {
  if (entry !== 'data') await cp(join(root, 'public', entry), join(out, entry), { recursive: true });
}
const sets = [];
for (const { key, model: name, files } of DATASETS) {
  const from = { model: join(root, 'models', name), data: join(root, 'public/data', key) };
  if (!(await exists(from.model)) || !(await exists(from.data))) {
    if (key === DATASETS[0].key) problems.push(`models/${name} or public/data/${key} is missing: the page will start, and say so`);
    continue;
  }
  const model = await assets(name, from.model, `models/${name}`, (file) => !SKIP.test(file));
  const data = await assets(key, from.data, `data/${key}`, (file) => files.test(file));
  await packed(data, from.data);
  const terms = (await listFiles(from.data)).find((file) => /README|LICEN[CS]E/.test(file));
  const later = Object.fromEntries(Object.entries(LATER).map(([part, file]) => [part, model.files.find((one) => one.name === file) ?? null]));
  model.files = model.files.filter((file) => !Object.values(later).includes(file));
  const reference = `./reference/${key}.json`;
  sets.push({ key, model, data, ...later, terms: terms ? `./data/${key}/${terms}` : null, reference: (await exists(join(out, reference))) ? reference : null });
}
await writeFile(join(out, 'assets.json'), JSON.stringify({ sets }));

// Every model package that is there, for the tab that offers them.
const models = [];
for (const entry of (await exists(join(root, 'models'))) ? (await readdir(join(root, 'models'))).sort() : []) {
  const folder = join(root, 'models', entry);
  if (!(await exists(join(folder, 'manifest.json')))) continue;
  const bytes = await readFile(join(folder, 'manifest.json'));
  const { files } = await assets(entry, folder, `models/${entry}`, (file) => !SKIP.test(file));
  const set = sets.find(({ model }) => model.name === entry)?.key ?? null;
  models.push({ name: entry, set, facts: modelInfo(JSON.parse(bytes.toString())), sha256: sha256(bytes), files });
}
// Those that come with the page first, then the smallest.
const size = ({ files }) => files.reduce((sum, file) => sum + file.bytes, 0);
models.sort((a, b) => Number(b.set !== null) - Number(a.set !== null) || size(a) - size(b));
await writeFile(join(out, 'models.json'), JSON.stringify({ models }));
// Trunk writes the page itself, and calls seal.mjs when it has.
if (!process.env.TRUNK_STAGING_DIR) {
  await cp(join(web, 'index.html'), join(out, 'index.html'));
  await import('./seal.mjs');
}

for (const problem of problems) console.error(`build.mjs: ${problem}`);
console.error(`build.mjs: page ${version} written to ${out}${minify ? ', minified' : ''}`);
if (problems.length > 0) process.exitCode = 1;
