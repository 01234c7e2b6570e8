// @ts-check
// The game follows the data: others are another game, and one’s own are none.

import { idleGame } from '../../app/state.js';
import { OWN } from '../../engine/datasets.js';

/** @type {import('../../app/event-types.d.ts').Handlers} */
export const gameEvents = {
  // What is expected of a model that never saw a person comes later than the model.
  'engine.completed': (store) => store.patch('game', { parts: store.state.game.parts + 1 }),
  'data.loaded'(store, { key }) {
    const { open, scene } = store.state.game;
    store.put('game', { ...idleGame(), open: open && key !== OWN, restarted: scene !== null });
  },
};
