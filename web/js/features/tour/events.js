// @ts-check
// What the tour has seen of other data says nothing of these.

import { idleTour } from '../../app/state.js';

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const tourEvents = {
  'data.loaded': (store) => store.patch('tour', { prices: idleTour().prices, showing: null, error: null }),
};
