// @ts-check
// How far the game is: what a guess, the next round and other answers make of its state. Pure.

import { idleGame } from '../../app/state.js';
import { ROUNDS, samePlay } from './cast.js';

/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('../../types.d.ts').GameState} GameState */

/** Which guesses are made now: of the person before, of the model after. @param {Pick<GameState, 'stage'>} game @returns {'picks' | 'again'} */
const guessesOf = ({ stage }) => (stage === 'again' ? 'again' : 'picks');

/** What was guessed in the round that is played; null while nothing was. @param {GameState} game @returns {0 | 1 | null} */
export const pickOf = (game) => game[guessesOf(game)][game.round] ?? null;

/** @param {GameState} game @param {0 | 1} choice @returns {GameState} */
export function guess(game, choice) {
  if (pickOf(game) !== null || !(game.stage === 'guess' || game.stage === 'again')) return game;
  const key = guessesOf(game);
  return { ...game, [key]: [...game[key], choice], restarted: false };
}

/** The next round, or what comes after the last. @param {GameState} game @returns {GameState} */
export function next(game) {
  if (pickOf(game) === null) return game;
  return game.round + 1 < ROUNDS ? { ...game, round: game.round + 1 } : { ...game, round: 0, stage: game.stage === 'guess' ? 'shares' : 'end' };
}

/** From the first round, with the same person or with what waits. @param {GameState} game @returns {GameState} */
export function fromStart(game) {
  const { open, parts, waiting } = game;
  const scene = waiting ?? game.scene;
  return { ...idleGame(), open, parts, scene: scene && withoutAfter(scene, game), source: waiting ? 'live' : game.source };
}

/** What a run found goes with it; what was recorded stays recorded. @param {GameScene} scene @param {GameState} game @returns {GameScene} */
const withoutAfter = (scene, { source, waiting }) => (source === 'recorded' && !waiting ? scene : { ...scene, shares: { ...scene.shares, after: null }, others: { ...scene.others, after: null, same: null } });

/**
 * Live answers take the place of recorded ones. What was guessed stays where it was about the same pairs; what is recorded of a run stays in sight until
 * it is made here.
 * @param {GameState} game @param {GameScene} scene @returns {GameState}
 */
export function goLive(game, scene) {
  if (game.source === 'recorded' && game.run) return { ...game, waiting: scene, error: null };
  const same = game.scene !== null && samePlay(game.scene, scene);
  if (same) return { ...game, scene, source: 'live', error: null };
  return { ...idleGame(), open: game.open, parts: game.parts, scene, source: 'live', restarted: game.restarted || game.picks.length > 0 };
}

/** The run has ended, or its record is shown: the rounds again. @param {GameState} game @param {GameScene} scene @param {NonNullable<GameState['run']>} run @returns {GameState} */
export const forgotten = (game, scene, run) => ({ ...game, scene, run, stage: 'again', round: 0, again: [], error: null });
