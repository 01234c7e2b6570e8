// @ts-check
// The game's sentences, from its figures. Plain words: what the lab calls p(Yes) and AUC has its name only at the end. Pure.

import { percent } from '../../ui/format.js';
import { CLOSE, guessOf, rightOf, truthOf } from './pairs.js';

/** @typedef {import('../../types.d.ts').GameItem} GameItem */
/** @typedef {import('../../types.d.ts').GameRound} GameRound */
/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('./pairs.js').When} When */

/** @param {Pick<GameScene, 'item'>} scene */
export const wordsOf = ({ item }) => (item === 'book' ? { item, items: 'books', person: 'reader' } : { item, items: 'films', person: 'viewer' });

/** A title as it is said, and its year: data sets put the article behind a comma. @param {string} title */
export function titleParts(title) {
  const [, name = title, year = ''] = /^(.*?)(?:\s*\((\d{4})\))?$/.exec(title.trim()) ?? [];
  return { name: name.replace(/^(.+), (The|A|An|La|Le|Les|L'|Il|El|Der|Die|Das)( \(.*\))?$/, (_, rest, article, more = '') => `${article}${article.endsWith("'") ? '' : ' '}${rest}${more}`), year };
}

/** @param {GameItem | {title: string}} one */
export const nameOf = (one) => titleParts(one.title).name;

/** @param {number | null} value */
const points = (value) => percent(value);

/** How sure a model is of both, the one it picks first. @param {GameRound} round @param {When} when */
function surenessOf(round, when) {
  const pick = guessOf(round, when) ?? 0;
  const [one, other] = [round[pick], round[pick === 0 ? 1 : 0]];
  return `${points(one[when])} against ${points(other[when])}`;
}

/** `wrong` is `gone` where it was right before: that it no longer knows is what was asked for. @typedef {{who: string, says: string, sure: string, verdict: 'right' | 'wrong' | 'gone'}} Answer */

/** @param {GameRound} round @param {When} when @param {string} who @returns {Answer} */
export function answerOf(round, when, who) {
  const pick = guessOf(round, when);
  return { who, says: pick === null ? 'cannot tell the two apart' : nameOf(round[pick]), sure: surenessOf(round, when), verdict: pick === truthOf(round) ? 'right' : when === 'after' ? 'gone' : 'wrong' };
}

/** @param {GameRound} round @param {0 | 1} pick @returns {Answer} */
export const yourAnswer = (round, pick) => ({ who: 'You', says: nameOf(round[pick]), sure: '', verdict: pick === truthOf(round) ? 'right' : 'wrong' });

/** Everybody's answers in a round of the first go. @param {GameRound} round @param {0 | 1} pick @param {string} person @returns {Answer[]} */
export const firstAnswers = (round, pick, person) => [yourAnswer(round, pick), answerOf(round, 'before', 'The model'), answerOf(round, 'expected', `A model that never saw this ${person}`)];

/** What the model says after it has forgotten, beside what it said before. @param {GameRound} round @returns {Answer[]} */
export const laterAnswers = (round) => [answerOf(round, 'before', 'The model before'), answerOf(round, 'after', 'The model now')];

/** What a mark says. */
export const VERDICTS = { right: 'right', wrong: 'not right', gone: 'it no longer knows' };

/** @param {Answer} answer */
const spokenAnswer = ({ who, says, sure, verdict }) => `${who}: ${says}${sure ? `, ${sure}` : ''}; ${VERDICTS[verdict]}.`;

/** What a screen reader is told when the answers are shown. @param {GameRound} round @param {Answer[]} answers */
export const spokenRound = (round, answers) => `They loved ${nameOf(round[truthOf(round)])}. ${answers.map(spokenAnswer).join(' ')}`;

/** Whether a guess of the model's new answer came true. @param {GameRound} round @param {0 | 1} pick */
export const foresaw = (round, pick) => guessOf(round, 'after') === pick;

/** @param {GameScene} scene @param {(0 | 1)[]} picks */
export function scoreText({ rounds }, picks) {
  const you = rounds.filter((round, idx) => picks[idx] === truthOf(round)).length;
  const [model, stranger] = [rightOf(rounds, 'before'), rightOf(rounds, 'expected')];
  return { title: `The model was right ${times(model)}, you ${times(you)}.`, stranger: `A model that never saw this person is expected to be right ${stranger === 0 ? 'in none of the three' : `in ${stranger} of the three`}.` };
}

/** @param {number} n */
const times = (n) => ['never', 'once', 'twice', 'three times'][n] ?? `${n} times`;

/**
 * What has become of the memory, of all pairs: how much of the way to a stranger's share the model has gone.
 * @param {GameScene} scene
 */
export function outcomeText({ shares: { before, after, expected } }) {
  if (after == null || expected == null || before <= expected) return 'The model has forgotten what it could.';
  const way = (before - after) / (before - expected);
  if (way < 0.25) return 'The model has hardly forgotten them.';
  if (way < 0.75) return 'The model has forgotten a part: it still knows more than a stranger would.';
  return way > 1.5 ? 'The model now guesses worse than a stranger would.' : 'The model now guesses like a stranger.';
}

/** How viewer and pairs were picked: they are no sample, and the reader is told. @param {GameScene} scene */
export function ruleText(scene) {
  const { items, person } = wordsOf(scene);
  return [
    `A fixed rule drew ${scene.drawn} of the ${scene.people} people and took the one about whom the model knows most beyond what a stranger would, of those about whom a stranger would guess better than a coin; then three pairs in which it is right and a stranger is not expected to be, those with well-known titles first. Nobody chose a title by hand.`,
    `What a model that never saw this ${person} would say is an estimate: other models, each trained without a part of the people, were asked. It too reads the last ten ratings before each of the ${items}, as the model does. Less than ${CLOSE * 100} points apart counts as “cannot tell”.`,
  ];
}
