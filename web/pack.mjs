// Makes the package `unlearn-lab` of a built page: `node web/pack.mjs [--from dist] [--into dist.package]`, then `npm pack ./dist.package`. Engine, script
// interface, shipped models and data, without the page. Modules, models and data are the page's own files, and the list of hashes is a part of the script.

import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listFiles, sha256, TARGET } from './common.mjs';
import { notices } from './notices.mjs';

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const { values } = parseArgs({ options: { from: { type: 'string', default: join(root, 'dist') }, into: { type: 'string', default: join(root, 'dist.package') } } });
const [from, into] = [resolve(values.from), resolve(values.into)];
/** Folder of the files that are fetched, and copied as they are. */
const LAB = 'lab';
/** Bundlers put smaller files into the script, as text in an address, which many sites' policies refuse to fetch. */
const LEAST = 4097;

const json = async (path) => JSON.parse(await readFile(path, 'utf8'));

/** Copies a file of the page into the package. */
async function take(name) {
  await mkdir(dirname(join(into, LAB, name)), { recursive: true });
  await cp(join(from, name), join(into, LAB, name));
}

/** What the page's lists say of the models and data that are shipped; the reference tables are the page's. */
async function shipped() {
  const { sets } = await json(join(from, 'assets.json'));
  const { models } = await json(join(from, 'models.json'));
  return {
    'assets.json': { sets: sets.map((set) => ({ ...set, terms: null, reference: null })) },
    'models.json': { models: models.filter(({ set }) => set !== null) },
  };
}

/** Whether the package has a file of the page. @param {string} name @param {any[]} sets */
const isOurs = (name, sets) => /^wasm\/[^/]+\/unlearn_web(\.js|_bg\.wasm)$/.test(name) || sets.some(({ key, model }) => name.startsWith(`models/${model.name}/`) || name.startsWith(`data/${key}/`));

/** What esbuild makes, in files that can be read. @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: web,
  outdir: into,
  bundle: true,
  format: 'esm',
  target: TARGET,
  define: { PAGE_VERSION: JSON.stringify((await json(join(web, 'package.json'))).version) },
  legalComments: 'none',
  logLevel: 'warning',
};

/** The script, and each worker as one file. */
async function scripts() {
  const { metafile } = await build({ ...common, entryPoints: { index: join(web, 'js/embed/index.js') }, splitting: true, chunkNames: 'part/[name]-[hash]', external: ['./files.js'], metafile: true });
  await build({ ...common, outdir: join(into, LAB), entryPoints: { worker: join(web, 'js/embed/engine-worker.js'), 'package-worker': join(web, 'js/embed/package-worker.js') } });
  const foreign = Object.keys(metafile.inputs).filter((path) => path.includes('node_modules'));
  if (foreign.length > 0) throw new Error(`the package must have no code of others without its notice, got ${foreign.join(', ')}`);
}

/** From where on a module's declarations are of its functions, which the package does not hand out. */
const FUNCTIONS = /\n\/\*\*(?:(?!\*\/)[^])*\*\/\nexport class [^]*$/;

/** Types: those of the entry, and what they need. */
async function types() {
  const folder = await mkdtemp(join(tmpdir(), 'unlearn-lab-types-'));
  const tsc = ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.json', '--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--rootDir', 'js', '--outDir', folder];
  execFileSync('node', tsc, { cwd: web, stdio: 'inherit' });
  const read = (name) => readFile(join(folder, name), 'utf8').catch(() => readFile(join(web, 'js', name), 'utf8'));
  const waiting = ['embed/index.d.ts', 'embed/types.d.ts'];
  for (const name of waiting) {
    const text = (await read(name)).replace(FUNCTIONS, '').replace(/(['"])(\.[^'"]*)\.d\.ts\1/g, "'$2.js'");
    await mkdir(dirname(join(into, 'types', name)), { recursive: true });
    await writeFile(join(into, 'types', name), text);
    for (const [, other] of text.matchAll(/(?:from|import\()\s*['"](\.[^'"]*)\.js['"]/g)) {
      const needed = join(dirname(name), `${other}.d.ts`).split(sep).join('/');
      if (!waiting.includes(needed)) waiting.push(needed);
    }
  }
  await rm(folder, { recursive: true });
  await writeFile(join(into, 'index.d.ts'), "export { LabError, openUnlearnLab } from './types/embed/index.js';\nexport type * from './types/embed/types.js';\n");
}

if (!(await stat(join(from, 'integrity.json')).catch(() => null))) throw new Error(`${from} must have a built page; \`cargo xtask build\` makes one`);
// Whatever else is in the folder that was named is not ours to delete.
const there = await readdir(into).catch((error) => (error.code === 'ENOENT' ? [] : Promise.reject(new Error(`--into: ${into} must be a folder: ${error.code}`))));
const earlier = ['package.json', 'files.js'].every((name) => there.includes(name)) && (await json(join(into, 'package.json'))).name === 'unlearn-lab';
if (there.length > 0 && !earlier) throw new Error(`--into: ${into} must be empty, new, or a package that was made before`);
await rm(into, { recursive: true, force: true });
const lists = await shipped();
const { sets } = lists['assets.json'];
for (const name of (await listFiles(from)).filter((path) => isOurs(path, sets))) await take(name);
await scripts();
await types();

/** What is fetched: not the licences, which only lie there. */
const fetched = (await listFiles(join(into, LAB))).filter((name) => !/README|LICEN[CS]E/.test(name));
const files = {};
for (const name of fetched) {
  const bytes = await readFile(join(into, LAB, name));
  if (bytes.length < LEAST) throw new Error(`${name} must have at least ${LEAST} bytes, got ${bytes.length}: a bundler would put it into the script`);
  files[name] = { bytes: bytes.length, sha256: sha256(bytes) };
}
const { version } = await json(join(web, 'js/embed/package.json'));
if (version !== (await json(join(web, 'package.json'))).version) throw new Error(`js/embed/package.json must have the page's version, got ${version}`);
const whole = { ...lists, 'integrity.json': { version, files } };
const addresses = fetched.map((name) => `  ${JSON.stringify(name)}: new URL(${JSON.stringify(`./${LAB}/${name}`)}, import.meta.url).href,`).join('\n');
await writeFile(join(into, 'files.js'), `// Where each file is, in a form that bundlers understand, and the lists of them. Written by web/pack.mjs.\nexport const urls = {\n${addresses}\n};\nexport const lists = ${JSON.stringify(whole)};\n`);

await cp(join(web, 'js/embed/package.json'), join(into, 'package.json'));
for (const name of ['README.md', 'LICENCES.md']) await cp(join(web, 'js/embed', name), join(into, name));
// Both lie beside each other here.
const api = (await readFile(join(web, 'API.md'), 'utf8')).replace('(js/embed/README.md)', '(README.md)').replace('(../docs/metrics.md)', '(metrics.md)');
await writeFile(join(into, 'API.md'), api);
await cp(join(root, 'docs/metrics.md'), join(into, 'metrics.md'));
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) await cp(join(root, name), join(into, name));
const { text, crates } = notices();
await writeFile(join(into, 'THIRD-PARTY.txt'), text);
const bytes = (await Promise.all((await listFiles(into)).map(async (name) => (await stat(join(into, name))).size))).reduce((sum, size) => sum + size, 0);
console.error(`pack.mjs: unlearn-lab ${version} in ${into}: ${(bytes / 1e6).toFixed(1)} MB, ${fetched.length} files to fetch, ${sets.length} data sets, notices of ${crates} crates`);
