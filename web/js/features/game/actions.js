// @ts-check
// The game is opened and left; what it does meanwhile is in play.js, which comes with it.

import { DATASETS } from '../../engine/datasets.js';

/** @typedef {import('../../types.d.ts').State} State */

/** Says that somebody has been here; theme.js reads it before the first paint. */
const PLAYED = 'unlearn-lab.played';

/**
 * Whether there is a game about what is loaded: it is about the models that come with the data.
 * @param {Pick<State, 'loaded' | 'data'>} state
 */
export const canPlay = ({ loaded, data }) => loaded === null || DATASETS.some(({ key, model }) => key === data.key && model === loaded.model && !loaded.data_mismatch);

/** @param {import('../../app/actions.js').Context} context */
export const gameActions = ({ store }) => ({
  openGame: () => store.patch('game', { open: true }),
  /** Goes to the lab. Whoever comes again begins there. */
  leaveGame() {
    rememberPlayed();
    store.patch('game', { open: false });
  },
});

export function rememberPlayed() {
  try {
    localStorage.setItem(PLAYED, '1');
  } catch {
    // Storage may be forbidden: then the game is offered anew, and skipped with one press.
  }
}
