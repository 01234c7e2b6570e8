// @ts-check
// A round: two titles, a guess, and what everybody would have said.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { percent } from '../../ui/format.js';
import { h } from '../../ui/h.js';
import { Button, Stars } from '../../ui/widgets.js';
import { said, t, tn } from '../../ui/words.js';
import { truthOf } from './pairs.js';
import { firstAnswers, foresaw, laterAnswers, nameOf, titleParts, VERDICTS, wordsOf } from './words.js';

/** @typedef {import('../../types.d.ts').GameItem} GameItem */
/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('./play.js').Play} Play */
/** @typedef {import('./words.js').Answer} Answer */
/** A model's answer about one title: its colour is the one that the whole page has for that model. @typedef {{kind: 'original' | 'unlearned' | 'retrain', label: string, value: number | null}} Belief */

/** What each model believes of a title, as bars. @param {{beliefs: Belief[]}} props */
const Beliefs = ({ beliefs }) =>
  h(
    'ul',
    { class: 'beliefs' },
    beliefs.map(({ kind, label, value }) => h('li', { key: kind, class: kind }, h('span', null, label), h('b', null, percent(value)), h('span', { class: 'belief', 'aria-hidden': 'true' }, h('i', { style: { width: `${(value ?? 0) * 100}%` } })))),
  );

/** @param {{one: GameItem, loved: boolean, shown: boolean, mark: string, beliefs: Belief[], onGuess: (() => void) | null}} props `shown`: whether its stars are told */
function Title({ one, loved, shown, mark, beliefs, onGuess }) {
  const { name, year } = titleParts(one.title);
  const text = [
    h('span', { key: 'name', class: 'film-name' }, name),
    h('span', { key: 'more', class: 'film-more' }, [year, one.genres.slice(0, 2).map(said).join(', ')].filter(Boolean).join(' · ')),
    shown && h('span', { key: 'stars', class: 'film-truth' }, h(Stars, { rating: one.rating }), h('span', null, loved ? t('loved') : t('not loved'))),
    !onGuess && h('span', { key: 'mark', class: 'film-mark', hidden: mark === '' }, mark),
  ];
  if (onGuess) return h('button', { type: 'button', class: `film${shown && loved ? ' loved' : ''}`, onClick: onGuess }, text);
  return h('div', { class: `film${loved ? ' loved' : ''}` }, text, h(Beliefs, { beliefs }));
}

const MARKS = { right: '✓', wrong: '✗', gone: '○' };

/** @param {{answers: Answer[]}} props */
const Answers = ({ answers }) =>
  h(
    'ul',
    { class: 'answers-of' },
    answers.map(({ who, says, verdict }) => h('li', { key: who, class: verdict }, h('span', { class: 'tick', 'aria-hidden': 'true' }, MARKS[verdict]), h('span', null, tn('{who}: {says}{verdict}', { who, says: h('b', null, says), verdict: h('span', { class: verdict === 'gone' ? 'muted' : 'unseen' }, t('; {verdict}', { verdict: t(VERDICTS[verdict]) })) })))),
  );

/** @param {{scene: GameScene, at: number, again: boolean, pick: 0 | 1 | null, last: boolean, focus: boolean, play: Play}} props `focus`: whether the round may take the focus, which its first may not */
export function Round({ scene, at, again, pick, last, focus, play }) {
  const round = /** @type {import('../../types.d.ts').GameRound} */ (scene.rounds[at]);
  const { item, person } = wordsOf(scene);
  const section = useRef(/** @type {HTMLElement | null} */ (null));
  const first = useRef(!focus);
  // Where somebody goes on: to the question of a new round, and to what leads on from it. Before it is painted, so that no key goes to what has left.
  useLayoutEffect(() => {
    if (first.current) first.current = false;
    else /** @type {HTMLElement | null | undefined} */ (section.current?.querySelector(pick === null ? 'h2' : '.go-on'))?.focus();
  }, [at, again, pick]);

  const truth = truthOf(round);
  const answers = again ? laterAnswers(round) : pick === null ? [] : firstAnswers(round, pick, person);
  const question = again ? t('Which of the two does the model pick now?') : t('Which of these two {item}s did they love?', { item: t(item) });
  const beliefsOf = (/** @type {GameItem} */ one) => [
    { kind: /** @type {const} */ ('original'), label: again ? t('The model before') : t('The model'), value: one.before },
    ...(again ? [{ kind: /** @type {const} */ ('unlearned'), label: t('The model now'), value: one.after }] : []),
    { kind: /** @type {const} */ ('retrain'), label: t('A stranger'), value: one.expected },
  ];
  return h(
    'section',
    { class: 'round', ref: section, 'aria-labelledby': 'round-title' },
    h('h2', { id: 'round-title', tabIndex: -1 }, h('span', { class: 'round-at' }, again ? t('After forgetting, pair {at} of {all}', { at: at + 1, all: scene.rounds.length }) : t('Pair {at} of {all}', { at: at + 1, all: scene.rounds.length })), ' ', question),
    h(
      'div',
      { class: 'films', role: 'group', 'aria-labelledby': 'round-title' },
      round.map((one, idx) =>
        h(Title, {
          key: `${at} ${again} ${one.item}`, one, loved: idx === truth, shown: again || pick !== null, mark: pick === idx ? t('your guess') : '', beliefs: beliefsOf(one),
          onGuess: pick === null ? () => play.guess(/** @type {0 | 1} */ (idx)) : null,
        }),
      ),
    ),
    pick !== null &&
      h(
        'div',
        { class: 'told' },
        h(Answers, { answers }),
        again && h('p', null, foresaw(round, pick) ? t('As you said.') : t('You expected {round}.', { round: nameOf(round[pick]) })),
        h('p', { class: 'small muted' }, t('The bars: how likely each finds it that they like it. A stranger is a model that never saw this {person}.', { person: t(person) })),
        h(Button, { label: last ? (again ? t('What became of the rest') : t('How it did with all pairs')) : t('Next pair'), kind: 'primary go-on', onClick: play.next }),
      ),
  );
}
