// @ts-check
// Draws the conformance page: a verdict, the operations, what could be had, what was found.

import { duration, figure } from '../../ui/format.js';
import { h, render } from '../../ui/h.js';
import { save } from '../../ui/save.js';
import { mountTerms } from '../../ui/term.js';

/** @typedef {import('./types.d.ts').View} View */
/** @typedef {import('./types.d.ts').Outcome} Outcome */
/** @typedef {import('./types.d.ts').AdapterFacts} AdapterFacts */
/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('../../ui/types.d.ts').Child} Child */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Record<string, string>} */
const ABILITIES = {
  module_workers: 'Module workers', secure_context: 'Secure context', cross_origin_isolated: 'Cross-origin isolated', web_crypto: 'Web Crypto', trusted_types: 'Trusted Types',
  service_worker: 'Service workers', private_files: 'Private file system', indexed_db: 'IndexedDB', clipboard: 'Clipboard',
};
const TITLES = { busy: 'Testing', good: 'This browser computes right', failed: 'The test could not be carried out', bad: 'Something is wrong here' };

/** @param {{ok: boolean, text: string}} props */
const Mark = ({ ok, text }) => h('span', { class: `mark ${ok ? 'good' : 'bad'}` }, h('span', { 'aria-hidden': 'true' }, ok ? '✓' : '✗'), ` ${text}`);

/** @param {{outcome: Outcome | null, due: boolean, label: string}} props `due`: it is still to come; `label`: its column, where the table is too wide for columns */
function OutcomeCell({ outcome, due, label }) {
  if (!outcome) return h('td', { class: 'muted', 'data-label': label }, due ? '…' : '–');
  const { ok, difference, error, tensor, ms } = outcome;
  const text = error ?? (difference === null ? `${tensor ?? 'a tensor'} is missing or no number` : figure(difference));
  return h('td', { 'data-label': label }, h(Mark, { ok, text }), h('span', { class: 'ms' }, `${ms < 950 ? `${Math.round(ms)} ms` : duration(ms / 1000)}${tensor && difference ? `, at ${tensor}` : ''}`));
}

/** @param {{report: ConformanceReport}} props */
const Operations = ({ report: { cases, engines } }) =>
  cases.map((one) =>
    h(
      'tr',
      { key: one.id, class: one.cpu?.ok === false || one.gpu?.ok === false ? 'wrong' : null, 'data-case': one.id },
      h('th', { scope: 'row' }, one.title, ' ', h('a', { class: 'only', href: `?op=${one.id}`, 'aria-label': `Run ${one.id} alone` }, one.id)),
      h(OutcomeCell, { outcome: one.cpu, due: engines.cpu.state === 'ready', label: 'CPU' }), h(OutcomeCell, { outcome: one.gpu, due: engines.gpu.state === 'ready', label: 'GPU' }), h('td', { class: 'bound', 'data-label': 'At most' }, figure(one.bound)),
    ));

/** @param {{report: ConformanceReport}} props */
function Environment({ report: { browser, abilities, adapter, engines, build, reference } }) {
  const entry = (/** @type {string} */ term, /** @type {Child} */ about) => h('div', null, h('dt', null, term), h('dd', null, about));
  const where = (/** @type {AdapterFacts} */ found) => (found.found ? `${found.name}${found.software ? ', in software' : ''}` : found.reason);
  const engine = (/** @type {'cpu' | 'gpu'} */ kind) => (engines[kind].state === 'ready' ? engines[kind].device : engines[kind].reason || engines[kind].state);
  const having = (/** @type {boolean} */ there) => Object.keys(ABILITIES).filter((name) => abilities[name] === there).map((name) => ABILITIES[name]).join(', ') || '–';
  return [
    entry('Browser', browser.user_agent),
    entry('Machine', [browser.cores ? `${browser.cores} cores` : 'cores unknown', browser.memory_gb ? `${browser.memory_gb} GB or more` : null].filter(Boolean).join(', ')),
    entry('WebGPU in the page', where(adapter.page)),
    entry('WebGPU in a worker', where(adapter.worker)),
    entry('CPU engine', engine('cpu')),
    entry('GPU engine', engine('gpu')),
    entry('There is', having(true)),
    entry('There is not', having(false)),
    entry('Reference', reference || '–'),
    entry('Build', h('code', null, build ? build.slice(0, 16) : 'unknown')),
  ];
}

