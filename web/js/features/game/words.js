// @ts-check
// The game's sentences, from its figures. Plain words: what the lab calls p(Yes) and AUC has its name only at the end. Pure.

import { percent } from '../../ui/format.js';
import { msg, t } from '../../ui/words.js';
import { CLOSE, guessOf, rightOf, truthOf } from './pairs.js';

/** @typedef {import('../../types.d.ts').GameItem} GameItem */
/** @typedef {import('../../types.d.ts').GameRound} GameRound */
/** @typedef {import('../../types.d.ts').GameScene} GameScene */
/** @typedef {import('./pairs.js').When} When */

/** @param {Pick<GameScene, 'item'>} scene */
export const wordsOf = ({ item }) => (item === 'book' ? { item, items: 'books', person: msg('reader') } : { item, items: 'films', person: msg('viewer') });

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
  return t('{one} against {other}', { one: points(one[when]), other: points(other[when]) });
}

/** `wrong` is `gone` where it was right before: that it no longer knows is what was asked for. @typedef {{who: string, says: string, sure: string, verdict: 'right' | 'wrong' | 'gone'}} Answer */

/** @param {GameRound} round @param {When} when @param {string} who @returns {Answer} */
export function answerOf(round, when, who) {
  const pick = guessOf(round, when);
  return { who, says: pick === null ? t('cannot tell the two apart') : nameOf(round[pick]), sure: surenessOf(round, when), verdict: pick === truthOf(round) ? 'right' : when === 'after' ? 'gone' : 'wrong' };
}

/** @param {GameRound} round @param {0 | 1} pick @returns {Answer} */
export const yourAnswer = (round, pick) => ({ who: t('You#player'), says: nameOf(round[pick]), sure: '', verdict: pick === truthOf(round) ? 'right' : 'wrong' });

/** Everybody's answers in a round of the first go. @param {GameRound} round @param {0 | 1} pick @param {string} person @returns {Answer[]} */
export const firstAnswers = (round, pick, person) => [yourAnswer(round, pick), answerOf(round, 'before', t('The model')), answerOf(round, 'expected', t('A model that never saw this {person}', { person: t(person) }))];

/** What the model says after it has forgotten, beside what it said before. @param {GameRound} round @returns {Answer[]} */
export const laterAnswers = (round) => [answerOf(round, 'before', t('The model before')), answerOf(round, 'after', t('The model now'))];

/** What a mark says. */
export const VERDICTS = { right: msg('right'), wrong: msg('not right'), gone: msg('it no longer knows') };

/** @param {Answer} answer */
const spokenAnswer = ({ who, says, sure, verdict }) => sure ? t('{who}: {says}, {sure}; {verdict}.', { who, says, sure, verdict: t(VERDICTS[verdict]) }) : t('{who}: {says}; {verdict}.', { who, says, verdict: t(VERDICTS[verdict]) });

/** What a screen reader is told when the answers are shown. @param {GameRound} round @param {Answer[]} answers */
export const spokenRound = (round, answers) => t('They loved {round}. {answers}', { round: nameOf(round[truthOf(round)]), answers: answers.map(spokenAnswer).join(' ') });

/** Whether a guess of the model's new answer came true. @param {GameRound} round @param {0 | 1} pick */
export const foresaw = (round, pick) => guessOf(round, 'after') === pick;

/** @param {GameScene} scene @param {(0 | 1)[]} picks */
export function scoreText({ rounds }, picks) {
  const you = rounds.filter((round, idx) => picks[idx] === truthOf(round)).length;
  const [model, stranger] = [rightOf(rounds, 'before'), rightOf(rounds, 'expected')];
  return { title: t('The model was right {model}, you {you}.', { model: times(model), you: times(you) }), stranger: t('A model that never saw this person is expected to be right {more}.', { more: stranger === 0 ? t('in none of the three') : t('in {stranger} of the three', { stranger }) }) };
}

/** @param {number} n */
const times = (n) => [t('never'), t('once'), t('twice'), t('three times')][n] ?? t('{n} times', { n });

/**
 * What has become of the memory, of all pairs: how much of the way to a stranger's share the model has gone.
 * @param {GameScene} scene
 */
export function outcomeText({ shares: { before, after, expected } }) {
  if (after == null || expected == null || before <= expected) return t('The model has forgotten what it could.');
  const way = (before - after) / (before - expected);
  if (way < 0.25) return t('The model has hardly forgotten them.');
  if (way < 0.75) return t('The model has forgotten a part: it still knows more than a stranger would.');
  return way > 1.5 ? t('The model now guesses worse than a stranger would.') : t('The model now guesses like a stranger.');
}

/** How viewer and pairs were picked: they are no sample, and the reader is told. @param {GameScene} scene */
export function ruleText(scene) {
  const { items, person } = wordsOf(scene);
  return [
    t('A fixed rule drew {drawn} of the {people} people and took the one about whom the model knows most beyond what a stranger would, of those about whom a stranger would guess better than a coin; then three pairs in which it is right and a stranger is not expected to be, those with well-known titles first. Nobody chose a title by hand.', { drawn: scene.drawn, people: scene.people }),
    t('What a model that never saw this {person} would say is an estimate: other models, each trained without a part of the people, were asked. It too reads the last ten ratings before each of the {items}, as the model does. Less than {CLOSE} points apart counts as “cannot tell”.', { person: t(person), items: t(items), CLOSE: CLOSE * 100 }),
  ];
}
