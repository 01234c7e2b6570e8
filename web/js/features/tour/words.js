// @ts-check
// What the tour says: a title, a few sentences, one thing to do and what is asked for, step by step. Pure.

import { wordsFor } from '../../engine/datasets.js';
import { percent, percentage } from '../../ui/format.js';
import { t } from '../../ui/words.js';
import { CHEAP, LEAD, LEAST_RATINGS, MEMORY_BAND, QUALITY_LOSS } from './goals.js';

/** @typedef {{title: string, text: string, task: string, goal: string, show: string}} Words */

const band = () => `${percentage(1 - MEMORY_BAND)}–${percent(1 + MEMORY_BAND)}`;

/** @param {import('../../types.d.ts').Loaded | null} loaded @returns {Words[]} */
export function stepsOf(loaded) {
  const { items, item } = wordsFor(loaded);
  return [
    {
      title: t('A recommender remembers'),
      text: t('The model learned from people who rated {items}. About them it knows more than taste: of a {item} they liked and one they did not, it puts the liked one first more often than a stranger would, a model that never saw them.', { items: t(items), item: t(item) }),
      task: t('In card 1, look at a few people.'),
      goal: t('Find somebody with at least {LEAST_RATINGS} ratings whom the model knows at least {LEAD} points better than a stranger would.', { LEAST_RATINGS, LEAD: LEAD * 100 }),
      show: t('Finds somebody'),
    },
    {
      title: t('Retraining is costly'),
      text: t('The sure way to forget is to train again without those people: a Retrain. It costs about the same whoever goes. Unlearning costs what is to be forgotten.'),
      task: t('In card 1, choose “Paper’s 20 %”, and then “Person” again.'),
      goal: t('See both prices, and somebody whom the model can unlearn in at most a {CHEAP} of a Retrain’s time.', { CHEAP: ordinal(1 / CHEAP) }),
      show: t('Looks at both'),
    },
    {
      title: t('Two teachers'),
      text: t('E2URec trains a student. The forgetting teacher shows how to answer without the forgotten ratings; the remembering teacher keeps every other answer as it was.'),
      task: t('In card 2, choose “Without forgetting” or “Without remembering”, and press Start.'),
      goal: t('See it go wrong: the memory meter outside {band}, or test AUC lower by more than {QUALITY_LOSS}.', { band: band(), QUALITY_LOSS }),
      show: t('Runs without one'),
    },
    {
      title: t('Only LoRA moves'),
      text: t('No weight of the model has changed. What was trained is a small LoRA adapter beside it, and whoever takes that off has the old model back.'),
      task: t('Open “Attacks” and run “Adapter removed”.'),
      goal: t('See what the model knows with its adapter, and what without.'),
      show: t('Takes it off'),
    },
    {
      title: t('Did it forget?'),
      text: t('Forgetting too little leaves memory; forgetting too much is a trace of its own. A calibrated run stops at what is expected of a model that never saw them.'),
      task: t('In card 2, choose “Tuned for this model” and press Start; or come as near by hand, from “Not calibrated” with fewer steps.'),
      goal: t('Make the memory meter read {band}, and lose at most {QUALITY_LOSS} of test AUC.', { band: band(), QUALITY_LOSS }),
      show: t('Runs it calibrated'),
    },
    {
      title: t('Can it be undone?'),
      text: t('An attacker who has a few of the forgotten ratings can train on them, and see whether the others come back. What works just as well on a Retrain is no sign of memory.'),
      task: t('Open “Attacks” and run “Relearning”, or any other attack.'),
      goal: t('Attack a model that has forgotten as it should (step 5), and read the verdict.'),
      show: t('Attacks it'),
    },
  ];
}

/** @param {number} n */
const ordinal = (n) => ({ 4: t('quarter'), 5: t('fifth'), 10: t('tenth'), 20: t('twentieth') })[Math.round(n)] ?? t('{n}th', { n: Math.round(n) });

/** The score in a sentence. @param {ReturnType<typeof import('./goals.js').scoreOf>} score */
export function scoreText({ done, of, shown, closeness, most }) {
  const help = shown === 0 ? '' : shown === done ? (shown === 1 ? t(', shown to you') : t(', all shown to you')) : t(', {shown} of them shown to you', { shown });
  return t('{done} of {of} steps{help}; nearness to the mark {closeness} of {most}.', { done, of, help, closeness, most });
}
