// @ts-check
// The dialog “Privacy”: try it without a network, see every request, read what is promised and what is not. Loaded when first asked for.

import { fill, h, memo, setText, show } from '../dom.js';
import { sha256 } from '../download.js';
import { bytes, count, plural } from '../format.js';
import { canCheck } from '../integrity.js';
import { pathOf, purposeOf, requests, tally } from '../requests.js';
import { button } from '../ui.js';

/** @typedef {import('../types.d.ts').OfflineState} OfflineState */
/** @typedef {import('../types.d.ts').State} State */

const KEPT = [
  'Ratings, your own files, the forget set, models and results stay in this tab and on this device. The page has no server to send them to.',
  'The browser itself refuses requests to any other site: the page is under a security policy that this page cannot lift, and so is each of its workers.',
  'Once the offline copy is made, it lets nothing out but requests for the files of this page, by their bare addresses.',
  'Every model, data file and engine has the hash that this version was sealed with, or it is not used.',
];
const NOT = [
  'Whoever hosts this page sees that you opened it: your address, the time, and which of its files you fetched; never what you choose in it.',
  'The host decides what the page is. If you do not trust it, take the folder and open it with “unlearn serve”, or compare integrity.json with a build of your own.',
  'Browser extensions, the browser and the system can see what any page holds; no page can keep them out.',
  'No policy can keep a page from being left. Where the browser allows it (Chrome, Edge, new Firefox and Safari), going to another site from here is refused.',
  'Models you imported and the offline copy stay on this device until you delete them, or the site’s data in the browser’s settings.',
];

/** What names this version: the hash of the list of all hashes, as the build printed it. */
async function sealOf() {
  const response = await fetch(new URL('./integrity.json', document.baseURI));
  return sha256(new Uint8Array(await response.arrayBuffer()));
}

/** @param {OfflineState} offline */
function copyText({ status, why, kept, total, failed, filling }) {
  const size = `${bytes(kept)} of ${bytes(total)}`;
  return {
    unknown: 'The offline copy is made once the page is ready.',
    none: `There is no offline copy: ${why}. This tab goes on without a network; loading the page again needs one.`,
    making: filling ? `Keeping everything: ${size}.` : 'The offline copy is being made.',
    ready: `The offline copy is ready (${size}): even loading the page again needs no network.${failed > 0 ? ` ${plural(failed, 'file')} could not be kept.` : ''}`,
  }[status];
}

/** @param {import('../privacy.js').Privacy} privacy */
export function mountPrivacy(privacy) {
  const mark = h('span', { class: 'net', role: 'status' });
  const copy = h('p', { class: 'small' });
  const all = button('Keep everything for offline use', { kind: 'slim', title: 'The engine for the GPU, the other data and the importer too', onClick: () => void privacy.keepAll() });
  const figures = h('dl', { class: 'tally' });
  const rows = h('tbody');
  const log = h('div', { class: 'scroll log', tabindex: '0', role: 'region', 'aria-label': 'Requests since the page was loaded' },
    h('table', {},
      h('caption', { class: 'unseen' }, 'Requests since the page was loaded, newest first'),
      h('thead', {}, h('tr', {}, ['Time', 'For', 'File', 'Size', 'From'].map((cell) => h('th', { scope: 'col' }, cell)))),
      rows));
  const checked = h('p', { class: 'small muted' }, canCheck() ? 'Models, data and engines were checked against their hashes.' : 'Hashes were not checked: browsers hash on https and localhost only.');
  const seal = h('p', { class: 'small muted' });
  const list = (/** @type {string} */ title, /** @type {string} */ kind, /** @type {string[]} */ lines) => h('section', { class: kind }, h('h3', {}, title), h('ul', {}, lines.map((line) => h('li', {}, line))));
  const close = h('button', { type: 'button', class: 'btn slim', on: { click: () => dialog.close() } }, 'Close');
  const dialog = h('dialog', { class: 'privacy', 'aria-labelledby': 'privacy-title' },
    h('header', {}, h('h2', { id: 'privacy-title' }, 'Privacy'), close),
    h('div', { class: 'privacy-body' },
      h('section', { class: 'try' }, h('div', { class: 'try-head' }, h('h3', {}, 'Turn your network off now, and try'), mark), h('p', {}, 'Choose somebody, press Start, load your own files: everything goes on as before, since nothing is asked of anybody.'), copy, all),
      h('section', {}, h('h3', {}, 'Every request since this page was loaded'), figures, log, checked, seal),
      h('div', { class: 'promises' }, list('What is promised', 'kept', KEPT), list('What is not', 'not', NOT))));
  if (canCheck()) void sealOf().then((hash) => setText(seal, `This version’s integrity.json has the sha256 ${hash}. A build of your own, or “node web/verify.mjs”, tells whether that is the source’s.`), () => {});
  dialog.addEventListener('close', () => privacy.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);

  const drawNet = memo((/** @type {boolean} */ online) => {
    mark.className = `net ${online ? 'on' : 'off'}`;
    fill(mark, h('span', { class: 'dot', 'aria-hidden': 'true' }), online ? 'Network on' : 'Network off');
  });
  const drawCopy = memo((/** @type {OfflineState} */ offline) => {
    setText(copy, copyText(offline));
    show(all, offline.status !== 'none' && offline.status !== 'unknown' && offline.kept < offline.total);
    all.disabled = offline.status !== 'ready';
  });
  const clock = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  const drawLog = memo((/** @type {number} */ _seen) => {
    const seen = requests();
    const { own, foreign, blocked, bytes: moved } = tally(seen, document.baseURI);
    fill(figures, [[count(own), 'to this site'], [count(foreign), 'to any other'], [count(blocked), 'blocked'], [bytes(moved), 'over the network']].map(([value, label]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))));
    fill(rows, seen.toReversed().map((one) => h('tr', { class: one.from === 'blocked' ? 'blocked' : null },
      h('td', {}, clock.format(one.at)), h('th', { scope: 'row' }, purposeOf(one.url, document.baseURI)), h('td', { class: 'file' }, pathOf(one.url, document.baseURI) || (pathOf(one.url, document.baseURI) === '' ? 'index.html' : one.url)), h('td', {}, one.from === 'blocked' ? '–' : bytes(one.size)), h('td', {}, one.from))));
  });
  return (/** @type {State} */ { privacy: { open, online, seen }, offline }) => {
    if (open !== dialog.open) {
      if (open) dialog.showModal();
      else dialog.close();
    }
    if (!open) return;
    drawNet(online);
    drawCopy(offline);
    drawLog(seen);
  };
}
