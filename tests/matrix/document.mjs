// Writes docs/compatibility.md from tests/matrix/results/*.json; by itself (`node tests/matrix/document.mjs`) or after a run of the matrix.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BOUND, apart } from './methods.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ORDER = ['chromium', 'firefox', 'webkitgtk'];

/** @typedef {import('../../web/js/features/conformance/types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('../../web/js/features/conformance/types.d.ts').Outcome} Outcome */
/** @typedef {import('./methods.mjs').Trial} Trial */
/** @typedef {import('./privacy.mjs').Attempt} Attempt */

/** @param {string[]} head @param {(string | number)[][]} rows */
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
const small = (/** @type {number} */ value) => (value === 0 ? '0' : value.toExponential(1));
const rate = (/** @type {number} */ value) => (value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toPrecision(1));

/** @param {ConformanceReport['cases']} cases @param {'cpu' | 'gpu'} kind */
function tally(cases, kind) {
  const run = cases.filter((one) => one[kind]);
  return run.length === 0 ? 'not run' : `${run.filter((one) => one[kind]?.ok).length} of ${run.length} right`;
}

/** @param {Outcome | null} outcome */
const cell = (outcome) => (!outcome ? '–' : outcome.error ? `**fails**: ${outcome.error}` : outcome.difference === null ? '**no numbers**' : outcome.ok ? small(outcome.difference) : `**${small(outcome.difference)}**`);

/** @param {ConformanceReport['adapter']['page']} found */
const adapter = (found) => (found.found === false ? `none: ${found.reason}` : found.name);

/** How far the two paths are apart after each method's own steps. @param {any[]} tried */
function methods(tried) {
  const labels = [...new Map(tried.flatMap(({ methods }) => methods.map((/** @type {Trial} */ { id, label }) => [id, label]))).entries()];
  return `## Methods

Three steps of each method on one person with one seed, on the processor and by WebGPU of the same browser: how far the log losses of what is to be forgotten are apart, in nats, of at most ${small(BOUND)}.
Methods that train whole models are left out.

Methods that hold retained answers to the original's by KL are farther apart than the others; [why](determinism.md).

${table(['method', ...tried.map(({ name }) => name)], labels.map(([id, label]) => [label, ...tried.map((result) => {
  const trial = result.methods.find((/** @type {any} */ one) => one.id === id);
  const far = trial ? apart(trial) : null;
  return !trial ? '–' : trial.error ? `**fails**: ${trial.error}` : far === null ? '–' : far <= BOUND ? small(far) : `**${small(far)}**`;
})]))}

`;
}

/** What becomes of every way to another site. @param {any[]} tested */
function waysOut(tested) {
  const names = tested[0].ways.map((/** @type {Attempt} */ { way }) => way);
  return `## Ways out

Every way we know in which code in the page, or in its engine's worker, could reach another site, tried on the page as it is shipped. *Blocked*: nothing arrived there, and it was seen to arrive once the
policy and the guard were taken away. –: it does not arrive there in this browser even without them. **Reached**: it is open. Names that are only looked up (\`dns-prefetch\`) are seen in Chromium's own log
alone, by \`tests/e2e/privacy.test.mjs\`, which also has a profile on disk: a private window acts on no \`preconnect\`.

${table(['way', ...tested.map(({ name }) => name)], names.map((/** @type {string} */ name) => [`\`${name}\``, ...tested.map(({ ways }) => {
  const found = ways.find((/** @type {Attempt} */ { way }) => way === name);
  return !found ? '–' : found.shipped ? '**reached**' : found.bare ? 'blocked' : '–';
})]))}

`;
}

/** The document. @param {any[]} results */
export function text(results) {
  const full = results.filter(({ conformance }) => conformance);
  const names = full.map(({ version }) => version);
  /** @param {any} result @returns {ConformanceReport} */
  const report = (result) => result.conformance.report;
  const made = full.map((result) => report(result).made.slice(0, 10)).sort();
  const cases = full[0] ? report(full[0]).cases : [];
  const trials = [...new Map(full.flatMap((result) => report(result).trials).map((one) => [one.id, one.title])).entries()];
  const sizes = [...new Set(full.flatMap((result) => report(result).speed).map(({ n }) => n))].sort((a, b) => a - b);
  const limits = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupStorageSize', 'maxStorageBuffersPerShaderStage'];
  const columns = full.flatMap((result) => (report(result).cases.some((one) => one.gpu) ? /** @type {const} */ (['cpu', 'gpu']) : /** @type {const} */ (['cpu'])).map((kind) => ({ result, kind })));
  const tried = full.filter(({ methods }) => methods?.length > 0);
  const tested = full.filter(({ ways }) => ways?.length > 0);
  const withGpu = full.filter((result) => report(result).adapter.worker.found);

  return `# Compatibility

