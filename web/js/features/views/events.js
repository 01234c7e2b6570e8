// @ts-check
// A new run is looked at from its beginning on, as it goes.

import { idleFocus } from '../../app/state.js';

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const viewEvents = {
  'run.started': (store, { run }) => void (run.kind === 'run' && store.put('focus', { ...idleFocus(), speed: store.state.focus.speed })),
};
