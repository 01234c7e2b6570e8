// The parts of web/js import only what ARCHITECTURE.md lets them, no files import each other in a circle, and what the page's policy forbids is not in its
// source: markup in strings, code from strings, elements and workers from anywhere.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const js = join(root, 'web/js');
const files = readdirSync(js, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')).filter((path) => path.endsWith('.js') && !path.startsWith('generated/'));
/** Source without comments, by path within web/js. */
const sources = new Map(files.map((path) => [path, readFileSync(join(js, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '$1')]));

/** What a file imports: when it is loaded, and later. @param {string} path */
function importsOf(path) {
  const source = sources.get(path) ?? '';
  const all = (/** @type {RegExp} */ pattern) => [...source.matchAll(pattern)].map((match) => match[1] ?? '');
  const within = (/** @type {string} */ name) => (name.startsWith('.') ? normalize(join(dirname(path), name)) : name);
  return { now: all(/(?:^import|^export|^} from|from) (?:[^'"();]*from )?'([^']+)'/gm).map(within), later: all(/import\('([^']+)'\)/g).map(within) };
}

const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
const names = (/** @type {string | undefined} */ cell) => [...(cell ?? '').matchAll(/`js\/(\w+)`/g)].map((match) => match[1]);
/** What each folder may use. @type {Map<string, string[] | 'all'>} */
const allowed = new Map(
  architecture.split('\n').filter((line) => line.startsWith('| `js/')).map((line) => {
    const [, part, , use] = line.split('|');
    return [names(part)[0] ?? '', /** @type {any} */ (use?.trim() === 'all' ? 'all' : names(use))];
  }),
);

/** Imports that the table does not allow. @param {Iterable<[string, string[]]>} imports file and what it imports */
function broken(imports) {
  const found = [];
  for (const [path, used] of imports) {
    const [part = '', feature] = path.split('/');
    for (const other of used.filter((name) => name.includes('/') && !/^(preact|node:)/.test(name))) {
      const [to = '', otherFeature] = other.split('/');
      const may = allowed.get(part);
      if (to !== part && may !== 'all' && !may?.includes(to)) found.push(`${path} imports ${other}`);
      if (part === 'features' && to === 'features' && feature !== otherFeature) found.push(`${path} imports ${other}, which is another feature's`);
    }
  }
  return found;
}

/** Files that import each other in a circle. @param {Map<string, string[]>} imports */
function circles(imports) {
  const [done, open] = [new Set(), /** @type {string[]} */ ([])];
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {string} */ path) => {
    if (open.includes(path)) return void found.push([...open.slice(open.indexOf(path)), path].join(' → '));
    if (done.has(path)) return undefined;
    open.push(path);
    for (const next of imports.get(path) ?? []) visit(next);
    open.pop();
    done.add(path);
    return undefined;
  };
  for (const path of imports.keys()) visit(path);
  return found;
}

test('each part imports what ARCHITECTURE.md lets it, and nothing goes in a circle', () => {
  assert.deepEqual([...allowed.keys()].sort(), [...new Set(files.map((path) => path.split('/')[0]))].filter((part) => part !== 'types.d.ts').sort(), 'the table has every folder');
  const imports = files.map((path) => /** @type {[string, string[]]} */ ([path, [...importsOf(path).now, ...importsOf(path).later]]));
  assert.deepEqual(broken(imports), []);
  assert.deepEqual(circles(new Map(files.map((path) => [path, importsOf(path).now]))), []);
  // The control: what is forbidden is found.
  assert.equal(broken([['platform/guard.js', ['ui/h.js']], ['features/attacks/view.js', ['features/compare/rows.js']]]).length, 2);
  assert.equal(circles(new Map([['a', ['b']], ['b', ['a']]])).length, 1);
});

/** Files in which a pattern occurs. @param {RegExp} pattern */
const having = (pattern) => files.filter((path) => pattern.test(sources.get(path) ?? ''));

test('no markup and no code comes from strings', () => {
  assert.deepEqual(having(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|DOMParser|createContextualFragment|srcdoc|setHTML/), []);
  assert.deepEqual(having(/\beval\s*\(|new Function\b|set(?:Timeout|Interval)\(\s*['"`]/), []);
  assert.deepEqual(having(/setAttribute\(\s*['"](?:style|on)/), [], 'nor inline styles and handlers');
});

test('elements come from Preact by one file, workers and the chart library from one each', () => {
  assert.deepEqual(files.filter((path) => importsOf(path).now.includes('preact')), ['ui/h.js']);
  // Before Preact is there, a page without its guard says why it does not start; a download needs a link for a moment.
  assert.deepEqual(having(/createElement/), ['platform/guard.js', 'platform/require-guard.js', 'ui/save.js']);
  assert.deepEqual(having(/new (?:Shared)?Worker\(/), ['platform/trusted-types.js']);
  assert.deepEqual(files.filter((path) => importsOf(path).now.includes('uplot')), ['ui/plot.js']);
  assert.deepEqual(files.filter((path) => importsOf(path).now.includes('ui/plot.js')), [], 'it is loaded when a run begins');
});

test('what runs first needs nothing but itself', () => {
  for (const path of ['platform/guard.js', 'app/theme.js', 'app/start-watch.js']) assert.deepEqual(importsOf(path), { now: [], later: [] }, path);
  assert.equal(importsOf('app/main.js').now[0], 'platform/require-guard.js', 'the page starts only behind its guard');
  assert.equal(importsOf('features/conformance/main.js').now[0], 'platform/require-guard.js');
  assert.deepEqual(importsOf('platform/worker-setup.js').now[0], 'platform/guard.js');
});

test('in another site’s page the guard holds in the workers, and nowhere else', () => {
  for (const [entry, script] of [['embed/engine-worker.js', 'engine/worker.js'], ['embed/package-worker.js', 'features/models/package-worker.js']]) {
    // In this order: the guard, where the files are, and then what asks for them.
    assert.deepEqual(importsOf(entry).now, ['platform/worker-setup.js', 'embed/told-site.js', script], entry);
  }
  const reached = new Set(['embed/index.js']);
  for (const path of reached) for (const next of [...importsOf(path).now, ...importsOf(path).later]) reached.add(next);
  assert.deepEqual([...reached].filter((path) => /guard\.js$|^(app|ui\/h\.js|preact|uplot)/.test(path)), []);
  assert.ok(reached.has('api/api.js') && reached.has('features/attacks/run-attacks.js'), 'what comes later is among them');
});
