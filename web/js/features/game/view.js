// @ts-check
// The first minute: a person's shelf, three pairs, one button, the pairs again. Stands above the lab for whoever is here for the first time.

import { count } from '../../ui/format.js';
import { h, render } from '../../ui/h.js';
import { Busy, Button, Stars } from '../../ui/widgets.js';
import { t } from '../../ui/words.js';
import { canPlay } from './actions.js';
import { createPlay, hasMoved } from './play.js';
import { pickOf } from './progress.js';
import { Round } from './round-view.js';
import { Forgetting, Outcome, Score } from './shares-view.js';
import { firstAnswers, laterAnswers, spokenRound, titleParts, wordsOf } from './words.js';

/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('../../types.d.ts').State} State */
/** @typedef {import('./play.js').Play} Play */

/** Where the answers come from, in a few words. @param {State} state */
function sourceText({ game: { source, run, waiting }, boot }) {
  if (source === 'live') return t('Live: the model in this tab answers');
  if (source === 'none') return '';
  if (run || waiting) return t('Recorded: the run is one that was made before');
  if (boot.status === 'error') return t('Recorded: the model could not be started here');
  return boot.status === 'ready' ? t('Recorded answers, while the model is being asked') : t('Recorded answers, while the model loads');
}

/** @param {{scene: GameScene}} props */
function Shelf({ scene }) {
  const { items, person } = wordsOf(scene);
  return [
    h('p', { key: 'who', class: 'who' }, t('A model has learned from {people} people which {items} they like. One of them is a {person}, number {user} of the data. Part of their shelf:', { people: count(scene.people), items: t(items), person: t(person), user: scene.user })),
    h(
      'ul',
      { key: 'shelf', class: 'shelf', 'aria-label': t('Part of the {person}’s shelf', { person: t(person) }) },
      scene.shelf.map(({ title, rating }) => {
        const { name, year } = titleParts(title);
        return h('li', { key: title, title: name }, h('span', { class: 'film-name' }, name), h('span', { class: 'film-more' }, year), h(Stars, { rating }));
      }),
    ),
  ];
}

/** What a screen reader is told. @param {State} state */
function spoken({ game }) {
  const { scene, stage, round: at } = game;
  const round = scene?.rounds[at];
  const pick = pickOf(game);
  if (!scene || !round || pick === null || (stage !== 'guess' && stage !== 'again')) return '';
  return spokenRound(round, stage === 'guess' ? firstAnswers(round, pick, wordsOf(scene).person) : laterAnswers(round));
}

/** @param {{state: State, scene: GameScene, play: Play}} props */
function Stage({ state, scene, play }) {
  const { game } = state;
  const { stage, round } = game;
  if (stage === 'shares') return h(Score, { state, scene, play });
  if (stage === 'running') return h(Forgetting, { state, scene, play });
  if (stage === 'end') return h(Outcome, { state, scene, play });
  return h(Round, { scene, at: round, again: stage === 'again', pick: pickOf(game), last: round + 1 === scene.rounds.length, focus: stage === 'again', play });
}

/** @param {{state: State, play: Play}} props */
function Game({ state, play }) {
  const { game, boot } = state;
  const { scene } = game;
  return [
    h('div', { key: 'top', class: 'game-top' }, h('span', { class: `source from-${game.source}`, role: 'status' }, sourceText(state)), h(Button, { label: t('Go to the lab'), kind: 'slim', onClick: play.toLab })),
    scene
      ? [
          h(Shelf, { key: 'shelf', scene }),
          game.restarted && h('p', { key: 'restarted', class: 'note', role: 'status' }, t('Other data were loaded: the game begins anew with them.')),
          hasMoved(state) && h('p', { key: 'moved', class: 'note', role: 'status' }, t('Something else was done in the lab since. The answers here are those of the run that was made here. '), h('button', { type: 'button', class: 'link', onClick: play.restart }, t('Start over'))),
          h('div', { key: 'stage', class: 'card stage-card' }, h(Stage, { state, scene, play })),
        ]
      : h(Busy, { key: 'busy', text: boot.status === 'error' ? t('The model could not be started, and there is no record of it.') : t('Looking for somebody the model knows') }),
    h('div', { key: 'said', class: 'unseen', role: 'status', 'aria-live': 'polite' }, spoken(state)),
  ];
}

/**
 * @param {HTMLElement} host
 * @param {HTMLElement} dock the bar at the lower edge, which comes when the game is out of sight
 * @param {{store: import('../../app/store.js').Store, api: import('../../api/api.js').Api, actions: import('../../app/actions.js').Actions}} page
 * @returns {(state: State) => void}
 */
export function mountGame(host, dock, { store, api, actions }) {
  const play = createPlay(store, api, actions);
  new IntersectionObserver((entries) => dock.classList.toggle('past-game', entries.at(-1)?.isIntersecting === false)).observe(host.parentElement ?? host);
  return (state) => {
    play.follow(state);
    if (state.game.open && canPlay(state)) render(h(Game, { state, play }), host);
  };
}