/** @param {{found: AdapterFacts}} props */
function Limits({ found }) {
  if (!found.found) return null;
  const list = (/** @type {string} */ title, /** @type {string[]} */ names) => h('section', null, h('h3', null, title), names.length > 0 ? h('ul', { class: 'names' }, names.map((name) => h('li', null, h('code', null, name)))) : h('p', { class: 'muted small' }, 'none'));
  const rows = Object.entries(found.limits).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => h('tr', null, h('th', { scope: 'row' }, h('code', null, name)), h('td', null, value.toLocaleString('en'))));
  return [list('Features', found.features), list('WGSL language features', found.wgsl), h('section', null, h('h3', null, 'Limits'), h('table', { class: 'limits' }, h('tbody', null, rows)))];
}

/** @param {{speed: ConformanceReport['speed']}} props */
function Speed({ speed }) {
  const rate = (/** @type {string} */ kind, /** @type {number} */ n) => speed.find((one) => one.kind === kind && one.n === n)?.gflops;
  return [...new Set(speed.map(({ n }) => n))].sort((a, b) => a - b).map((n) => h('tr', null, h('th', { scope: 'row' }, `${n} × ${n}`), h('td', null, figure(rate('cpu', n))), h('td', null, figure(rate('gpu', n)))));
}

/** A part of the page, shown where there is something in it. @param {string} card @param {string} place @param {boolean} shown @param {import('../../ui/types.d.ts').Node} node */
function draw(card, place, shown, node) {
  render(node, $(place));
  $(card).hidden = !shown;
}

/** @param {ConformanceReport['query']} query @returns {(view: View) => void} */
export function mount(query) {
  mountTerms();
  $('copy').addEventListener('click', () => void copy());
  $('download').addEventListener('click', () => signed && save('unlearn-lab-conformance.json', signed, 'application/json'));
  $('again').addEventListener('click', () => location.reload());
  $('everything').hidden = query.op.length === 0;
  /** @type {string | null} */
  let signed = null;

  async function copy() {
    if (!signed) return;
    // Refused without a click, or on plain http.
    const done = await navigator.clipboard?.writeText(signed).then(() => true, () => false);
    $('said').textContent = done ? 'Copied.' : 'This browser did not let the page copy; download the file instead.';
  }

  return ({ report, status, now, done, total, signed: file }) => {
    const { verdict, trials, speed, adapter } = report;
    signed = file && `${JSON.stringify(file, null, 2)}\n`;
    const state = status === 'running' ? 'busy' : status === 'done' && verdict.ok ? 'good' : 'bad';
    $('verdict').className = `card verdict ${state}`;
    $('verdict-title').textContent = TITLES[status === 'failed' ? 'failed' : state];
    $('verdict-says').textContent = status === 'done' ? verdict.says : now;
    const bar = /** @type {HTMLProgressElement} */ ($('bar'));
    bar.hidden = status !== 'running';
    if (total > 0) [bar.max, bar.value] = [total, done];
    for (const id of ['copy', 'download']) /** @type {HTMLButtonElement} */ ($(id)).disabled = !file;
    if (status === 'done') $('seal').textContent = file?.seal ? `Sealed as ${file.seal.sha256.slice(0, 16)}…, signed with a key that ${file.seal.signature.key_kept ? 'this browser keeps' : 'was made for this report'}.` : 'Not sealed: browsers hash and sign on https and localhost only.';

    draw('operations-card', 'operations', report.cases.length > 0, h(Operations, { report }));
    draw('trials-card', 'trials', trials.length > 0, h(() => trials.map((one) => h('tr', { 'data-trial': one.id }, h('th', { scope: 'row' }, one.title), h('td', null, h(Mark, { ok: one.ok, text: one.says })))), {}));
    draw('speed-card', 'speed', speed.length > 0, h(Speed, { speed }));
    render(h(Environment, { report }), $('facts'));
    const found = adapter.worker.found ? adapter.worker : adapter.page;
    draw('limits-card', 'limits', found.found, h(Limits, { found }));
  };
}
