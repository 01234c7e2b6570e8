// @ts-check
// The dialog “Privacy”: try it without a network, see every request, read what is promised and what is not. Loaded when first asked for.

import { useEffect, useState } from 'preact/hooks';
import { canCheck } from '../../platform/integrity.js';
import { pathOf, purposeOf, requests, tally } from '../../platform/request-log.js';
import { sha256 } from '../../platform/sha256.js';
import { Dialog } from '../../ui/dialog.js';
import { bytes, count, moment, plural } from '../../ui/format.js';
import { h, memo, render } from '../../ui/h.js';
import { marker } from '../../ui/term.js';
import { Button } from '../../ui/widgets.js';
import { msg, said, t } from '../../ui/words.js';

/** @typedef {import('./actions.js').Privacy} Privacy */
/** @typedef {import('../../types.d.ts').OfflineState} OfflineState */
/** @typedef {import('../../types.d.ts').State} State */

const PROMISED = [
  msg('Ratings, your own files, the forget set, models and results stay in this tab and on this device. The page has no server to send them to.'),
  msg('The browser itself refuses requests to any other site: the page is under a security policy that this page cannot lift, and so is each of its workers.'),
  msg('Once the offline copy is made, it lets nothing out but requests for the files of this page, by their bare addresses.'),
  msg('Every model, data file and engine has the hash that this version was sealed with, or it is not used.'),
];
const NOT_PROMISED = [
  msg('Whoever hosts this page sees that you opened it: your address, the time, and which of its files you fetched; never what you choose in it.'),
  msg('The host decides what the page is. If you do not trust it, take the folder and open it with “unlearn serve”, or compare integrity.json with a build of your own.'),
  msg('Browser extensions, the browser and the system can see what any page holds; no page can keep them out.'),
  msg('No policy can keep a page from being left. Where the browser allows it (Chrome, Edge, new Firefox and Safari), going to another site from here is refused. A paper’s page opens in a new tab of its own, after a word about it, and is not told where you came from.'),
  msg('Models you imported, files you trained on and the offline copy stay on this device until you delete them, or the site’s data in the browser’s settings.'),
];

/** What names this version: the hash of the list of all hashes, as the build printed it. */
async function sealOf() {
  const response = await fetch(new URL('./integrity.json', document.baseURI));
  return sha256(new Uint8Array(await response.arrayBuffer()));
}

/** @param {OfflineState} offline */
function copyText({ status, why, kept, total, failed, filling }) {
  const size = t('{kept} of {total}', { kept: bytes(kept), total: bytes(total) });
  return {
    unknown: t('The offline copy is made once the page is ready.'),
    none: t('There is no offline copy: {why}. This tab goes on without a network; loading the page again needs one.', { why: said(why) }),
    making: filling ? t('Keeping everything: {size}.', { size }) : t('The offline copy is being made.'),
    ready: t('The offline copy is ready ({size}): even loading the page again needs no network.{more}', { size, more: failed > 0 ? t(' {files} could not be kept.', { files: plural(failed, 'file') }) : '' }),
  }[status];
}

/** Invites to try the page without a network. @param {{online: boolean, offline: OfflineState, privacy: Privacy}} props */
const Offline = ({ online, offline, privacy }) =>
  h(
    'section',
    { class: 'try' },
    h('div', { class: 'try-head' }, h('h3', null, t('Turn your network off now, and try')), h('span', { class: `net ${online ? 'on' : 'off'}`, role: 'status' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), online ? t('Network on') : t('Network off'))),
    h('p', null, t('Choose somebody, press Start, load your own files: everything goes on as before, since nothing is asked of anybody.')),
    h('p', { class: 'small' }, copyText(offline)),
    offline.status !== 'none' && offline.status !== 'unknown' && offline.kept < offline.total && [
      h('p', { class: 'small muted' }, t('The engine for the GPU, the other data and the importer can be kept too.')),
      h(Button, { label: t('Keep everything for offline use'), kind: 'slim', disabled: offline.status !== 'ready', onClick: () => void privacy.keepAll() }),
    ],
  );

/** The hash of this version's list of hashes. */
const Seal = memo(() => {
  const [hash, setHash] = useState('');
  useEffect(() => {
    if (canCheck()) void sealOf().then(setHash, () => {});
  }, []);
  return h('p', { class: 'small muted' }, hash && t('This version’s integrity.json has the sha256 {hash}. A build of your own, or “node web/verify.mjs”, tells whether that is the source’s.', { hash }));
});

/** `seen`: how many requests there are, which are kept elsewhere. */
const Requests = memo(
  /** @param {{seen: number}} _props */
  (_props) => {
    const all = requests();
    const base = document.baseURI;
    const { own, foreign, blocked, bytes: moved } = tally(all, base);
    const fileOf = (/** @type {string} */ url) => {
      const path = pathOf(url, base);
      return path === '' ? 'index.html' : path ?? url;
    };
    return h(
      'section',
      null,
      h('h3', null, t('Every request since this page was loaded')),
      h('dl', { class: 'tally' }, [[count(own), t('to this site')], [count(foreign), t('to any other')], [count(blocked), t('blocked')], [bytes(moved), t('over the network')]].map(([value, label]) => h('div', null, h('dt', null, label), h('dd', null, value)))),
      h(
        'div',
        { class: 'scroll log', tabindex: '0', role: 'region', 'aria-label': t('Requests since the page was loaded') },
        h(
          'table',
          null,
          h('caption', { class: 'unseen' }, t('Requests since the page was loaded, newest first')),
          h('thead', null, h('tr', null, [t('Time'), t('For'), t('File'), t('Size'), t('From')].map((cell) => h('th', { scope: 'col' }, cell)))),
          h(
            'tbody',
            null,
            all.toReversed().map((one) =>
              h('tr', { class: one.from === 'blocked' ? 'blocked' : null }, h('td', null, moment(one.at, 'clock')), h('th', { scope: 'row' }, said(purposeOf(one.url, base))), h('td', { class: 'file' }, fileOf(one.url)), h('td', null, one.from === 'blocked' ? '–' : bytes(one.size)), h('td', null, t(one.from)))),
          ),
        ),
      ),
      h('p', { class: 'small muted' }, canCheck() ? t('Models, data and engines were checked against their hashes.') : t('Hashes were not checked: browsers hash on https and localhost only.')),
      h(Seal, {}),
    );
  },
);

const Promises = memo(() => {
  const marked = marker();
  const list = (/** @type {string} */ title, /** @type {string} */ kind, /** @type {string[]} */ lines) => h('section', { class: kind }, h('h3', null, title), h('ul', null, lines.map((line) => h('li', null, marked(line)))));
  return h('div', { class: 'promises' }, list(t('What is promised'), 'kept', PROMISED), list(t('What is not'), 'not', NOT_PROMISED));
});

/** @param {HTMLElement} host @param {Privacy} privacy @returns {(state: State) => void} */
export const mountPrivacy = (host, privacy) => ({ privacy: { open, online, seen }, offline }) => {
  const body = open && h('div', { class: 'privacy-body' }, h(Offline, { online, offline, privacy }), h(Requests, { seen }), h(Promises, {}));
  render(h(Dialog, { open, onClose: privacy.close, class: 'privacy', titleId: 'privacy-title', header: h('h2', { id: 'privacy-title' }, t('Privacy')) }, body), host);
};
