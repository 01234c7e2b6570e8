// @ts-check
// What happens to the engines and to the page as a whole.

import { errorInfo } from '../platform/errors.js';
import { duration } from '../ui/format.js';

/** @type {import('./event-types.d.ts').Handlers} */
export const appEvents = {
  'device.changed': (store, { status }) => store.put('device', status),
  'engine.loading'(store, { what, done, total }) {
    if (store.state.data.status === 'busy') store.patch('data', { what, done, total });
    else store.patch('boot', { what: `${what}: ${total > 0 ? Math.round((done / total) * 100) : 0} %`, done, total });
  },
  'page.ready': (store, { seconds }) => store.patch('boot', { status: 'ready', what: `Ready after ${duration(seconds)}` }),
  'page.failed': (store, { error }) => store.patch('boot', { status: 'error', error: errorInfo(error) }),
};
