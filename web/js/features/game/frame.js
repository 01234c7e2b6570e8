// @ts-check
// Whether the game stands above the lab, in the hero's place; the style sheets do the rest. The game itself comes when it is first opened.

import { canPlay } from './actions.js';

/** @typedef {import('../../types.d.ts').State} State */

/** @param {HTMLElement} opener what takes the game up again @returns {(state: State) => void} to be called at once with every change */
export function mountGameFrame(opener) {
  const { dataset } = document.documentElement;
  return (state) => {
    const can = canPlay(state);
    const open = state.game.open && can;
    if (open !== (dataset.game === 'open')) open ? (dataset.game = 'open') : delete dataset.game;
    if (opener.hidden === can) opener.hidden = !can;
  };
}
