// @ts-check
// What the tour says: a title, a few sentences, one thing to do and what is asked for, step by step. Pure.

import { wordsFor } from '../../engine/datasets.js';
import { percent } from '../../ui/format.js';
import { CHEAP, LEAD, LEAST_RATINGS, MEMORY_BAND, QUALITY_LOSS } from './goals.js';

/** @typedef {{title: string, text: string, task: string, goal: string, show: string}} Words */

const band = `${percent(1 - MEMORY_BAND).replace(' %', '')}–${percent(1 + MEMORY_BAND)}`;

/** @param {import('../../types.d.ts').Loaded | null} loaded @returns {Words[]} */
export function stepsOf(loaded) {
  const { items, item } = wordsFor(loaded);
  return [
    {
      title: 'A recommender remembers',
      text: `The model learned from people who rated ${items}. About them it knows more than taste: of a ${item} they liked and one they did not, it puts the liked one first more often than a stranger would, a model that never saw them.`,
      task: 'In card 1, look at a few people.',
      goal: `Find somebody with at least ${LEAST_RATINGS} ratings whom the model knows at least ${LEAD * 100} points better than a stranger would.`,
      show: 'Finds somebody',
    },
    {
      title: 'Retraining is costly',
      text: 'The sure way to forget is to train again without those people: a Retrain. It costs about the same whoever goes. Unlearning costs what is to be forgotten.',
      task: 'In card 1, choose “Paper’s 20 %”, and then “Person” again.',
      goal: `See both prices, and somebody whom the model can unlearn in at most a ${ordinal(1 / CHEAP)} of a Retrain’s time.`,
      show: 'Looks at both',
    },
    {
      title: 'Two teachers',
      text: 'E2URec trains a student. The forgetting teacher shows how to answer without the forgotten ratings; the remembering teacher keeps every other answer as it was.',
      task: 'In card 2, choose “Without forgetting” or “Without remembering”, and press Start.',
      goal: `See it go wrong: the memory meter outside ${band}, or test AUC lower by more than ${QUALITY_LOSS}.`,
      show: 'Runs without one',
    },
    {
      title: 'Only LoRA moves',
      text: 'No weight of the model has changed. What was trained is a small LoRA adapter beside it, and whoever takes that off has the old model back.',
      task: 'Open “Attacks” and run “Adapter removed”.',
      goal: 'See what the model knows with its adapter, and what without.',
      show: 'Takes it off',
    },
    {
      title: 'Did it forget?',
      text: 'Forgetting too little leaves memory; forgetting too much is a trace of its own. A calibrated run stops at what is expected of a model that never saw them.',
      task: 'In card 2, choose “Tuned for this model” and press Start; or come as near by hand, from “Not calibrated” with fewer steps.',
      goal: `Make the memory meter read ${band}, and lose at most ${QUALITY_LOSS} of test AUC.`,
      show: 'Runs it calibrated',
    },
    {
      title: 'Can it be undone?',
      text: 'An attacker who has a few of the forgotten ratings can train on them, and see whether the others come back. What works just as well on a Retrain is no sign of memory.',
      task: 'Open “Attacks” and run “Relearning”, or any other attack.',
      goal: 'Attack a model that has forgotten as it should (step 5), and read the verdict.',
      show: 'Attacks it',
    },
  ];
}

/** @param {number} n */
const ordinal = (n) => ({ 4: 'quarter', 5: 'fifth', 10: 'tenth', 20: 'twentieth' })[Math.round(n)] ?? `${Math.round(n)}th`;

/** The score in a sentence. @param {ReturnType<typeof import('./goals.js').scoreOf>} score */
export function scoreText({ done, of, shown, closeness, most }) {
  const help = shown === 0 ? '' : shown === done ? (shown === 1 ? ', shown to you' : ', all shown to you') : `, ${shown} of them shown to you`;
  return `${done} of ${of} steps${help}; nearness to the mark ${closeness} of ${most}.`;
}