Written by \`cargo xtask matrix\` from [tests/matrix/results](../tests/matrix/results); do not edit. Made ${made[0] === made.at(-1) ? made[0] : `${made[0]} to ${made.at(-1)}`} on ${full[0]?.conformance.report.browser.cores ?? '?'} cores of a processor, without a GPU: WebGPU is computed in
software, so the numbers are what counts here; speeds are a processor's, and whatever else it did counts against them. The same page tests any other browser and device: \`/conformance\`, which also hands out the report as a signed file.

${table(
  ['browser', 'the page', 'processor’s path', 'WebGPU path', 'WebGPU here', 'verdict'],
  results.map((result) =>
    result.conformance
      ? [
          result.version,
          `usable, forgot one person in ${result.page.seconds} s`,
          tally(report(result).cases, 'cpu'),
          tally(report(result).cases, 'gpu'),
          result.gpu,
          result.problems.length === 0 ? 'as it must be' : `**${result.problems.join('; ')}**`,
        ]
      : [result.name, '–', '–', '–', result.gpu, `**could not be run**: ${result.problems.join('; ')}`],
  ),
)}

## Operations

The largest difference of any number, gradients included, relative to the largest number of its tensor: the processor's path against PyTorch with 64 bits, the GPU's against the processor's in the same browser.

${table(['operation', 'at most', ...columns.map(({ result, kind }) => `${result.name}, ${kind === 'cpu' ? 'processor' : 'WebGPU'}`)], cases.map((one) => [`${one.title} (\`${one.id}\`)`, small(one.bound), ...columns.map(({ result, kind }) => cell(report(result).cases.find(({ id }) => id === one.id)?.[kind] ?? null))]))}

${tried.length > 0 ? methods(tried) : ''}${tested.length > 0 ? waysOut(tested) : ''}## Limits and drills

${table(['', ...full.map(({ name }) => name)], trials.map(([id, title]) => [title, ...full.map((result) => {
  const found = report(result).trials.find((one) => one.id === id);
  return !found ? '–' : found.ok ? found.says : `**no**: ${found.says}`;
})]))}

## Speed

Products of two square matrices, thousand million operations a second.

${table(['rows and columns', ...columns.map(({ result, kind }) => `${result.name}, ${kind === 'cpu' ? 'processor' : 'WebGPU'}`)], sizes.map((n) => [n, ...columns.map(({ result, kind }) => {
  const found = report(result).speed.find((one) => one.n === n && one.kind === kind);
  return found ? rate(found.gflops) : '–';
})]))}

## What the browsers offer

${table(['', ...names], [
  ['WebGPU in the page', ...full.map((result) => adapter(report(result).adapter.page))],
  ['WebGPU in a worker', ...full.map((result) => adapter(report(result).adapter.worker))],
  ...limits.map((name) => [`\`${name}\``, ...full.map((result) => {
    const { worker } = report(result).adapter;
    return worker.found ? (worker.limits[name]?.toLocaleString('en') ?? '–') : '–';
  })]),
  ['features', ...full.map((result) => (withGpu.includes(result) ? /** @type {any} */ (report(result).adapter.worker).features.map((/** @type {string} */ name) => `\`${name}\``).join(' ') || 'none' : '–'))],
  ['WGSL language features', ...full.map((result) => (withGpu.includes(result) ? /** @type {any} */ (report(result).adapter.worker).wgsl.map((/** @type {string} */ name) => `\`${name}\``).join(' ') || 'none' : '–'))],
  ...Object.keys(full[0] ? report(full[0]).abilities : {}).map((name) => [name.replaceAll('_', ' '), ...full.map((result) => (report(result).abilities[name] ? 'yes' : '**no**'))]),
])}

## What is not tested

- **Real GPUs**, Safari, and telephones: this matrix runs on Linux without one. \`/conformance\` on such a device makes the same report.
- **WebGPU in WebKit**: WebKitGTK has none; of Safari's engine this matrix tests what it shares with WebKitGTK, which is the processor's path.
- **Leaving the page** can only be refused where the browser tells before it goes (the Navigation API); WebKitGTK does not yet.
`;
}

/** Writes the document from the results that are there. */
export function write() {
  const files = ORDER.map((id) => join(root, 'tests/matrix/results', `${id}.json`)).filter((path) => existsSync(path));
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(join(root, 'docs/compatibility.md'), text(files.map((path) => JSON.parse(readFileSync(path, 'utf8')))));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
