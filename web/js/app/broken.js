// @ts-check
// What stands in the page's place where its engine cannot start: what is missing, and what a reader can do about it.

import { h, render } from '../ui/h.js';
import { Button } from '../ui/widgets.js';
import { msg, sentence, t } from '../ui/words.js';

/** @typedef {import('../types.d.ts').ErrorInfo} ErrorInfo */

/** Titles by the error's code: what this browser lacks, it lacks tomorrow too. @type {Record<string, string>} */
const TITLES = { no_wasm: msg('This browser cannot run Unlearn Lab.'), no_simd: msg('This browser cannot run Unlearn Lab.') };
/** What can be done beside what the error itself says. */
const ELSEWHERE = msg('The command line does the same with the same models, without a browser: `unlearn forget --user 414`.');

/** A sentence, with what stands between backticks as code. @param {string} text */
const withCode = (text) => text.split('`').map((part, idx) => (idx % 2 === 0 ? part : h('code', null, part)));

/** @param {{error: ErrorInfo}} props */
const Broken = ({ error }) =>
  h(
    'section',
    { class: 'card stopped', role: 'alert', 'aria-labelledby': 'broken-title' },
    h('h1', { id: 'broken-title' }, t(TITLES[error.code] ?? msg('Unlearn Lab could not start.'))),
    h('div', { class: 'trouble' }, h('b', null, sentence(error.message)), h('span', null, t('Nothing was loaded, and nothing of yours was touched.'))),
    h('ul', null, h('li', null, withCode(sentence(error.todo))), h('li', null, withCode(t(ELSEWHERE)))),
    h(Button, { label: t('Load the page again'), kind: 'primary', glyph: 'reset', onClick: () => location.reload() }),
  );

/** @param {HTMLElement} host @returns {(state: import('../types.d.ts').State) => void} */
export const mountBroken = (host) => ({ boot }) => {
  const { error } = boot;
  const broken = boot.status === 'error' && error !== null;
  document.documentElement.dataset.start = broken ? 'broken' : 'ready';
  render(broken ? h(Broken, { error }) : null, host);
};
