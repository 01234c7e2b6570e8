// @ts-check
// The one way in which engine and script interface tell the page what happened: `dispatch(event)`. Each feature brings its part of the state up to the
// event; then whoever has to do something about it is told.

import { attackEvents } from '../features/attacks/events.js';
import { compareEvents } from '../features/compare/events.js';
import { dataEvents } from '../features/data/events.js';
import { forgetEvents } from '../features/forget/events.js';
import { historyEvents } from '../features/history/events.js';
import { gameEvents } from '../features/game/events.js';
import { modelEvents } from '../features/models/events.js';
import { tourEvents } from '../features/tour/events.js';
import { viewEvents } from '../features/views/events.js';
import { youEvents } from '../features/you/events.js';
import { appEvents } from './events.js';

/** @typedef {import('./event-types.d.ts').AppEvent} AppEvent */
/** @typedef {import('./event-types.d.ts').Handlers} Handlers */

/** Data come first: what they bring replaces what the others keep. @type {Handlers[]} */
const FEATURES = [appEvents, dataEvents, modelEvents, compareEvents, forgetEvents, historyEvents, attackEvents, gameEvents, tourEvents, viewEvents, youEvents];

/**
 * @param {import('./store.js').Store} store
 * @param {(event: AppEvent) => void} [effect] called when the state is up to the event
 * @returns {import('./event-types.d.ts').Dispatch}
 */
export function createDispatch(store, effect = () => {}) {
  return (event) => {
    for (const handlers of FEATURES) /** @type {((store: import('./store.js').Store, event: AppEvent) => void) | undefined} */ (handlers[event.type])?.(store, event);
    effect(event);
  };
}
