// @ts-check
// What happens to the engines and to the page as a whole.

import { errorInfo } from '../platform/errors.js';
import { bytes, duration } from '../ui/format.js';
import { said, t } from '../ui/words.js';

/** @param {string} what @param {number} done @param {number} total bytes, 0 while unknown */
function bootText(what, done, total) {
  if (total === 0) return `${said(what)}…`;
  // When all is here, the engine has still to read and to time it.
  return done < total ? t('{what}: {done} of {total}', { what: said(what), done: bytes(done), total: bytes(total) }) : t('Reading it into the engine…');
}

/** @type {import('./event-types.d.ts').Handlers} */
export const appEvents = {
  'device.changed': (store, { status }) => store.put('device', status),
  'engine.loading'(store, { what, done, total }) {
    if (store.state.data.status === 'busy') store.patch('data', { what, done, total });
    else store.patch('boot', { what: bootText(what, done, total), done, total });
  },
  'page.ready': (store, { seconds }) => store.patch('boot', { status: 'ready', what: t('Ready after {seconds}', { seconds: duration(seconds) }) }),
  'page.failed': (store, { error }) => store.patch('boot', { status: 'error', what: t('The engine did not start'), error: errorInfo(error) }),
};
