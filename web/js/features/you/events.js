// @ts-check
// A model that was taught somebody is gone when other data come or its engine stops; the list stays, so that it can be taught again.

import { idleYou } from '../../app/state.js';
import { OWN } from '../../engine/datasets.js';

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const youEvents = {
  'data.loaded'(store, { loaded, key }) {
    const { you } = store.state;
    // What was matched to one data set is not matched to another.
    const same = key === OWN ? loaded.taught != null : key === you.of;
    if (!same) store.put('you', idleYou());
    store.patch('you', { of: key === OWN ? (loaded.taught ? you.of : '') : key });
  },
};
