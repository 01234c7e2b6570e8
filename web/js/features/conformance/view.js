// @ts-check
// Draws the conformance page: a verdict, the operations, what could be had, what was found.

import { count, duration, figure } from '../../ui/format.js';
import { h, render } from '../../ui/h.js';
import { save } from '../../ui/save.js';
import { mountTerms } from '../../ui/term.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('./types.d.ts').View} View */
/** @typedef {import('./types.d.ts').Outcome} Outcome */
/** @typedef {import('./types.d.ts').AdapterFacts} AdapterFacts */
/** @typedef {import('./types.d.ts').ConformanceReport} ConformanceReport */
/** @typedef {import('../../ui/types.d.ts').Child} Child */

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {Record<string, string>} */
const ABILITIES = {
  module_workers: msg('Module workers'), secure_context: msg('Secure context'), cross_origin_isolated: msg('Cross-origin isolated'), web_crypto: msg('Web Crypto'), trusted_types: msg('Trusted Types'),
  service_worker: msg('Service workers'), private_files: msg('Private file system'), indexed_db: msg('IndexedDB'), clipboard: msg('Clipboard'),
};
const TITLES = { busy: msg('Testing'), good: msg('This browser computes right'), failed: msg('The test could not be carried out'), bad: msg('Something is wrong here') };

/** @param {{ok: boolean, text: string}} props */
const Mark = ({ ok, text }) => h('span', { class: `mark ${ok ? 'good' : 'bad'}` }, h('span', { 'aria-hidden': 'true' }, ok ? '✓' : '✗'), ` ${text}`);

/** @param {{outcome: Outcome | null, due: boolean, label: string}} props `due`: it is still to come; `label`: its column, where the table is too wide for columns */
function OutcomeCell({ outcome, due, label }) {
  if (!outcome) return h('td', { class: 'muted', 'data-label': t(label) }, due ? '…' : '–');
  const { ok, difference, error, tensor, ms } = outcome;
  const text = (error && said(error)) ?? (difference === null ? t('{tensor} is missing or no number', { tensor: tensor ?? t('a tensor') }) : figure(difference));
  return h('td', { 'data-label': t(label) }, h(Mark, { ok, text }), h('span', { class: 'ms' }, `${ms < 950 ? `${Math.round(ms)} ms` : duration(ms / 1000)}${tensor && difference ? t(', at {tensor}', { tensor }) : ''}`));
}

/** @param {{report: ConformanceReport}} props */
const Operations = ({ report: { cases, engines } }) =>
  cases.map((one) =>
    h(
      'tr',
      { key: one.id, class: one.cpu?.ok === false || one.gpu?.ok === false ? 'wrong' : null, 'data-case': one.id },
      h('th', { scope: 'row' }, said(one.title), ' ', h('a', { class: 'only', href: `?op=${one.id}`, 'aria-label': t('Run {id} alone', { id: one.id }) }, one.id)),
      h(OutcomeCell, { outcome: one.cpu, due: engines.cpu.state === 'ready', label: 'CPU' }), h(OutcomeCell, { outcome: one.gpu, due: engines.gpu.state === 'ready', label: 'GPU' }), h('td', { class: 'bound', 'data-label': t('At most') }, figure(one.bound)),
    ));

/** @param {{report: ConformanceReport}} props */
function Environment({ report: { browser, abilities, adapter, engines, build, reference } }) {
  const entry = (/** @type {string} */ term, /** @type {Child} */ about) => h('div', null, h('dt', null, term), h('dd', null, about));
  const where = (/** @type {AdapterFacts} */ found) => (found.found ? `${found.name}${found.software ? t(', in software') : ''}` : said(found.reason));
  const engine = (/** @type {'cpu' | 'gpu'} */ kind) => (engines[kind].state === 'ready' ? engines[kind].device : said(engines[kind].reason || engines[kind].state));
  const having = (/** @type {boolean} */ there) => Object.keys(ABILITIES).filter((name) => abilities[name] === there).map((name) => t(ABILITIES[name] ?? name)).join(', ') || '–';
  return [
    entry(t('Browser'), browser.user_agent),
    entry(t('Machine'), [browser.cores ? t('{cores} cores', { cores: browser.cores }) : t('cores unknown'), browser.memory_gb ? t('{memory_gb} GB or more', { memory_gb: browser.memory_gb }) : null].filter(Boolean).join(', ')),
    entry(t('WebGPU in the page'), where(adapter.page)),
    entry(t('WebGPU in a worker'), where(adapter.worker)),
    entry(t('CPU engine'), engine('cpu')),
    entry(t('GPU engine'), engine('gpu')),
    entry(t('There is'), having(true)),
    entry(t('There is not'), having(false)),
    entry(t('Reference'), reference || '–'),
    entry(t('Build'), h('code', null, build ? build.slice(0, 16) : t('unknown'))),
  ];
}

/** @param {{found: AdapterFacts}} props */
function Limits({ found }) {
  if (!found.found) return null;
  const list = (/** @type {string} */ title, /** @type {string[]} */ names) => h('section', null, h('h3', null, title), names.length > 0 ? h('ul', { class: 'names' }, names.map((name) => h('li', null, h('code', null, name)))) : h('p', { class: 'muted small' }, t('none')));
  const rows = Object.entries(found.limits).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => h('tr', null, h('th', { scope: 'row' }, h('code', null, name)), h('td', null, count(value))));
  return [list(t('Features'), found.features), list(t('WGSL language features'), found.wgsl), h('section', null, h('h3', null, t('Limits')), h('table', { class: 'limits' }, h('tbody', null, rows)))];
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
    $('said').textContent = done ? t('Copied.') : t('This browser did not let the page copy; download the file instead.');
  }

  return ({ report, status, now, done, total, signed: file }) => {
    const { verdict, trials, speed, adapter } = report;
    signed = file && `${JSON.stringify(file, null, 2)}\n`;
    const state = status === 'running' ? 'busy' : status === 'done' && verdict.ok ? 'good' : 'bad';
    $('verdict').className = `card verdict ${state}`;
    $('verdict-title').textContent = t(TITLES[status === 'failed' ? 'failed' : state]);
    $('verdict-says').textContent = status === 'done' ? verdict.says : said(now);
    const bar = /** @type {HTMLProgressElement} */ ($('bar'));
    bar.hidden = status !== 'running';
    if (total > 0) [bar.max, bar.value] = [total, done];
    for (const id of ['copy', 'download']) /** @type {HTMLButtonElement} */ ($(id)).disabled = !file;
    if (status === 'done') $('seal').textContent = file?.seal ? t('Sealed as {sha256}…, signed with a key that {key_kept}.', { sha256: file.seal.sha256.slice(0, 16), key_kept: file.seal.signature.key_kept ? t('this browser keeps') : t('was made for this report') }) : t('Not sealed: browsers hash and sign on https and localhost only.');

    draw('operations-card', 'operations', report.cases.length > 0, h(Operations, { report }));
    draw('trials-card', 'trials', trials.length > 0, h(() => trials.map((one) => h('tr', { 'data-trial': one.id }, h('th', { scope: 'row' }, said(one.title)), h('td', null, h(Mark, { ok: one.ok, text: said(one.says) })))), {}));
    draw('speed-card', 'speed', speed.length > 0, h(Speed, { speed }));
    render(h(Environment, { report }), $('facts'));
    const found = adapter.worker.found ? adapter.worker : adapter.page;
    draw('limits-card', 'limits', found.found, h(Limits, { found }));
  };
}
