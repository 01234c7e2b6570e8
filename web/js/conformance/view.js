// @ts-check
// Draws the conformance page: a verdict, the operations, what could be had, what was found.

import { fill, h, setText, show } from '../dom.js';
import { duration, figure } from '../format.js';
import { save } from '../ui.js';

/** @typedef {import('./types.d.ts').View} View */
/** @typedef {import('./types.d.ts').Outcome} Outcome */
/** @typedef {import('./types.d.ts').AdapterFacts} AdapterFacts */
/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Record<string, string>} */
const ABILITIES = {
  module_workers: 'Module workers', secure_context: 'Secure context', cross_origin_isolated: 'Cross-origin isolated', web_crypto: 'Web Crypto', trusted_types: 'Trusted Types',
  service_worker: 'Service workers', private_files: 'Private file system', indexed_db: 'IndexedDB', clipboard: 'Clipboard',
};

/** @param {boolean} ok @param {string} text */
const mark = (ok, text) => h('span', { class: `mark ${ok ? 'good' : 'bad'}` }, h('span', { 'aria-hidden': 'true' }, ok ? '✓' : '✗'), ` ${text}`);

/** @param {Outcome | null} outcome @param {boolean} due whether it is still to come @param {string} label its column, where the table is too wide for columns */
function cell(outcome, due, label) {
  if (!outcome) return h('td', { class: 'muted', 'data-label': label }, due ? '…' : '–');
  const { ok, difference, error, tensor, ms } = outcome;
  const text = error ?? (difference === null ? `${tensor ?? 'a tensor'} is missing or no number` : figure(difference));
  return h('td', { title: tensor ? `largest at ${tensor}` : null, 'data-label': label }, mark(ok, text), h('span', { class: 'ms' }, ms < 950 ? `${Math.round(ms)} ms` : duration(ms / 1000)));
}

/** @param {ConformanceReport} report */
function operations({ cases, engines }) {
  const due = (/** @type {'cpu' | 'gpu'} */ kind) => engines[kind].state === 'ready';
  return cases.map((one) =>
    h('tr', { class: one.cpu?.ok === false || one.gpu?.ok === false ? 'wrong' : null, 'data-case': one.id },
      h('th', { scope: 'row' }, one.title, ' ', h('a', { class: 'only', href: `?op=${one.id}`, title: 'Run this one alone' }, one.id)), cell(one.cpu, due('cpu'), 'CPU'), cell(one.gpu, due('gpu'), 'GPU'), h('td', { class: 'bound', 'data-label': 'At most' }, figure(one.bound))));
}

/** @param {string} term @param {...(Node | string | null)} about */
const entry = (term, ...about) => h('div', {}, h('dt', {}, term), h('dd', {}, ...about));

/** @param {ConformanceReport} report */
function facts({ browser, abilities, adapter, engines, build, reference }) {
  const where = (/** @type {AdapterFacts} */ found) => (found.found ? `${found.name}${found.software ? ', in software' : ''}` : found.reason);
  const engine = (/** @type {'cpu' | 'gpu'} */ kind) => (engines[kind].state === 'ready' ? engines[kind].device : engines[kind].reason || engines[kind].state);
  return [
    entry('Browser', browser.user_agent),
    entry('Machine', [browser.cores ? `${browser.cores} cores` : 'cores unknown', browser.memory_gb ? `${browser.memory_gb} GB or more` : null].filter(Boolean).join(', ')),
    entry('WebGPU in the page', where(adapter.page)),
    entry('WebGPU in a worker', where(adapter.worker)),
    entry('CPU engine', engine('cpu')),
    entry('GPU engine', engine('gpu')),
    entry('There is', Object.keys(ABILITIES).filter((name) => abilities[name]).map((name) => ABILITIES[name]).join(', ') || '–'),
    entry('There is not', Object.keys(ABILITIES).filter((name) => abilities[name] === false).map((name) => ABILITIES[name]).join(', ') || '–'),
    entry('Reference', reference || '–'),
    entry('Build', h('code', {}, build ? build.slice(0, 16) : 'unknown')),
  ];
}

/** @param {AdapterFacts} found */
function limits(found) {
  if (!found.found) return [];
  const list = (/** @type {string} */ title, /** @type {string[]} */ names) => h('section', {}, h('h3', {}, title), names.length > 0 ? h('ul', { class: 'names' }, names.map((name) => h('li', {}, h('code', {}, name)))) : h('p', { class: 'muted small' }, 'none'));
  const rows = Object.entries(found.limits).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, h('code', {}, name)), h('td', {}, value.toLocaleString('en'))));
  return [list('Features', found.features), list('WGSL language features', found.wgsl), h('section', {}, h('h3', {}, 'Limits'), h('table', { class: 'limits' }, h('tbody', {}, rows)))];
}

/** @param {ConformanceReport['query']} query @returns {(view: View) => void} */
export function mount(query) {
  $('copy').addEventListener('click', () => void copy());
  $('download').addEventListener('click', () => signed && save('unlearn-lab-conformance.json', signed, 'application/json'));
  $('again').addEventListener('click', () => location.reload());
  show($('everything'), query.op.length > 0);
  /** @type {string | null} */
  let signed = null;

  async function copy() {
    if (!signed) return;
    // Refused without a click, or on plain http.
    const done = await navigator.clipboard?.writeText(signed).then(() => true, () => false);
    setText($('said'), done ? 'Copied.' : 'This browser did not let the page copy; download the file instead.');
  }

  return ({ report, status, now, done, total, signed: file }) => {
    const { verdict, trials, speed, adapter } = report;
    signed = file && `${JSON.stringify(file, null, 2)}\n`;
    const state = status === 'running' ? 'busy' : status === 'done' && verdict.ok ? 'good' : 'bad';
    $('verdict').className = `card verdict ${state}`;
    const title = { busy: 'Testing', good: 'This browser computes right', bad: status === 'failed' ? 'The test could not be carried out' : 'Something is wrong here' };
    setText($('verdict-title'), title[state]);
    setText($('verdict-says'), status === 'done' ? verdict.says : now);
    const bar = /** @type {HTMLProgressElement} */ ($('bar'));
    show(bar, status === 'running');
    if (total > 0) [bar.max, bar.value] = [total, done];
    for (const id of ['copy', 'download']) /** @type {HTMLButtonElement} */ ($(id)).disabled = !file;
    if (status === 'done') setText($('seal'), file?.seal ? `Sealed as ${file.seal.sha256.slice(0, 16)}…, signed with a key that ${file.seal.signature.key_kept ? 'this browser keeps' : 'was made for this report'}.` : 'Not sealed: browsers hash and sign on https and localhost only.');

    fill($('operations'), operations(report));
    show($('operations-card'), report.cases.length > 0);
    fill($('trials'), trials.map((one) => h('tr', { 'data-trial': one.id }, h('th', { scope: 'row' }, one.title), h('td', {}, mark(one.ok, one.says)))));
    show($('trials-card'), trials.length > 0);
    const rate = (/** @type {string} */ kind, /** @type {number} */ n) => speed.find((one) => one.kind === kind && one.n === n);
    fill($('speed'), [...new Set(speed.map(({ n }) => n))].sort((a, b) => a - b).map((n) => h('tr', {}, h('th', { scope: 'row' }, `${n} × ${n}`), ['cpu', 'gpu'].map((kind) => h('td', {}, figure(rate(kind, n)?.gflops))))));
    show($('speed-card'), speed.length > 0);
    fill($('facts'), facts(report));
    const found = adapter.worker.found ? adapter.worker : adapter.page;
    fill($('limits'), limits(found));
    show($('limits-card'), found.found);
  };
}
